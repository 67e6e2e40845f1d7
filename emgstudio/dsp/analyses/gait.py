"""Envelopes over the cycles of walking or any repeated movement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask
from emgstudio.dsp.filters import butterworth, zero_phase
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Interval

Floats = NDArray[np.float64]

POINTS = 101
CYCLES_ASKED = 10
OUTLIER_SD = 3.0
# A step shorter than this is a bounce of the switch.
SHORTEST_S = 0.3
PLAIN_SPREAD = 1.4826
# Walking has nothing faster in a joint's angle.
ANGLE_HZ = 6.0
# Of the whole range; the bend of the knee in stance is a third of that in swing.
PROMINENT = 0.5
# The period is looked for up to this; a movement comes again when it is so much like itself,
# and is told by the first lag that is nearly as like as the best. Peaks are that share apart.
LONGEST_S = 3.0
AGAIN, NEARLY, CYCLE_SHARE = 0.3, 0.85, 0.7
# A point of the cycle is active when the muscle is in half of the cycles.
MOSTLY = 0.5


def heel_strikes(switch: Floats, rate: float) -> Floats:
    """Times in s at which ``switch (n,)`` rises through its middle, bounces left out.

    EmgError when the signal does not switch.
    """
    low, high = np.nanpercentile(switch, [2, 98])
    if not high > low:
        raise EmgError("The foot switch does not move.", "Check its channel and its cable.")
    on = switch > (low + high) / 2.0
    # A gap within a step is no beginning of one.
    off = ~on & np.isfinite(switch)
    rising = (np.flatnonzero(on[1:] & off[:-1]) + 1) / rate
    kept: list[float] = []
    for at in rising.tolist():
        if not kept or at - kept[-1] >= SHORTEST_S:
            kept.append(at)
    return np.array(kept)


def turning_points(x: Floats, rate: float) -> Floats:
    """Times in s of the one large peak in each cycle of ``x (n,)``: an angle or motion sensor.

    Which way is up does not matter: a joint is near its resting end for most of a cycle, and
    the peak is at the other end. Of several peaks in a cycle, as an accelerometer has them,
    the highest counts. NaN is bridged. EmgError when nothing comes again.
    """
    from scipy.signal import find_peaks

    known = np.isfinite(x)
    if known.sum() < 2 or float(np.ptp(x[known])) == 0.0:
        raise EmgError("The movement's signal does not move.", "Check its channel and its cable.")
    whole = np.interp(np.arange(len(x)), np.flatnonzero(known), x[known])
    smooth = zero_phase(butterworth(None, ANGLE_HZ, rate, order=2), whole[:, None])[:, 0]
    low, high = np.percentile(smooth, [2, 98])
    if float(np.median(smooth)) > (low + high) / 2.0:
        smooth = -smooth
    apart = max(SHORTEST_S * rate, CYCLE_SHARE * _period(smooth, rate), 1.0)
    peaks, _ = find_peaks(smooth, prominence=PROMINENT * (high - low), distance=round(apart))
    return np.asarray(peaks / rate, np.float64)


def _period(x: Floats, rate: float) -> float:
    """Samples after which ``x (n,)`` is most like itself again; 0 when it never is."""
    from scipy.signal import correlate, find_peaks

    centred = x - x.mean()
    like = correlate(centred, centred, method="fft")[len(x) - 1 :]
    first, last = round(SHORTEST_S * rate), round(LONGEST_S * rate)
    # Fewer samples overlap at longer lags.
    like = like[: last + 2] / np.arange(len(x), len(x) - len(like[: last + 2]), -1)
    peaks, _ = find_peaks(like[first:])
    again = peaks + first
    if like[0] <= 0 or not len(again) or like[again].max() < AGAIN * like[0]:
        return 0.0
    # Two cycles are alike as well: the first that is nearly as like is one.
    return float(again[like[again] >= NEARLY * like[again].max()][0])


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


def active_share(bursts: Sequence[Interval], rate: float, found: Cycles) -> Floats:
    """Share ``(101,)`` of the typical cycles in which a muscle is active, 0 to 1.

    ``bursts`` are samples at ``rate`` Hz on the time axis of the cycles.
    """
    if not bursts:
        return np.zeros(POINTS)
    begins, ends = np.array([(b.start, b.stop) for b in bursts]).T / rate
    starts, lengths = found.starts[found.typical], found.seconds[found.typical]
    at = starts[:, None] + lengths[:, None] * np.linspace(0.0, 1.0, POINTS)
    last = np.searchsorted(begins, at, "right") - 1
    inside = (last >= 0) & (at < ends[last])
    return np.asarray(inside.mean(axis=0))


def on_off(share: Floats) -> tuple[float, float]:
    """Where in per cent of the cycle the longest active stretch of ``share (101,)`` is.

    It may go on past the end of the cycle. NaN for a muscle that is on always or never.
    """
    on = share[:-1] >= MOSTLY
    if on.all() or not on.any():
        return math.nan, math.nan
    begin = int(np.flatnonzero(~on)[0])
    turned = np.concatenate([[False], np.roll(on, -begin), [False]])
    edges = np.flatnonzero(np.diff(turned.astype(np.int8)))
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    first, stop = edges[2 * longest], edges[2 * longest + 1]
    count = len(on)
    return float((first + begin) % count), float((stop + begin) % count)


def timing_measures(
    channel: str, share: Floats, recipe: str, doubts: tuple[str, ...]
) -> tuple[Measure, ...]:
    """On, off and active share of the mean cycle from ``share (101,)``."""
    on, off = on_off(share)
    how = f"longest stretch active in at least half of the cycles; {recipe}"
    always = (
        "active all through the cycle" if share.min() >= MOSTLY else "never active in most cycles"
    )
    flags = (*doubts, always) if math.isnan(on) else doubts
    return (
        Measure(channel, "on", on, "% of cycle", how, flags),
        Measure(channel, "off", off, "% of cycle", how, flags),
        Measure(channel, "active in the cycle", 100.0 * float(share.mean()), "%", how, doubts),
    )
