"""The spectra behind the quality lamps: hum, low frequencies, level and shape."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.filters import HIGHEST_EDGE
from emgstudio.dsp.spectrum import hann

Floats = NDArray[np.float64]

SEGMENTS = 3
BAND_HZ = (20.0, 450.0)
LOW_HZ = (2.0, 20.0)
MUSCLE_WIDTH_HZ = 180.0
SHAPE_HZ = (35.0, 400.0)
SHAPE_POINTS = 13
# Below this the part of the spectrum that is seen is too short to have a shape.
SHAPE_RATE = 800.0
SLOW_RATE = 400.0
MAINS = (50.0, 60.0)
# A line of hum reaches this far (Hann, ±0.3 Hz off); its floor is measured from here to there.
LINE_HZ, FLOOR_FROM_HZ, FLOOR_TO_HZ = 2.0, 3.0, 7.0
MOST_HARMONICS = 8
# A line counts where it stands this many times above what its floor alone would give.
LINE_OVER_FLOOR = 1.5
# The mains frequency found is kept until the other one is this much clearer.
CLEARER = 2.0
FORGET = 0.9


class _Lines(NamedTuple):
    """Bins of harmonics ``(harmonics, bins)`` and those of their floors."""

    bins: NDArray[np.intp]
    floors: NDArray[np.intp]


class Spectra:
    """Welch spectra of the last 2 s, made from one new 1 s segment each half second.

    Sizes are RMS in the unit of the channel, ``(channels,)``; NaN until known.
    ``muscle_seen`` is the share of a muscle's RMS that the sampling rate lets through, and
    ``gain_db`` by how much it stands out of white rest more than it would from 20 to 450 Hz.
    """

    def __init__(self, rate: float, hop: int, channels: int) -> None:
        self._hop = hop
        self._length = 2 * hop
        self._step_hz = rate / self._length
        top = min(BAND_HZ[1], HIGHEST_EDGE * rate)
        self._bins = int(top / self._step_hz) + 1
        taper = hann(self._length)
        # A slow device sees a part of the band; without this, noise would look like motion.
        self._unseen = max(1.0, MUSCLE_WIDTH_HZ / (top - BAND_HZ[0])) if top > BAND_HZ[0] else 1.0
        self._taper = taper.astype(np.float32)[:, None]
        # Power of a bin such that the sum over all bins is the mean square.
        self._norm = 2.0 / (self._length * float(np.sum(taper**2)))
        self.shape_known = rate >= SHAPE_RATE
        # Of white rest a slow device hears less than of muscle, which lies low: what is
        # 16 dB above rest from 20 to 450 Hz is 20 dB above it from 20 to 90 Hz.
        slow = rate < SLOW_RATE and top > BAND_HZ[0]
        whole, seen = BAND_HZ[1] - BAND_HZ[0], max(top - BAND_HZ[0], 1.0)
        self.gain_db = 10.0 * math.log10(whole / seen / self._unseen) if slow else 0.0
        self.muscle_seen = 1.0 / math.sqrt(self._unseen) if slow else 1.0
        self._shape_bins = self._range(SHAPE_HZ[0], min(SHAPE_HZ[1], 0.4 * rate))
        self._lines = {mains: self._line_bins(mains, top) for mains in MAINS}
        self._score = dict.fromkeys(MAINS, 0.0)
        self.mains_hz = MAINS[0]
        self._before: NDArray[np.float32] | None = None
        self._power: deque[Floats] = deque(maxlen=SEGMENTS)
        self._clean: deque[Floats] = deque(maxlen=SEGMENTS)
        self._hum: deque[dict[float, Floats]] = deque(maxlen=SEGMENTS)
        nothing = np.full(channels, np.nan)
        self.rms = self.level = self.hum = self.hum_share = nothing
        self.move = self.move_share = self.shape = nothing

    def _range(self, low_hz: float, high_hz: float) -> slice:
        first = int(np.ceil(low_hz / self._step_hz - 1e-6))
        last = int(np.floor(high_hz / self._step_hz + 1e-6))
        return slice(first, min(last + 1, self._bins))

    def _line_bins(self, mains: float, top: float) -> list[_Lines]:
        """The harmonics; those with equally many bins are looked at together."""
        alike: dict[tuple[int, int], list[tuple[list[int], list[int]]]] = {}
        for k in range(1, MOST_HARMONICS + 1):
            centre = k * mains
            if centre + FLOOR_FROM_HZ > top:
                break
            bins = range(self._bins)
            line = bins[self._range(centre - LINE_HZ, centre + LINE_HZ)]
            below = bins[self._range(centre - FLOOR_TO_HZ, centre - FLOOR_FROM_HZ)]
            above = bins[self._range(centre + FLOOR_FROM_HZ, centre + FLOOR_TO_HZ)]
            floor = [*below, *above]
            alike.setdefault((len(line), len(floor)), []).append((list(line), floor))
        return [
            _Lines(np.array([line for line, _ in found]), np.array([floor for _, floor in found]))
            for found in alike.values()
        ]

    def add(self, x: NDArray[np.float32], whole: bool) -> None:
        """The next ``(hop, channels)`` samples; what is not ``whole`` makes no spectrum."""
        before, self._before = self._before, (x if whole else None)
        if before is None or not whole:
            self._power.clear()
            self._clean.clear()
            self._hum.clear()
            self._forget(x.shape[1])
            return
        power = self._segment(np.concatenate([before, x]))
        clean, hum = self._without_hum(power)
        self._power.append(power)
        self._clean.append(clean)
        self._hum.append(hum)
        self._measure()

    def _forget(self, channels: int) -> None:
        nothing = np.full(channels, np.nan)
        self.rms = self.level = self.hum = self.hum_share = nothing
        self.move = self.move_share = self.shape = nothing

    def _segment(self, x: NDArray[np.float32]) -> Floats:
        """Power ``(bins, channels)`` of one second without its offset and slope."""
        ramp = np.linspace(-1.0, 1.0, len(x), dtype=np.float32)
        x = x - x.mean(axis=0)
        x -= ramp[:, None] * (ramp @ x / (ramp @ ramp))
        x *= self._taper
        # Along the last axis the transform is three times as fast.
        spectra = np.fft.rfft(np.ascontiguousarray(x.T), axis=1)[:, : self._bins]
        power = spectra.real**2 + spectra.imag**2
        return np.ascontiguousarray(power.T * np.float32(self._norm))

    def _without_hum(self, power: Floats) -> tuple[Floats, dict[float, Floats]]:
        """The power with lines of hum brought down to their floor, and the hum of each mains."""
        found = {mains: [_hum_of(power, part) for part in self._lines[mains]] for mains in MAINS}
        none = np.zeros((0, power.shape[1]))
        hum = {
            mains: np.concatenate([none, *(height for height, _ in parts)])
            for mains, parts in found.items()
        }
        self._find_mains(power, hum)
        clean = power.copy()
        for part, (height, floor) in zip(
            self._lines[self.mains_hz], found[self.mains_hz], strict=True
        ):
            loud = (height > 0.0)[:, None]
            line = clean[part.bins]
            clean[part.bins] = np.where(loud, np.minimum(line, floor[:, None]), line)
        return clean, hum

    def _find_mains(self, power: Floats, hum: dict[float, Floats]) -> None:
        total = np.maximum(power[self._range(*BAND_HZ)].sum(axis=0), 1e-30)
        for mains in MAINS:
            clear = float(np.sum(hum[mains].sum(axis=0) / total))
            self._score[mains] = FORGET * self._score[mains] + clear
        best = max(MAINS, key=lambda mains: self._score[mains])
        if self._score[best] > CLEARER * self._score[self.mains_hz]:
            self.mains_hz = best

    def _measure(self) -> None:
        band, low = self._range(*BAND_HZ), self._range(LOW_HZ[0], LOW_HZ[1] - 0.5)
        power = np.mean(self._power, axis=0)
        total = power[band].sum(axis=0)
        moved = power[low].sum(axis=0)
        self.rms = np.sqrt(total)
        self.level = np.sqrt(self._clean[-1][band].sum(axis=0))
        self.move = np.sqrt(moved)
        # A signal without any power has no shares.
        self.move_share = moved / np.maximum(moved + total * self._unseen, 1e-30)
        if len(self._hum) < SEGMENTS:
            return
        # Hum is what is there in all three; muscle reaches a line now and then.
        hum = np.min([h[self.mains_hz] for h in self._hum], axis=0).sum(axis=0)
        self.hum = np.sqrt(hum)
        self.hum_share = hum / np.maximum(total, 1e-30)
        if self.shape_known:
            self.shape = self._shape_db(hum)

    def hum_seen(self, seen: Sequence[NDArray[np.bool_]]) -> Floats:
        """Hum RMS of those of the last segments in which it could be seen; NaN if not the newest.

        ``seen`` holds one ``(channels,)`` for each of the last segments, oldest first.
        """
        if not self._hum or not seen:
            return np.full(len(self.hum), np.nan)
        count = min(len(seen), len(self._hum))
        told = [h[self.mains_hz].sum(axis=0) for h in list(self._hum)[-count:]]
        kept = [np.where(s, t, np.inf) for s, t in zip(list(seen)[-count:], told, strict=True)]
        hum = np.sqrt(np.min(kept, axis=0))
        # One segment of muscle may well have a line; one without any line is sure.
        sure = (np.isfinite(kept).sum(axis=0) >= 2) | (hum == 0.0)
        return np.where(seen[-1] & sure, hum, np.nan)

    def _shape_db(self, hum: Floats) -> Floats:
        clean = np.mean(self._clean, axis=0)[self._shape_bins]
        sums = np.cumsum(np.vstack([np.zeros((1, clean.shape[1])), clean]), axis=0)
        smooth = np.maximum(sums[SHAPE_POINTS:] - sums[:-SHAPE_POINTS], 1e-30)
        shape = 10.0 * np.log10(smooth.max(axis=0) / smooth.min(axis=0))
        # Hum that comes and goes within the 2 s leaves skirts that look like anything.
        most = np.max([h[self.mains_hz].sum(axis=0) for h in self._hum], axis=0)
        restless = (most > 4.0 * hum) & (most > clean.sum(axis=0))
        return np.where(restless, np.nan, shape)


def _hum_of(power: Floats, lines: _Lines) -> tuple[Floats, Floats]:
    """Power of each harmonic above its floor, and a bin of that floor, ``(harmonics, channels)``.

    The floor is the mean power of noise from the median of its bins, which lines nearby
    do not lift.
    """
    bins = np.sort(power[lines.floors], axis=1)
    count = bins.shape[1]
    floor = (bins[:, (count - 1) // 2] + bins[:, count // 2]) / (2.0 * np.log(2.0))
    beneath = floor * lines.bins.shape[1]
    height = power[lines.bins].sum(axis=1) - beneath
    return np.where(height > LINE_OVER_FLOOR * beneath, height, 0.0), floor
