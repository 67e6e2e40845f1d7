"""An exercise as it goes: prepare, work, rest, sets; what was reached; what to suggest.

It has no clock, no device and no window: whoever runs it tells time and levels.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from emgstudio.session.therapy.goal import STEP, Goal
from emgstudio.session.therapy.judging import Judge, Repetition
from emgstudio.session.therapy.protocol import HIGHEST_GOAL, Kind, Protocol

PREPARE_S = 3.0
SUGGEST_AFTER = 5
RAISE_FROM, LOWER_BELOW = 0.8, 0.5


class Phase(StrEnum):
    """What a client is asked to do now."""

    PREPARE = "prepare"
    WORK = "work"
    REST = "rest"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the timetable; ``repetition`` counts from 1 within ``step`` of its set."""

    phase: Phase
    seconds: float
    set_number: int = 1
    step: str = ""
    repetition: int = 0


def timetable(protocol: Protocol, seed: int, first_set: int = 1) -> list[Part]:
    """All parts in order. Rests that are drawn by chance follow ``seed``."""
    chance = random.Random(seed)
    parts = [Part(Phase.PREPARE, PREPARE_S)]
    for set_number in range(first_set, first_set + protocol.sets):
        for step in protocol.steps:
            for k in range(1, step.repetitions + 1):
                if step.work_s:
                    parts.append(Part(Phase.WORK, step.work_s, set_number, step.name, k))
                rest = step.rest_s
                if step.rest_most_s is not None:
                    rest = chance.uniform(step.rest_s, step.rest_most_s)
                if rest:
                    parts.append(Part(Phase.REST, rest, set_number, step.name, k))
    return parts


