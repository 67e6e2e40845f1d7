"""What the muscles did while a movement was to be held, seen without any classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, FloatSamples
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats

WINDOW_S, STEP_S = 0.1, 0.02
LEAST_REST_S = 1.0
# Activity is 1 at rest. Of 36 sessions of 12 people the 4 deviations alone gave gates of 1.1 to
# 1.6; below 1.3 the wander of an electrode counts as a movement.
GATE_DEVIATIONS, LOWEST_GATE = 4.0, 1.3
MAD_TO_SD = 1.4826
PLATEAU = 80
TAIL_SHARE = 0.2
# Shorter activity is a twitch, shorter rest is a flicker of a movement that goes on.
TWITCH_S, FLICKER_S = 0.15, 0.3


@dataclass(frozen=True, slots=True)
class RestNoise:
    """What rest looks like: ``level (channels,)`` RMS in channel units, and the ``gate``.

    Activity, the RMS over channels of RMS / level, is about 1 at rest; above the gate it is not.
    """

    level: Floats
    gate: float

    def activity(self, samples: FloatSamples, rate: float) -> Floats:
        """Activity of each whole window of 100 ms, every 20 ms; NaN where a sample is lost."""
        ratio = _window_rms(samples, rate) / self.level
        return np.asarray(np.sqrt((ratio * ratio).mean(axis=1)))


@dataclass(frozen=True, slots=True)
class Hold:
    """One cued hold of ``seconds``.

    ``onset_s`` is from the cue to the first lasting activity (None: none seen),
    ``release_s`` how long before the cue's end the last one ended, ``active`` the
    active share of the time from onset to the end, ``strength`` the median activity
    of the active part (× rest, NaN if none), ``lost`` the share of samples lost.
    """

    gesture: str
    repetition: int
    recording: str
    seconds: float
    onset_s: float | None
    release_s: float
    active: float
    strength: float
    lost: float


def rest_noise(samples: FloatSamples, rate: float) -> RestNoise:
    """Learn rest from conditioned ``samples (n, channels)`` at ``rate`` Hz, NaN in gaps.

    Medians, so that a short movement in the rest does no harm. Raises EmgError
    when there is less than a second of it.
    """
    rms = _window_rms(samples, rate)
    rms = rms[np.isfinite(rms).all(axis=1)]
    if len(rms) * _samples(STEP_S, rate) / rate < LEAST_REST_S - WINDOW_S:
        raise EmgError("There is too little rest to compare with.", "Rest for ten seconds.")
    level = np.median(rms, axis=0)
    # A dead electrode would make any spike on it infinitely strong.
    level = np.maximum(level, 0.05 * np.median(level))
    level = np.where(level > 0, level, 1.0)
    activity = np.sqrt(((rms / level) ** 2).mean(axis=1))
    middle = float(np.median(activity))
    spread = MAD_TO_SD * float(np.median(np.abs(activity - middle)))
    return RestNoise(level, max(LOWEST_GATE, middle + GATE_DEVIATIONS * spread))


def look_at_hold(
    samples: FloatSamples,
    rate: float,
    noise: RestNoise,
    *,
    gesture: str = "",
    repetition: int = 0,
    recording: str = "",
) -> Hold:
    """Judge exactly the cued span: conditioned ``samples (n, channels)``, NaN where lost."""
    seconds = len(samples) / rate
    lost = float(1.0 - np.isfinite(samples).all(axis=1).mean()) if len(samples) else 1.0
    activity = np.nan_to_num(noise.activity(samples, rate))
    # At 128 Hz it is 23 ms: a late beginning is not to be told too early for that.
    step_s = _samples(STEP_S, rate) / rate
    bursts = list(_bursts(activity > _gate(activity, noise), step_s))
    if not bursts:
        return Hold(gesture, repetition, recording, seconds, None, 0.0, 0.0, math.nan, lost)
    on = np.zeros(len(activity), bool)
    for start, stop in bursts:
        on[start:stop] = True
    # The tail of the movement before is no beginning of this one.
    starts = [bursts[0][0]] + [a for a, _ in bursts[1:] if on[:a].mean() <= TAIL_SHARE]
    first, last = starts[-1], bursts[-1][1]
    return Hold(
        gesture=gesture,
        repetition=repetition,
        recording=recording,
        seconds=seconds,
        # A window is above the gate as soon as about half of it is active.
        onset_s=first * step_s + WINDOW_S / 2 if first else 0.0,
        release_s=(len(activity) - last) * step_s,
        active=float(on[first:].mean()),
        strength=float(np.median(activity[on])),
        lost=lost,
    )


def holds_of(part: LabelledSamples, noise: RestNoise | None = None) -> tuple[Hold, ...]:
    """Every labelled movement of a recording, in order of time.

    ``noise`` is learnt from the recording's own rest if it is not given. Raises
    EmgError when there is none.
    """
    labels = sorted((a for a in part.annotations if not a.is_event), key=lambda a: a.start)
    if noise is None:
        resting = [_span(part, a) for a in labels if a.label == REST]
        gap = np.full((1, part.samples.shape[1]), np.nan, np.float32)
        noise = rest_noise(
            np.concatenate([p for r in resting for p in (r, gap)] or [gap]), part.rate
        )
    return tuple(
        look_at_hold(
            _span(part, a), part.rate, noise,
            gesture=a.label, repetition=a.repetition, recording=part.recording,
        )
        for a in labels if a.label != REST
    )  # fmt: skip


def _gate(activity: Floats, noise: RestNoise) -> float:
    """The gate for one hold: halfway (in ratio) between rest and its plateau, if that is lower.

    A restless rest gives a gate that weak movements stay below: 32 of 1008 holds of real
    people were not seen with the gate of rest alone.
    """
    plateau = float(np.percentile(activity, PLATEAU)) if len(activity) else 0.0
    return min(noise.gate, max(LOWEST_GATE, math.sqrt(plateau)))


def _span(part: LabelledSamples, label: Annotation) -> FloatSamples:
    return part.samples[max(0, round(label.start * part.rate)) : round(label.stop * part.rate)]


def _window_rms(samples: FloatSamples, rate: float) -> Floats:
    """RMS ``(windows, channels)`` of windows of 100 ms every 20 ms."""
    windows = sliding(samples, max(2, round(WINDOW_S * rate)), _samples(STEP_S, rate))
    power = np.einsum("wlc,wlc->wc", windows, windows, dtype=np.float64, casting="unsafe")
    return np.asarray(np.sqrt(power / max(1, windows.shape[1])))


def _samples(step_s: float, rate: float) -> int:
    return max(1, round(step_s * rate))


def _bursts(above: np.ndarray, step_s: float) -> Iterator[tuple[int, int]]:
    """Runs of windows, ``step_s`` apart, above the gate: flickers closed, then twitches dropped."""
    edges = np.flatnonzero(np.diff(above, prepend=False, append=False))
    runs = [[int(a), int(b)] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    joined: list[list[int]] = []
    for run in runs:
        if joined and (run[0] - joined[-1][1]) * step_s < FLICKER_S:
            joined[-1][1] = run[1]
        else:
            joined.append(run)
    for start, stop in joined:
        if (stop - start) * step_s >= TWITCH_S:
            yield start, stop
