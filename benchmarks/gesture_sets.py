"""The real gesture sets of a data folder as labelled samples, conditioned as live samples are.

Every folder keeps its npz files (emg, label, rep, trial, fs, names, …) and a SOURCE.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.types import Annotation, ConditionSpec
from emgstudio.dsp.recorded import conditioned
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.gestures import REST

CONDITION = ConditionSpec()
REST_NAMES = ("hibernation", "rest", "relaxation")
UCI_RATE = 200.0
UNMARKED = "unmarked"


def runs(*columns: Any) -> list[tuple[int, int]]:
    """Stretches ``[start, stop)`` in which no column changes."""
    changed = np.zeros(len(columns[0]), bool)
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    edges = [0, *np.flatnonzero(changed).tolist(), len(changed)]
    return list(pairwise(edges))


def labelled(
    emg: Any, rate: float, spans: Sequence[tuple[int, int, str, int]], **origin: str
) -> LabelledSamples:
    x = conditioned(emg.astype(np.float32), np.ones(len(emg), bool), CONDITION, rate)
    labels = tuple(
        Annotation(start / rate, stop / rate, REST if name in REST_NAMES else name, "labels",
                   repetition=repetition)
        for start, stop, name, repetition in spans
    )  # fmt: skip
    return LabelledSamples(x, rate, labels, **origin)


def tried(file: Path, rate: float | None = None) -> LabelledSamples:
    """A file of numbered repetitions."""
    z = np.load(file)
    label, rep = z["label"], z["rep"]
    trial = z["trial"] if "trial" in z.files else label
    names = [str(n) for n in z["names"]]
    spans = [(a, b, names[label[a]], int(rep[a]) + 1) for a, b in runs(label, rep, trial)]
    return labelled(
        z["emg"], rate or float(z["fs"]), spans,
        recording=file.stem, session=str(z["session"]), subject=str(z["subject"]),
    )  # fmt: skip


def uci(file: Path) -> LabelledSamples:
    """A series of the UCI Myo set: irregular stamps brought to 200 Hz, holding the last sample."""
    z = np.load(file)
    stamps = z["time_ms"]
    at = np.arange(stamps[0], stamps[-1], 1000.0 / UCI_RATE)
    taken = np.searchsorted(stamps, at, side="right") - 1
    emg, label = z["emg"][taken], z["label"][taken]
    names, seen = [str(n) for n in z["names"]], dict[str, int]()
    spans = []
    for start, stop in runs(label):
        name = names[label[start]]
        if name != UNMARKED and label[start] <= 6:
            seen[name] = seen.get(name, 0) + 1
            spans.append((start, stop, name, seen[name]))
    return labelled(
        emg, UCI_RATE, spans,
        recording=file.stem, session=str(z["session"]), subject=str(z["subject"]),
    )  # fmt: skip


def myo(data: Path) -> list[LabelledSamples]:
    return [tried(f) for f in sorted((data / "gestures_myo_sessions").glob("*.npz"))]


def uci_myo(data: Path) -> list[LabelledSamples]:
    return [uci(f) for f in sorted((data / "gestures_uci_myo").glob("*.npz"))]


def muscletracker(data: Path, device: str) -> list[LabelledSamples]:
    return [tried(f) for f in sorted((data / "gestures_muscletracker").glob(f"{device}_*.npz"))]
