"""How hard and how long muscles work in a task: amplitude distribution, gaps, muscular rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.measure import Measure

Floats = NDArray[np.float64]

# Jonsson's limits in %MVC for an hour and more: recommended, and not to be passed.
LIMITS = {"static": (10, 2.0, 5.0), "median": (50, 10.0, 14.0), "peak": (90, 50.0, 70.0)}
LONG_WORK_S = 3600.0
GAP_BELOW = 0.5
GAP_LEAST_S = 0.2


@dataclass(frozen=True, slots=True)
class Gaps:
    """Pauses of a muscle: number per minute and share of the time in per cent."""

    per_minute: float
    share: float


def apdf(envelope: Floats, percentiles: tuple[float, ...] = (10, 50, 90)) -> Floats:
    """Amplitude probability distribution: values of ``envelope (n,)`` at the percentiles.

    Jonsson 1982. NaN rows are left out.
    """
    there = envelope[np.isfinite(envelope)]
    if not len(there):
        return np.full(len(percentiles), math.nan)
    return np.asarray(np.percentile(there, percentiles))


def gaps(envelope: Floats, rate: float) -> Gaps:
    """Stretches of 0.2 s and more below 0.5 %MVC, of ``envelope (n,)`` in %MVC.

    Veiersted et al. 1990; a lost sample ends a gap, and its time counts for nothing.
    """
    low = np.concatenate([[False], envelope < GAP_BELOW, [False]])
    edges = np.flatnonzero(np.diff(low))
    lengths = edges[1::2] - edges[::2]
    found = lengths[lengths >= int(GAP_LEAST_S * rate)]
    known = int(np.isfinite(envelope).sum())
    if not known:
        return Gaps(math.nan, math.nan)
    return Gaps(len(found) / (known / rate) * 60.0, 100.0 * float(found.sum()) / known)


def load(
    channel: str, envelope: Floats, rate: float, recipe: str, *, rest_noise: float
) -> tuple[Measure, ...]:
    """Static, median and peak load, gaps and muscular rest of ``envelope (n,)`` in %MVC.

    ``rest_noise`` is the level of the resting muscle in %MVC: a gap cannot be seen
    below it, nor when it is not known (NaN). EmgError for less than ten known seconds.
    """
    lost = int((~np.isfinite(envelope)).sum())
    seconds = (len(envelope) - lost) / rate
    if seconds < 10.0:
        missing = f"{lost / rate:.0f} s were lost or paused." if lost else ""
        raise EmgError("The load of a task is told from ten seconds and more.", missing)
    short = () if seconds >= LONG_WORK_S else ("limits are for an hour of work and more",)
    if lost:
        short = (*short, f"{lost / rate:.1f} s lost or paused")
    values = apdf(envelope, tuple(float(p) for p, _, _ in LIMITS.values()))
    found = [
        Measure(
            channel, f"{name} load (P{percent})", float(value), "%MVC",
            f"Jonsson: {good:g}, at most {most:g} %MVC; {recipe}", short,
        )
        for (name, (percent, good, most)), value in zip(LIMITS.items(), values, strict=True)
    ]  # fmt: skip
    how = f"below {GAP_BELOW:g} %MVC for {GAP_LEAST_S:g} s and longer; {recipe}"
    unseen = not rest_noise <= GAP_BELOW
    noise = "not known" if math.isnan(rest_noise) else f"{rest_noise:.2g} %MVC"
    flags = (f"not measurable: the rest noise is {noise}",) if unseen else ()
    pauses = Gaps(math.nan, math.nan) if unseen else gaps(envelope, rate)
    found.append(Measure(channel, "EMG gaps", pauses.per_minute, "1/min", how, flags))
    found.append(Measure(channel, "muscular rest", pauses.share, "%", how, flags))
    return tuple(found)
