"""Electrode impedance from the small current that a Cyton sends for it.

6 nA at 31.25 Hz; Z = √2 · RMS around that frequency / 6 nA − 2.2 kΩ in series on
the board (OpenBCI_GUI, DataProcessing.pde and BoardCyton.pde).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Reading

CURRENT_A = 6e-9
CURRENT_HZ = 31.25
SERIES_OHM = 2200.0
ADC_RATE = 250.0
WINDOW_S = 1.024
# Two samples' mean, which is what a Daisy's rows are, lets this share of the tone through.
AVERAGED_SHARE = math.cos(math.pi * CURRENT_HZ / ADC_RATE)


class ImpedanceMeter:
    """One reading per measured channel for each 1.024 s without a gap (32 periods of the current).

    ``rate`` in Hz, ``volts`` per count. ``channels`` are those the current goes through.
    """

    def __init__(self, rate: float, volts: float, averaged: bool, channels: frozenset[int]) -> None:
        self._channels = channels
        self._length = round(WINDOW_S * rate)
        turns = np.exp(-2j * np.pi * CURRENT_HZ / rate * np.arange(self._length))
        self._probe = turns * (2.0 / self._length * volts / (AVERAGED_SHARE if averaged else 1.0))
        self._held: list[NDArray[np.int32]] = []
        self._count = 0

    def feed(self, counts: NDArray[np.int32]) -> list[Reading]:
        """Readings in kΩ that rows ``(n, channels)`` without a gap before them complete."""
        readings: list[Reading] = []
        while len(counts):
            part = counts[: self._length - self._count]
            counts = counts[len(part) :]
            self._held.append(part)
            self._count += len(part)
            if self._count == self._length:
                amplitudes = np.abs(self._probe @ np.concatenate(self._held))
                readings += [
                    Reading("impedance", max(0.0, volt / CURRENT_A - SERIES_OHM) / 1e3, "kΩ", k)
                    for k, volt in enumerate(amplitudes)
                    if k in self._channels
                ]
                self.restart()
        return readings

    def restart(self) -> None:
        """Rows are missing: begin a new window."""
        self._held = []
        self._count = 0
