"""Mains hum, measured from the signal itself: its frequency, its size and which harmonics it has.

Measured only; taking it out is a person's choice (dsp.conditioner live, dsp.hum_removal offline).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Samples
from emgstudio.dsp.filters import HIGHEST_EDGE
from emgstudio.dsp.spectrum import psd

Floats = NDArray[np.float64]

MAINS_HZ = (50.0, 60.0)
# Mains keeps within 0.2 Hz, but a sensor's own clock may be 2 % off.
SEARCH_HZ = 1.0
HARMONICS = 8
WINDOW_S = 2.0
# A Hann line is five bins wide; the floor is what lies to both sides of it.
LINE_BINS = 2.5
FLOOR_HZ = 6.0
# The median of a noise periodogram lies this much below its mean.
MEDIAN_SHARE = float(np.log(2.0))
# At a known frequency; anywhere within the search range of 16 harmonics noise reaches more.
STANDS_OUT, FOUND = 10.0, 16.0
BAND_HZ = (20.0, 450.0)
LEAST_PRESENT = 0.5


@dataclass(frozen=True, slots=True)
class HumReport:
    """What of a signal is mains hum, per channel.

    ``frequency`` in Hz is None where no line stands out of the floor.
    ``microvolts (channels,)`` is the RMS of all lines together in the signal's
    unit, floor taken away; ``share (channels,)`` is their part (0–1) of the
    power between 20 and 450 Hz. ``harmonics`` are the multiples of
    ``frequency`` that stand out in at least one channel.
    """

    frequency: float | None
    microvolts: Floats
    share: Floats
    harmonics: tuple[int, ...]


def hum_of(x: Samples, rate: float) -> HumReport:
    """Hum in ``x (n, channels)``, best 2 s or more of it, raw or high-passed.

    Rows with a NaN are bridged. Less than a second, or more missing than
    there: nothing is found. Offsets do not matter.
    """
    present = np.asarray(np.isfinite(x).all(axis=1))
    if len(x) < rate or present.mean() < LEAST_PRESENT:
        return _nothing(x.shape[1])
    whole = x
    if not present.all():
        whole = np.where(present[:, None], x, x[present].mean(axis=0, dtype=np.float64))
    frequencies, power = psd(whole, rate, window_s=min(WINDOW_S, len(x) / rate))
    return hum_in(frequencies, power / present.mean())


def hum_in(frequencies: Floats, power: Floats) -> HumReport:
    """Hum in densities ``power (f, channels)`` in unit²/Hz at ``frequencies (f,)``.

    For Hann windows of 1 s or longer (dsp.spectrum.psd); 2 s are best.
    """
    inside = (frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1])
    step = float(frequencies[1] - frequencies[0])
    total = power[inside].sum(axis=0) * step
    if not (total > 0.0).any():
        return _nothing(power.shape[1])
    shares = power / np.where(total > 0.0, total, np.inf)
    mains = max((_found(frequencies, shares, base) for base in MAINS_HZ), key=_second)
    lines = {k: _line(frequencies, power, k * mains[0]) for k in _multiples(frequencies, mains[0])}
    seen = {k: line for k, line in lines.items() if line.any()}
    if not mains[1] or not seen:
        return _nothing(power.shape[1])
    squares = np.sum(list(seen.values()), axis=0)
    within = [line for k, line in seen.items() if BAND_HZ[0] <= k * mains[0] <= BAND_HZ[1]]
    share = np.sum(within, axis=0) / np.where(total > 0.0, total, np.inf)
    share = np.minimum(np.broadcast_to(share, squares.shape), 1.0)
    return HumReport(mains[0], np.sqrt(squares), share, tuple(seen))


def _nothing(channels: int) -> HumReport:
    return HumReport(None, np.zeros(channels), np.zeros(channels), ())


def _second(pair: tuple[float, float]) -> float:
    return pair[1]


def _multiples(frequencies: Floats, mains_hz: float) -> list[int]:
    """Multiples whose line and floor lie below what an edge could be held at."""
    highest = 2.0 * HIGHEST_EDGE * frequencies[-1]
    return [k for k in range(1, HARMONICS + 1) if k * mains_hz <= highest]


def _found(frequencies: Floats, shares: Floats, base: float) -> tuple[float, float]:
    """Mains frequency near ``base`` by its strongest harmonic, and what all of them stick out."""
    best, highest, sum_of_all = base, 0.0, 0.0
    step = float(frequencies[1] - frequencies[0])
    for k in _multiples(frequencies, base):
        near = np.flatnonzero(np.abs(frequencies - k * base) <= SEARCH_HZ)
        if len(near) == 0:
            continue
        # One floor for all places: in the median the line itself hardly counts.
        reach = SEARCH_HZ + max(FLOOR_HZ, 10.0 * step)
        floor = np.median(shares[np.abs(frequencies - k * base) <= reach], axis=0) / MEDIAN_SHARE
        line = np.array([shares[at - 2 : at + 3].mean(axis=0) for at in near])
        above = np.where(line > FOUND * floor, line - floor, 0.0)
        top = int(np.argmax(above.sum(axis=1)))
        pooled = float(above[top].sum())
        sum_of_all += pooled
        if pooled > highest:
            with_it = shares[:, above[top] > 0.0].sum(axis=1)
            peak = int(near[0] + np.argmax(with_it[near]))
            best, highest = _peak(frequencies, with_it, peak) / k, pooled
    return best, sum_of_all


def _peak(frequencies: Floats, power: Floats, at: int) -> float:
    """Frequency of a line from its three highest bins: a parabola through their logarithms."""
    left, top, right = np.log(np.maximum(power[at - 1 : at + 2], 1e-300))
    bend = left - 2.0 * top + right
    shift = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    return float(frequencies[at] + np.clip(shift, -0.5, 0.5) * (frequencies[1] - frequencies[0]))


def _line(frequencies: Floats, power: Floats, at_hz: float) -> Floats:
    """Mean square of a line at ``at_hz`` per channel; 0 where it does not stand out."""
    step = float(frequencies[1] - frequencies[0])
    away = np.abs(frequencies - at_hz)
    half = LINE_BINS * step
    line = power[away <= half]
    beside = power[(away > half) & (away <= half + max(FLOOR_HZ, 10.0 * step))]
    if len(line) == 0 or len(beside) == 0:
        return np.zeros(power.shape[1])
    floor = np.median(beside, axis=0) / MEDIAN_SHARE
    above = (line.sum(axis=0) - len(line) * floor) * step
    return np.asarray(np.where(line.mean(axis=0) > STANDS_OUT * floor, above, 0.0))
