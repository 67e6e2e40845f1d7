"""Several classifiers on the same folds, with intervals over recordings."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emgstudio.core.tasks import Progress
from emgstudio.core.types import FeatureSpec, Samples, WindowSpec
from emgstudio.ml.dataset import LabelledSamples, Names
from emgstudio.ml.estimators import EstimatorKind, estimator_kind
from emgstudio.ml.evaluate import Split, evaluate
from emgstudio.ml.lda import Floats
from emgstudio.ml.metrics import bootstrap_interval
from emgstudio.ml.report import Estimator


@dataclass(frozen=True, slots=True)
class Compared:
    """One classifier: means over recordings with 95 % intervals, seconds of CPU per fit."""

    key: str
    title: str
    accuracy: float
    balanced_accuracy: float
    interval: tuple[float, float]
    """Of the balanced accuracy."""
    fit_s: float
    per_recording: tuple[float, ...]
    """Balanced accuracies, in the same order for every classifier."""

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and strings."""
        return asdict(self)


class _Timed:
    """An estimator that counts what its training costs."""

    def __init__(self, inner: Estimator, costs: list[float]) -> None:
        self._inner, self._costs = inner, costs

    @property
    def classes(self) -> tuple[str, ...]:
        return self._inner.classes

    def fit(self, x: Floats, y: Names) -> Any:
        before = time.process_time()
        self._inner.fit(x, y)
        self._costs.append(time.process_time() - before)
        return self

    def scores(self, x: Floats) -> Floats:
        return self._inner.scores(x)


def whole_windows(windows: Samples, _rate: float) -> Floats:
    """Windows ``(w, length, channels)`` as rows of their samples, for networks."""
    return np.ascontiguousarray(windows, np.float64).reshape(len(windows), -1)


def compare(
    parts: Sequence[LabelledSamples],
    split: Split,
    keys: Sequence[str],
    *,
    window: WindowSpec,
    features: FeatureSpec,
    trim_start_s: float,
    trim_end_s: float,
    train_reps: Collection[int] | None = None,
    test_reps: Collection[int] | None = None,
    progress: Progress | None = None,
) -> tuple[Compared, ...]:
    """Train and test every classifier of ``keys`` on the very same windows and folds.

    Arguments as :func:`emgstudio.ml.evaluate.evaluate`. Raises EmgError for an
    unknown classifier, one that is not installed, or too little data.
    """
    kinds = [estimator_kind(key) for key in keys]
    rows = []
    for done, kind in enumerate(kinds):
        if progress:
            progress.report(done / len(kinds), kind.title)
        costs: list[float] = []
        report = evaluate(
            parts,
            split,
            window=window,
            features=whole_windows if kind.raw else features,
            trim_start_s=trim_start_s,
            trim_end_s=trim_end_s,
            train_reps=train_reps,
            test_reps=test_reps,
            make=lambda k=kind, c=costs: _made(k, parts, c),  # type: ignore[misc]
        )
        each = tuple(r.balanced_accuracy for r in report.per_recording)
        rows.append(
            Compared(
                kind.key, kind.title, report.accuracy, report.balanced_accuracy,
                bootstrap_interval(each, 0), float(np.mean(costs)), each,
            )
        )  # fmt: skip
    return tuple(rows)


def _made(kind: EstimatorKind, parts: Sequence[LabelledSamples], costs: list[float]) -> Estimator:
    return _Timed(kind.make(parts[0].samples.shape[1]), costs)
