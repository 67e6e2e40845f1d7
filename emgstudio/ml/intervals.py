"""How far offline figures would wander had other repetitions been made: a bootstrap over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats, softmax
from emgstudio.ml.metrics import ECE_BINS, runs_of
from emgstudio.ml.report import HeldOut

RESAMPLES = 500
SEED = 0
LEAST_REPETITIONS = 2


def figure_intervals(held: HeldOut, temperature: float) -> dict[str, tuple[float, float]]:
    """95 % percentile interval of each figure of :func:`~emgstudio.ml.metrics.held_out_metrics`.

    Whole repetitions are drawn anew within each gesture (Davison and Hinkley 1997, §3.8):
    windows of one repetition are too alike to be drawn singly. Empty where some gesture has
    only one, for then nothing is known of how they differ.
    """
    if not len(held.dataset):
        return {}
    sums = RepetitionSums(held, temperature)
    per_class = np.bincount(sums.of_class, minlength=len(held.classes))
    if per_class[per_class > 0].min() < LEAST_REPETITIONS:
        return {}
    rng = np.random.default_rng(SEED)
    weights = np.zeros((RESAMPLES, len(sums.of_class)))
    for k in np.flatnonzero(per_class):
        n = per_class[k]
        weights[:, sums.of_class == k] = rng.multinomial(n, np.full(n, 1.0 / n), RESAMPLES)
    intervals = {}
    for name, values in sums.figures(weights).items():
        if np.isfinite(values).all():
            low, high = np.percentile(values, [2.5, 97.5])
            intervals[name] = (float(low), float(high))
    return intervals


class RepetitionSums:
    """What each repetition adds to the figures, so that any mixture of them is a product.

    ``of_class (u,)`` is the column of each repetition's class.
    """

    def __init__(self, held: HeldOut, temperature: float) -> None:
        truth, guess, k = held.truth, held.winners, len(held.classes)
        names: dict[tuple[str, str, int], int] = {}
        runs = runs_of(held.dataset)
        unit = np.array([names.setdefault(run, len(names)) for run in runs], np.int64)
        self._units, self._classes = len(names), k
        self._rest = held.classes.index(REST) if REST in held.classes else -1
        self.of_class = np.zeros(self._units, np.int64)
        self.of_class[unit] = truth
        self._rows = self._sum(unit, np.ones(len(unit)))
        self._counts = np.zeros((self._units, k, k))
        np.add.at(self._counts, (unit, truth, guess), 1.0)
        same = unit[1:] == unit[:-1]
        self._pairs = self._sum(unit[1:], same.astype(float))
        self._changes = self._sum(unit[1:], (same & (guess[1:] != guess[:-1])).astype(float))
        p = softmax(held.scores / temperature)
        self._nll = self._sum(unit, -np.log(np.maximum(p[np.arange(len(p)), truth], 1e-15)))
        self._brier = self._sum(unit, ((p - np.eye(k)[truth]) ** 2).sum(axis=1))
        sure = p.max(axis=1)
        self._gaps = np.zeros((self._units, ECE_BINS))
        place = np.minimum((sure * ECE_BINS).astype(int), ECE_BINS - 1)
        np.add.at(self._gaps, (unit, place), sure - (p.argmax(axis=1) == truth))
        self._above = [self._wins(unit, truth == c, p[:, c]) for c in range(k)]

    def figures(self, weights: Floats) -> dict[str, Floats]:
        """Each figure ``(b,)`` where repetition u was made ``weights[:, u]`` times, ``(b, u)``."""
        counts = np.tensordot(weights, self._counts, axes=1)
        total, right = counts.sum(axis=(1, 2)), np.trace(counts, axis1=1, axis2=2)
        of_class, said = counts.sum(axis=2), counts.sum(axis=1)
        hits = np.diagonal(counts, axis1=1, axis2=2)
        there = of_class > 0
        recalls = np.where(there, hits / np.maximum(of_class, 1.0), 0.0)
        chance = (of_class * said).sum(axis=1) / total**2
        active = total - (said[:, self._rest] if self._rest >= 0 else 0.0)
        rightly = right - (hits[:, self._rest] if self._rest >= 0 else 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "accuracy": right / total,
                "balanced_accuracy": recalls.sum(axis=1) / there.sum(axis=1),
                "active_error": np.where(active > 0, 1.0 - rightly / active, 0.0),
                "instability": (weights @ self._changes) / np.maximum(weights @ self._pairs, 1.0),
                "kappa": (right / total - chance) / (1.0 - chance),
                "auc": self._areas(weights),
                "nll": (weights @ self._nll) / total,
                "brier": (weights @ self._brier) / total,
                "ece": np.abs(weights @ self._gaps).sum(axis=1) / total,
            }

    def _areas(self, weights: Floats) -> Floats:
        """Mean area under the ROC of each class against all others, ties half, ``(b,)``."""
        rows = weights * self._rows
        areas = []
        for c, above in enumerate(self._above):
            mine = self.of_class == c
            if mine.any() and not mine.all():
                won = ((weights[:, mine] @ above) * weights[:, ~mine]).sum(axis=1)
                areas.append(won / (rows[:, mine].sum(axis=1) * rows[:, ~mine].sum(axis=1)))
        return np.mean(areas, axis=0) if areas else np.full(len(weights), np.nan)

    def _wins(self, unit: NDArray[np.int64], mine: NDArray[np.bool_], score: Floats) -> Floats:
        """How often a window of each repetition of a class scores above one of each other's."""
        # Searched for in order they are found several times faster.
        order = np.argsort(score[~mine])
        theirs, whose = score[~mine][order], unit[~mine][order]
        rows = [np.sort(score[mine & (unit == u)]) for u in np.unique(unit[mine])]
        won = np.zeros((len(rows), self._units))
        for i, ours in enumerate(rows):
            left = np.searchsorted(ours, theirs, "left")
            upto = np.searchsorted(ours, theirs, "right")
            won[i] = self._sum(whose, len(ours) - (left + upto) / 2.0)
        return won[:, np.unique(whose)]

    def _sum(self, unit: NDArray[np.int64], values: Floats) -> Floats:
        return np.bincount(unit, values, minlength=self._units).astype(np.float64)
