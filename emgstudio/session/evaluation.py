"""How well gestures are recognised in recordings, offline but by the live path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import ConditionSpec, FeatureSpec, WindowSpec
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples, label_spans
from emgstudio.ml.evaluate import Split, evaluate
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import Postprocess
from emgstudio.ml.report import accuracy, balanced_accuracy, confusion
from emgstudio.session.training import conditioned, labelled_samples, training_labels
from emgstudio.storage.recording import Recording

WINDOWS_AT_ONCE = 2000


def evaluate_recordings(
    paths: Sequence[Path],
    *,
    split: Split,
    train_repetitions: Collection[int] | None,
    test_repetitions: Collection[int] | None,
    trim_start_s: float,
    trim_end_s: float,
    progress: Progress,
    condition: ConditionSpec | None = None,
    window: WindowSpec | None = None,
    features: FeatureSpec | None = None,
) -> dict[str, Any]:
    """Train and test the default classifier on labelled recordings.

    ``condition`` defaults to the one that each recording was made with. Returns
    accuracy, balanced_accuracy (fractions, mean over recordings), classes,
    confusion (rows are the true classes) and per_recording.
    """
    by_name = {path.name: path for path in paths}
    if len(by_name) < len(paths):
        raise EmgError(
            "Two of the recordings have the same folder name.", "Rename one, so that rows differ."
        )

    def parts() -> Iterator[LabelledSamples]:
        for i, path in enumerate(paths):
            progress.report(i / len(paths), f"Reading {path.name}")
            recording = Recording.open(path)
            yield labelled_samples(recording, condition or recording.main.condition)

    report = evaluate(
        parts(),
        split,
        window=window or WindowSpec(),
        features=features or FeatureSpec(),
        trim_start_s=trim_start_s,
        trim_end_s=trim_end_s,
        train_reps=train_repetitions,
        test_reps=test_repetitions,
    )
    progress.report(1.0, "Done")
    facts = report.to_json()
    facts["per_recording"] = [
        {"path": str(by_name[row["recording"]]), **row} for row in facts["per_recording"]
    ]
    return facts


def decode_recording(
    model: GestureModel,
    path: Path,
    *,
    repetitions: Collection[int] | None,
    trim_start_s: float,
    trim_end_s: float,
    progress: Progress,
) -> dict[str, Any]:
    """Decode a recording as the decoder would have done live, and compare with its labels.

    Windows end on the live hop grid; a window that touches a gap makes no
    decision and the vote begins anew behind it. Accuracies are None where the
    recording has no labels. Raises EmgError when the model does not fit.
    """
    recording = Recording.open(path)
    stream = recording.main
    model.check_stream(stream.info)
    samples = conditioned(stream, model.condition)
    ends, probabilities = _probabilities(model, samples, stream.info.rate, progress)
    gestures = _decide(model, ends, probabilities, stream.info.rate)
    facts: dict[str, Any] = {
        "decisions": len(gestures),
        "gestures": {c: gestures.count(c) for c in sorted(set(gestures))},
        "accuracy": None,
        "balanced_accuracy": None,
    }
    truth = _true_labels(
        recording, model, ends, repetitions=repetitions, trims=(trim_start_s, trim_end_s)
    )
    scored = [i for i, label in enumerate(truth) if label]
    if scored:
        classes = sorted({truth[i] for i in scored} | set(gestures))
        index = {c: i for i, c in enumerate(classes)}
        counts = confusion(
            [index[truth[i]] for i in scored], [index[gestures[i]] for i in scored], len(classes)
        )
        facts |= {
            "accuracy": accuracy(counts),
            "balanced_accuracy": balanced_accuracy(counts),
            "classes": classes,
            "confusion": counts.tolist(),
        }
    return facts


def _probabilities(
    model: GestureModel, samples: np.ndarray, rate: float, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Window ends (sample indices, exclusive) and posteriors of the windows without gaps."""
    length, step = model.window.samples(rate)
    first = -(-length // step) * step
    ends = np.arange(first, len(samples) + 1, step)
    missing = np.concatenate([[0], np.cumsum(~np.isfinite(samples).all(axis=1))])
    ends = ends[missing[ends] == missing[ends - length]]
    if not len(ends):
        raise EmgError(
            "The recording is too short to decode.", f"It must be longer than {length / rate:g} s."
        )
    windows = sliding(samples, length, 1)
    blocks = []
    for start in range(0, len(ends), WINDOWS_AT_ONCE):
        progress.report(start / len(ends), "Decoding")
        block = ends[start : start + WINDOWS_AT_ONCE]
        blocks.append(model.predict_windows(windows[block - length]))
    return ends, np.concatenate(blocks)


def _decide(
    model: GestureModel, ends: np.ndarray, probabilities: np.ndarray, rate: float
) -> list[str]:
    _, step = model.window.samples(rate)
    post = Postprocess(model.postprocess, model.classes)
    gestures: list[str] = []
    before = None
    for end, row in zip(ends.tolist(), probabilities, strict=True):
        if before is not None and end - before > step:
            post.reset()
        gestures.append(post.step(row)[0])
        before = end
    return gestures


def _true_labels(
    recording: Recording,
    model: GestureModel,
    ends: np.ndarray,
    *,
    repetitions: Collection[int] | None,
    trims: tuple[float, float],
) -> list[str]:
    """The label that each window lies in wholly, "" where there is none to score."""
    labels = [""] * len(ends)
    rate = recording.main.info.rate
    length, _ = model.window.samples(rate)
    try:
        annotations = training_labels(recording)
    except EmgError:
        return labels
    start_s = recording.main.start_s
    moved = [a.moved(a.start - start_s, a.stop - start_s) for a in annotations]
    for span in label_spans(moved, rate, *trims):
        if repetitions is not None and span.repetition not in repetitions:
            continue
        inside = np.flatnonzero((ends - length >= span.start) & (ends <= span.stop))
        for i in inside.tolist():
            labels[i] = span.gesture
    return labels
