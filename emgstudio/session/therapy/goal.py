"""What a goal asks of the levels of one or two muscles, and how near they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emgstudio.core.errors import EmgError
from emgstudio.session.therapy.protocol import HIGHEST_GOAL, Kind, Protocol

STEP = 5.0
# Two sides are alike when the weaker reaches this share of the stronger.
ALIKE = 0.8
BAND_WIDTH = 20.0


@dataclass(frozen=True, slots=True)
class Goal:
    """``low`` and ``high`` in per cent of the reference, or the unit of the signal.

    UP asks for at least low, DOWN for at most high, BAND for both; RECIPROCAL for the first
    muscle above low and the second below high; COMPARE for both above low and alike.
    """

    kind: Kind
    low: float = 0.0
    high: float = HIGHEST_GOAL

    def met(self, levels: Sequence[float]) -> bool:
        """Whether the levels, one per muscle, are where they should be; NaN is not."""
        first, last = levels[0], levels[-1]
        match self.kind:
            case Kind.UP:
                return first >= self.low
            case Kind.DOWN:
                return first <= self.high
            case Kind.BAND:
                return self.low <= first <= self.high
            case Kind.RECIPROCAL:
                return first >= self.low and last <= self.high
            case Kind.COMPARE:
                alike = min(first, last) >= ALIKE * max(first, last)
                return first >= self.low and last >= self.low and alike
            case _:
                return False

    def score(self, levels: Sequence[float]) -> float:
        """0 to 1 for the client's picture: 1 where the goal is met, more effort counts no more."""
        first, last = levels[0], levels[-1]
        if not all(level == level for level in levels):
            return 0.0
        match self.kind:
            case Kind.UP:
                return _share(first, self.low)
            case Kind.DOWN:
                return 1.0 - _share(max(0.0, first - self.high), self.high)
            case Kind.BAND:
                over = max(0.0, first - self.high)
                return _share(first, self.low) - _share(over, self.high)
            case Kind.RECIPROCAL:
                over = max(0.0, last - self.high)
                return max(0.0, _share(first, self.low) - _share(over, self.high))
            case Kind.COMPARE:
                return _share(min(first, last), self.low)
            case _:
                return 0.0

    def effort(self, levels: Sequence[float]) -> float:
        """The level as a share of the goal's line, for the ear; NaN where either is not known.

        Of two muscles that should be alike it is the weaker one.
        """
        first, last = levels[0], levels[-1]
        line = self.shown if self.kind not in (Kind.ASSESS, Kind.FREE) else 0.0
        if line <= 0 or not all(level == level for level in levels):
            return math.nan
        return max(0.0, min(first, last) if self.kind is Kind.COMPARE else first) / line

    @property
    def shown(self) -> float:
        """The line that a person moves."""
        return self.high if self.kind is Kind.DOWN else self.low

    def moved(self, by: float, most: float = HIGHEST_GOAL) -> Goal:
        """The line ``by`` higher, within what can be; a band moves as a whole."""
        if self.kind is Kind.DOWN:
            return replace(self, high=min(max(self.high + by, abs(by) or STEP), most))
        if self.kind is Kind.BAND:
            width = self.high - self.low
            low = min(max(self.low + by, 0.0), most - width)
            return replace(self, low=low, high=low + width)
        return replace(self, low=min(max(self.low + by, abs(by) or STEP), most))


def goal_of(protocol: Protocol, *, rest: float | None = None) -> Goal:
    """The goal that a protocol begins with; ``rest`` is the rest level where it is made of that.

    EmgError when the protocol needs the rest level and there is none.
    """
    if protocol.band is not None:
        return Goal(Kind.BAND, *protocol.band)
    if protocol.rest_factor is not None:
        if not rest:
            raise EmgError(
                "This protocol needs the level at rest.", "Measure ten seconds of rest first."
            )
        return Goal(Kind.DOWN, high=protocol.rest_factor * rest)
    match protocol.kind:
        case Kind.DOWN:
            return Goal(Kind.DOWN, high=protocol.goals[0])
        case Kind.RECIPROCAL:
            return Goal(Kind.RECIPROCAL, protocol.goals[0], protocol.goals[1])
        case Kind.UP | Kind.COMPARE:
            return Goal(protocol.kind, protocol.goals[0])
        case _:
            return Goal(protocol.kind)


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 1.0
