"""Recognition on every real gesture set of a data folder, as one table.

    python -m benchmarks.recognition DATA [--only myo,uci,tracker,forecast,unknown,coach]

Default features and ShrunkLDA, windows of 200 ms every 50 ms, nothing after the decision,
nothing chosen on what is tested. The baseline of the same run is Hudgins' features.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.gesture_sets import muscletracker, myo, uci_myo
from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.ml.coach import all_hints, hold_hints
from emgstudio.ml.dataset import Dataset, LabelledSamples, build_dataset
from emgstudio.ml.gestures import REST
from emgstudio.ml.holds import holds_of
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.metrics import area_under_curve
from emgstudio.ml.report import hold_out

DEFAULT, HUDGINS = FeatureSpec(), FeatureSpec(("hudgins",))
COARSE = WindowSpec(0.2, 0.1)
PARTS = ("myo", "uci", "tracker", "forecast", "unknown", "coach")
FIRST = (1, 2, 3, 4)


def rows_of(
    part: LabelledSamples, spec: FeatureSpec, trim: tuple[float, float], window: WindowSpec
) -> Dataset:
    return build_dataset([part], window, spec, trim_start_s=trim[0], trim_end_s=trim[1])


def score(train: Dataset, test: Dataset) -> tuple[float, float]:
    """Share of windows right, and mean of the classes' recalls, in %."""
    hit = ShrunkLDA().fit(train.x, train.y).predict(test.x) == test.y
    return 100 * hit.mean(), 100 * np.mean([hit[test.y == c].mean() for c in test.classes])


def moves(data: Dataset) -> Dataset:
    return data.only_classes([c for c in data.classes if c != REST])


def show(name: str, scores: Sequence[tuple[float, float]]) -> None:
    accuracy, balanced = np.mean(scores, axis=0)
    print(f"{name:<52} n={len(scores):<3} {accuracy:5.1f} / {balanced:5.1f}", flush=True)


def split(data: Dataset, train: Collection[int], test: Collection[int]) -> tuple[float, float]:
    return score(data.only("repetition", train), data.only("repetition", test))


def repetitions(parts: Sequence[LabelledSamples]) -> None:
    for title, spec in (("Hudgins", HUDGINS), ("default", DEFAULT)):
        sets = [rows_of(p, spec, (1.0, 0.5), WindowSpec()) for p in parts]
        show(f"Myo, 8 classes, {title}", [split(d, FIRST, (5, 6)) for d in sets])
        sets = [moves(d) for d in sets]
        for count in (4, 2, 1):
            scores = [split(d, FIRST[:count], (5, 6)) for d in sets]
            show(f"Myo, 7 gestures, {count} repetitions learnt, {title}", scores)


def series(data: Path) -> None:
    parts = uci_myo(data)
    for title, spec in (("Hudgins", HUDGINS), ("default", DEFAULT)):
        sets = [rows_of(p, spec, (0.3, 0.3), WindowSpec()) for p in parts]
        scores = [score(a, b) for a, b in zip(sets[::2], sets[1::2], strict=True)]
        show(f"UCI Myo, series 1 → 2, {title}", scores)


def trackers(data: Path) -> None:
    for device, train, test in (("biopac", (1, 2), (3,)), ("miotracker", (1, 2, 3), (4,))):
        parts = muscletracker(data, device)
        for title, spec in (("Hudgins", HUDGINS), ("default", DEFAULT)):
            sets = [rows_of(p, spec, (0.0, 0.0), WindowSpec()) for p in parts]
            show(f"MuscleTracker {device}, {title}", [split(d, train, test) for d in sets])


def forecast(parts: Sequence[LabelledSamples]) -> None:
    """Leaving one of four repetitions out against the next two: as labelled, and as held.

    As held: each label ends where its hold did, seen from amplitudes alone and in every
    repetition alike. In three sessions half of the tested labels run on after the person
    had let go; no forecast can know that.
    """
    for title, these in (("as labelled", parts), ("as held", [as_held(p) for p in parts])):
        told, came = [], []
        for part in these:
            data = rows_of(part, DEFAULT, (1.0, 0.5), WindowSpec())
            held = hold_out(data.only("repetition", FIRST), ShrunkLDA, "repetition")
            hit = held.winners == held.truth
            recalls = [hit[held.truth == k].mean() for k in np.unique(held.truth)]
            told.append((100 * hit.mean(), 100 * np.mean(recalls)))
            came.append(split(data, FIRST, (5, 6)))
        for kind, name in enumerate(("right", "balanced")):
            said, true = (np.array(values)[:, kind] for values in (told, came))
            off = np.abs(said - true)
            print(
                f"forecast, {name}, {title} ({len(off)} sessions): told {said.mean():.1f} %, "
                f"came {true.mean():.1f} %, mean |error| {off.mean():.2f}, median "
                f"{np.median(off):.2f} points",
                flush=True,
            )


def as_held(part: LabelledSamples) -> LabelledSamples:
    """Labels that end where the muscles let go, if that was before."""
    release = {(h.gesture, h.repetition): h.release_s for h in holds_of(part)}
    ends = (replace(a, stop=a.stop - release.get((a.label, a.repetition), 0.0))
            for a in part.annotations)  # fmt: skip
    return replace(part, annotations=tuple(ends))


