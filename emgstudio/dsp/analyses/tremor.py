"""Rhythmic activity: how fast, how pure and how much of the time. No diagnosis follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.spectrum import psd

Floats = NDArray[np.float64]

BAND_HZ = (3.0, 12.0)
ALL_HZ = (0.5, 20.0)
AROUND_PEAK_HZ = 0.5
WINDOW_S = 3.0
RHYTHMIC = 0.5
RATE_LEAST = 50.0


@dataclass(frozen=True, slots=True)
class Peak:
    """The strongest rhythm: its frequency, and its share of the power from 0.5 to 20 Hz."""

    hz: float
    share: float


def peak(envelope: Floats, rate: float, *, window_s: float) -> Peak:
    """The strongest rhythm from 3 to 12 Hz of ``envelope (n,)``.

    Its frequency is interpolated by a parabola through the logarithm of three bins.
    """
    frequencies, table = psd((envelope - envelope.mean())[:, None], rate, window_s=window_s)
    power = table[:, 0]
    band = np.flatnonzero((frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1]))
    at = int(band[np.argmax(power[band])])
    if not power[at] > 0:
        return Peak(math.nan, 0.0)
    low, mid, high = np.log(np.maximum(power[at - 1 : at + 2], 1e-300))
    bend = low - 2.0 * mid + high
    off = 0.5 * (low - high) / bend if bend < 0 else 0.0
    hz = float(frequencies[at] + off * (frequencies[1] - frequencies[0]))
    near = np.abs(frequencies - hz) <= AROUND_PEAK_HZ
    total = float(power[(frequencies >= ALL_HZ[0]) & (frequencies <= ALL_HZ[1])].sum())
    return Peak(hz, float(power[near].sum()) / total)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Windows of 3 s: ``times (w,)`` of their middles, ``hz`` and ``shares (w,)``."""

    times: Floats
    hz: Floats
    shares: Floats
    measures: tuple[Measure, ...]

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        rhythmic = self.shares >= RHYTHMIC
        if not rhythmic.any():
            return "No rhythmic activity between 3 and 12 Hz."
        return (
            f"Rhythmic activity at {float(np.median(self.hz[rhythmic])):.1f} Hz, "
            f"{100 * float(rhythmic.mean()):.0f} % of the time."
        )


def rhythm(channel: str, envelope: Floats, rate: float, recipe: str) -> Rhythm:
    """Rhythm of ``envelope (n,)`` (rectified, 50 Hz low-pass) at ``rate`` Hz in windows of 3 s.

    A window is rhythmic when half of its power lies within 0.5 Hz of its peak.
    EmgError for less than one window, or below 50 Hz.
    """
    length = round(WINDOW_S * rate)
    starts = [k for k in range(0, len(envelope) - length + 1, length)]
    starts = [k for k in starts if np.isfinite(envelope[k : k + length]).all()]
    if not starts or rate < RATE_LEAST:
        raise EmgError("Rhythm is told from windows of 3 s without lost samples.", "Record longer.")
    peaks = [peak(envelope[k : k + length], rate, window_s=WINDOW_S) for k in starts]
    hz = np.array([p.hz for p in peaks])
    shares = np.array([p.share for p in peaks])
    rhythmic = shares >= RHYTHMIC
    how = f"windows of 3 s, peak within 3–12 Hz, rhythmic from {RHYTHMIC:g}; {recipe}"
    median = float(np.median(hz[rhythmic])) if rhythmic.any() else math.nan
    spread = float(np.std(hz[rhythmic], ddof=1)) if rhythmic.sum() > 1 else math.nan
    none = () if rhythmic.any() else ("no window is rhythmic",)
    return Rhythm(
        (np.array(starts) + length / 2) / rate, hz, shares,
        (
            Measure(channel, "rhythm", median, "Hz", how, none),
            Measure(channel, "rhythm, share of power", float(np.median(shares)), "1", how),
            Measure(channel, "rhythmic time", 100.0 * float(rhythmic.mean()), "%", how),
            Measure(channel, "rhythm, SD between windows", spread, "Hz", how, none),
        ),
    )  # fmt: skip
