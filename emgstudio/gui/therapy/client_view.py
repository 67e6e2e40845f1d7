"""What the client sees, as one value; and how it is kept from flickering."""

from __future__ import annotations

import math
from dataclasses import dataclass

from emgstudio.gui.therapy.lanes import lines_of, top_of
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.run import TherapyRun

STARS = 5
# Nothing that fills a good part of the screen follows faster than this.
EASE_S = 0.3
# How long a colour stays at least: two changes in 0.8 s are far from three flashes in one.
HOLD_S = 0.4
# A sentence stays until it can be read.
READ_S = 2.0
SOFTER, BOTH_SOFTER = "Let the other muscle be soft", "Let the other muscles be soft"
COMMANDS = {
    Phase.PREPARE: "GET READY",
    Phase.WORK: "WORK",
    Phase.REST: "REST",
    Phase.DONE: "WELL DONE",
}


@dataclass(frozen=True, slots=True)
class ClientView:
    """One moment. ``levels``, ``low`` and ``high`` are shares of the picture's scale, 0–1.

    ``score`` is 0–1 for how near the goal is, ``good`` that it is met; ``low`` and
    ``high`` are None where the goal has no such line. ``sides`` are words below two levels,
    empty where they are not a left and a right one.
    """

    word: str = ""
    seconds: str = ""
    working: bool = False
    paused: bool = False
    score: float = 0.0
    good: bool = False
    levels: tuple[float, ...] = (0.0,)
    low: float | None = None
    high: float | None = None
    stars: tuple[bool, ...] = ()
    done: int = 0
    total: int = 0
    time: float = 0.0
    hint: str = ""
    sides: tuple[str, ...] = ()


class ClientEye:
    """Makes views of a run; levels are eased and colours held, so that nothing flashes.

    WCAG 2.3.1 allows three flashes in a second.
    """

    def __init__(self) -> None:
        self._now: float | None = None
        self._score = 0.0
        self._levels: tuple[float, ...] = ()
        self._good, self._good_since = False, -math.inf
        self._hint, self._hint_since = "", -math.inf

    def look(self, run: TherapyRun, now: float) -> ClientView:
        """The moment ``now`` in host seconds."""
        exercise, goal = run.exercise, run.exercise.goal
        top = top_of(goal, percent=run.percent != "")
        shares = [min(1.0, max(0.0, v / top)) if v == v else 0.0 for v in run.levels]
        score = run.score if lines_of(goal, 0) else shares[0]
        self.ease(now, score, shares, goal.met(run.levels))
        lines = lines_of(goal, 0)
        low = high = None
        if lines:
            low = lines[0] / top if goal.shown == goal.low else None
            high = lines[-1] / top if len(lines) == 2 or low is None else None
        part = exercise.part
        left = exercise.left_s
        total = sum(p.phase is Phase.WORK for p in exercise.parts) if exercise.protocol.steps else 0
        return ClientView(
            "PAUSE" if exercise.paused else COMMANDS[part.phase],
            "" if math.isinf(left) or part.phase is Phase.DONE else str(math.ceil(left - 1e-6)),
            part.phase is Phase.WORK,
            exercise.paused,
            self._score,
            self._good,
            self._levels,
            low,
            high,
            tuple(r.success for r in exercise.repetitions[-STARS:]),
            len(exercise.repetitions),
            total,
            now,
            self._hinted(run, now),
            _sides(run),
        )

    def ease(self, now: float, score: float, levels: list[float], good: bool) -> None:
        """Follow these values as slowly as a screen may."""
        if self._now is None or len(levels) != len(self._levels):
            self._score, self._levels = score, tuple(levels)
        else:
            share = 1.0 - math.exp(-max(0.0, now - self._now) / EASE_S)
            self._score += share * (score - self._score)
            self._levels = tuple(
                was + share * (level - was) for was, level in zip(self._levels, levels, strict=True)
            )
        self._now = now
        if good != self._good and now - self._good_since >= HOLD_S:
            self._good, self._good_since = good, now

    def _hinted(self, run: TherapyRun, now: float) -> str:
        """A kind word while a muscle works that should be soft."""
        tense = len(run.tense)
        text = "" if not tense else SOFTER if tense == 1 else BOTH_SOFTER
        if text != self._hint and now - self._hint_since >= READ_S:
            self._hint, self._hint_since = text, now
        return self._hint

    @property
    def eased(self) -> tuple[float, tuple[float, ...], bool]:
        """Score, levels and whether the goal counts as met, as they are shown."""
        return self._score, self._levels, self._good


def _sides(run: TherapyRun) -> tuple[str, ...]:
    """Whoever looks at two pictures of effort must know which leg is which."""
    sides = tuple(muscle.side for muscle in run.plan.muscles)
    return tuple(map(str.upper, sides)) if set(sides) == {"left", "right"} else ()
