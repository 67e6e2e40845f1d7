"""Why a gesture won: exact shares of features and electrodes in a linear decision, and a map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emgstudio.dsp.features import feature_columns
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.model import GestureModel

# Radius that holds 95 % of a round cloud of two dimensions with deviation 1.
ELLIPSE_95 = 2.4477


@dataclass(frozen=True, slots=True)
class Map2D:
    """The plane in which the gestures lie furthest apart, in units of their spread.

    Each gesture is a round cloud about its mean; ``radius`` holds 95 % of it.
    """

    means: Mapping[str, Floats]
    origin: Floats
    axes: Floats
    radius: float = ELLIPSE_95

    def project(self, x: Floats) -> Floats:
        """Feature rows ``(n, d)`` as points ``(n, 2)``."""
        return np.asarray((x - self.origin) @ self.axes)


def contributions(lda: ShrunkLDA, x: Floats, gesture: str, against: str = "") -> Floats:
    """What each column of feature rows ``x (n, d)`` adds to a gesture's lead, ``(n, d)``.

    Rows sum exactly to the score of ``gesture`` minus that of ``against`` (or minus the
    mean of all others), each less its value at the middle of the gestures' means. For
    a linear rule these are the Shapley values (Štrumbelj and Kononenko 2014).
    """
    return np.asarray(lda.lead(x) * _direction(lda, gesture, against))


def feature_shares(model: GestureModel, gesture: str, against: str = "") -> dict[str, float]:
    """Share 0–1 of each row of the feature table in telling ``gesture`` apart; they sum to 1."""
    columns = feature_columns(model.features.names, model.channels)
    return _shares(model, gesture, against, lambda k: ((columns[k].feature, 1.0),))


def electrode_shares(model: GestureModel, gesture: str, against: str = "") -> dict[str, float]:
    """Share 0–1 of each electrode in telling ``gesture`` from ``against`` (or all others).

    A column of two electrodes counts half for each. Sums to 1, keys are channel names.
    """
    columns = feature_columns(model.features.names, model.channels)

    def owners(k: int) -> Sequence[tuple[str, float]]:
        at = columns[k].channels
        return [(model.channels[c], 1.0 / len(at)) for c in at]

    shares = _shares(model, gesture, against, owners)
    return {name: shares.get(name, 0.0) for name in model.channels}


def map_2d(lda: ShrunkLDA) -> Map2D:
    """The two directions with the largest scatter of the white means (Fisher's plane)."""
    s = lda.solution
    middle = s.means.mean(axis=0)
    _, _, directions = np.linalg.svd(s.means - middle, full_matrices=False)
    plane = directions[:2].T
    if plane.shape[1] < 2:
        plane = np.hstack([plane, np.zeros((len(plane), 2 - plane.shape[1]))])
    axes = s.inverse_spread[:, None] * (s.whitening @ plane)
    points = (s.means - middle) @ plane
    origin = s.centre
    # The white means are centred with equal weights, so their middle is the origin.
    return Map2D(dict(zip(s.classes, points, strict=True)), origin, np.asarray(axes))


def _direction(lda: ShrunkLDA, gesture: str, against: str) -> Floats:
    s = lda.solution
    weights = s.weights[:, s.classes.index(gesture)]
    if against:
        return np.asarray(weights - s.weights[:, s.classes.index(against)])
    others = [k for k, name in enumerate(s.classes) if name != gesture]
    return np.asarray(weights - s.weights[:, others].mean(axis=1))


def _shares(
    model: GestureModel,
    gesture: str,
    against: str,
    owners: Callable[[int], Sequence[tuple[str, float]]],
) -> dict[str, float]:
    """How much each owner of columns adds to the lead at the gesture's own mean.

    Only what speaks for the gesture counts: columns that correct for others do not.
    """
    s = model.lda.solution
    mean = _mean(model.lda, gesture)
    rest = (
        _mean(model.lda, against)
        if against
        else np.mean([_mean(model.lda, g) for g in s.classes if g != gesture], axis=0)
    )
    here, there = contributions(model.lda, np.stack([mean, rest]), gesture, against)
    totals: dict[str, float] = {}
    for k, value in enumerate((here - there).tolist()):
        for name, weight in owners(k):
            totals[name] = totals.get(name, 0.0) + weight * value
    positive = {name: max(0.0, value) for name, value in totals.items()}
    whole = sum(positive.values())
    return {name: value / whole if whole > 0 else 0.0 for name, value in positive.items()}


def _mean(lda: ShrunkLDA, gesture: str) -> Floats:
    sets = [v for k, v in lda.statistics.items() if k.gesture == gesture]
    count = sum(v.count for v in sets)
    return np.asarray(np.sum([v.mean * v.count for v in sets], axis=0) / count)
