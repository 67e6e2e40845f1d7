"""Amplitude scales: the steps a person chooses from, and one that follows the signal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import MICROVOLT
from emgstudio.dsp.columns import Span

NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
STEPS = tuple(m * 10.0**e for e in range(4) for m in (1, 2, 5))
ROOM = 1.1
SHRINK_AFTER_S = 3.0
SMALLEST = 1e-6
FIRST_SCALE = 100.0
CENTRE_DRIFT = 0.25


def nice_above(value: float) -> float:
    """The smallest round number that is not below ``value``."""
    value = max(value, SMALLEST)
    decade = 10.0 ** math.floor(math.log10(value))
    return next(m * decade for m in NICE if m * decade >= value * (1 - 1e-9))


def step(value: float, direction: int, steps: tuple[float, ...] = STEPS) -> float:
    """The next larger (``direction`` > 0) or smaller step than ``value``."""
    if direction > 0:
        return next((s for s in steps if s > value * 1.001), steps[-1])
    return next((s for s in reversed(steps) if s < value * 0.999), steps[0])


class AutoScale:
    """Scales that grow at once and shrink only when the signal stayed small for a while.

    ``count`` scales, round numbers all; nothing moves while a value lies between.
    """

    def __init__(self, count: int) -> None:
        self.scale: NDArray[np.float64] = np.full(count, np.nan)
        self._small_since = np.full(count, np.nan)

    def grow(self, peaks: NDArray[np.floating]) -> bool:
        """Take the peaks ``(count,)`` of what is new (NaN for none); True when a scale grew."""
        # Not "greater": a scale that is not known yet is NaN and grows with the first peak.
        over = ~(peaks <= self.scale) & (peaks == peaks)
        if not over.any():
            return False
        for i in np.flatnonzero(over):
            self.scale[i] = nice_above(float(peaks[i]) * ROOM)
            self._small_since[i] = np.nan
        return True

    def shrink(self, peaks: NDArray[np.floating], now: float) -> bool:
        """Take the peaks of all that is shown at ``now`` seconds; True when a scale shrank."""
        shrunk = False
        for i, peak in enumerate(peaks):
            if np.isnan(peak) or np.isnan(self.scale[i]):
                continue
            wanted = nice_above(float(peak) * ROOM)
            if wanted >= self.scale[i]:
                self._small_since[i] = np.nan
            elif np.isnan(self._small_since[i]):
                self._small_since[i] = now
            elif now - self._small_since[i] >= SHRINK_AFTER_S:
                self.scale[i] = wanted
                self._small_since[i] = np.nan
                shrunk = True
        return shrunk


class LaneScales:
    """Scale and resting level of each lane of a trace picture.

    ``fixed`` is a scale that a person chose, None to follow the signal: all lanes of a
    unit together or ``each`` on its own. It is meant in the unit of the first lane; lanes
    of other ``units`` go on following. ``own`` are scales of single channels. ``floating``
    lanes (raw signals) rest anywhere, others at zero.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        *,
        fixed: float | None,
        each: bool,
        floating: bool,
        units: Sequence[str] = (),
        own: Mapping[int, float] | None = None,
    ) -> None:
        self.channels = list(channels)
        self.fixed = fixed
        self.each = each
        self.floating = floating
        self.centre: NDArray[np.float64] = np.zeros(len(channels))
        kinds = list(dict.fromkeys(units)) or [""]
        # Which automatic scale each lane has.
        self._of = np.array([kinds.index(unit) for unit in units] or [0] * len(channels), int)
        self._held = np.full(len(channels), np.nan)
        if fixed is not None:
            self._held[self._of == 0] = fixed
        for channel, scale in (own or {}).items():
            if channel in self.channels:
                self._held[self.channels.index(channel)] = scale
        if each:
            self._of = np.arange(len(channels))
        self._auto = AutoScale(len(channels) if each else len(kinds))
        self._all_held = bool(np.isfinite(self._held).all())
        self._one = self._auto.scale.size == 1 and bool(np.isnan(self._held).all())
        self._centred = False

    @property
    def scale(self) -> NDArray[np.float64]:
        """Per lane, in the channel's unit: from the resting level to the lane's edge."""
        followed = np.nan_to_num(self._auto.scale, nan=FIRST_SCALE)[self._of]
        return np.where(np.isnan(self._held), followed, self._held)

    def take(self, span: Span) -> bool:
        """Look at columns that are new; True when a scale grew."""
        if self._all_held or not len(span):
            return False
        if self._one and not self.floating and self._within(span):
            return False
        return self._auto.grow(self._peaks(span))

    def _within(self, span: Span) -> bool:
        """Whether nothing reaches over the common scale: the usual frame, told cheaply."""
        scale = self._auto.scale[0]
        # Lowest and highest of all in two calls; a NaN is within nothing and is looked at again.
        lowest = np.minimum.reduce(span.ends, axis=None)
        highest = np.maximum.reduce(span.ends, axis=None)
        return bool(highest <= scale and lowest >= -scale)

    def look_again(self, span: Span, now: float) -> bool:
        """Look at everything shown, now and then: True when a scale or a level moved."""
        if not self.channels or not len(span):
            return False
        moved = self._recentre(span) if self.floating else False
        if self._all_held:
            return moved
        peaks = self._peaks(span)
        return self._auto.grow(peaks) | self._auto.shrink(peaks, now) | moved

    def _peaks(self, span: Span) -> NDArray[np.floating]:
        """The highest peak for each automatic scale."""
        highest, lowest = span.hi, span.lo
        if len(self.channels) < highest.shape[1] or self.channels != sorted(self.channels):
            highest, lowest = highest[:, self.channels], lowest[:, self.channels]
        highest = np.fmax.reduce(highest, axis=0) - self.centre
        lowest = self.centre - np.fmin.reduce(lowest, axis=0)
        peaks: NDArray[np.floating] = np.fmax(highest, lowest)
        if self.each:
            return peaks
        common = np.full(self._auto.scale.size, np.nan)
        np.fmax.at(common, self._of, peaks)
        return common

    def _recentre(self, span: Span) -> bool:
        middle = (span.lo[:, self.channels] + span.hi[:, self.channels]) / 2
        middle = middle[~np.isnan(middle).any(axis=1)]
        if not len(middle):
            return False
        level = np.median(middle, axis=0)
        far = np.abs(level - self.centre) > CENTRE_DRIFT * self.scale
        if not self._centred:
            far[:] = self._centred = True
        self.centre = np.where(far, level, self.centre)
        return bool(far.any())


def amount(value: float, unit: str) -> str:
    """A number with its unit as people write it: ``200 µV``, ``1.5 mV``."""
    if unit == MICROVOLT and abs(value) >= 1000:
        return f"{signed(value / 1000)} mV"
    return f"{signed(value)} {unit}"


def signed(value: float) -> str:
    """Three digits, more before the point if there are, and a real minus sign."""
    text = f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    return text.replace("-", "−")
