"""How well gestures are recognised in recordings, offline but by the live path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import ConditionSpec, Decision, FeatureSpec, WindowSpec
from emgstudio.dsp.features import feature_columns
from emgstudio.ml.compare import compare, whole_windows
from emgstudio.ml.dataset import (
    Dataset,
    LabelledSamples,
    build_dataset,
    label_spans,
    with_thresholds,
)
from emgstudio.ml.decide import decide_recording
from emgstudio.ml.estimators import estimator_kind
from emgstudio.ml.evaluate import Split, evaluate
from emgstudio.ml.metrics import Metrics, metrics
from emgstudio.ml.model import GestureModel
from emgstudio.ml.report import Estimator, accuracy, balanced_accuracy, confusion
from emgstudio.ml.selection import WithComponents, mutual_information, select_sequentially
from emgstudio.session.training import (
    chosen,
    conditioned,
    has_labels,
    labelled_samples,
    labels_of_main_stream,
    load_parts,
)
from emgstudio.storage.recording import Recording


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
    classifier: str = "lda",
    components: int | None = None,
) -> dict[str, Any]:
    """Train and test a classifier of the registry on labelled recordings.

    ``condition`` defaults to the one that each recording was made with;
    ``components`` shows it that many principal components of the features. Returns
    accuracy, balanced_accuracy (fractions, mean over recordings), classes,
    confusion (rows are the true classes) and per_recording.
    """

    kind = estimator_kind(classifier)
    channels = len(Recording.open(paths[0]).main.info.used_columns) if kind.raw else 0
    if kind.raw and components:
        raise EmgError(
            f"“{kind.key}” looks at samples: it has no features to take components of.",
            "Leave the components out, or choose another classifier.",
        )

    def make() -> Estimator:
        inner = kind.make(channels)
        return WithComponents(inner, components) if components else inner

    report = evaluate(
        _parts(paths, split, condition, progress),
        split,
        window=window or WindowSpec(),
        features=whole_windows if kind.raw else features or FeatureSpec(),
        make=make,
        trim_start_s=trim_start_s,
        trim_end_s=trim_end_s,
        train_reps=train_repetitions,
        test_reps=test_repetitions,
    )
    progress.report(1.0, "Done")
    facts = report.to_json()
    facts["per_recording"] = [
        {"path": row["recording"], **row, "recording": Path(row["recording"]).name}
        for row in facts["per_recording"]
    ]
    return facts


def compare_recordings(
    paths: Sequence[Path],
    classifiers: Sequence[str],
    *,
    split: Split,
    train_repetitions: Collection[int] | None,
    test_repetitions: Collection[int] | None,
    trim_start_s: float,
    trim_end_s: float,
    progress: Progress,
    features: FeatureSpec | None = None,
) -> list[dict[str, Any]]:
    """Train and test several classifiers of the registry on the same windows and folds.

    One row each: key, title, accuracy, balanced_accuracy with its 95 % interval
    over recordings, fit_s (seconds of CPU), per_recording.
    """
    rows = compare(
        list(_parts(paths, split, None, progress)),
        split,
        classifiers,
        window=WindowSpec(),
        features=features or FeatureSpec(),
        trim_start_s=trim_start_s,
        trim_end_s=trim_end_s,
        train_reps=train_repetitions,
        test_reps=test_repetitions,
        progress=progress,
    )
    progress.report(1.0, "Done")
    return [row.to_json() for row in rows]


def rank_features(
    paths: Sequence[Path],
    *,
    by: str,
    electrodes: bool,
    most: int,
    trim_start_s: float,
    trim_end_s: float,
    progress: Progress,
    features: FeatureSpec | None = None,
) -> list[dict[str, Any]]:
    """Features, or electrodes, in the order of what they tell about the movement.

    ``by`` is one of :data:`RANKINGS`. Each row has its name and ``information``
    (nats, of its best number) or ``balanced_accuracy`` (with those before it,
    repetitions left out). A number of two electrodes counts for the pair.
    """
    condition = Recording.open(paths[0]).main.condition if paths else ConditionSpec()
    parts, channels = load_parts(paths, condition, progress)
    spec = with_thresholds(features or FeatureSpec(), parts, (trim_start_s, trim_end_s))
    dataset = build_dataset(
        parts, WindowSpec(), spec, trim_start_s=trim_start_s, trim_end_s=trim_end_s
    )
    names = [channel.name for channel in channels]
    columns = feature_columns(spec.names, names)
    owners = [
        "·".join(names[k] for k in column.channels) if electrodes else column.feature
        for column in columns
    ]
    rows = RANKINGS[by](dataset, owners, most)
    progress.report(1.0, "Done")
    return rows


def _by_information(dataset: Dataset, owners: Sequence[str], most: int) -> list[dict[str, Any]]:
    best: dict[str, float] = {}
    for owner, value in zip(owners, mutual_information(dataset).tolist(), strict=True):
        best[owner] = max(value, best.get(owner, 0.0))
    ranked = sorted(best, key=lambda owner: -best[owner])
    return [{"name": owner, "information": best[owner]} for owner in ranked[:most]]


def _sequentially(dataset: Dataset, owners: Sequence[str], most: int) -> list[dict[str, Any]]:
    steps = select_sequentially(dataset, owners, most)
    return [{"name": s.feature, "balanced_accuracy": s.accuracy} for s in steps]


RANKINGS = {"information": _by_information, "sequential": _sequentially}


def _parts(
    paths: Sequence[Path], split: Split, condition: ConditionSpec | None, progress: Progress
) -> Iterator[LabelledSamples]:
    """The recordings one after the other, each under a name of its own."""
    for i, path in enumerate(paths):
        progress.report(i / len(paths), f"Reading {path.name}")
        recording = Recording.open(path)
        part = labelled_samples(recording, condition or recording.main.condition)
        # Folders in different places may have the same name.
        own, meta = str(path), recording.meta
        # Nobody in particular: sessions of one person, or as many people.
        unknown = own if split == "subject" else ""
        yield replace(
            part,
            recording=own,
            session=part.session if meta.get("session") else own,
            subject=part.subject if meta.get("subject") else unknown,
        )


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

    Decisions whose window lies wholly in a (trimmed) label of ``repetitions``
    count; ``raw_accuracy`` is that of the windows before the filter, ``metrics`` are of
    the decisions that were not refused. Accuracies and metrics are None where there is
    none. Raises EmgError when the model does not fit the recording.
    """
    recording = Recording.open(path)
    stream = recording.main
    model.check_stream(stream.info)
    samples = chosen(conditioned(stream, model.condition), stream.info.used_columns)
    truth = _true_labels(recording, len(samples), repetitions, trim_start_s, trim_end_s)
    length, _ = model.window_samples
    gestures: Counter[str] = Counter()
    wanted: list[str] = []
    scored: list[Decision] = []
    changes = rejected = 0
    before = ""
    for decision in decide_recording(model, samples):
        progress.report(decision.index / len(samples), "Decoding")
        gestures[decision.gesture] += 1
        changes += bool(before) and decision.gesture != before
        before = decision.gesture
        rejected += decision.rejected
        window = truth[decision.index + 1 - length : decision.index + 1]
        if window[0] and (window == window[0]).all():
            wanted.append(window[0])
            scored.append(decision)
    if repetitions is not None and not wanted:
        raise EmgError(
            f"{path.name} has none of the repetitions to test on.",
            "Choose others, or trim less of each label.",
        )
    facts: dict[str, Any] = {
        "decisions": gestures.total(),
        "gestures": dict(gestures),
        "changes": changes,
        "rejected": rejected,
        "accuracy": None,
        "balanced_accuracy": None,
        "raw_accuracy": None,
        "metrics": None,
    }
    if wanted:
        facts |= _score(wanted, [decision.gesture for decision in scored])
        right = [a == b.raw_gesture for a, b in zip(wanted, scored, strict=True)]
        facts["raw_accuracy"] = float(np.mean(right))
        facts["metrics"] = _metrics(model, wanted, scored).to_json()
    return facts


