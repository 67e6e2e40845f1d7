"""What an electrode gives when somebody taps it: a click, and the skin that swings after it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TAP_UV = 1500.0
# The skin carries a little of it to the neighbours.
NEIGHBOUR_SHARE = 0.06
CLICK_S = 0.006
SWING_S = 0.05
SWING_HZ = 22.0
OVER_S = 0.5


class Taps:
    """Taps on ``channels`` electrodes sampled at ``rate`` Hz, as they are asked for."""

    def __init__(self, channels: int, rate: float) -> None:
        self._channels = channels
        self._rate = rate
        self._going_on: list[tuple[int, FloatArray]] = []

    def tap(self, at: int, channels: list[int]) -> None:
        """Tap these electrodes when sample ``at`` is taken; those that there are not are air."""
        size = np.full(self._channels, NEIGHBOUR_SHARE * TAP_UV)
        size[[c for c in channels if c < self._channels]] = TAP_UV
        self._going_on.append((at, size))

    def add_to(self, signal: FloatArray, first: int) -> None:
        """Add what is there to ``signal (n, channels)`` µV in place, from sample ``first`` on."""
        self._going_on = [
            (at, size) for at, size in self._going_on if first - at < OVER_S * self._rate
        ]
        seconds = (first + np.arange(len(signal))) / self._rate
        for at, size in self._going_on:
            since = seconds - at / self._rate
            later = np.maximum(since, 0.0)
            swing = np.exp(-later / SWING_S) * np.sin(2.0 * np.pi * SWING_HZ * later)
            wave = np.where(since >= 0.0, np.exp(-later / CLICK_S) + swing, 0.0)
            signal += wave[:, None] * size
