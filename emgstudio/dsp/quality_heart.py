"""Whether heartbeats can be seen: the 5 to 30 Hz part of a signal that repeats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.block_filter import BlockFilter, of_sections
from emgstudio.dsp.filters import butterworth, settled_state
from emgstudio.dsp.quality_beats import beats_alike

Floats = NDArray[np.float64]

BAND_HZ = (5.0, 30.0)
# Slow enough to be cheap, fast enough for 30 Hz.
PACE_HZ = 100.0
SPAN_S = 3.0
LAGS_S = (0.35, 1.5)
# A rhythm that repeats faster than a heart is a tremor.
FAST_S = (0.12, 0.33)
FAST_SHARE = 0.5
# Beats that jitter by 4 % of 0.8 s still overlap when smoothed over this.
SMOOTH_S = 0.1
# The loudest fifth of the time holds the beats; in noise it holds 0.45 of the energy.
LOUD_TIME, LOUD_ENERGY = 0.2, 0.75
# There the band of the heart outweighs what lies above it: 10 to 30 times for beats, 0.05
# times for muscle, up to 11 times for the steps of real gait (benchmarks/quality.py).
OVER_MUSCLE, SURELY_OVER_MUSCLE = 3.0, 12.0
WORTH_COMPARING = 0.3


class Heartbeat:
    """Follows the signal at a slow pace; ``step`` samples become one."""

    def __init__(self, rate: float, channels: int) -> None:
        self.step = max(1, int(rate // PACE_HZ))
        self._pace = rate / self.step
        self._possible = self._pace >= 2.2 * BAND_HZ[1]
        high = BAND_HZ[1] if self._possible else None
        sections = butterworth(BAND_HZ[0], high, self._pace, order=2)
        self._filter = BlockFilter(of_sections(sections))
        self._settled = settled_state(sections)[:, None]
        self._state: Floats | None = None
        size = round(SPAN_S * self._pace)
        self._band = np.zeros((size, channels))
        self._power = np.zeros((size, channels))
        # How alike the beats are, NaN where nothing beats.
        self.alike: Floats = np.full(channels, np.nan)
        self._above = np.zeros((size, channels))
        self._known = 0

    def add(self, x: NDArray[np.float32], whole: bool) -> None:
        """The next samples ``(n * step, channels)``; not ``whole`` if much of them was lost."""
        pieces = x.reshape(-1, self.step, x.shape[1])
        slow = pieces.mean(axis=1, dtype=np.float64)
        # Variance within a piece: what lies above half the pace.
        above = np.square(pieces - slow[:, None].astype(np.float32)).mean(axis=1)
        if self._state is None:
            self._state = self._settled * slow[0]
        band, self._state = self._filter.run(slow, self._state)
        self._band = _shifted(self._band, band)
        self._power = _shifted(self._power, np.square(band))
        self._above = _shifted(self._above, above)
        self._known = min(len(self._power), self._known + len(slow)) if whole else 0

    def repeats(self, contracted: NDArray[np.bool_]) -> Floats:
        """How well beats repeat, 0 to 1, per channel; NaN in the first 2.4 s.

        Where a muscle ``contracted (channels,)`` meanwhile, beats must stand out of it:
        bursts and steps have a rhythm too.
        """
        if not self._possible or self._known < 0.8 * len(self._power):
            self.alike = np.full(self._power.shape[1], np.nan)
            return np.full(self._power.shape[1], np.nan)
        power = self._power[-self._known :]
        width = max(1, round(SMOOTH_S * self._pace))
        summed = np.cumsum(np.vstack([np.zeros((1, power.shape[1])), power]), axis=0)
        smooth = (summed[width:] - summed[:-width]) / width
        above = self._above[-self._known :][width - 1 :]
        told = np.where(self._beats(smooth, above, contracted), self._rhythm(smooth), 0.0)
        self._compare(smooth, told, width)
        return told

    def _compare(self, smooth: Floats, repeats: Floats, width: int) -> None:
        """Look at the shape of the beats where something repeats."""
        self.alike = np.full(len(repeats), np.nan)
        middle = width // 2
        band = self._band[-self._known :][middle : middle + len(smooth)]
        for channel in np.flatnonzero(repeats >= WORTH_COMPARING):
            self.alike[channel] = beats_alike(band[:, channel], smooth[:, channel], self._pace)

    def _beats(
        self, smooth: Floats, above: Floats, contracted: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        loud = smooth >= np.quantile(smooth, 1.0 - LOUD_TIME, axis=0)
        energy = np.sum(smooth * loud, axis=0)
        muscle = np.sum(above * loud, axis=0)
        least = np.where(contracted, SURELY_OVER_MUSCLE, OVER_MUSCLE)
        enough = energy >= LOUD_ENERGY * np.sum(smooth, axis=0)
        return np.asarray(enough & (energy >= least * muscle) & (energy > 0.0))

    def _rhythm(self, smooth: Floats) -> Floats:
        """The highest repetition that rises above the dip before it."""
        first, last = (round(s * self._pace) for s in LAGS_S)
        last = min(last, round(0.6 * len(smooth)))
        repeats = _autocorrelation(smooth, last)
        early, late = (round(s * self._pace) for s in FAST_S)
        dip = np.minimum.accumulate(repeats[early:], axis=0)[first - early :]
        risen = (repeats[first:] - np.maximum(dip, 0.0)).max(axis=0)
        fast = repeats[early : late + 1].max(axis=0)
        return np.where(fast >= FAST_SHARE * repeats[first:].max(axis=0), 0.0, risen)


def _shifted(kept: Floats, new: Floats) -> Floats:
    return np.concatenate([kept, new])[-len(kept) :]


def _autocorrelation(x: Floats, last: int) -> Floats:
    """Correlation of ``x (n, channels)`` with itself at lags 0 to ``last``, of what overlaps."""
    x = x - x.mean(axis=0)
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(x, size, axis=0)
    product = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=0)[: last + 1]
    energy = np.cumsum(np.square(x), axis=0)
    lags = np.arange(last + 1)
    head = energy[n - 1 - lags]
    tail = energy[-1] - np.where(lags[:, None] > 0, energy[lags - 1], 0.0)
    scale = np.sqrt(np.maximum(head * tail, 1e-300))
    return np.asarray(product / scale)
