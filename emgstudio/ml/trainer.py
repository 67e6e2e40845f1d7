"""From labelled recordings to a model with an honest report."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Channel, ConditionSpec, FeatureSpec, WindowSpec
from emgstudio.ml.dataset import (
    Dataset,
    LabelledSamples,
    build_dataset,
    folds_of_unseen_rest,
    with_thresholds,
)
from emgstudio.ml.intervals import figure_intervals
from emgstudio.ml.lda import DEFAULT_SHRINKAGE, Key, ShrunkLDA
from emgstudio.ml.metrics import held_out_metrics
from emgstudio.ml.model import GestureModel, efforts, familiarity, rest_amplitude
from emgstudio.ml.postprocess import BALANCED, PostprocessSpec
from emgstudio.ml.report import HeldOut, fit_temperature, leave_one_repetition_out

# 38 % of people are active at the cue and 90 % within 0.61 s (1223 onsets measured); with a
# hold of 3 s, waiting longer costs more training than the late ones spoil.
TRIM_START_S = 0.5
TRIM_END_S = 0.1


def train(parts: Iterable[LabelledSamples], **how: Any) -> GestureModel:
    """The model alone of :func:`train_with_evidence`, which takes the same arguments."""
    return train_with_evidence(parts, **how)[0]


def train_with_evidence(
    parts: Iterable[LabelledSamples],
    *,
    channels: Sequence[Channel],
    condition: ConditionSpec,
    window: WindowSpec | None = None,
    features: FeatureSpec | None = None,
    postprocess: PostprocessSpec | None = None,
    trim_start_s: float = TRIM_START_S,
    trim_end_s: float = TRIM_END_S,
    repetitions: Collection[int] | None = None,
    shrinkage: float = DEFAULT_SHRINKAGE,
    progress: Progress | None = None,
) -> tuple[GestureModel, HeldOut]:
    """Train on recordings of one sensor and test by leaving one repetition out.

    ``channels`` and ``condition`` are what the samples were made with; the model
    refuses any other stream. ``repetitions`` narrows what is trained on. Also
    returns the scores of every repetition by classifiers that had not seen it.
    Features that count take their thresholds from the labelled rest.

    Raises
    ------
    EmgError
        No whole window in any label, fewer than two gestures, or recordings
        with different rates or channels.
    """
    parts = list(parts)
    rate = _common_rate(parts, len(channels))
    window = window or WindowSpec()
    trim = (trim_start_s, trim_end_s)
    asked = features or FeatureSpec()
    features = with_thresholds(asked, parts, trim, repetitions)
    dataset = build_dataset(
        parts,
        window,
        features,
        trim_start_s=trim_start_s,
        trim_end_s=trim_end_s,
        progress=progress,
    )
    dataset = _enough(dataset, repetitions)
    if progress:
        progress.report(0.9, "Testing each repetition")
    folds = None
    if features is not asked:
        folds = folds_of_unseen_rest(dataset, asked, parts, window, trim)
    report, held = leave_one_repetition_out(dataset, lambda: ShrunkLDA(shrinkage), window, folds)
    temperature = fit_temperature(held)
    found = held_out_metrics(held, temperature)
    if found is not None:
        spread = {name: list(pair) for name, pair in figure_intervals(held, temperature).items()}
        report = replace(report, figures=found.to_json() | {"intervals": spread})
    lda = ShrunkLDA(shrinkage, temperature)
    for recording, gesture, repetition, rows in dataset.units():
        lda.add(Key(recording, gesture, repetition), rows.x)
    if progress:
        progress.report(1.0, report.summary)
    model = GestureModel(
        rate=rate,
        channels=tuple(c.name for c in channels),
        units=tuple(c.unit for c in channels),
        condition=condition,
        window=window,
        features=features,
        lda=lda,
        report=report,
        efforts=efforts(dataset),
        rest_amplitude=rest_amplitude(dataset),
        familiar=familiarity(held),
        postprocess=postprocess or BALANCED,
        provenance=_provenance(dataset, trim_start_s, trim_end_s),
    )
    return model, held


def _enough(dataset: Dataset, repetitions: Collection[int] | None) -> Dataset:
    """The repetitions asked for; EmgError if fewer than two gestures are left."""
    if repetitions is not None:
        there = dataset.groups("repetition")
        dataset = dataset.only("repetition", repetitions)
        if not len(dataset):
            raise EmgError(
                "None of the repetitions to train on is there.",
                f"There are {', '.join(map(str, there[:20]))}.",
            )
    if len(dataset.classes) < 2:
        raise EmgError(
            "There are fewer than two gestures to tell apart.",
            "Record at least two, for example rest and fist.",
        )
    return dataset


def _common_rate(parts: Sequence[LabelledSamples], channels: int) -> float:
    if not parts:
        raise EmgError("There is no recording to train on.", "Name at least one.")
    first = parts[0]
    for part in parts:
        if part.samples.shape[1] != channels:
            raise EmgError(
                f"“{part.recording}” has {part.samples.shape[1]} channels, expected {channels}.",
                "Train on recordings of one sensor.",
            )
        if part.rate != first.rate:
            raise EmgError(
                f"“{first.recording}” was sampled at {first.rate:g} Hz, "
                f"“{part.recording}” at {part.rate:g} Hz.",
                "Train on recordings of one sensor.",
            )
    return first.rate


def _provenance(dataset: Dataset, trim_start_s: float, trim_end_s: float) -> dict[str, Any]:
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "recordings": list(dataset.groups("recording")),
        "subjects": [s for s in dataset.groups("subject") if s],
        "windows": len(dataset),
        "trim_start_s": trim_start_s,
        "trim_end_s": trim_end_s,
    }
