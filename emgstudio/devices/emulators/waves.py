"""What emulated boards measure: bursts of noise that look like muscles, by sample number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Sample number, channel from 0 and sampling rate in Hz to a value between about −1 and 1.
Wave = Callable[[int, int, float], float]
TABLE = np.random.default_rng(5).standard_normal(1 << 13)
BURST_S, PAUSE_S = 1.0, 1.5
REST = 0.04
SHIFT_S = 0.5
STRIDE = 991


def muscle(number: int, channel: int, rate: float) -> float:
    """Sample ``number`` of ``channel`` at ``rate`` Hz, RMS 0.3 in a burst, seldom above 1.

    The same arguments give the same value, so that lost packets leave no trace
    in those that follow.
    """
    seconds = number / rate + SHIFT_S * channel
    level = 1.0 if seconds % (BURST_S + PAUSE_S) < BURST_S else REST
    return 0.3 * level * float(TABLE[(number + STRIDE * channel) % len(TABLE)])


def converted(value: float, bits: int) -> int:
    """A number of a converter of so many bits for −1…1 around its middle."""
    half = 1 << (bits - 1)
    return max(0, min(2 * half - 1, round(half * (1.0 + value))))
