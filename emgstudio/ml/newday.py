"""The same person on another day: was the armband turned, and what does one repetition bring?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Samples
from emgstudio.dsp.features import feature_columns, features_of
from emgstudio.ml.dataset import Dataset, LabelledSamples, build_dataset
from emgstudio.ml.lda import Floats, Key
from emgstudio.ml.model import GestureModel

# A turn is believed when windows lie at least so much nearer than without one; of 24 days of
# 12 people (200 Hz, 8 electrodes) 0.90 found every simulated turn that 1.0 found.
BELIEVED = 0.90
# What old windows count beside new ones; 0.05 to 0.2 differ by less than a point.
OLD_WEIGHT = 0.10
FEWEST_CHANNELS = 4
MANY_CHANNELS = 16
# Of the amplitude that an electrode had: below it is dead or off, above it is noise. People
# differ from day to day by less than three times either way.
DEAD_BELOW, NOISY_ABOVE = 0.15, 5.0


@dataclass(frozen=True, slots=True)
class Turn:
    """How an armband sits compared with the day of the model.

    Reading channel ``(k - steps)`` as channel ``k`` undoes the turn. ``nearness``
    is the distance of the windows to the model's gestures after that, as a share
    of the distance without it; ``distances`` are those of all turns tried, by
    steps. ``steps`` is 0 where the best turn is not believed.
    """

    steps: int
    nearness: float
    distances: dict[int, float]


@dataclass(frozen=True, slots=True)
class DayCheck:
    """What differs from the day of the model, from windows without labels.

    ``gains`` is each electrode's amplitude today over that of the model's day, by channel
    of today; empty where the features hold no amplitudes.
    """

    turn: Turn
    gains: dict[str, float]
    dead: tuple[str, ...]
    noisy: tuple[str, ...]
    sentence: str


def check_day(model: GestureModel, windows: Samples, turn: Turn | None = None) -> DayCheck:
    """Turn, dead and noisy electrodes and gain, from conditioned ``windows (w, length, channels)``.

    They hold every gesture of the model, rest too, about equally long; ``turn`` may have been
    found from others. With fewer than four electrodes no turn is looked for, and no distances
    are told. Raises EmgError when there are no whole windows.
    """
    whole = windows[np.isfinite(windows).all(axis=(1, 2))]
    if not len(whole):
        raise EmgError("There is no whole window to look at.", "Move again with the sensor on.")
    if turn is None:
        few = len(model.channels) < FEWEST_CHANNELS
        turn = Turn(0, 1.0, {}) if few else find_turn(model, whole)
    gains = _gains(turned(model, turn), whole)
    dead = tuple(name for name, gain in gains.items() if gain < DEAD_BELOW)
    noisy = tuple(name for name, gain in gains.items() if gain > NOISY_ABOVE)
    said = []
    if turn.steps:
        count = abs(turn.steps)
        said.append(f"The band sits turned by {count} electrode{'s' if count > 1 else ''}.")
    if dead:
        said.append(f"Hardly any signal on {', '.join(dead)}: press the electrode on.")
    if noisy:
        said.append(f"Much more signal than before on {', '.join(noisy)}: check the contact.")
    return DayCheck(turn, gains, dead, noisy, " ".join(said) or "The sensor sits as before.")


def recentred(model: GestureModel, windows: Samples) -> GestureModel:
    """The model with all gestures moved by how far today's windows lie from the old ones.

    Without labels, so it takes today's mix of movements for the old one; worth it only
    where no repetition can be recorded, and never done unasked.
    """
    whole = windows[np.isfinite(windows).all(axis=(1, 2))]
    if not len(whole):
        raise EmgError("There is no whole window to look at.", "Move again with the sensor on.")
    shift = model.features_of(whole).mean(axis=0) - _class_means(model).mean(axis=0)
    lda = model.lda.unlearnt()
    for key, known in model.lda.statistics.items():
        lda.add_statistics(key, replace(known, mean=known.mean + shift))
    learnt = {**model.provenance, "recentred_with_windows": len(whole)}
    return replace(model, lda=lda, provenance=learnt)


def _class_means(model: GestureModel) -> Floats:
    """Mean features of each gesture ``(k, d)``."""
    return np.stack([
        np.average([s.mean for s in sets], axis=0, weights=[s.count for s in sets])
        for gesture in model.classes
        if (sets := [s for key, s in model.lda.statistics.items() if key.gesture == gesture])
    ])  # fmt: skip


def _gains(model: GestureModel, windows: Samples) -> dict[str, float]:
    """Geometric mean amplitude of each electrode against the mean over the model's gestures."""
    columns = feature_columns(model.features.names, model.channels)
    at = [k for k, column in enumerate(columns) if column.feature == "logrms"]
    if not at:
        return {}
    change = model.features_of(windows)[:, at].mean(axis=0) - _class_means(model)[:, at].mean(
        axis=0
    )
    # The features are in the model's order of electrodes; names are those of today.
    today = np.roll(np.exp(change), -model.turn)
    return dict(zip(model.channels, today.tolist(), strict=True))


