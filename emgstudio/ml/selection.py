"""Fewer features, for researchers: by information, one by one, or by components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from emgstudio.ml.dataset import Dataset, Names
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.report import Estimator, balanced_accuracy, confusion, hold_out


@dataclass(frozen=True, slots=True)
class Step:
    """After this ``feature`` was added: balanced accuracy with repetitions left out."""

    feature: str
    accuracy: float


def mutual_information(dataset: Dataset) -> Floats:
    """Mutual information of each column with the gesture in nats, ``(d,)``.

    Nearest-neighbour estimate (Ross 2014, PLoS ONE 9:e87357) by scikit-learn.
    """
    from sklearn.feature_selection import mutual_info_classif

    return np.asarray(mutual_info_classif(dataset.x, dataset.y, random_state=0), np.float64)


def select_sequentially(
    dataset: Dataset,
    owners: Sequence[str],
    most: int,
    make: Callable[[], Estimator] = ShrunkLDA,
) -> tuple[Step, ...]:
    """Add the feature that helps most, again and again, up to ``most`` of them.

    ``owners (d,)`` names the feature (or the electrode) that each column belongs to;
    its columns come together. Judged by leaving one repetition out.
    """
    names = list(dict.fromkeys(owners))
    at = {name: [k for k, owner in enumerate(owners) if owner == name] for name in names}
    chosen: list[str] = []
    steps = []
    while len(chosen) < min(most, len(names)):
        scored = []
        for place, name in enumerate(n for n in names if n not in chosen):
            columns = [k for kept in (*chosen, name) for k in at[kept]]
            scored.append((_accuracy(dataset, columns, make), -place, name))
        best, _, name = max(scored)
        chosen.append(name)
        steps.append(Step(name, best))
    return tuple(steps)


class WithComponents:
    """An estimator that sees the first principal components of the features only.

    The components are learnt from the training rows, scaled to deviation 1.
    """

    def __init__(self, inner: Estimator, components: int) -> None:
        self._inner, self._components = inner, components
        self._mean: Floats = np.empty(0)
        self._axes: Floats = np.empty((0, 0))

    @property
    def classes(self) -> tuple[str, ...]:
        """Those of the estimator behind."""
        return self._inner.classes

    def fit(self, x: Floats, y: Names) -> WithComponents:
        """Learn the components, then the gestures."""
        self._mean = x.mean(axis=0)
        spread = x.std(axis=0)
        scaled = (x - self._mean) / np.where(spread > 0, spread, 1.0)
        _, _, axes = np.linalg.svd(scaled, full_matrices=False)
        kept = axes[: self._components].T
        self._axes = kept / np.where(spread > 0, spread, 1.0)[:, None]
        self._inner.fit(self._seen(x), y)
        return self

    def scores(self, x: Floats) -> Floats:
        """Scores of the estimator behind, ``(n, k)``."""
        return self._inner.scores(self._seen(x))

    def _seen(self, x: Floats) -> Floats:
        return np.asarray((x - self._mean) @ self._axes)


def _accuracy(dataset: Dataset, columns: Sequence[int], make: Callable[[], Estimator]) -> float:
    held = hold_out(dataset.with_columns(columns), make, "repetition")
    return balanced_accuracy(confusion(held.truth, held.winners, len(held.classes)))
