"""One test from its first goal to its outcome: pauses, a silent sensor, a simulated person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emgstudio.core.types import Decision
from emgstudio.ml.decoder import DecoderState
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.session.calibration_test import MotionTest
from emgstudio.session.evaluation_tests.idle import IdleTest
from emgstudio.session.evaluation_tests.kinds import Kind, outcome_of
from emgstudio.session.evaluation_tests.outcome import Outcome

if TYPE_CHECKING:
    from emgstudio.session.session import Session

# A simulated person is told a new strength only when it is clearly another one.
STRENGTH_STEP = 0.1
PATIENCE_S = 10.0
"""After a shorter silence the test goes on by itself; after a longer one the person may be gone."""


class ControlRun:
    """A state machine like the tests themselves: told time, decisions and trouble.

    A pause, of a person or of a silent sensor, asks for the present goal again; ``pauses``
    counts them. ``why`` says what it was, ``problem`` what keeps it from going on.
    """

    def __init__(self, kind: Kind, classes: Sequence[str], *, seed: int, options: Any) -> None:
        self.kind, self.classes, self.options = kind, tuple(classes), options
        self.test = kind.make(classes, seed, options)
        self.outcome: Outcome | None = None
        self.latest: Decision | None = None
        self.paused = False
        self.pauses = 0
        self.why = self.problem = ""
        self._seen = -math.inf
        self._since: float | None = None

    @property
    def over(self) -> bool:
        """True once there is an outcome."""
        return self.outcome is not None

    @property
    def running(self) -> bool:
        """Neither paused nor over."""
        return not self.paused and self.outcome is None

    def advance(self, now: float, decisions: Sequence[Decision], problem: str = "") -> None:
        """Go on to host time ``now``; ``decisions`` may hold some that were seen before.

        ``problem`` says in words why there are none, "" if all is well.
        """
        self.problem = problem
        fresh = self._fresh(decisions)
        if problem:
            if self.running:
                self.pause(problem)
                self._since = now
            return
        if self.paused and self._since is not None:
            self._recover(now)
        if not self.running:
            return
        self.test.advance(now, fresh)
        self.outcome = outcome_of(self.test)

    def pause(self, why: str = "") -> None:
        """Stop the clock; the present goal will be asked for again."""
        if self.running:
            self.test.interrupt()
            self.paused, self.why = True, why
            self.pauses += 1

    def resume(self) -> None:
        """Go on, if nothing keeps it from that."""
        if not self.problem:
            self.paused, self.why, self._since = False, "", None

    @property
    def cue(self) -> tuple[str, float]:
        """Movement and strength (0–1) that help now, for a simulated person."""
        test = self.test
        if not self.running or isinstance(test, IdleTest):
            return REST, 0.0
        if isinstance(test, MotionTest):
            return test.target, 1.0
        gesture, strength = test.advice
        return gesture, round(strength / STRENGTH_STEP) * STRENGTH_STEP

    @property
    def done(self) -> float:
        """How much of the test is over, 0–1."""
        test = self.test
        if self.outcome is not None:
            return 1.0
        if isinstance(test, IdleTest):
            return test.done
        count = len(test.order) if isinstance(test, MotionTest) else len(test.goals)
        return (test.number - 1) / max(1, count)

    @property
    def prompt(self) -> str:
        """What the person should do now, in large letters."""
        test = self.test
        if self.outcome is not None:
            return "Done"
        if self.paused:
            return "Paused"
        if isinstance(test, IdleTest):
            return "No movement on purpose" if test.watching else "Let go of everything"
        if isinstance(test, MotionTest):
            if test.target == test.following:
                return f"Do: {gesture_title(test.target)}"
            return f"Relax – next: {gesture_title(test.following)}"
        goal = test.goal
        if goal is None:
            return "Relax"
        if test.inside:
            return "Inside: stay"
        return (
            "Into the circle" if self.kind.key == "fitts" else f"Reach: {gesture_title(goal.name)}"
        )

    @property
    def detail(self) -> str:
        """How far it is, and the rule that holds."""
        test = self.test
        if self.paused:
            again = "" if isinstance(test, IdleTest) else " What was asked is asked for again."
            return (self.why or "Go on when you are ready.") + again
        if isinstance(test, IdleTest):
            left = max(0.0, test.seconds - test.watched_s)
            return f"Talk, write, lift something. {left:.0f} s are left."
        if isinstance(test, MotionTest):
            return (
                f"Target {test.number} of {len(test.order)} · "
                f"{test.hold_s:g} s of it within {test.limit_s:g} s"
            )
        rules, goal = test.rules, test.following
        tolerance = f" · within ±{goal.radius:g}°" if goal and rules.kind == "tac" else ""
        return (
            f"Goal {test.number} of {len(test.goals)} · "
            f"stay {rules.hold_s:g} s{tolerance} · {rules.limit_s:g} s for each"
        )

    def _recover(self, now: float) -> None:
        """Decisions come again after trouble that began at ``_since``."""
        if self._since is not None and now - self._since < PATIENCE_S:
            self.resume()
        else:
            self.why, self._since = "Decisions come again. Go on when you are ready.", None

    def _fresh(self, decisions: Sequence[Decision]) -> list[Decision]:
        fresh: list[Decision] = []
        for decision in reversed(decisions):
            if decision.time <= self._seen:
                break
            fresh.append(decision)
        fresh.reverse()
        if fresh:
            self.latest = fresh[-1]
            self._seen = max(decision.time for decision in fresh)
        return fresh


def problem_of(session: Session) -> str:
    """Why no decisions come at present and what to do, "" if they do."""
    decoder = session.decoder
    if decoder is None:
        return "Recognition is not running: start it."
    if decoder.state is DecoderState.WAITING:
        return "The sensor is silent: look at its battery, its cable and its distance."
    if decoder.state in (DecoderState.FAILED, DecoderState.STOPPED):
        return "Recognition has stopped: start it again."
    return ""