def _metrics(model: GestureModel, wanted: Sequence[str], scored: Sequence[Decision]) -> Metrics:
    """All figures of scored decisions; a run ends where the label does or one is left out."""
    _, hop = model.window_samples
    runs, run = [], 0
    for at, decision in enumerate(scored):
        if at and (wanted[at] != wanted[at - 1] or decision.index - scored[at - 1].index > hop):
            run += 1
        runs.append(run)
    # A recording may have movements that the model was never taught.
    strange = sorted(set(wanted) - set(model.classes))
    posteriors = np.zeros((len(scored), len(model.classes) + len(strange)))
    posteriors[:, : len(model.classes)] = [decision.probabilities for decision in scored]
    return metrics(
        wanted,
        [decision.gesture for decision in scored],
        (*model.classes, *strange),
        runs=runs,
        probabilities=posteriors,
        refused=[decision.rejected for decision in scored],
    )


def _score(wanted: Sequence[str], decided: Sequence[str]) -> dict[str, Any]:
    classes = sorted({*wanted, *decided})
    index = {name: i for i, name in enumerate(classes)}
    counts = confusion([index[w] for w in wanted], [index[d] for d in decided], len(classes))
    return {
        "accuracy": accuracy(counts),
        "balanced_accuracy": balanced_accuracy(counts),
        "classes": classes,
        "confusion": counts.tolist(),
    }


def _true_labels(
    recording: Recording,
    samples: int,
    repetitions: Collection[int] | None,
    trim_start_s: float,
    trim_end_s: float,
) -> NDArray[np.object_]:
    """The label of every sample of the main stream, "" where there is none to score."""
    labels = np.full(samples, "", dtype=object)
    if has_labels(recording):
        part = labels_of_main_stream(recording)
        for span in label_spans(part, recording.main.info.rate, trim_start_s, trim_end_s):
            if repetitions is None or span.repetition in repetitions:
                labels[max(0, span.start) : span.stop] = span.gesture
    return labels
