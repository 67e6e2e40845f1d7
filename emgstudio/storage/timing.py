"""Where a stream's samples lie in recording time: a robust line through its anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The same figures as core.clock: arrivals are late by a few ms, never early, and
# ten seconds are needed before a slope says more than its own scatter.
FIT_SPAN_S = 10.0
LATE_SCALE_S = 0.004
ROUNDS = 5
ANCHORS_STORED = 1000


@dataclass(frozen=True, slots=True)
class TimeLine:
    """``time(sample) = start_s + sample / rate``; ``fitted`` when the rate was measured."""

    start_s: float
    rate: float
    fitted: bool


def fit_line(points: Sequence[tuple[int, float]], rate: float) -> TimeLine | None:
    """Fit (file sample, recording time) pairs to a line; ``rate`` is the nominal one in Hz.

    Late points are weighed down because a packet can be late but not early.
    None when there are no points.
    """
    if not points:
        return None
    sample = np.array([p[0] for p in points], float)
    late = np.array([p[1] for p in points]) - sample / rate
    if len(points) < 5 or float(sample[-1] - sample[0]) / rate < FIT_SPAN_S:
        return TimeLine(float(late.min()), rate, False)
    weight = np.ones(len(late))
    slope, start = 0.0, 0.0
    for _ in range(ROUNDS):
        centre = np.average(sample, weights=weight)
        mean = np.average(late, weights=weight)
        spread = np.average((sample - centre) ** 2, weights=weight)
        slope = float(np.average((sample - centre) * (late - mean), weights=weight) / spread)
        start = float(mean - slope * centre)
        residual = late - (start + slope * sample)
        weight = np.where(residual > 0, 1.0 / (1.0 + (residual / LATE_SCALE_S) ** 2), 1.0)
    return TimeLine(start, 1.0 / (1.0 / rate + slope), True)


def thinned(points: Sequence[tuple[int, float]]) -> list[list[float]]:
    """At most a thousand of the points, evenly, as JSON keeps them."""
    step = max(1, -(-len(points) // ANCHORS_STORED))
    return [[int(sample), round(float(time), 6)] for sample, time in points[::step]]
