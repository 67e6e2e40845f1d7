"""How well cues can be moved to the muscle in recordings of others, where nobody knows the truth.

    python -m benchmarks.labels_real FOLDER        # cued .npz files (emg, label, fs, names, trial)

A cue is not an onset. So the table tells how far suggestions lie from their cues (median, 10 and
90 %), how much stronger the signal is in the 0.15 s behind a beginning than before it, and how
often the two halves of the electrodes (odd and even), asked alone, put an edge within 30 ms of
each other. That is how well an edge can be known at all, and so the most that anybody could
leave unchanged. The last line is the label task on these recordings: what one half suggests is
corrected until it lies where the other half has it, in the key-stroke model of benchmarks.labels.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.labels import WITHIN_S, Score, compare
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Channel, ConditionSpec, Source, StreamInfo
from emgstudio.session.suggesting import Suggester, Wish, suggest
from emgstudio.storage.new_session import NewSession


def real_recordings(folder: Path, scratch: Path, most: int) -> None:
    """A row for each of the first ``most`` files of ``folder``, and one for all of them."""
    print(
        f"{'recording':<14} {'cues':>5} {'answered':>8} {'start ms':>14} {'end ms':>14}"
        f" {'rise at cue':>11} {'suggested':>9} {'halves agree':>13}   (starts, ends)"
    )
    everything: list[tuple[float, ...]] = []
    task = Score(0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0)
    for file in sorted(folder.glob("*.npz"))[:most]:
        data = np.load(file)
        emg, rate = np.asarray(data["emg"], np.float32), float(data["fs"])
        cues = _cues_of(data, rate)
        found = [
            _by_cue(_written(scratch / f"{file.stem}-{k}", emg[:, columns], rate), cues)
            for k, columns in enumerate((slice(None), slice(0, None, 2), slice(1, None, 2)))
        ]
        level = _level(emg, rate)
        rows = [
            (
                both.start - cue.start,
                both.stop - cue.stop,
                _rise(level, cue.start),
                _rise(level, both.start),
                abs(odd.start - even.start) <= WITHIN_S + 1e-6,
                abs(odd.stop - even.stop) <= WITHIN_S + 1e-6,
            )
            for cue, (both, odd, even) in zip(cues, zip(*found, strict=True), strict=True)
            if both is not None and odd is not None and even is not None
        ]
        task = _together(task, *([a for a in half if a is not None] for half in found[1:]))
        answered = sum(one is not None for one in found[0])
        print(_real_line(file.stem, len(cues), answered, rows))
        everything += rows
    print(_real_line("all", len(everything), len(everything), everything))
    share, hundred = task.unchanged / task.true, 100 * task.seconds / task.true
    print(f"label task: {share:.0%} of {task.true} unchanged, {hundred:.0f} s for a hundred")


def _together(task: Score, truth: Sequence[Annotation], found: Sequence[Annotation]) -> Score:
    """What was counted so far, and one more recording."""
    more = compare(truth, found, False)
    return replace(
        task,
        true=task.true + more.true,
        suggested=task.suggested + more.suggested,
        unchanged=task.unchanged + more.unchanged,
        seconds=task.seconds + more.seconds,
    )


def _real_line(name: str, cues: int, answered: int, rows: Sequence[tuple[float, ...]]) -> str:
    columns = np.array(rows)
    low, middle, high = np.percentile(columns[:, :2] * 1000, [10, 50, 90], axis=0)
    spans = [f"{m:+.0f} ({a:.0f}…{b:.0f})" for a, m, b in zip(low, middle, high, strict=True)]
    cue, own = np.median(columns[:, 2:4], axis=0)
    starts, ends = columns[:, 4:].mean(axis=0)
    return (
        f"{name:<14} {cues:>5} {answered:>8} {spans[0]:>14} {spans[1]:>14} {cue:>8.1f} dB"
        f" {own:>6.1f} dB {starts:>6.0%} {ends:>6.0%}"
    )


def _cues_of(data: Mapping[str, np.ndarray], rate: float) -> list[Annotation]:
    """Cues with rest of the same trial before and behind; other pieces were put together."""
    names = [str(n) for n in data["names"]] if "names" in data else []
    label = np.asarray(data["label"], int)
    trial = np.asarray(data["trial"], int) if "trial" in data else np.zeros(len(label), int)
    changes = np.flatnonzero((np.diff(label) != 0) | (np.diff(trial) != 0)) + 1
    spans = list(itertools.pairwise([0, *changes.tolist(), len(label)]))
    return [
        Annotation(a / rate, b / rate, _named(names, int(label[a])), "cue", Source.CUE)
        for (before, _), (a, b), (after, _) in zip(spans, spans[1:], spans[2:], strict=False)
        if trial[before] == trial[a] == trial[after] and _named(names, int(label[a])) != "rest"
    ]


def _written(path: Path, emg: np.ndarray, rate: float) -> Path:
    channels = tuple(Channel(f"ch{i + 1}", scale=1.0) for i in range(emg.shape[1]))
    info = StreamInfo("emg", rate, channels, "float32", "benchmark")
    made = NewSession(path, [(info, ConditionSpec())], {}, host_s=0.0, created=datetime.now(UTC))
    made.streams[0].writer.append(emg, 0)
    made.finish("benchmark")
    return path


def _by_cue(path: Path, cues: Sequence[Annotation]) -> list[Annotation | None]:
    """What is suggested for each cue, None for nothing."""
    found = suggest(path, Wish(Suggester.CUES, "auto"), cues, progress=Progress()).annotations
    near = ([a for a in found if a.start < cue.stop and a.stop > cue.start] for cue in cues)
    return [min(some, key=lambda a: abs(a.start - cue.start), default=None)
            for some, cue in zip(near, cues, strict=True)]  # fmt: skip


def _level(emg: np.ndarray, rate: float) -> np.ndarray:
    """Mean square over all channels in cells of 10 ms."""
    size = max(1, round(0.01 * rate))
    cells = emg[: len(emg) // size * size].reshape(-1, size, emg.shape[1])
    return np.asarray(np.square(cells, dtype=float).mean(axis=(1, 2)))


def _rise(level: np.ndarray, start: float) -> float:
    """How many dB the 0.15 s from ``start`` on are above those before."""
    at = round(start / 0.01)
    before, after = level[max(0, at - 15) : at], level[at : at + 15]
    return float(10 * np.log10((after.mean() + 1e-9) / (before.mean() + 1e-9)))


def _named(names: Sequence[str], number: int) -> str:
    name = names[number] if 0 <= number < len(names) else str(number)
    return "rest" if name.lower() in ("rest", "0", "none", "relax", "hibernation") else name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="folder of labelled .npz recordings")
    parser.add_argument("--most", type=int, default=100, help="how many of them")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        real_recordings(chosen.folder, Path(scratch), chosen.most)


if __name__ == "__main__":
    main()