def unknown(parts: Sequence[LabelledSamples]) -> None:
    """Each movement left out of the training in turn, against the new repetitions of the others."""
    relative, moving, refused, kept = [], [], [], []
    for part in parts:
        data = rows_of(part, DEFAULT, (1.0, 0.5), COARSE)
        old, new = data.only("repetition", FIRST), data.only("repetition", (5, 6))
        for gesture in moves(data).classes:
            train = old.only_classes([c for c in data.classes if c != gesture])
            lda = ShrunkLDA().fit(train.x, train.y)
            known = new.only_classes(train.classes)
            far = lda.unfamiliarity(new.only_classes([gesture]).x)
            near = lda.unfamiliarity(known.x)
            relative.append(area_under_curve(far, near))
            moving.append(area_under_curve(far, near[known.y != REST]))
            held = hold_out(train, ShrunkLDA, "repetition")
            right = (held.winners == held.truth) & (held.dataset.y != REST)
            assert held.unfamiliar is not None
            limit = np.quantile(held.unfamiliar[right], 0.95)
            refused.append((far > limit).mean())
            hit = lda.predict(known.x) == known.y
            kept.append((near[hit & (known.y != REST)] > limit).mean())
    print(
        f"unknown movements: AUROC {np.mean(relative):.3f} "
        f"(known moves only {np.mean(moving):.3f}); "
        f"at 5 % of held-out windows given up: {np.mean(refused):.0%} refused, "
        f"{np.mean(kept):.0%} of right ones too",
        flush=True,
    )


def spoilt(
    part: LabelledSamples, how: str, rng: np.random.Generator
) -> tuple[LabelledSamples, tuple[str, str, int]]:
    """A repetition replaced by another movement or by rest, or begun half a hold too late."""
    chosen = [a for a in part.annotations if a.label != REST and a.repetition in FIRST]
    label = chosen[rng.integers(len(chosen))]
    start, stop = (round(t * part.rate) for t in (label.start, label.stop))
    wanted = {
        "wrong": lambda a: a.label not in (REST, label.label) and a.repetition >= 5,
        "empty": lambda a: a.label == REST and a.repetition >= 5,
        "late": lambda a: a.label == REST and a.repetition >= 5,
    }[how]
    others = [a for a in part.annotations if wanted(a)]
    other = others[rng.integers(len(others))]
    first, last = (round(t * part.rate) for t in (other.start, other.stop))
    # Rest begins with the end of the movement before.
    first += round(1.5 * part.rate) if how == "late" else 0
    fill = np.resize(part.samples[first:last], (stop - start, part.samples.shape[1]))
    samples = part.samples.copy()
    half = (stop - start) // 2
    if how == "late":
        samples[start + half : stop] = part.samples[start : stop - half]
        samples[start : start + half] = fill[:half]
    else:
        samples[start:stop] = fill
    return replace(part, samples=samples), (part.recording, label.label, label.repetition)


def coach(parts: Sequence[LabelledSamples]) -> None:
    """Repetitions spoilt on purpose, and what is asked for again where nothing was."""
    rng = np.random.default_rng(1)
    found: dict[str, list[bool]] = {"wrong": [], "empty": [], "late": []}
    flagged = takes = 0

    def calibration(part: LabelledSamples) -> LabelledSamples:
        return replace(part, annotations=tuple(a for a in part.annotations if a.repetition <= 4))

    def judged(part: LabelledSamples) -> tuple[object, dict[tuple[str, str, int], object]]:
        holds = holds_of(part)
        held = hold_out(rows_of(part, DEFAULT, (0.5, 0.1), COARSE), ShrunkLDA, "repetition")
        return holds, dict(all_hints(holds, held))

    for part in parts:
        holds, hints = judged(calibration(part))
        takes += len(holds)  # type: ignore[arg-type]
        flagged += sum(hint.redo for hint in hints.values())  # type: ignore[attr-defined]
        for how in found:
            bad, take = spoilt(part, how, rng)
            holds, hints = judged(calibration(bad))
            if how == "late":
                hold = next(h for h in holds if (h.gesture, h.repetition) == take[1:])  # type: ignore[attr-defined]
                found[how].append(any(h.problem == "late" for h in hold_hints(hold)))
            else:
                found[how].append(take in hints and hints[take].redo)  # type: ignore[attr-defined]
    print("found: " + ", ".join(f"{how} {np.mean(v):.0%} of {len(v)}" for how, v in found.items())
          + f"; asked for again without cause {44 * flagged / takes:.2f} per 44 of {takes}",
          flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    print(f"{'':<52}       right / balanced, %")
    if "uci" in wanted:
        series(arguments.data)
    if "tracker" in wanted:
        trackers(arguments.data)
    if not {"myo", "forecast", "unknown", "coach"} & set(wanted):
        return
    parts = myo(arguments.data)
    for name, work in (
        ("coach", coach),
        ("forecast", forecast),
        ("unknown", unknown),
        ("myo", repetitions),
    ):
        if name in wanted:
            work(parts)


if __name__ == "__main__":
    main()
