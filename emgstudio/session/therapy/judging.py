"""How well a work phase or a rest went, from levels that come one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from emgstudio.session.therapy.goal import Goal

# The goal cannot be met at once.
GRACE_S = 0.5
SUCCESS = 0.8
RELAXED_BELOW = 20.0
# Time that levels may stand for; longer is an outage and counts for nothing.
LONGEST_STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class Repetition:
    """One finished work phase with the rest behind it; ``start`` and ``stop`` in s.

    ``in_goal`` is the share of the work time after the grace; ``hold_s`` the longest
    stretch in the goal; ``relaxed`` None where there is no rest to judge or no per cent.
    ``to_goal_s`` is None when the goal was never met.
    """

    set_number: int
    step: str
    number: int
    start: float
    stop: float
    goal: Goal
    in_goal: float
    mean: tuple[float, ...]
    peak: tuple[float, ...]
    hold_s: float
    to_goal_s: float | None
    relaxed: bool | None = None

    @property
    def success(self) -> bool:
        """In the goal for 80 % of the work time."""
        return self.in_goal >= SUCCESS


@dataclass
class Judge:
    """Gathers levels over one part of ``length_s``; ``seconds`` of it have passed."""

    length_s: float
    seconds: float = 0.0
    known_s: float = 0.0
    longest_s: float = 0.0
    to_goal_s: float | None = None
    peaks: list[float] = field(default_factory=list)
    _sums: list[float] = field(default_factory=list)
    _counted: float = 0.0
    _met: float = 0.0
    _held: float = 0.0
    _late: float = 0.0
    _late_sum: float = 0.0

    def add(self, seconds: float, levels: Sequence[float], goal: Goal) -> None:
        """``levels``, one per muscle, stood for the last ``seconds``.

        NaN lets time pass but counts neither for nor against.
        """
        self.seconds += seconds
        known = bool(levels) and all(level == level for level in levels)
        if not known or not 0 < seconds <= LONGEST_STEP_S:
            self._held = 0.0
            return
        if not self._sums:
            self._sums, self.peaks = [0.0] * len(levels), [0.0] * len(levels)
        for k, level in enumerate(levels):
            self._sums[k] += seconds * level
            self.peaks[k] = max(self.peaks[k], level)
        self.known_s += seconds
        if self.seconds > self.length_s / 2:
            self._late += seconds
            self._late_sum += seconds * levels[0]
        met = goal.met(levels)
        if met and self.to_goal_s is None:
            self.to_goal_s = self.seconds
        self._held = self._held + seconds if met else 0.0
        self.longest_s = max(self.longest_s, self._held)
        if self.seconds > GRACE_S:
            counts = min(seconds, self.seconds - GRACE_S)
            self._counted += counts
            self._met += counts if met else 0.0

    @property
    def mean(self) -> tuple[float, ...]:
        """Of each muscle, over the time that is known."""
        return tuple(total / self.known_s for total in self._sums)

    @property
    def in_goal(self) -> float:
        """Share of the time after the grace."""
        if self._counted > 0:
            return self._met / self._counted
        return float(self.to_goal_s is not None)

    @property
    def relaxed(self) -> bool | None:
        """Whether the last half was below 20 %; None when nothing is known of it."""
        return self._late_sum / self._late < RELAXED_BELOW if self._late > 0 else None
