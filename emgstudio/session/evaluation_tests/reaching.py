"""Move a point into a goal with decisions and stay there: what TAC and Fitts' law tests share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from emgstudio.core.types import Decision
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration_test import LONGEST_STEP_S
from emgstudio.session.evaluation_tests.axes import Axis

Kind = Literal["tac", "fitts"]
Point = tuple[float, ...]
SOFTEST, SLOW_FROM = 0.35, 3.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Within ``radius`` of ``centre`` on every axis (TAC) or as the crow flies (Fitts)."""

    name: str
    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Rules:
    """``speed`` in units of the axes per second at full strength; times in s.

    ``home`` puts the point back to zero before each goal.
    """

    kind: Kind
    speed: float
    hold_s: float
    limit_s: float
    break_s: float
    home: bool
    limits: float
    """The point cannot go further than this from zero on any axis."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How one goal went; times in s from its appearance, None where it did not happen.

    ``movement_s`` ends when the goal was entered for good, ``completed_s`` includes the
    hold. ``distance`` is the shortest way into the middle of the goal, ``path`` what was
    gone until it was entered for good, ``stopping`` what was gone inside after that.
    ``overshoots`` counts how often the goal was left again.
    """

    goal: str
    reached: bool
    reaction_s: float | None
    movement_s: float | None
    completed_s: float | None
    distance: float
    width: float
    path: float
    stopping: float
    overshoots: int

    @property
    def difficulty(self) -> float:
        """Index of difficulty in bits, log2(D / W + 1) (ISO 9241-411, Shannon's form)."""
        return math.log2(self.distance / self.width + 1.0)

    @property
    def throughput(self) -> float | None:
        """Bits per second: difficulty over movement time; None where it was not reached."""
        return self.difficulty / self.movement_s if self.movement_s else None

    @property
    def efficiency(self) -> float | None:
        """Shortest way over the way that was gone, both as far as the goal's edge, at most 1."""
        if not self.reached or self.path <= 0:
            return None
        return min(1.0, (self.distance - self.width / 2) / self.path)


@dataclass(frozen=True, slots=True)
class Sample:
    """One decision of the test, with what LibEMG's Fitts environment logs for it.

    Places are coordinates and then a diameter; the cursor's is 0, it is a point.
    ``current_direction`` is in units of the axes per second.
    """

    time_stamp: float
    trial_number: int
    goal_target: Point
    global_clock: float
    cursor_position: Point
    class_label: str
    current_direction: Point


@dataclass(frozen=True, slots=True)
class ReachingResult:
    """All trials and decisions of a test."""

    rules: Rules
    axes: tuple[Axis, ...]
    trials: tuple[Trial, ...]
    samples: tuple[Sample, ...]

    @property
    def reached(self) -> int:
        return sum(trial.reached for trial in self.trials)

    def mean(self, name: str) -> float | None:
        """Mean of a field or property over the goals that were reached, None without any."""
        values = self.values(name)
        return fmean(values) if values else None

    def values(self, name: str) -> list[float]:
        """A field or property of every goal that was reached."""
        found = [getattr(trial, name) for trial in self.trials if trial.reached]
        return [float(value) for value in found if value is not None]


