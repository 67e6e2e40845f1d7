"""Envelopes over the cycles of walking or any repeated movement."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask
from emgstudio.dsp.measure import Measure

Floats = NDArray[np.float64]

POINTS = 101
CYCLES_ASKED = 10
OUTLIER_SD = 3.0
# A step shorter than this is a bounce of the switch.
SHORTEST_S = 0.3
PLAIN_SPREAD = 1.4826


def heel_strikes(switch: Floats, rate: float) -> Floats:
    """Times in s at which ``switch (n,)`` rises through its middle, bounces left out.

    EmgError when the signal does not switch.
    """
    low, high = np.nanpercentile(switch, [2, 98])
    if not high > low:
        raise EmgError("The foot switch does not move.", "Check its channel and its cable.")
    on = switch > (low + high) / 2.0
    rising = (np.flatnonzero(on[1:] & ~on[:-1]) + 1) / rate
    kept: list[float] = []
    for at in rising.tolist():
        if not kept or at - kept[-1] >= SHORTEST_S:
            kept.append(at)
    return np.array(kept)


@dataclass(frozen=True, slots=True)
class Cycles:
    """``curves (c, 101)`` over 0–100 % of each cycle; ``typical (c,)`` marks those averaged.

    ``starts`` and ``seconds (c,)`` tell where each begins and how long it is.
    """

    curves: Floats
    starts: Floats
    seconds: Floats
    typical: Mask

    @property
    def mean(self) -> Floats:
        """``(101,)`` over the typical cycles."""
        return np.asarray(self.curves[self.typical].mean(axis=0))

    @property
    def sd(self) -> Floats:
        """``(101,)`` between the typical cycles."""
        return np.asarray(self.curves[self.typical].std(axis=0, ddof=1))

    @property
    def variability(self) -> float:
        """√(mean of SD²) / mean, in per cent (coefficient of variation of a profile, Winter)."""
        level = float(self.mean.mean())
        return 100.0 * float(np.sqrt(np.mean(self.sd**2))) / level if level > 0 else math.nan


def cycles(envelope: Floats, rate: float, events: Floats) -> Cycles:
    """Cut ``envelope (n,)`` at ``events`` in s and bring each cycle to 101 points.

    Cycles with lost samples are left out; those whose duration is 3 SD off (by the
    median and its spread) are kept but not typical. EmgError for fewer than two whole cycles.
    """
    curves, starts, seconds = [], [], []
    for start, stop in zip(events[:-1].tolist(), events[1:].tolist(), strict=True):
        places = np.linspace(start * rate, stop * rate, POINTS)
        if places[0] < 0 or places[-1] > len(envelope) - 1:
            continue
        curve = np.interp(places, np.arange(len(envelope)), envelope)
        if np.isfinite(curve).all():
            curves.append(curve)
            starts.append(start)
            seconds.append(stop - start)
    if len(curves) < 2:
        raise EmgError(
            "There are fewer than two whole cycles.",
            "Mark the beginning of each cycle, or record more.",
        )
    lengths = np.array(seconds)
    middle = float(np.median(lengths))
    spread = PLAIN_SPREAD * float(np.median(np.abs(lengths - middle)))
    typical = np.abs(lengths - middle) <= OUTLIER_SD * max(spread, 0.02 * middle)
    return Cycles(np.array(curves), np.array(starts), lengths, np.asarray(typical))


def gait_measures(channel: str, unit: str, found: Cycles, recipe: str) -> tuple[Measure, ...]:
    """Cycle time, peak of the mean curve with its place, and variability."""
    flags = []
    if found.typical.sum() < CYCLES_ASKED:
        flags.append(f"{int(found.typical.sum())} cycles, {CYCLES_ASKED} are asked for")
    if not found.typical.all():
        flags.append(f"{int((~found.typical).sum())} cycles of unusual length left out")
    mean = found.mean
    lengths = found.seconds[found.typical]
    rows = (
        ("cycle time", float(lengths.mean()), "s"),
        ("cycle time, SD", float(lengths.std(ddof=1)) if len(lengths) > 1 else math.nan, "s"),
        ("peak of the mean cycle", float(mean.max()), unit),
        ("place of the peak", float(mean.argmax()), "% of cycle"),
        ("variability", found.variability, "%"),
    )
    return tuple(Measure(channel, n, v, u, recipe, tuple(flags)) for n, v, u in rows)
