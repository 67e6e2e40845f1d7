"""Recognition on signals unlike those it was built on, beside Hudgins' features with plain LDA.

    python -m benchmarks.robustness DATA [--only damage,sensor]

``damage``: one session of each person of the Myo set, repetitions 1–4 against 5–6, spoilt on
purpose. ``sensor``: simulated people on sensors of other rates, channel counts and gestures,
repetitions 1–3 against 4–5. Balanced accuracy in %, nothing after the decision; the baseline
sees the same windows in the same run.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from benchmarks.gesture_sets import CONDITION, myo
from emgstudio.core.types import Annotation, FeatureSpec, WindowSpec
from emgstudio.devices.emulators.forearm import gesture_keys
from emgstudio.devices.emulators.scenarios import scenario
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from emgstudio.dsp.recorded import conditioned
from emgstudio.ml.dataset import Dataset, LabelledSamples, build_dataset
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import ShrunkLDA

PARTS = ("damage", "sensor")
FIRST, NEXT = (1, 2, 3, 4), (5, 6)
SOME = tuple(g for g in gesture_keys() if g != REST)
HOLD_S, GAP_S = 2.0, 0.5

Change = Callable[[LabelledSamples], LabelledSamples]


def rows_of(part: LabelledSamples, names: tuple[str, ...], trim: tuple[float, float]) -> Dataset:
    return build_dataset(
        [part], WindowSpec(), FeatureSpec(names), trim_start_s=trim[0], trim_end_s=trim[1]
    )


def balanced(guess: Sequence[str], truth: Sequence[str]) -> float:
    hit = np.asarray(guess) == np.asarray(truth)
    return float(100 * np.mean([hit[truth == c].mean() for c in np.unique(truth)]))


def both(
    learn: LabelledSamples,
    test: LabelledSamples,
    trim: tuple[float, float],
    first: Collection[int],
    later: Collection[int],
) -> tuple[float, float]:
    """Ours and the baseline's."""
    scores = []
    for names, make in (
        (FeatureSpec().names, ShrunkLDA),
        (("hudgins",), LinearDiscriminantAnalysis),
    ):
        known = rows_of(learn, names, trim).only("repetition", first)
        new = rows_of(test, names, trim).only("repetition", later)
        with warnings.catch_warnings():
            # A dead channel makes scikit-learn's features collinear.
            warnings.simplefilter("ignore")
            scores.append(balanced(make().fit(known.x, known.y).predict(new.x), new.y))
    return scores[0], scores[1]


def show(name: str, scores: Sequence[tuple[float, float]]) -> None:
    ours, theirs = np.mean(scores, axis=0)
    print(f"| {name} | {len(scores)} | {ours:.1f} | {theirs:.1f} |", flush=True)


def level(part: LabelledSamples) -> float:
    """What is usual on a channel."""
    return float(np.median(np.nanstd(part.samples, axis=0)))


def with_samples(part: LabelledSamples, samples: np.ndarray) -> LabelledSamples:
    return replace(part, samples=samples.astype(np.float32))


def scaled(*by: float) -> Change:
    return lambda part: with_samples(part, part.samples * np.array(by))


def replaced(channels: Sequence[int], noise: float) -> Change:
    """White noise of so many usual levels instead of these channels."""

    def change(part: LabelledSamples) -> LabelledSamples:
        x = part.samples.copy()
        rng = np.random.default_rng(1)
        x[:, channels] = noise * level(part) * rng.standard_normal((len(x), len(channels)))
        return with_samples(part, x)

    return change


def added(hum: float = 0.0, white: float = 0.0, channels: Sequence[int] = ()) -> Change:
    """So many usual levels of 50 Hz and noise on these channels, on all if none is named."""

    def change(part: LabelledSamples) -> LabelledSamples:
        n, count = part.samples.shape
        wave = np.sqrt(2) * np.sin(2 * np.pi * 50 * np.arange(n) / part.rate)[:, None]
        noise = np.random.default_rng(2).standard_normal((n, count))
        on = np.isin(np.arange(count), channels or range(count))
        return with_samples(part, part.samples + on * level(part) * (hum * wave + white * noise))

    return change


def shorted(part: LabelledSamples) -> LabelledSamples:
    return with_samples(part, part.samples[:, [0, 1, 2, 3, 3, 5, 6, 7]])


def only(*channels: int) -> Change:
    return lambda part: with_samples(part, part.samples[:, channels])


def faster(times: int) -> Change:
    return lambda part: replace(
        with_samples(part, resample_poly(np.nan_to_num(part.samples), times, 1, axis=0)),
        rate=part.rate * times,
    )


def coarser(part: LabelledSamples) -> LabelledSamples:
    return with_samples(part, np.round(part.samples / 10) * 10)


def shorter(part: LabelledSamples) -> LabelledSamples:
    """Every second gesture is held half as long in what is learnt."""
    half = sorted({a.label for a in part.annotations} - {REST})[::2]
    return replace(
        part,
        annotations=tuple(
            replace(a, stop=a.start + 0.5 * (a.stop - a.start)) if a.label in half else a
            for a in part.annotations
        ),
    )


