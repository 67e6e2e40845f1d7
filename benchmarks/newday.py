"""A model of one day used on another: as it is, with the turn found, with one new repetition.

    python -m benchmarks.newday FOLDER_OF_NPZ [--turn 1]

Files are named SUBJECT-SESSION.npz. Trained on all of a subject's first session;
the other sessions give repetition 1 to the check and the update, the rest to the
test. ``--turn`` rolls their electrodes, as if the band were put on turned.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.tasks import Progress
from emgstudio.core.types import Channel, ConditionSpec
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import Dataset, LabelledSamples
from emgstudio.ml.model import GestureModel
from emgstudio.ml.newday import find_turn, new_dataset, turned, updated
from emgstudio.ml.trainer import train
from emgstudio.session.files import import_recording
from emgstudio.session.training import labelled_samples
from emgstudio.storage.recording import Recording

TRIM = {"trim_start_s": 1.0, "trim_end_s": 0.5}
CHECK = 1


def scores(model: GestureModel, rows: Dataset) -> tuple[float, float]:
    """Share of windows right, and mean of the classes' recalls."""
    hit = model.lda.predict(rows.x) == rows.y
    return float(hit.mean()), float(np.mean([hit[rows.y == c].mean() for c in rows.classes]))


def with_repetitions(part: LabelledSamples, *, check: bool) -> LabelledSamples:
    kept = tuple(a for a in part.annotations if (a.repetition == CHECK) is check)
    return replace(part, annotations=kept)


def windows_of(model: GestureModel, part: LabelledSamples) -> np.ndarray:
    """Windows of the labelled time only, without their labels."""
    pieces = [
        part.samples[round(a.start * part.rate) : round(a.stop * part.rate)]
        for a in part.annotations
    ]
    return np.concatenate([np.asarray(sliding(p, *model.window_samples)) for p in pieces])


def one(later: LabelledSamples, turn: int, model: GestureModel) -> dict[str, Any]:
    day = replace(later, samples=np.roll(later.samples, turn, axis=1))
    check, test = with_repetitions(day, check=True), with_repetitions(day, check=False)
    found = find_turn(model, windows_of(model, check))
    today = turned(model, found)
    new = updated(today, [check], **TRIM)
    again = replace(check, samples=np.roll(check.samples, today.turn, axis=1))
    only = train([again], channels=model_channels(model), condition=model.condition, **TRIM)
    plain = new_dataset(model, [test], **TRIM)
    seen = new_dataset(today, [test], **TRIM)
    return {
        "as it is": scores(model, plain),
        "turn found": scores(today, seen),
        "new repetition only": scores(only, seen),
        "turn, history and repetition": scores(new, seen),
        "steps": found.steps,
    }


def model_channels(model: GestureModel) -> list[Channel]:
    """The channels of the model's stream."""
    return [Channel(n, u) for n, u in zip(model.channels, model.units, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turn", type=int, default=0)
    arguments = parser.parse_args()
    subjects: dict[str, list[Path]] = {}
    for file in sorted(arguments.folder.glob("*.npz")):
        subjects.setdefault(file.stem.rsplit("-", 1)[0], []).append(file)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, files in subjects.items():
            parts = []
            for file in files:
                path = import_recording(file, Path(folder), progress=Progress())
                recording = Recording.open(path)
                condition = ConditionSpec()
                parts.append(labelled_samples(recording, condition))
                channels = recording.main.info.channels
                recording.close()
            model = train([parts[0]], channels=channels, condition=condition, **TRIM)
            for later in parts[1:]:
                results.append(one(later, arguments.turn, model))
                row = "  ".join(f"{k} {v[0]:.1%}" for k, v in results[-1].items() if k != "steps")
                print(f"{name}: {row}  steps {results[-1]['steps']}", flush=True)
    print(f"\n{len(results)} later sessions, turned by {arguments.turn}")
    for key in results[0]:
        if key != "steps":
            accuracy, balanced = np.mean([r[key] for r in results], axis=0)
            print(f"{key:<30} {accuracy:6.1%} right {balanced:6.1%} balanced")
    kept = [r["steps"] for r in results]
    print(f"turn {-arguments.turn:+d} found in {kept.count(-arguments.turn)} of {len(kept)}")


if __name__ == "__main__":
    main()