class Exercise:
    """Runs a timetable. A free session has none and stays in WORK until it is finished.

    ``percent`` tells whether levels are per cent of a reference, so that rest can be judged;
    sets count from ``first_set`` on, when others were done before.
    """

    def __init__(
        self, protocol: Protocol, goal: Goal, *, percent: bool, seed: int, first_set: int = 1
    ) -> None:
        self.protocol = protocol
        self.goal = goal
        self.parts = timetable(protocol, seed, first_set)
        if protocol.kind is Kind.FREE or not protocol.steps:
            self.parts = [Part(Phase.PREPARE, PREPARE_S), Part(Phase.WORK, float("inf"), 1, "", 1)]
        self.repetitions: list[Repetition] = []
        self.paused = True
        self.suggestion: Goal | None = None
        self._percent = percent
        # A goal in the unit of the signal has no upper end.
        self._highest = HIGHEST_GOAL if percent else math.inf
        self._at = 0
        self._judge = self._new_judge()
        self._now: float | None = None
        self._clock = 0.0
        self._judged = 0

    @property
    def part(self) -> Part:
        """What runs now; DONE at the end."""
        if self._at < len(self.parts):
            return self.parts[self._at]
        return Part(Phase.DONE, 0.0)

    @property
    def left_s(self) -> float:
        """Of the running part."""
        return max(0.0, self.part.seconds - self._judge.seconds)

    @property
    def sets(self) -> int:
        """The number of the last set."""
        return self.parts[-1].set_number

    @property
    def success_share(self) -> float | None:
        """Of all repetitions so far, None before the first."""
        if not self.repetitions:
            return None
        return sum(r.success for r in self.repetitions) / len(self.repetitions)

    def resume(self, now: float) -> None:
        """Begin, or go on after a pause, at ``now`` in s."""
        self.paused, self._now = False, now

    def pause(self, now: float, levels: Sequence[float]) -> None:
        """Stop the timer; the running part goes on where it was."""
        if not self.paused:
            self.advance(now, levels)
            self.paused, self._now = True, None

    def advance(self, now: float, levels: Sequence[float]) -> list[tuple[Part, float]]:
        """Time has come to ``now`` with ``levels`` per muscle; returns what begins, and when.

        Levels that are NaN (an outage) let time pass but count neither for nor against.
        """
        if self.paused or self._now is None or self.part.phase is Phase.DONE:
            return []
        passed, self._now = max(0.0, now - self._now), now
        begun: list[tuple[Part, float]] = []
        while self._at < len(self.parts):
            take = min(passed, self.part.seconds - self._judge.seconds)
            self._judge.add(take, levels, self.goal)
            passed -= take
            self._clock += take
            if self._judge.seconds < self.part.seconds - 1e-9:
                break
            self._finish_part()
            begun.append((self.part, now - passed))
        return begun

    def end_part(self) -> Part:
        """End the running part here, as if its time were over; what was done counts."""
        if self.part.phase is not Phase.DONE:
            self._finish_part()
        return self.part

    def skip(self) -> Part:
        """Go to the next part at once; a skipped work phase is no repetition."""
        if self.part.phase is not Phase.DONE:
            self._at += 1
            self._judge = self._new_judge()
        return self.part

    def repeat_set(self) -> Part:
        """Begin the running set anew; its repetitions so far are kept as an extra try."""
        done = self.part.phase is Phase.DONE
        current = self.sets if done else self.part.set_number
        first = next(
            (k for k, p in enumerate(self.parts) if p.phase is not Phase.PREPARE
             and p.set_number == current),
            self._at,
        )  # fmt: skip
        self._at = first
        self._judge = self._new_judge()
        return self.part

    def finish(self) -> None:
        """End now; the running work phase is kept when half of it is done."""
        part = self.part
        if (
            part.phase is Phase.WORK
            and self._judge.known_s > 0
            and (part.seconds == float("inf") or self._judge.seconds >= part.seconds / 2)
        ):
            self._finish_part()
        self._at = len(self.parts)
        self._judge = self._new_judge()

    def move_goal(self, by: float = STEP) -> Goal:
        """A person moves the goal; a waiting suggestion is dropped."""
        self.goal = self.goal.moved(by, self._highest)
        self.suggestion = None
        return self.goal

    def accept(self) -> None:
        """Take the suggested goal."""
        if self.suggestion is not None:
            self.goal, self.suggestion = self.suggestion, None

    def decline(self) -> None:
        """Leave the goal as it is."""
        self.suggestion = None

    def _new_judge(self) -> Judge:
        return Judge(self.part.seconds)

    def _finish_part(self) -> None:
        part, judge = self.part, self._judge
        if part.phase is Phase.WORK and judge.known_s > 0:
            self._add_repetition(part, judge)
        elif part.phase is Phase.REST and self.repetitions and self._percent:
            last = self.repetitions[-1]
            if (last.set_number, last.step, last.number) == (
                part.set_number, part.step, part.repetition,
            ):  # fmt: skip
                self.repetitions[-1] = replace(last, relaxed=judge.relaxed)
        self._at += 1
        self._judge = self._new_judge()

    def _add_repetition(self, part: Part, judge: Judge) -> None:
        self.repetitions.append(
            Repetition(
                part.set_number, part.step, part.repetition,
                self._clock - judge.seconds, self._clock, self.goal, judge.in_goal,
                judge.mean, tuple(judge.peaks), judge.longest_s, judge.to_goal_s,
            )
        )  # fmt: skip
        if len(self.repetitions) - self._judged >= SUGGEST_AFTER:
            self._suggest()

    def _suggest(self) -> None:
        """After every five repetitions; offered, never done."""
        newest = self.repetitions[self._judged :]
        self._judged = len(self.repetitions)
        share = sum(r.success for r in newest) / len(newest)
        harder = -STEP if self.goal.kind is Kind.DOWN else STEP
        if self.goal.kind in (Kind.ASSESS, Kind.FREE):
            return
        if share > RAISE_FROM:
            self.suggestion = self.goal.moved(harder, self._highest)
        elif share < LOWER_BELOW:
            self.suggestion = self.goal.moved(-harder, self._highest)
        if self.suggestion == self.goal:
            self.suggestion = None
