"""What emulated sensors measure: bursts of noise that go round the channels.

A sample depends on its index only, so what was lost on the way can be told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PERIOD_S = 4.0
QUIET = 0.05
NOISE_ROWS = 4093


class Bursts:
    """EMG-like numbers between about -1 and 1 for ``channels`` at ``rate`` Hz."""

    def __init__(self, channels: int, rate: float, seed: int = 1) -> None:
        noise = np.random.default_rng(seed).standard_normal((NOISE_ROWS, channels))
        self._noise = np.clip(noise / 3.0, -1.0, 1.0)
        self._rate = rate
        self._phase = np.arange(channels) / channels

    def at(self, first: int, count: int) -> NDArray[np.float64]:
        """Rows ``first`` to ``first + count``, ``(count, channels)``."""
        index = np.arange(first, first + count)
        turn = index[:, None] / (self._rate * PERIOD_S) - self._phase
        effort = np.maximum(QUIET, np.sin(2.0 * np.pi * turn))
        return np.asarray(self._noise[index % NOISE_ROWS] * effort)
