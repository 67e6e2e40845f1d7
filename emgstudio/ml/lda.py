"""Linear discriminant analysis from sufficient statistics, so that learning is bookkeeping.

One set of statistics is kept per recording, gesture and repetition. Adding,
taking away, down-weighting or merging any of them is exact and costs no
second look at the samples.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Limits = tuple[float, float]

DEFAULT_SHRINKAGE = 0.03
# Deviations outside the gestures' means at which a feature begins to count less, and at which it
# counts nothing. When an electrode falls off, its amplitudes are 30 deviations away and would
# outvote all others (docs/decisions/0024-features-far-outside.md).
DEFAULT_LIMITS = (2.0, 10.0)
# Directions with less variance than this share of an average one carry only rounding errors.
SMALLEST_EIGENVALUE = 1e-10
SMALLEST_SPREAD = 1e-12
# Stands for no bound where files hold finite numbers only.
LARGEST = 1e300


class Key(NamedTuple):
    """Where windows come from; the smallest unit that can be added or removed."""

    recording: str
    gesture: str
    repetition: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """``count`` windows with this ``mean (d,)`` and scatter ``root.T @ root`` about it.

    ``root (m, d)`` has at most d rows, and as few as there were windows: a repetition
    on 64 electrodes (1088 features) takes 0.5 MB where its scatter takes 9.
    """

    count: float
    mean: Floats
    root: Floats

    @classmethod
    def of(cls, x: Floats) -> Statistics:
        """Of feature rows ``(n, d)``, n ≥ 1."""
        x = np.asarray(x, np.float64)
        mean = x.mean(axis=0)
        return cls(float(len(x)), mean, _short(x - mean))

    @classmethod
    def with_scatter(cls, count: float, mean: Floats, scatter: Floats) -> Statistics:
        """Of a scatter matrix ``(d, d)``."""
        values, vectors = np.linalg.eigh(scatter)
        kept = values > 0
        return cls(count, mean, (vectors[:, kept] * np.sqrt(values[kept])).T)

    @property
    def scatter(self) -> Floats:
        """Sum of the outer products of the centred windows, ``(d, d)``."""
        return np.asarray(self.root.T @ self.root)

    def merged(self, other: Statistics) -> Statistics:
        """Of both sets of windows together (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        step = other.mean - self.mean
        mean = self.mean + step * (other.count / count)
        between = step * np.sqrt(self.count * other.count / count)
        return Statistics(count, mean, _short(np.vstack([self.root, other.root, between])))

    def weighted(self, weight: float) -> Statistics:
        """As if each window counted ``weight`` times."""
        return Statistics(self.count * weight, self.mean, self.root * np.sqrt(weight))


@dataclass(frozen=True, slots=True)
class Solution:
    """The decision rule: the nearest of the white ``means (k, r)`` wins.

    White is ``((x - centre) * inverse_spread) @ whitening``. In linear form:
    ``lead @ weights + biases`` with ``weights (d, k)``, where ``lead`` is ``x - centre``
    between ``lowest (d,)`` and ``highest (d,)``, and shrinks by ``fading (d,)`` of itself
    per unit beyond, to nothing.
    """

    classes: tuple[str, ...]
    centre: Floats
    inverse_spread: Floats
    whitening: Floats
    means: Floats
    weights: Floats
    biases: Floats
    lowest: Floats
    highest: Floats
    fading: Floats


class ShrunkLDA:
    """LDA with the pooled correlation matrix shrunk by ``shrinkage`` towards the identity.

    Equal priors. ``temperature`` divides the log posteriors: above 1 makes them
    less sure, without changing any winner (Guo et al. 2017). Shrinkage of the
    correlation: Schäfer and Strimmer 2005. ``limits`` are where features far outside
    the gestures' means begin to count less and count nothing, in deviations, as in
    Hampel's estimator (Hampel et al. 1986); None lets all count.
    """

    def __init__(
        self,
        shrinkage: float = DEFAULT_SHRINKAGE,
        temperature: float = 1.0,
        limits: Limits | None = DEFAULT_LIMITS,
    ) -> None:
        if not 0 <= shrinkage <= 1 or not temperature > 0:
            raise ValueError(f"not possible: {shrinkage=} {temperature=}")
        if limits is not None and not 0 < limits[0] < limits[1] < math.inf:
            raise ValueError(f"not possible: {limits=}")
        self.shrinkage = shrinkage
        self.temperature = temperature
        self.limits = limits
        self._statistics: dict[Key, Statistics] = {}
        self._solution: Solution | None = None
        self._whole: Solution | None = None

    @property
    def statistics(self) -> Mapping[Key, Statistics]:
        return self._statistics

    @property
    def classes(self) -> tuple[str, ...]:
        """Gestures in alphabetical order: the columns of all results."""
        return tuple(sorted({key.gesture for key in self._statistics}))

    @property
    def solution(self) -> Solution:
        """The decision rule for the statistics held now."""
        if self._solution is None:
            self._solution = _solve(self._by_class(), self.shrinkage, self.limits)
            self._whole = None
        return self._solution

    def fit(self, x: Floats, y: Iterable[str]) -> ShrunkLDA:
        """Forget everything and learn rows ``x (n, d)`` with gestures ``y (n,)``."""
        self._statistics = {}
        gestures = np.asarray(y)
        for gesture in np.unique(gestures):
            self.add(Key("", str(gesture), 0), x[gestures == gesture])
        return self

    def add(self, key: Key, x: Floats) -> None:
        """Learn windows ``x (n, d)``; a key that is known grows."""
        if len(x):
            self.add_statistics(key, Statistics.of(x))

    def add_statistics(self, key: Key, statistics: Statistics) -> None:
        known = self._statistics.get(key)
        self._statistics[key] = known.merged(statistics) if known else statistics
        self._solution = None

    def remove(self, key: Key) -> None:
        """Unlearn exactly what was added under ``key``; KeyError if there is none."""
        del self._statistics[key]
        self._solution = None

    def forget(self, weight: float, recordings: Collection[str] | None = None) -> None:
        """Let windows of ``recordings`` (all without it) count ``weight`` times from now on."""
        for key, statistics in self._statistics.items():
            if recordings is None or key.recording in recordings:
                self._statistics[key] = statistics.weighted(weight)
        self._solution = None

    def merge(self, other: ShrunkLDA) -> None:
        """Learn everything that ``other`` learnt."""
        for key, statistics in other.statistics.items():
            self.add_statistics(key, statistics)

    def unlearnt(self) -> ShrunkLDA:
        """One of the same kind that has not learnt anything."""
        return ShrunkLDA(self.shrinkage, self.temperature, self.limits)

    def compacted(self, limit: int) -> ShrunkLDA:
        """The same rule from at most about ``limit`` sets: repetitions, then recordings merged."""
        small = self
        for keep_recording in (True, False):
            if len(small.statistics) <= limit:
                break
            merged = self.unlearnt()
            for key, statistics in small.statistics.items():
                recording = key.recording if keep_recording else ""
                merged.add_statistics(Key(recording, key.gesture, 0), statistics)
            small = merged
        return small

    def distances(self, x: Floats) -> Floats:
        """Squared Mahalanobis distance of rows ``x (n, d)`` to each class, ``(n, k)``, no bound."""
        s = self.solution
        white = ((x - s.centre) * s.inverse_spread) @ s.whitening
        squares = (white * white).sum(axis=1, keepdims=True)
        return np.asarray(squares - 2.0 * white @ s.means.T + (s.means * s.means).sum(axis=1))

    def unfamiliarity(self, x: Floats) -> Floats:
        """How little rows ``x (n, d)`` look like anything learnt, ``(n,)``; large is unknown.

        Distance to the nearest gesture less that to one Gaussian of all gestures
        (relative Mahalanobis distance, Ren et al. 2021, arXiv 2106.09022).
        """
        nearest = self.distances(x).min(axis=1)
        s = self._whole
        if s is None:
            everything = None
            for statistics in self._statistics.values():
                everything = everything.merged(statistics) if everything else statistics
            s = self._whole = _solve({"": everything} if everything else {}, self.shrinkage, None)
        white = ((x - s.centre) * s.inverse_spread) @ s.whitening
        return np.asarray(nearest - np.vecdot(white, white))

    def scores(self, x: Floats) -> Floats:
        """Log posteriors up to a constant per row, ``(n, k)``, before the temperature."""
        s = self.solution
        return np.asarray(self.lead(x) @ s.weights + s.biases)

    def lead(self, x: Floats) -> Floats:
        """What counts of rows ``x (n, d)``, from the middle of the gestures' means."""
        s = self.solution
        within = np.minimum(np.maximum(x, s.lowest), s.highest)
        counts = within - s.centre
        beyond = np.abs(x - within)
        if beyond.any():
            counts *= np.maximum(1.0 - beyond * s.fading, 0.0)
        return np.asarray(counts)

    def predict_proba(self, x: Floats) -> Floats:
        """Posterior of each class, ``(n, k)``, rows sum to 1."""
        return softmax(self.scores(x) / self.temperature)

    def predict(self, x: Floats) -> NDArray[np.str_]:
        """The most probable gesture of each row, ``(n,)``."""
        winners: NDArray[np.str_] = np.array(self.classes)[self.scores(x).argmax(axis=1)]
        return winners

    def _by_class(self) -> dict[str, Statistics]:
        merged: dict[str, Statistics] = {}
        for key in sorted(self._statistics):
            known = merged.get(key.gesture)
            new = self._statistics[key]
            merged[key.gesture] = known.merged(new) if known else new
        return merged


def _short(root: Floats) -> Floats:
    """A root of the same scatter with no more rows than columns."""
    if len(root) <= root.shape[1]:
        return root
    return np.asarray(np.linalg.qr(root, mode="r"))


def softmax(scores: Floats) -> Floats:
    """Probabilities from log scores ``(n, k)``; −∞ gives 0."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _solve(by_class: Mapping[str, Statistics], shrinkage: float, limits: Limits | None) -> Solution:
    if not by_class:
        raise ValueError("nothing has been learnt")
    classes = tuple(sorted(by_class))
    count = sum(by_class[c].count for c in classes)
    roots = np.concatenate([by_class[c].root for c in classes])
    pooled = roots.T @ roots
    pooled /= max(count - len(classes), 1.0)
    means = np.stack([by_class[c].mean for c in classes])
    centre = means.mean(axis=0)
    spread = np.sqrt(np.diag(pooled))
    # A feature that never varies says nothing; its inverse would drown all others.
    alive = spread > SMALLEST_SPREAD * (1.0 + np.abs(means).max(axis=0))
    inverse_spread = np.where(alive, 1.0 / np.where(alive, spread, 1.0), 0.0)
    correlation = pooled
    correlation *= inverse_spread[:, None]
    correlation *= inverse_spread * (1.0 - shrinkage)
    np.fill_diagonal(correlation, 1.0)
    whitening = _whitening(correlation, shrinkage)
    white_means = ((means - centre) * inverse_spread) @ whitening
    weights = inverse_spread[:, None] * (whitening @ white_means.T)
    biases = -0.5 * (white_means * white_means).sum(axis=1)
    lowest, highest, fading = _limits(means, spread, inverse_spread, limits)
    return Solution(
        classes, centre, inverse_spread, whitening, white_means, weights, biases,
        lowest, highest, fading,
    )  # fmt: skip


def _limits(
    means: Floats, spread: Floats, inverse_spread: Floats, limits: Limits | None
) -> tuple[Floats, Floats, Floats]:
    """Lowest, highest and fading of :class:`Solution` for ``means (k, d)``."""
    if limits is None:
        everywhere = np.full(means.shape[1], LARGEST)
        return -everywhere, everywhere, np.zeros(means.shape[1])
    slack = limits[0] * spread
    fading = inverse_spread / (limits[1] - limits[0])
    return means.min(axis=0) - slack, means.max(axis=0) + slack, fading


def _whitening(correlation: Floats, shrinkage: float) -> Floats:
    """A matrix ``(d, r)`` that makes features with this correlation uncorrelated."""
    if shrinkage > SMALLEST_EIGENVALUE:
        # Shrunk towards the identity it is positive definite: 5 to 20 times as fast.
        return np.asarray(np.linalg.inv(np.linalg.cholesky(correlation)).T)
    values, vectors = np.linalg.eigh(correlation)
    kept = values > SMALLEST_EIGENVALUE
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
