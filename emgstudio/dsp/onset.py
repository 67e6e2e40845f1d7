"""When a muscle is active: onset and offset by detectors that learn the rest first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.filters import butterworth, zero_phase

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Clean-up, in this order: shorter activity is a blip, shorter pauses are closed, shorter bursts
# are dropped (lengths measured on simulated bursts).
BLIP_S = 0.015
PAUSE_S = 0.100
BURST_S = 0.050
REST_WINDOW_S = 0.100
LEAST_REST_S = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """Activity in samples ``[start, stop)``."""

    start: int
    stop: int


class Detector(Protocol):
    """Finds activity in one channel ``x (n,)`` at ``rate`` Hz, given samples of rest in it."""

    def detect(self, x: Floats, rate: float, rest: Interval) -> tuple[Interval, ...]: ...

    @property
    def recipe(self) -> str:
        """What is done, with its parameters, for reports."""
        ...


@dataclass(frozen=True, slots=True)
class WhitenedDoubleThreshold:
    """Bonato et al. 1998 (IEEE Trans Biomed Eng 45:287) behind an AR whitening fitted on the rest.

    The sum of two squared whitened samples is chi-square with two degrees of
    freedom at rest; active is where at least ``needed`` of ``pairs`` successive
    sums lie above the threshold that gives ``false_alarm`` for such a group.
    """

    false_alarm: float = 1e-3
    needed: int = 3
    pairs: int = 8
    order: int = 6

    @property
    def recipe(self) -> str:
        return (
            f"double threshold {self.needed} of {self.pairs} pairs, whitened AR({self.order}), "
            f"false alarm {self.false_alarm:g}"
        )

    def detect(self, x: Floats, rate: float, rest: Interval) -> tuple[Interval, ...]:
        """Intervals of activity, in order. Raises EmgError when the rest is too short or flat."""
        _check_rest(x, rate, rest)
        white = _whitened(x, rest, self.order)
        count = len(white) // 2
        sums = np.square(white[: 2 * count]).reshape(count, 2).sum(axis=1)
        sums /= np.var(white[rest.start + self.order : rest.stop])
        single = _of_one_pair(self.needed, self.pairs, self.false_alarm)
        above = sums > -2 * math.log(single)
        many = np.convolve(above.astype(np.int64), np.ones(self.pairs, np.int64), "same")
        active = np.zeros(len(x), bool)
        active[: 2 * count] = np.repeat(many >= self.needed, 2)
        return cleaned(active, rate)


@dataclass(frozen=True, slots=True)
class SingleThreshold:
    """Hodges and Bui 1996 (Electroencephalogr Clin Neurophysiol 101:511), without delay.

    Rectified, low-passed at ``smooth_hz`` in both directions; active where above
    mean + ``sd`` standard deviations of the equally processed rest. With ``teager`` the
    signal's energy (see ``tkeo``) is looked at in place of its size; no default, as noise of
    a wide band then hides weak bursts.
    """

    sd: float = 3.0
    smooth_hz: float = 30.0
    teager: bool = False

    @property
    def recipe(self) -> str:
        size = "Teager–Kaiser energy, rectified" if self.teager else "rectified"
        return f"{size}, low-pass {self.smooth_hz:g} Hz, mean + {self.sd:g} SD of the rest"

    def detect(self, x: Floats, rate: float, rest: Interval) -> tuple[Interval, ...]:
        """Intervals of activity, in order. Raises EmgError when the rest is too short or flat."""
        _check_rest(x, rate, rest)
        sections = butterworth(None, self.smooth_hz, rate, order=2)
        size = np.abs(tkeo(x) if self.teager else x)
        smooth = zero_phase(sections, size[:, None])[:, 0]
        quiet = smooth[rest.start : rest.stop]
        return cleaned(smooth > quiet.mean() + self.sd * quiet.std(ddof=1), rate)


def tkeo(x: Floats) -> Floats:
    """Teager–Kaiser energy x[n]² − x[n−1]·x[n+1] of ``x (n,)`` in its unit², ends repeated.

    It weighs the size with the frequency; improves onsets of clean signals (Solnik 2010).
    """
    inside = np.square(x[1:-1]) - x[:-2] * x[2:]
    return np.pad(inside, 1, "edge") if len(inside) else np.zeros_like(x)


def cleaned(active: Mask, rate: float) -> tuple[Interval, ...]:
    """Blips dropped, then pauses closed, then short bursts dropped; ``active (n,)`` is kept."""
    mask = active.copy()
    for run in _runs(mask):
        if run.stop - run.start < BLIP_S * rate:
            mask[run.start : run.stop] = False
    for run in _runs(~mask):
        inside = run.start > 0 and run.stop < len(mask)
        if inside and run.stop - run.start < PAUSE_S * rate:
            mask[run.start : run.stop] = True
    return tuple(run for run in _runs(mask) if run.stop - run.start >= BURST_S * rate)


def quietest(x: Floats, rate: float, seconds: float) -> Interval:
    """The contiguous stretch of ``seconds`` with the smallest RMS, on a grid of 100 ms.

    Stretches with a NaN are passed over. Raises EmgError when there is none.
    """
    length = max(2, round(seconds * rate))
    window = max(1, round(REST_WINDOW_S * rate))
    blocks = len(x) // window
    per_stretch = -(-length // window)
    if blocks < per_stretch:
        raise EmgError(
            f"The signal is shorter than {seconds:g} s, so its rest cannot be found.",
            "Choose a longer part, or mark the rest yourself.",
        )
    power = np.square(x[: blocks * window]).reshape(blocks, window).mean(axis=1)
    views = np.lib.stride_tricks.sliding_window_view(power, per_stretch)
    means = views.mean(axis=1)
    means[~np.isfinite(means)] = np.inf
    best = int(np.argmin(means))
    if not np.isfinite(means[best]):
        raise EmgError(
            f"No {seconds:g} s of the signal are without lost samples.", "Mark the rest yourself."
        )
    return Interval(best * window, best * window + length)


def signal_to_noise_db(x: Floats, rest: Interval, active: Iterable[Interval]) -> float:
    """RMS of the activity over RMS of the rest in dB; NaN without activity.

    Below 10 dB automatic onsets are to be checked by a person (Kowalski 2021).
    """
    parts = [x[run.start : run.stop] for run in active]
    if not parts:
        return math.nan
    loud = float(np.sqrt(np.mean(np.square(np.concatenate(parts)))))
    quiet = float(np.sqrt(np.mean(np.square(x[rest.start : rest.stop]))))
    return 20 * math.log10(loud / quiet) if quiet > 0 and loud > 0 else math.nan


@lru_cache
def _of_one_pair(needed: int, pairs: int, false_alarm: float) -> float:
    """The chance of one pair for which ``needed`` of ``pairs`` have ``false_alarm``."""
    from scipy.optimize import brentq
    from scipy.stats import binom

    return float(brentq(lambda p: binom.sf(needed - 1, pairs, p) - false_alarm, 1e-12, 1 - 1e-12))


def _whitened(x: Floats, rest: Interval, order: int) -> Floats:
    """``x`` through the inverse of an AR model of the rest (Yule and Walker)."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import lfilter

    quiet = x[rest.start : rest.stop] - np.mean(x[rest.start : rest.stop])
    lags = [float(quiet[: len(quiet) - k] @ quiet[k:]) / len(quiet) for k in range(order + 1)]
    coefficients = solve_toeplitz(lags[:-1], lags[1:])
    return np.asarray(lfilter(np.concatenate([[1.0], -coefficients]), [1.0], x))


def _check_rest(x: Floats, rate: float, rest: Interval) -> None:
    quiet = x[max(0, rest.start) : rest.stop]
    if len(quiet) < LEAST_REST_S * rate:
        raise EmgError(
            f"The rest is shorter than {LEAST_REST_S:g} s.", "Mark a longer part as rest."
        )
    if not np.isfinite(quiet).all() or float(np.std(quiet)) == 0.0:
        raise EmgError("The rest has no noise or lost samples in it.", "Mark another part as rest.")


def _runs(mask: Mask) -> list[Interval]:
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False)).tolist()
    return [Interval(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
