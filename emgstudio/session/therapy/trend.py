"""A measure over sessions: where lines may be drawn, and whether anything has changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.measure import Measure
from emgstudio.session.therapy.comparing import (
    SAME,
    Difference,
    conditions,
    difference,
    told_until_now,
)
from emgstudio.session.therapy.results import TherapyResult

Floats = NDArray[np.float64]

# Four random values rise or fall without a step back in 8 of 100 cases, five in 2.
LEAST = 5
LEAST_DAYS = 7.0
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Point:
    """One session's value. ``joined`` says whether it may be compared with the one before.

    ``apart`` tells the reader what is not the same, or not known to be.
    """

    when: datetime
    value: float
    joined: bool
    apart: Difference = SAME


@dataclass(frozen=True, slots=True)
class Trend:
    """Points by time. ``per_week`` is the Theil–Sen slope of those that are comparable.

    ``low`` and ``high`` are its 95 % interval (Sen 1968); NaN without a trend, and
    ``reason`` says why there is none. Two sessions that differ by less than ``detectable``
    are not known to differ (minimal detectable change, 95 %). ``aside`` tells of sessions in
    another unit, which have no place on the same axis.
    """

    channel: str
    name: str
    unit: str
    points: tuple[Point, ...]
    per_week: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reason: str = ""
    detectable: float = math.nan
    aside: str = ""

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        if self.reason:
            return self.reason
        unit = f" {self.unit}" if self.unit != "1" else ""
        newest = _newest_stretch(self.points)
        if all(point.value == newest[0].value for point in newest):
            return f"{self.name.capitalize()} was the same in {self.stretch} comparable sessions."
        interval = f"95 % interval {_short(self.low)} to {_short(self.high)}{unit} per week"
        few = _short(self.detectable)
        least = f" Less than {few}{unit} between two sessions is no known change."
        scatter = least if self.detectable > 0 else ""
        if not self.clear:
            over = f"over {self.stretch} comparable sessions"
            return f"No clear change of {self.name} {over} ({interval}).{scatter}"
        way = "rises" if self.per_week > 0 else "falls"
        return (
            f"{self.name.capitalize()} {way} by {_short(abs(self.per_week))}{unit} per week "
            f"({interval}).{scatter}"
        )

    @property
    def stretch(self) -> int:
        """How many of the newest points are comparable throughout."""
        return len(_newest_stretch(self.points))


def _short(value: float) -> str:
    """Two digits, or all before the point; never a power of ten that readers have to work out."""
    return f"{value:.2g}" if abs(value) < 99.5 else f"{value:.0f}"


def trend(results: Sequence[TherapyResult], channel: str, name: str) -> Trend:
    """A measure of a muscle over the sessions of one client, oldest first.

    Only the newest stretch of sessions that are comparable throughout makes the trend.
    """
    ordered = sorted(results, key=lambda r: r.when)
    known = [(r, m) for r in ordered if (m := _measured(r, channel, name)) is not None]
    unit = known[-1][1].unit if known else ""
    points: list[Point] = []
    before: dict[str, str] = {}
    for result, measure in known:
        if measure.unit != unit:
            continue
        now = conditions(result, channel)
        apart = difference(before, now) if points else SAME
        joined = bool(points) and not apart.changed
        points.append(Point(result.when, measure.value, joined, apart))
        before = told_until_now(before, now)
    others = [m.unit for _, m in known if m.unit != unit]
    plain = Trend(channel, name, unit, tuple(points), aside=_aside(others))
    stretch = _newest_stretch(points)
    days = (stretch[-1].when - stretch[0].when).total_seconds() / DAY_S if stretch else 0.0
    if len(stretch) < LEAST or days < LEAST_DAYS:
        why = f"A trend needs {LEAST} comparable sessions over {LEAST_DAYS:g} days"
        return replace(plain, reason=f"{why}; there are {len(stretch)} over {days:.0f}.")
    weeks = np.array([(p.when - stretch[0].when).total_seconds() / (7 * DAY_S) for p in stretch])
    values = np.array([p.value for p in stretch])
    from scipy.stats import theilslopes

    slope, _, low, high = map(float, theilslopes(values, weeks, 0.95))
    return replace(
        plain, per_week=slope, low=low, high=high, detectable=detectable(weeks, values, slope)
    )


def _measured(result: TherapyResult, channel: str, name: str) -> Measure | None:
    """With a value that is known."""
    return next(
        (
            m for m in result.measures
            if (m.channel, m.name) == (channel, name) and not math.isnan(m.value)
        ),
        None,
    )  # fmt: skip


def _aside(units: Sequence[str]) -> str:
    if not units:
        return ""
    are = "s are" if len(units) > 1 else " is"
    return f"{len(units)} session{are} in {' and '.join(sorted(set(units)))} and not shown here."


def detectable(x: Floats, y: Floats, slope: float) -> float:
    """Minimal detectable change (95 %) between two of ``y (n,)``: t · √2 · scatter about the line.

    The scatter has n − 2 degrees of freedom (Weir 2005, J Strength Cond Res 19:231).
    """
    from scipy.stats import t

    rest = y - slope * x
    free = len(y) - 2
    scatter = math.sqrt(float(np.sum(np.square(rest - rest.mean()))) / free)
    return float(t.ppf(0.975, free)) * math.sqrt(2.0) * scatter


def _newest_stretch(points: Sequence[Point]) -> Sequence[Point]:
    """Those from the last one on that is not comparable with the one before."""
    return points[max((k for k, p in enumerate(points) if not p.joined), default=0) :]
