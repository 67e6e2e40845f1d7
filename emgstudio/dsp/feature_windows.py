"""What every row of the feature table is made of: windows with shared results, columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below any amplitude a converter can give in V or µV: keeps the logarithm of a flat line finite.
SMALLEST_AMPLITUDE = 1e-12
# Covariances of more channels than this are taken in groups of neighbours: their number grows
# with the square (64 channels: 4160 numbers per window, and 170 MB per repetition learnt).
MOST_TOGETHER, GROUP = 16, 8


class Windows:
    """Windows turned to ``(w, channels, length)`` with the intermediate results features share.

    ``threshold`` is a number or ``(channels, 1)``, in channel units.
    """

    def __init__(self, x: Floats, rate: float, threshold: float | Floats) -> None:
        self.x = x
        self.rate = rate
        self.threshold = threshold
        self.has_threshold = bool(np.any(np.asarray(threshold) > 0))
        self._made: dict[Callable[[Windows], Floats], Floats] = {}

    def once(self, make: Callable[[Windows], Floats]) -> Floats:
        """What ``make`` gives for these windows, made when it is first asked for."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]

    @cached_property
    def slope(self) -> Floats:
        """First difference along time, ``(w, channels, length - 1)``."""
        return np.asarray(self.x[..., 1:] - self.x[..., :-1])

    @cached_property
    def curve(self) -> Floats:
        """Second difference along time, ``(w, channels, length - 2)``."""
        return np.asarray(self.slope[..., 1:] - self.slope[..., :-1])

    @cached_property
    def absolute(self) -> Floats:
        return np.asarray(np.abs(self.x))

    @cached_property
    def steps(self) -> Floats:
        """Absolute first difference, ``(w, channels, length - 1)``."""
        return np.asarray(np.abs(self.slope))

    @cached_property
    def power(self) -> Floats:
        """Sum of squares, ``(w, channels)``; not finite where a sample is not."""
        return np.asarray(np.vecdot(self.x, self.x))

    @cached_property
    def slope_power(self) -> Floats:
        """Sum of squares of the slope, ``(w, channels)``."""
        return np.asarray(np.vecdot(self.slope, self.slope))

    @cached_property
    def curve_power(self) -> Floats:
        """Sum of squares of the second difference, ``(w, channels)``."""
        return np.asarray(np.vecdot(self.curve, self.curve))

    @cached_property
    def rms(self) -> Floats:
        return np.asarray(np.sqrt(self.power / self.x.shape[-1]))

    @cached_property
    def waveform_length(self) -> Floats:
        return np.asarray(self.steps.sum(-1))

    @cached_property
    def frequencies(self) -> Floats:
        """Hz of each column of ``spectrum``, without 0 Hz."""
        return np.asarray(np.fft.rfftfreq(self.x.shape[-1], 1.0 / self.rate)[1:])

    @cached_property
    def spectrum(self) -> Floats:
        """Periodogram without a taper ``(w, channels, frequencies)``, without 0 Hz."""
        f = np.fft.rfft(self.x, axis=-1)[..., 1:]
        return np.asarray(f.real * f.real + f.imag * f.imag)

    @cached_property
    def spectrum_total(self) -> Floats:
        """Sum of the periodogram, 1 for a flat window so that it may divide, ``(w, channels)``."""
        total = self.spectrum.sum(-1)
        return np.asarray(np.where(total > 0, total, 1.0))


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a feature: its name and the places of the channels it is made of."""

    feature: str
    label: str
    channels: tuple[int, ...]


Layout = Callable[[str, Sequence[str]], list[Column]]


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the table.

    ``compute`` gives ``(w, columns)``; ``layout`` describes those columns given the key
    and the channel names. ``source`` is where the definition comes from. ``counts``: it
    counts what exceeds a threshold, and without one counts noise.
    """

    key: str
    title: str
    source: str
    compute: Callable[[Windows], Floats]
    layout: Layout
    counts: bool = False

    def columns(self, channels: Sequence[str]) -> list[Column]:
        """What each number is, for these channel names."""
        return self.layout(self.key, channels)

    def size(self, channels: int) -> int:
        """Number of columns for so many channels."""
        return len(self.columns([""] * channels))


def per_channel(key: str, channels: Sequence[str]) -> list[Column]:
    """One number per channel."""
    return [Column(key, f"{key} {channel}", (i,)) for i, channel in enumerate(channels)]


def per_number(count: int) -> Layout:
    """``count`` numbers per channel, all of a channel together."""

    def layout(key: str, channels: Sequence[str]) -> list[Column]:
        return [
            Column(key, f"{key}[{k}] {channel}", (i,))
            for i, channel in enumerate(channels)
            for k in range(1, count + 1)
        ]

    return layout


def per_pair(key: str, channels: Sequence[str]) -> list[Column]:
    """Every channel and every pair of channels that are taken together."""
    columns = []
    for start, stop in groups_of(len(channels)):
        first, second, _ = triangle(stop - start)
        for i, j in zip((first + start).tolist(), (second + start).tolist(), strict=True):
            name = channels[i] if i == j else f"{channels[i]}·{channels[j]}"
            columns.append(Column(key, f"{key} {name}", (i,) if i == j else (i, j)))
    return columns


def per_two(key: str, channels: Sequence[str]) -> list[Column]:
    """Every pair of different channels."""
    first, second = np.triu_indices(len(channels), 1)
    return [
        Column(key, f"{key} {channels[i]}·{channels[j]}", (i, j))
        for i, j in zip(first.tolist(), second.tolist(), strict=True)
    ]


@lru_cache(maxsize=64)
def groups_of(channels: int) -> tuple[tuple[int, int], ...]:
    """Stretches of neighbouring channels whose covariance is taken together."""
    if channels <= MOST_TOGETHER:
        return ((0, channels),)
    return tuple((a, min(a + GROUP, channels)) for a in range(0, channels, GROUP))


@lru_cache(maxsize=64)
def triangle(channels: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Row and column of each element of the upper triangle, and its weight."""
    first, second = np.triu_indices(channels)
    return first, second, np.where(first == second, 1.0, np.sqrt(2.0))
