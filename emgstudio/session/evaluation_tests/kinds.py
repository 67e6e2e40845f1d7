"""The four tests of control: what each measures, what it needs, how it is made and ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration_test import BREAK_S, HOLD_S, LIMIT_S, MotionTest
from emgstudio.session.evaluation_tests.idle import IDLE_S, IdleTest
from emgstudio.session.evaluation_tests.outcome import (
    Outcome,
    idle_outcome,
    motion_outcome,
    reaching_outcome,
)
from emgstudio.session.evaluation_tests.reaching import Reaching
from emgstudio.session.evaluation_tests.tasks import (
    FittsOptions,
    TacOptions,
    fitts_test,
    tac_test,
)

AnyTest = MotionTest | Reaching | IdleTest
IDLE_BREAK_S = 3.0
# How long a goal takes somebody who is quick: from the appearance into the goal.
QUICK_S = 2.0


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """What the literature varies between motion tests."""

    times: int = option(2, "Each movement", unit="times", minimum=1, maximum=10)
    hold_s: float = option(
        HOLD_S, "Right decisions", unit="s", minimum=0.5, maximum=5.0,
        doc="In all, not in one go; 1 s is 20 decisions, as BioPatRec has it.",
    )  # fmt: skip
    limit_s: float = option(LIMIT_S, "Time for each", unit="s", minimum=2.0, maximum=30.0)


@dataclass(frozen=True, slots=True)
class IdleOptions:
    """How long is watched: the interval of a count gets narrow with time only."""

    minutes: float = option(IDLE_S / 60.0, "Watched", unit="min", minimum=0.5, maximum=60.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the tests; ``make(classes, seed, options)`` begins it."""

    key: str
    title: str
    measures: str
    needs: str
    movements: int
    options: type
    make: Callable[[Sequence[str], int, Any], AnyTest]

    def problem(self, classes: Sequence[str]) -> str:
        """Why a model with these classes cannot be tested so, "" if it can."""
        if self.movements == 0 and REST not in classes:
            return "Needs a model that knows rest."
        if len([name for name in classes if name != REST]) < self.movements:
            return f"Needs a model of {self.movements} movements or more."
        return ""


def _motion(classes: Sequence[str], seed: int, options: MotionOptions) -> MotionTest:
    return MotionTest(
        classes,
        seed=seed,
        times=options.times,
        hold_s=options.hold_s,
        limit_s=options.limit_s,
        break_s=BREAK_S,
    )


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "motion", "Motion test",
            "Whether each movement is recognised when it is asked for, how soon, how steadily.",
            "Needs one movement.", 1, MotionOptions, _motion,
        ),
        Kind(
            "tac", "Target achievement control",
            "Whether a virtual hand can be brought into a posture, and kept there.",
            "Needs two movements.", 2, TacOptions,
            lambda classes, seed, options: tac_test(classes, seed=seed, options=options),
        ),
        Kind(
            "fitts", "Fitts' law test",
            "How much control gets through, in bits a second, by moving a cursor into circles.",
            "Needs two movements; with four it goes up and down too.", 2, FittsOptions,
            lambda classes, seed, options: fitts_test(classes, seed=seed, options=options),
        ),
        Kind(
            "idle", "Idle task",
            "How often a movement is recognised that nobody meant: false activations per hour.",
            "Have something else to do: talk, write, lift a cup.", 0, IdleOptions,
            lambda _classes, _seed, options: IdleTest(options.minutes * 60.0, IDLE_BREAK_S),
        ),
    )
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """A test by its name; EmgError names those there are."""
    if key not in KINDS:
        raise EmgError(f"There is no test “{key}”.", f"Known: {', '.join(KINDS)}.")
    return KINDS[key]


def seconds_of(test: AnyTest) -> tuple[float, float]:
    """How long a test takes at least, and at most, in s."""
    if isinstance(test, MotionTest):
        return test.shortest_s, test.longest_s
    if isinstance(test, IdleTest):
        return (test.seconds + test.break_s,) * 2
    rules, count = test.rules, len(test.goals)
    quickest = rules.break_s + rules.hold_s + QUICK_S
    return count * quickest, count * (rules.break_s + rules.limit_s)


def outcome_of(test: AnyTest) -> Outcome | None:
    """What a test found, None while it goes on."""
    if isinstance(test, MotionTest):
        done = test.result
        return motion_outcome(done, test.hold_s, test.limit_s) if done is not None else None
    if isinstance(test, IdleTest):
        return idle_outcome(test.result) if test.result is not None else None
    return reaching_outcome(test.result) if test.result is not None else None
