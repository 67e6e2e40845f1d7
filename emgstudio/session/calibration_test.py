"""Is the person in control? Every movement twice, held for two seconds, and the standard measures.

After the motion test of Kuiken et al. 2009 (JAMA 301:619) as in BioPatRec: how many
targets are reached, how fast the movement is selected and completed, and how steady it is.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from emgstudio.core.types import Decision
from emgstudio.ml.gestures import REST

TIMES = 2
HOLD_S = 2.0
LIMIT_S = 5.0
BREAK_S = 1.0
# Decisions further apart than this are not taken for one hold: the sensor was silent.
LONGEST_STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Reached:
    """How one target went; times in s from its appearance, NaN-free: None where not reached.

    ``steadiness`` is the share of decisions that were right after the first right one.
    ``onset_s`` is the first decision for any movement, where BioPatRec's times begin.
    """

    gesture: str
    reached: bool
    selected_s: float | None
    completed_s: float | None
    steadiness: float | None
    onset_s: float | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """The whole test; means over the targets that were reached."""

    __test__ = False

    targets: tuple[Reached, ...]

    @property
    def reached(self) -> int:
        return sum(target.reached for target in self.targets)

    @property
    def selected_s(self) -> float | None:
        """Mean time until a target was first recognised."""
        return _mean(t.selected_s for t in self.targets if t.reached)

    @property
    def completed_s(self) -> float | None:
        """Mean time until a target had been held long enough."""
        return _mean(t.completed_s for t in self.targets if t.reached)

    @property
    def steadiness(self) -> float | None:
        """Mean share of right decisions once a target was recognised."""
        return _mean(t.steadiness for t in self.targets)

    @property
    def words(self) -> str:
        """``9 of 10 reached, 1.1 s on average, steady 86 %``."""
        text = f"{self.reached} of {len(self.targets)} reached"
        if self.selected_s is not None:
            text += f", {self.selected_s:.1f} s on average"
        if self.steadiness is not None:
            text += f", steady {self.steadiness * 100:.0f} %"
        return text

    @property
    def missed(self) -> tuple[str, ...]:
        """Movements that were not reached each time, in order of appearance."""
        return tuple(dict.fromkeys(t.gesture for t in self.targets if not t.reached))


class MotionTest:
    """A state machine that is told the time and the decisions; it has no clock of its own.

    Each of ``gestures`` (rest is left out) is a target ``times`` times, in random order,
    never the same twice running if that can be.
    """

    def __init__(
        self,
        gestures: Iterable[str],
        *,
        seed: int,
        times: int = TIMES,
        hold_s: float = HOLD_S,
        limit_s: float = LIMIT_S,
        break_s: float = BREAK_S,
    ) -> None:
        self.hold_s, self.limit_s, self.break_s = hold_s, limit_s, break_s
        self.order = _order([g for g in gestures if g != REST], times, seed)
        self.result: TestResult | None = None
        self._done: list[Reached] = []
        self._began: float | None = None
        self._appeared: float | None = None
        self._last: float = 0.0
        self._onset: float | None = None
        self._first_right: float | None = None
        self._held = self._right = self._after = 0.0

    @property
    def longest_s(self) -> float:
        """How long it takes if no target is reached."""
        return len(self.order) * (self.limit_s + self.break_s)

    @property
    def shortest_s(self) -> float:
        """How long it takes if everything is recognised at once."""
        return len(self.order) * (self.hold_s + self.break_s)

    @property
    def target(self) -> str:
        """What should be held now, rest in a break and when it is over."""
        return self.order[len(self._done)] if self._appeared is not None else REST

    @property
    def following(self) -> str:
        """What comes next or is held now, "" when it is over."""
        return self.order[len(self._done)] if len(self._done) < len(self.order) else ""

    @property
    def number(self) -> int:
        """Which target it is, from 1."""
        return min(len(self._done) + 1, len(self.order))

    @property
    def held(self) -> float:
        """How much of the hold is done, 0–1."""
        return min(1.0, self._held / self.hold_s)

    def advance(self, now: float, decisions: Iterable[Decision] = ()) -> bool:
        """Go on to host time ``now`` with the decisions since; True when the target changed."""
        if self.result is not None or not self.order:
            return False
        if self._began is None:
            self._began = now
        if self._appeared is None:
            if now - self._began < self.break_s:
                return False
            self._appear(now)
            return True
        for decision in decisions:
            self._count(decision)
            if self._held >= self.hold_s:
                self._end(now, reached=True)
                return True
        if now - self._appeared >= self.limit_s:
            self._end(now, reached=False)
            return True
        return False

    def interrupt(self) -> None:
        """Ask for the present target again, after another break."""
        self._appeared = self._began = None
        self._held = 0.0

    def _appear(self, now: float) -> None:
        self._appeared = self._last = now
        self._onset = self._first_right = None
        self._held = self._right = self._after = 0.0

    def _count(self, decision: Decision) -> None:
        if self._appeared is None or decision.time <= self._last:
            return
        step = min(decision.time - self._last, LONGEST_STEP_S)
        self._last = decision.time
        if decision.gesture != REST and self._onset is None:
            self._onset = decision.time - self._appeared
        right = decision.gesture == self.target
        if right and self._first_right is None:
            self._first_right = decision.time - self._appeared
        if self._first_right is not None:
            self._after += step
            self._right += step if right else 0.0
        self._held += step if right else 0.0

    def _end(self, now: float, *, reached: bool) -> None:
        appeared = self._appeared if self._appeared is not None else now
        self._done.append(
            Reached(
                self.target,
                reached,
                self._first_right,
                self._last - appeared if reached else None,
                self._right / self._after if self._after > 0 else None,
                self._onset,
            )
        )
        self._appeared, self._began = None, now
        if len(self._done) == len(self.order):
            self.result = TestResult(tuple(self._done))


def _order(gestures: list[str], times: int, seed: int) -> tuple[str, ...]:
    shuffle = random.Random(seed)
    out: list[str] = []
    for _ in range(times):
        round_ = list(gestures)
        shuffle.shuffle(round_)
        if len(round_) > 1 and out and round_[0] == out[-1]:
            round_.append(round_.pop(0))
        out += round_
    return tuple(out)


def _mean(values: Iterable[float | None]) -> float | None:
    there = [v for v in values if v is not None]
    return fmean(there) if there else None