class Reaching:
    """A state machine that is told the time and the decisions; it has no clock of its own.

    The point moves by ``rules.speed`` times the strength of each decision.
    """

    def __init__(self, axes: Sequence[Axis], goals: Sequence[Goal], rules: Rules) -> None:
        self.axes, self.goals, self.rules = tuple(axes), tuple(goals), rules
        self.point: Point = (0.0,) * len(self.axes)
        self.result: ReachingResult | None = None
        self._trials: list[Trial] = []
        self._samples: list[Sample] = []
        self._began: float | None = None
        self._appeared: float | None = None
        self._last = 0.0
        self._forget()

    @property
    def goal(self) -> Goal | None:
        """What should be reached now, None in a break and when it is over."""
        return self.goals[len(self._trials)] if self._appeared is not None else None

    @property
    def following(self) -> Goal | None:
        """The goal that comes next or is there now, None when it is over."""
        return self.goals[len(self._trials)] if len(self._trials) < len(self.goals) else None

    @property
    def number(self) -> int:
        """Which goal it is, from 1."""
        return min(len(self._trials) + 1, len(self.goals))

    @property
    def held(self) -> float:
        """How much of the hold is done, 0–1."""
        return min(1.0, self._held / self.rules.hold_s)

    @property
    def inside(self) -> bool:
        """Whether the point is in the goal."""
        goal = self.goal
        return goal is not None and self._distance(goal) <= goal.radius

    @property
    def advice(self) -> tuple[str, float]:
        """Movement and strength (0–1) that bring the point nearer; rest when it is there."""
        goal = self.goal
        if goal is None:
            return REST, 0.0
        errors = [c - p for c, p in zip(goal.centre, self.point, strict=True)]
        at = max(range(len(errors)), key=lambda k: abs(errors[k]))
        # A person stops before the middle: the decision is late.
        if abs(errors[at]) < goal.radius * 0.7:
            return REST, 0.0
        axis = self.axes[at]
        far = abs(errors[at]) / (SLOW_FROM * goal.radius)
        return axis.plus if errors[at] > 0 else axis.minus, min(1.0, max(SOFTEST, far))

    def advance(self, now: float, decisions: Iterable[Decision] = ()) -> bool:
        """Go on to host time ``now`` with the decisions since; True when the goal changed."""
        if self.result is not None or not self.goals:
            return False
        if self._began is None:
            self._began = now
        if self._appeared is None:
            if now - self._began < self.rules.break_s:
                return False
            self._appear(now)
            return True
        for decision in decisions:
            self._follow(decision, now)
            if self._held >= self.rules.hold_s:
                self._end(now, reached=True)
                return True
        if now - self._appeared >= self.rules.limit_s:
            self._end(now, reached=False)
            return True
        return False

    def interrupt(self) -> None:
        """Ask for the present goal again, after another break; its decisions are forgotten."""
        self._appeared = self._began = None
        self._samples = [s for s in self._samples if s.trial_number < len(self._trials)]
        self._forget()

    def _appear(self, now: float) -> None:
        self._appeared = self._last = now
        if self.rules.home:
            self.point = (0.0,) * len(self.axes)
        self._forget()
        goal = self.goals[len(self._trials)]
        self._way = self._way_to(goal)

    def _forget(self) -> None:
        self._reacted: float | None = None
        self._entered: float | None = None
        self._held = self._path = self._stopping = self._way = 0.0
        self._overshoots = 0

    def _follow(self, decision: Decision, now: float) -> None:
        goal = self.goal
        if goal is None or self._appeared is None or decision.time <= self._last:
            return
        step = min(decision.time - self._last, LONGEST_STEP_S)
        self._last = decision.time
        pace = self.rules.speed * decision.proportional
        direction = tuple(pace * axis.way(decision.gesture) for axis in self.axes)
        gone = self._move(direction, step)
        since = decision.time - self._appeared
        if gone > 0 and self._reacted is None:
            self._reacted = since
        if self._entered is None:
            self._path += gone
        else:
            self._stopping += gone
        self._judge(goal, since, step)
        self._samples.append(
            Sample(
                decision.time, self.number - 1, (*_plane(goal.centre), 2 * goal.radius), now,
                (*_plane(self.point), 0.0), decision.gesture, _plane(direction),
            )
        )  # fmt: skip

    def _judge(self, goal: Goal, since: float, step: float) -> None:
        inside = self._distance(goal) <= goal.radius
        if inside and self._entered is None:
            self._entered = since
        elif inside:
            self._held += step
        elif self._entered is not None:
            self._entered = None
            self._held = 0.0
            self._overshoots += 1
            self._path += self._stopping
            self._stopping = 0.0

    def _move(self, direction: Point, step: float) -> float:
        before, far = self.point, self.rules.limits
        self.point = tuple(
            max(-far if axis.both_sides else 0.0, min(far, p + d * step))
            for axis, p, d in zip(self.axes, before, direction, strict=True)
        )
        return sum(abs(a - b) for a, b in zip(self.point, before, strict=True))

    def _distance(self, goal: Goal) -> float:
        errors = [abs(c - p) for c, p in zip(goal.centre, self.point, strict=True)]
        return math.hypot(*errors) if self.rules.kind == "fitts" else max(errors)

    def _way_to(self, goal: Goal) -> float:
        errors = [abs(c - p) for c, p in zip(goal.centre, self.point, strict=True)]
        return math.hypot(*errors) if self.rules.kind == "fitts" else sum(errors)

    def _end(self, now: float, *, reached: bool) -> None:
        goal, appeared = self.goal, self._appeared
        if goal is None or appeared is None:
            return
        self._trials.append(
            Trial(
                goal.name, reached, self._reacted,
                self._entered if reached else None,
                self._last - appeared if reached else None,
                self._way, 2 * goal.radius, self._path, self._stopping, self._overshoots,
            )
        )  # fmt: skip
        self._appeared, self._began = None, now
        if len(self._trials) == len(self.goals):
            self.result = ReachingResult(
                self.rules, self.axes, tuple(self._trials), tuple(self._samples)
            )


def _plane(point: Point) -> Point:
    """A point on a line as one of a plane: LibEMG knows no other."""
    return point if len(point) > 1 else (*point, 0.0)
