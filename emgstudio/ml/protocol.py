"""Cued calibration as a pure state machine: what to show now, and which spans get labelled.

It has no clock and no thread; every call is told the time (seconds, any origin).
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from emgstudio.core.errors import EmgError
from emgstudio.ml.gestures import REST

Phase = Literal["ready", "rest", "countdown", "hold", "pause", "paused", "done"]
EventKind = Literal["begin", "end", "cancelled"]

MAX_LATE_S = 0.25
"""A phase that nobody saw begin within this time begins when it is first seen instead."""


@dataclass(frozen=True, slots=True)
class CuePlan:
    """Which gestures, how often and for how long; all times in seconds.

    The rest period comes first and counts as ``repetitions`` repetitions of
    ``rest``, so it need not be listed. Order is random within each round.

    Raises
    ------
    EmgError
        Nothing to do, a gesture twice, or times that cannot be.
    """

    gestures: tuple[str, ...]
    repetitions: int = 3
    hold_s: float = 3.0
    pause_s: float = 2.0
    countdown_s: float = 1.5
    rest_s: float = 10.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.movements:
            raise EmgError("No gesture is chosen.", "Choose at least one besides rest.")
        if len(set(self.gestures)) < len(self.gestures):
            raise EmgError("A gesture is chosen twice.", "Give each its own name.")
        if self.repetitions < 1:
            raise EmgError("There must be at least one repetition.", "Three are advised.")
        times = (self.pause_s, self.countdown_s, self.rest_s)
        if not (0 < self.hold_s < math.inf and all(0 <= t < math.inf for t in times)):
            raise EmgError("A time of the plan is not possible.", "Holding needs more than 0 s.")

    @property
    def movements(self) -> tuple[str, ...]:
        """The gestures that are cued one by one: all but rest."""
        return tuple(g for g in self.gestures if g != REST)

    @property
    def classes(self) -> tuple[str, ...]:
        """Every label that the recording will have."""
        return ((REST,) if self.rest_s > 0 else ()) + self.movements

    @property
    def duration_s(self) -> float:
        """How long it takes if nothing is paused or redone."""
        trials = self.repetitions * len(self.movements)
        cued = trials * (self.countdown_s + self.hold_s + self.pause_s) - self.pause_s
        return self.rest_s + cued

    def order(self) -> Iterator[tuple[str, int]]:
        """(gesture, repetition) in the order of the cues, repetitions from 1."""
        shuffle = random.Random(self.seed)
        last = ""
        for repetition in range(1, self.repetitions + 1):
            round_ = list(self.movements)
            shuffle.shuffle(round_)
            # The same gesture twice running would be one long hold.
            if len(round_) > 1 and round_[0] == last:
                round_.append(round_.pop(0))
            last = round_[-1]
            yield from ((gesture, repetition) for gesture in round_)


@dataclass(frozen=True, slots=True)
class CueEvent:
    """A labelled span begins or ends at ``time``; a cancelled one is not to be used.

    An ``end`` for a gesture and repetition that ended before replaces the earlier span.
    """

    kind: EventKind
    gesture: str
    repetition: int
    time: float


@dataclass(frozen=True, slots=True)
class CueView:
    """What the person should see: ``fraction`` of the phase and ``progress`` of all, 0–1.

    During a pause ``gesture`` is the one just held; while paused it is the one
    that will be asked for again. Empty strings where there is none.
    """

    phase: Phase
    gesture: str
    repetition: int
    remaining_s: float
    fraction: float
    next_gesture: str
    progress: float


@dataclass(frozen=True, slots=True)
class _Trial:
    """One span to be labelled; for rest, what comes before and after it in the same period."""

    gesture: str
    repetition: int
    seconds: float
    before_s: float = 0.0
    after_s: float = 0.0

    @property
    def is_rest(self) -> bool:
        return self.gesture == REST


class CueProtocol:
    """Runs a plan: ``start``, then ``advance`` often; ``view`` at any time.

    An interrupted span is cancelled and asked for again after ``resume``.
    """

    def __init__(self, plan: CuePlan) -> None:
        self.plan = plan
        self._queue = deque(_trials(plan))
        self._trial: _Trial | None = None
        self._phase: Phase = "ready"
        self._began = 0.0
        self._done: dict[tuple[str, int], None] = {}
        self._ended = 0
        self._redone = 0
        self._redone_at_pause = 0

    @property
    def completed(self) -> tuple[tuple[str, int], ...]:
        """(gesture, repetition) of every span that was held to its end."""
        return tuple(self._done)

    @property
    def finished(self) -> bool:
        """Nothing is left to do; ``redo`` opens it again."""
        return self._phase == "done"

    def start(self, now: float) -> list[CueEvent]:
        """Leave ``ready``; without effect later."""
        return self._next_trial(now) if self._phase == "ready" else []

    def advance(self, now: float) -> list[CueEvent]:
        """Go on to where ``now`` is; events carry the planned times, oldest first."""
        events: list[CueEvent] = []
        while self._phase in ("rest", "countdown", "hold", "pause"):
            end = self._began + self._phase_s()
            if now < end:
                break
            at = end if now - end <= MAX_LATE_S else now
            if self._phase == "countdown":
                events += self._begin("hold", at)
            elif self._phase == "pause":
                events += self._next_trial(at)
            else:
                events += self._end_trial(end, at)
        return events

    def pause(self, now: float) -> list[CueEvent]:
        """Stop the clock; a span that had begun is cancelled."""
        if self._phase in ("ready", "paused", "done"):
            return []
        events = []
        if self._phase in ("rest", "hold") and self._trial:
            trial = self._trial
            events.append(CueEvent("cancelled", trial.gesture, trial.repetition, now))
        elif self._phase == "pause":
            self._trial = None
        self._phase = "paused"
        self._redone_at_pause = self._redone
        self._began = now
        return events

    def resume(self, now: float) -> list[CueEvent]:
        """Go on after ``pause`` with the interrupted span, from its countdown.

        What was asked for again while it was paused comes first.
        """
        if self._phase != "paused":
            return []
        if self._trial is not None:
            again = self._redone > self._redone_at_pause
            self._queue.insert(self._redone if again else 0, self._trial)
            self._redone += 1
        return self._next_trial(now)

    def redo(self, gesture: str, repetition: int) -> None:
        """Ask for a span again, next in turn. The earlier one stays until the new one ends."""
        again = (gesture, repetition)
        if again not in self._done or any((t.gesture, t.repetition) == again for t in self._queue):
            return
        self._ask(gesture, repetition)

    def add(self, gesture: str) -> int:
        """Ask for one more span of a gesture of the plan, next in turn; returns its number."""
        there = [*self._done, *((t.gesture, t.repetition) for t in self._queue)]
        if self._trial is not None:
            there.append((self._trial.gesture, self._trial.repetition))
        number = max((r for g, r in there if g == gesture), default=0) + 1
        self._ask(gesture, number)
        return number

    def _ask(self, gesture: str, repetition: int) -> None:
        rest_part = self.plan.rest_s / self.plan.repetitions
        seconds = rest_part if gesture == REST else self.plan.hold_s
        self._queue.insert(self._redone, _Trial(gesture, repetition, seconds))
        self._redone += 1
        if self._phase == "done":
            self._phase = "pause"
            self._began = -math.inf

    def view(self, now: float) -> CueView:
        """What to show at ``now``."""
        trial = self._trial
        remaining, fraction = self._remaining(now)
        left = len(self._queue) + (self._phase in ("rest", "countdown", "hold", "paused"))
        return CueView(
            phase=self._phase,
            gesture=trial.gesture if trial and self._phase != "done" else "",
            repetition=trial.repetition if trial and self._phase != "done" else 0,
            remaining_s=remaining,
            fraction=fraction,
            next_gesture=self._next_gesture(),
            progress=1.0 if self._phase == "done" else self._ended / max(1, self._ended + left),
        )

    def _next_gesture(self) -> str:
        current = self._trial.gesture if self._trial else ""
        waiting = (t.gesture for t in self._queue)
        if self._phase == "rest":
            return next((g for g in waiting if g != current), "")
        return next(waiting, "")

    def _remaining(self, now: float) -> tuple[float, float]:
        total = self._phase_s()
        if total <= 0:
            return 0.0, 0.0
        elapsed = min(max(now - self._began, 0.0), total)
        before = after = 0.0
        if self._phase == "rest" and self._trial:
            before, after = self._trial.before_s, self._trial.after_s
        return total - elapsed + after, (before + elapsed) / (before + total + after)

    def _phase_s(self) -> float:
        if self._phase in ("rest", "hold") and self._trial:
            return self._trial.seconds
        return {"countdown": self.plan.countdown_s, "pause": self.plan.pause_s}.get(self._phase, 0)

    def _next_trial(self, at: float) -> list[CueEvent]:
        if not self._queue:
            self._phase, self._trial = "done", None
            return []
        self._trial = self._queue.popleft()
        self._redone = max(0, self._redone - 1)
        return self._begin("rest" if self._trial.is_rest else "countdown", at)

    def _begin(self, phase: Phase, at: float) -> list[CueEvent]:
        self._phase, self._began = phase, at
        if self._trial is None or phase == "countdown":
            return []
        return [CueEvent("begin", self._trial.gesture, self._trial.repetition, at)]

    def _end_trial(self, end: float, at: float) -> list[CueEvent]:
        """The span ended as planned at ``end``; what follows begins at ``at``."""
        trial = self._trial
        if trial is None:
            raise RuntimeError(f"phase {self._phase} without a trial")
        self._done[trial.gesture, trial.repetition] = None
        self._ended += 1
        event = CueEvent("end", trial.gesture, trial.repetition, end)
        if trial.is_rest or not self._queue:
            return [event, *self._next_trial(at)]
        self._phase, self._began = "pause", at
        return [event]


def _trials(plan: CuePlan) -> Iterator[_Trial]:
    part = plan.rest_s / plan.repetitions
    if part > 0:
        for i in range(plan.repetitions):
            yield _Trial(REST, i + 1, part, i * part, (plan.repetitions - 1 - i) * part)
    for gesture, repetition in plan.order():
        yield _Trial(gesture, repetition, plan.hold_s)
