"""Whether what repeats like a heart also looks like one: beats have one shape, steps have not."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A heart beats at most this often; of two peaks that are closer one is no beat.
LEAST_PAUSE_S = 0.3
# What stays below this share of the strongest peak is a wave between beats.
LEAST_PEAK = 0.2
HALF_S, JITTER_S = 0.15, 0.06


def beats_alike(x: Floats, power: Floats, pace: float) -> float:
    """How alike neighbouring beats are: the median of their largest correlation, −1 to 1.

    ``x (n,)`` is the heart's band of a signal at ``pace`` Hz, ``power (n,)`` its smoothed
    square. NaN with fewer than two whole beats. Beats of the simulated heart are 0.93 to 1
    alike, within contractions too; steps of real gait that have a heart's rhythm 0.3 to 0.82
    (benchmarks/quality.py, lower limb).
    """
    half, jitter = round(HALF_S * pace), round(JITTER_S * pace)
    edge = half + jitter
    places = [at for at in _peaks(power, pace) if edge <= at < len(x) - edge]
    found = []
    for one, other in pairwise(places):
        beat = x[one - half : one + half]
        around = x[other - edge : other + edge]
        moved = np.lib.stride_tricks.sliding_window_view(around, len(beat))
        energy = np.sum(np.square(moved), axis=1) * np.sum(np.square(beat))
        found.append(float(np.max(moved @ beat / np.sqrt(np.maximum(energy, 1e-300)))))
    return float(np.median(found)) if found else math.nan


def _peaks(power: Floats, pace: float) -> list[int]:
    """The places of the beats, first to last."""
    left, pause = power.copy(), round(LEAST_PAUSE_S * pace)
    least = LEAST_PEAK * float(power.max(initial=0.0))
    found = []
    while (at := int(left.argmax())) >= 0 and left[at] > least:
        found.append(at)
        left[max(0, at - pause) : at + pause] = 0.0
    return sorted(found)
