"""Sample index ↔ host time.

The device's counter is the time axis; arrivals only calibrate it. Bluetooth and
USB deliver late but never early, so the least-delayed packet of each half second
lies close to the truth and a straight line through those points is the clock.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

import numpy as np

BUCKET_S = 0.5
# Packet times and a radio's connection events drift past each other once in about 80 s (Myo,
# 15 ms interval, 60 ppm): a line over 60 s follows that (error 1.6 ms), one over 120 s averages
# it (0.8 ms; benchmarks/clock.py).
SPAN_S = 120.0
SETTLE_S = 10.0
LATE_SCALE_S = 0.004
ANCHORS_KEPT = 100_000


def host_time() -> float:
    """Seconds on the host's steady clock; comparable only within this run of the program."""
    return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Anchor:
    """At ``host`` seconds the sample with this ``index`` had arrived with the least delay."""

    index: int
    host: float


class Clock:
    """Robust line through least-latency arrivals; nominal slope for the first 10 s.

    ``rate`` is the nominal sampling rate in Hz. Only the device worker updates;
    anybody may ask.
    """

    def __init__(self, rate: float) -> None:
        if not rate > 0:
            raise ValueError(f"sampling rate must be positive, got {rate}")
        self.rate = rate
        self._fit_points: deque[Anchor] = deque(maxlen=round(SPAN_S / BUCKET_S))
        self._anchors: deque[Anchor] = deque(maxlen=ANCHORS_KEPT)
        self._bucket_began: float | None = None
        self._best: Anchor | None = None
        # One tuple, replaced whole, so that a reader never sees half a fit.
        self._line: tuple[float, float] | None = None

    def update(self, index: int, host: float) -> None:
        """Sample ``index`` (the last of its packet) arrived at ``host`` seconds."""
        point = Anchor(index, host)
        if self._bucket_began is None or host - self._bucket_began > BUCKET_S:
            if self._best is not None:
                self._fit_points.append(self._best)
                self._anchors.append(self._best)
                self._fit()
            self._bucket_began, self._best = host, point
        elif self._best is None or self._lateness(point) < self._lateness(self._best):
            self._best = point
        if not self._settled:
            candidates = [self._lateness(p) for p in (*self._fit_points, self._best)]
            self._line = (min(candidates), 1.0 / self.rate)

    def time(self, index: float) -> float:
        """Host time in seconds at which sample ``index`` was taken; NaN before the first packet."""
        if self._line is None:
            return float("nan")
        start, period = self._line
        return start + period * index

    def index(self, host: float) -> float:
        """The (fractional) sample index at ``host`` seconds; NaN before the first packet."""
        if self._line is None:
            return float("nan")
        start, period = self._line
        return (host - start) / period

    @property
    def measured_rate(self) -> float | None:
        """The fitted sampling rate in Hz, None until there is enough to fit."""
        return 1.0 / self._line[1] if self._line and self._settled else None

    def anchors(self) -> list[Anchor]:
        """The least-latency points so far, about two each second, to be stored with a recording."""
        return list(self._anchors)

    @property
    def _settled(self) -> bool:
        return len(self._fit_points) >= SETTLE_S / BUCKET_S

    def _lateness(self, point: Anchor) -> float:
        return point.host - point.index / self.rate

    def _fit(self) -> None:
        if not self._settled:
            return
        index = np.array([p.index for p in self._fit_points], float)
        late = np.array([self._lateness(p) for p in self._fit_points])
        weight = np.ones(len(late))
        slope, start = 0.0, float(late.min())
        for _ in range(3):
            centre = np.average(index, weights=weight)
            spread = np.average((index - centre) ** 2, weights=weight)
            mean = np.average(late, weights=weight)
            slope = float(
                np.average((index - centre) * (late - mean), weights=weight) / max(spread, 1e-9)
            )
            start = float(mean - slope * centre)
            residual = late - (start + slope * index)
            weight = np.where(residual > 0, 1.0 / (1.0 + (residual / LATE_SCALE_S) ** 2), 1.0)
        self._line = (start, 1.0 / self.rate + slope)