def find_turn(model: GestureModel, windows: Samples) -> Turn:
    """By how many electrodes the band was turned, from windows without labels.

    ``windows (w, length, channels)`` are conditioned and hold some movements; rest
    alone tells little. For each turn the mean distance to the nearest gesture is
    taken. Raises EmgError when there are no whole windows.
    """
    if len(model.channels) < FEWEST_CHANNELS:
        raise EmgError(
            f"A turn cannot be found with {len(model.channels)} electrodes.",
            f"It needs an armband of at least {FEWEST_CHANNELS}.",
        )
    whole = windows[np.isfinite(windows).all(axis=(1, 2))]
    if not len(whole):
        raise EmgError("There is no whole window to look at.", "Move again with the sensor on.")
    count = len(model.channels)
    if count > MANY_CHANNELS:
        # There are as many turns as electrodes: windows that overlap would cost most of a minute.
        length, step = model.window_samples
        whole = whole[:: max(1, length // step)]
    distances = {}
    for steps in range(-((count - 1) // 2), count // 2 + 1):
        turned = np.roll(whole, model.turn + steps, axis=2)
        x = features_of(turned, model.features, model.rate)
        distances[steps] = float(model.lda.distances(x).min(axis=1).mean())
    best = min(distances, key=lambda steps: (distances[steps], abs(steps)))
    share = distances[best] / distances[0] if distances[0] > 0 else 1.0
    return Turn(best if share < BELIEVED else 0, share, distances)


def turned(model: GestureModel, turn: Turn) -> GestureModel:
    """The model for a band that sits like ``turn``; nothing is learnt anew."""
    return replace(model, turn=model.turn + turn.steps)


def updated(
    model: GestureModel,
    parts: Sequence[LabelledSamples],
    *,
    trim_start_s: float,
    trim_end_s: float,
    old_weight: float = OLD_WEIGHT,
) -> GestureModel:
    """The model with what it knew counting ``old_weight`` and ``parts`` learnt on top.

    ``model`` itself stays what it was, so that going back is taking it again. Raises
    EmgError when the parts hold a gesture that the model does not know, or none.
    """
    new = new_dataset(model, parts, trim_start_s=trim_start_s, trim_end_s=trim_end_s)
    unknown = sorted(set(new.classes) - set(model.classes))
    if unknown:
        raise EmgError(
            f"The model does not know “{unknown[0]}”.", "Calibrate again to add a movement."
        )
    lda = model.lda.unlearnt()
    lda.merge(model.lda)
    lda.forget(old_weight)
    for recording, gesture, repetition, rows in new.units():
        lda.add(Key(recording, gesture, repetition), rows.x)
    learnt = {
        **model.provenance,
        "updated_with": [
            *model.provenance.get("updated_with", []),
            {"recordings": list(new.groups("recording")), "windows": len(new)},
        ],
    }
    return replace(model, lda=lda, provenance=learnt)


def new_dataset(
    model: GestureModel,
    parts: Sequence[LabelledSamples],
    *,
    trim_start_s: float,
    trim_end_s: float,
) -> Dataset:
    """Windows of ``parts`` as the model sees them, its turn undone."""
    seen = [replace(p, samples=np.roll(p.samples, model.turn, axis=1)) for p in parts]
    return build_dataset(
        seen, model.window, model.features, trim_start_s=trim_start_s, trim_end_s=trim_end_s
    )