def seldom(part: LabelledSamples) -> LabelledSamples:
    """Every second gesture is recorded once only."""
    half = sorted({a.label for a in part.annotations} - {REST})[::2]
    kept = tuple(
        a for a in part.annotations if a.label not in half or a.repetition not in (2, 3, 4)
    )
    return replace(part, annotations=kept)


def as_it_is(part: LabelledSamples) -> LabelledSamples:
    return part


# What is learnt and what is tested, in this order; None: the same as what is learnt.
DAMAGE: dict[str, tuple[Change, Change | None]] = {
    "as it is": (as_it_is, None),
    "in volts instead of counts (× 1e-6)": (scaled(1e-6), None),
    "other gain on each channel": (scaled(0.3, 3, 1, 0.5, 2, 1, 0.1, 1), None),
    "hum on all, 3 × the signal": (added(hum=3), None),
    "noise on all, 1 × the signal": (added(white=1), None),
    "steps of 10 counts": (coarser, None),
    "one channel dead": (replaced([2], 0.0), None),
    "two channels dead": (replaced([2, 6], 0.0), None),
    "one channel nothing but noise": (replaced([2], 5.0), None),
    "two electrodes shorted": (shorted, None),
    "1 channel": (only(2), None),
    "2 channels": (only(2, 6), None),
    "4 channels": (only(0, 2, 4, 6), None),
    "resampled to 1000 Hz": (faster(5), None),
    "half the gestures held half as long": (shorter, as_it_is),
    "half the gestures recorded once": (seldom, as_it_is),
    "in the test only: hum 0.3 ×": (as_it_is, added(hum=0.3)),
    "in the test only: hum 2 × on one channel": (as_it_is, added(hum=2, channels=[3])),
    "in the test only: amplitudes × 1.5": (as_it_is, scaled(1.5)),
    "in the test only: amplitudes × 0.5": (as_it_is, scaled(0.5)),
    "in the test only: one channel dead": (as_it_is, replaced([2], 0.0)),
    "in the test only: two channels dead": (as_it_is, replaced([1, 5], 0.0)),
    "in the test only: one channel noise 5 ×": (as_it_is, replaced([5], 5.0)),
}


def damage(data: Path) -> None:
    parts = myo(data)[::3]
    for name, (learn, test) in DAMAGE.items():
        scores = []
        for part in parts:
            learnt = learn(part)
            tested = test(part) if test else learnt
            scores.append(both(learnt, tested, (1.0, 0.5), FIRST, NEXT))
        show(name, scores)
    for count in (1, 2):
        show(
            f"{count} repetition{'s' * (count > 1)} learnt",
            [both(p, p, (1.0, 0.5), FIRST[:count], NEXT) for p in parts],
        )


def simulated(
    person: str, rate: float, channels: int, gestures: Sequence[str], repetitions: int = 5
) -> LabelledSamples:
    """A person who holds each gesture and rest in random order, with three times the noise."""
    sensor = SimulatedSensor(
        scenario("gestures"), SensorSetup(rate, channels, person, seed=1, gain=1.0, noise=3.0)
    )
    rng = np.random.default_rng(1)
    per_tick = sensor.tick_samples
    hold, gap = (max(1, round(s * rate / per_tick)) for s in (HOLD_S, GAP_S))
    pieces, labels, at = [sensor.ticks(hold)], [], hold * per_tick
    for repetition in range(1, repetitions + 1):
        for gesture in rng.permutation([REST, *gestures]).tolist():
            sensor.command(gesture, 1.0)
            stop = at + hold * per_tick
            labels.append(Annotation(at / rate, stop / rate, gesture, repetition=repetition))
            pieces.append(sensor.ticks(hold))
            sensor.command(REST, 1.0)
            pieces.append(sensor.ticks(gap))
            at = stop + gap * per_tick
    physical = sensor.info.to_physical(np.concatenate(pieces))
    clean = conditioned(physical, np.ones(len(physical), bool), CONDITION, rate)
    return LabelledSamples(clean, rate, tuple(labels), f"person {person}")


def sensors() -> None:
    cases = [(f"{rate:g} Hz, 8 channels", rate, 8, 8) for rate in (200.0, 500.0, 1000.0, 4000.0)]
    cases += [(f"1000 Hz, {n} channels", 1000.0, n, 8) for n in (1, 2, 4, 16, 17, 32, 64)]
    cases += [(f"{n} gestures and rest", 1000.0, 8, n) for n in (1, 3, len(SOME))]
    for name, rate, channels, gestures in cases:
        parts = [
            simulated(p, rate, channels, SOME[:gestures])
            for p in "ABCD"[: 4 if channels < 20 else 2]
        ]
        show(f"simulated, {name}", [both(p, p, (0.5, 0.1), (1, 2, 3), (4, 5)) for p in parts])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    print("| signal | n | ours | Hudgins + LDA |\n|---|--:|--:|--:|")
    if "damage" in wanted:
        damage(arguments.data)
    if "sensor" in wanted:
        sensors()


if __name__ == "__main__":
    main()
