"""Mains hum out of recorded signals, where the whole signal is known.

Three ways and a choice between them (docs/decisions/0013-heartbeat.md has the
table): learn the hum in rest and subtract it, interpolate the spectrum, notch.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask
from emgstudio.dsp.filters import notches, zero_phase
from emgstudio.dsp.hum import HumReport, hum_of

Floats = NDArray[np.float64]
Way = Literal["none", "regression", "interpolation", "notch"]

LEAST_REST = 0.2
# Hum is stable where what regression leaves of it in each stretch of rest is this share at most.
STABLE_LEFT = 0.1
STRETCH_S, QUIET_S = 1.0, 2.0
HALF_WIDTH_HZ, NEIGHBOURS_HZ = 0.75, 3.0
BLOCK_S, LEAST_BLOCK_S, MARGIN_S = 20.0, 5.0, 4.0
NOTCH_Q = 30.0
SEARCH_HZ, SEARCH_STEPS = 0.06, 61


@dataclass(frozen=True, slots=True)
class WithoutHum:
    """``samples (n, channels)`` with the hum taken out, and the way that was chosen."""

    samples: Floats
    way: Way
    hum: HumReport


def remove_hum(x: Floats, rate: float, rest: Mask | None = None) -> WithoutHum:
    """The best way for ``x (n, channels)``, free of NaN; ``rest (n,)`` is where muscles are quiet.

    Regression where a fifth or more is rest and the hum is stable there;
    otherwise interpolation from 5 s on; otherwise notches. Nothing where no
    hum stands out. Order and limits: Mewett 2001 and 2004.
    """
    enough = rest is not None and rest.sum() >= QUIET_S * rate
    quiet = _longest(rest) if rest is not None and enough else _quietest(x, rate)
    report = hum_of(x[quiet], rate)
    if report.frequency is None:
        report = hum_of(x, rate)
    if report.frequency is None:
        return WithoutHum(x.copy(), "none", report)
    if rest is not None and rest.mean() >= LEAST_REST:
        out = regress_on_rest(x, rate, rest, report.frequency, report.harmonics)
        if _is_stable(x, out, rate, rest, report):
            return WithoutHum(out, "regression", report)
    if len(x) >= LEAST_BLOCK_S * rate:
        out = interpolate_spectrum(x, rate, report.frequency, report.harmonics)
        return WithoutHum(out, "interpolation", report)
    return WithoutHum(notch_out(x, rate, report.frequency, report.harmonics), "notch", report)


def regress_on_rest(
    x: Floats, rate: float, rest: Mask, mains_hz: float, multiples: Sequence[int]
) -> Floats:
    """``x (n, channels)`` minus sines fitted to its ``rest (n,)``; the frequency is refined there.

    For mains that keep frequency, size and phase. EmgError where there is no rest.
    """
    if not rest.any():
        raise EmgError("There is no rest to learn the hum from.", "Mark some rest, or use a notch.")
    time = np.arange(len(x)) / rate
    quiet, learnt = x[rest], time[rest]
    strongest = max(multiples, key=lambda k: _power(quiet, learnt, k * mains_hz))
    best = mains_hz
    for width in (SEARCH_HZ, SEARCH_HZ / 20.0):
        tried = best + np.linspace(-width, width, SEARCH_STEPS)
        found = [_power(quiet, learnt, strongest * hertz) for hertz in tried]
        best = float(tried[int(np.argmax(found))])
    waves = _waves(learnt, best, multiples)
    sizes, *_ = np.linalg.lstsq(np.column_stack([waves, np.ones(len(waves))]), quiet, rcond=None)
    return np.asarray(x - _waves(time, best, multiples) @ sizes[:-1])


def interpolate_spectrum(
    x: Floats, rate: float, mains_hz: float, multiples: Sequence[int]
) -> Floats:
    """``x (n, channels)`` with each line's size drawn from beside it, its phase kept.

    In blocks of 20 s or a little more; ±0.75 Hz of each line (Mewett 2001, 2004). Each is
    transformed with 4 s of what is beside it, which is then cut off; beyond the ends of
    ``x`` the hum of its first and last 2 s goes on. A spectrum takes a piece for one turn
    of a wheel: without that, hum stayed in where the pieces meet.
    """
    margin = round(MARGIN_S * rate)
    whole = _continued(x, rate, mains_hz, multiples, margin)
    blocks = max(1, int(len(x) // (BLOCK_S * rate)))
    edges = np.linspace(0, len(x), blocks + 1).astype(int)
    return np.concatenate(
        [
            _interpolated(whole[a : b + 2 * margin], rate, mains_hz, multiples)[margin:-margin]
            for a, b in itertools.pairwise(edges)
        ]
    )


def notch_out(x: Floats, rate: float, mains_hz: float, multiples: Sequence[int]) -> Floats:
    """``x (n, channels)`` through notches forwards and backwards; all of them ``mains_hz / 30``."""
    return zero_phase(notches(mains_hz, rate, multiples=multiples, q=NOTCH_Q), x)


def _waves(time: Floats, mains_hz: float, multiples: Sequence[int]) -> Floats:
    angles = 2.0 * np.pi * mains_hz * time[:, None] * np.array(multiples, float)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _power(x: Floats, time: Floats, hertz: float) -> float:
    turn = np.exp(-2j * np.pi * hertz * time)
    return float(np.square(np.abs(turn @ x)).sum())


def _is_stable(x: Floats, out: Floats, rate: float, rest: Mask, report: HumReport) -> bool:
    """Whether the hum is gone from every second of rest; drift and steps stay in some."""
    length = round(STRETCH_S * rate)
    waves = _waves(np.arange(length) / rate, report.frequency or 0.0, report.harmonics)
    shares = []
    for start in range(0, len(x) - length + 1, length):
        stretch = slice(start, start + length)
        if rest[stretch].all():
            before, after = (np.square(waves.T @ part[stretch]).sum() for part in (x, out))
            shares.append(after / max(before, 1e-300))
    return bool(shares) and max(shares) <= STABLE_LEFT


def _longest(rest: Mask) -> slice:
    edges = np.flatnonzero(np.diff(rest, prepend=False, append=False)).reshape(-1, 2)
    start, stop = max(edges, key=lambda edge: edge[1] - edge[0])
    return slice(int(start), int(stop))


def _quietest(x: Floats, rate: float) -> slice:
    """The stretch of 2 s with the least power in it: there a line stands out most."""
    length = round(QUIET_S * rate)
    starts = range(0, max(1, len(x) - length + 1), max(1, length // 4))
    best = min(starts, key=lambda start: float(x[start : start + length].var(axis=0).sum()))
    return slice(best, best + length)


def _continued(
    x: Floats, rate: float, mains_hz: float, multiples: Sequence[int], margin: int
) -> Floats:
    """``x`` with ``margin`` samples of nothing but its own hum before and behind it."""
    learnt = min(len(x), round(QUIET_S * rate))
    sides = []
    for near, far in ((0, -margin), (len(x) - learnt, len(x))):
        waves = _waves(np.arange(near, near + learnt) / rate, mains_hz, multiples)
        with_level = np.column_stack([waves, np.ones(learnt)])
        sizes, *_ = np.linalg.lstsq(with_level, x[near : near + learnt], rcond=None)
        beyond = _waves(np.arange(far, far + margin) / rate, mains_hz, multiples)
        sides.append(beyond @ sizes[:-1] + sizes[-1])
    return np.concatenate([sides[0], x, sides[1]])


def _interpolated(x: Floats, rate: float, mains_hz: float, multiples: Sequence[int]) -> Floats:
    spectrum = np.fft.rfft(x, axis=0)
    frequencies = np.fft.rfftfreq(len(x), 1.0 / rate)
    for k in multiples:
        away = frequencies - k * mains_hz
        line = np.abs(away) <= HALF_WIDTH_HZ
        below = (away < -HALF_WIDTH_HZ) & (away >= -HALF_WIDTH_HZ - NEIGHBOURS_HZ)
        above = (away > HALF_WIDTH_HZ) & (away <= HALF_WIDTH_HZ + NEIGHBOURS_HZ)
        if not (line.any() and below.any() and above.any()):
            continue
        low, high = (np.abs(spectrum[side]).mean(axis=0) for side in (below, above))
        share = ((away[line] + HALF_WIDTH_HZ) / (2.0 * HALF_WIDTH_HZ))[:, None]
        size = np.maximum(np.abs(spectrum[line]), 1e-300)
        spectrum[line] *= ((1.0 - share) * low + share * high) / size
    return np.asarray(np.fft.irfft(spectrum, len(x), axis=0))
