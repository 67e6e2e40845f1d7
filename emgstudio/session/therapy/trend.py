"""A measure over sessions: where lines may be drawn, and whether anything has changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from emgstudio.session.therapy.results import TherapyResult

# Fewer sessions tell no trend.
LEAST = 4
LEAST_DAYS = 7.0
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Point:
    """One session's value. ``joined`` says whether it may be compared with the one before.

    ``changed`` names what is not the same, for the reader.
    """

    when: datetime
    value: float
    joined: bool
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """Points by time. ``per_week`` is the Theil–Sen slope of those that are comparable.

    ``low`` and ``high`` are its 95 % interval (Sen 1968); NaN without a trend, and
    ``reason`` says why there is none.
    """

    channel: str
    name: str
    unit: str
    points: tuple[Point, ...]
    per_week: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reason: str = ""

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        if self.reason:
            return self.reason
        if not self.clear:
            return f"No clear change of {self.name} over {len(self.points)} sessions."
        way = "rises" if self.per_week > 0 else "falls"
        return (
            f"{self.name.capitalize()} {way} by {abs(self.per_week):.2g} {self.unit} per week "
            f"(95 % interval {self.low:.2g} to {self.high:.2g})."
        )


def trend(results: Sequence[TherapyResult], channel: str, name: str) -> Trend:
    """A measure of a muscle over the sessions of one client, oldest first.

    Only the newest stretch of sessions that are comparable throughout makes the trend.
    """
    ordered = sorted(results, key=lambda r: r.when)
    points: list[Point] = []
    unit = ""
    before: TherapyResult | None = None
    for result in ordered:
        value = result.value(channel, name)
        if math.isnan(value):
            continue
        changed = _changed(before, result) if before is not None else ()
        points.append(Point(result.when, value, before is not None and not changed, changed))
        unit = next(m.unit for m in result.measures if (m.channel, m.name) == (channel, name))
        before = result
    plain = Trend(channel, name, unit, tuple(points))
    begin = max((k for k, p in enumerate(points) if not p.joined), default=0)
    stretch = points[begin:]
    days = (stretch[-1].when - stretch[0].when).total_seconds() / DAY_S if stretch else 0.0
    if len(stretch) < LEAST or days < LEAST_DAYS:
        why = f"A trend needs {LEAST} comparable sessions over {LEAST_DAYS:g} days"
        return _with(plain, reason=f"{why}; there are {len(stretch)} over {days:.0f}.")
    from scipy.stats import theilslopes

    weeks = np.array([(p.when - stretch[0].when).total_seconds() / (7 * DAY_S) for p in stretch])
    slope, _, low, high = theilslopes([p.value for p in stretch], weeks, 0.95)
    return _with(plain, per_week=float(slope), low=float(low), high=float(high))


def _with(plain: Trend, **values: object) -> Trend:
    return replace(plain, **values)  # type: ignore[arg-type]


def _changed(before: TherapyResult, now: TherapyResult) -> tuple[str, ...]:
    """What is not the same; a change of the protocol's goal alone is none."""
    keys = [*now.comparable]
    return tuple(key for key in keys if before.comparable.get(key) != now.comparable[key])
