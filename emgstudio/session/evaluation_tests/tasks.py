"""The target achievement control test and the Fitts' law test: their goals and rules."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.session.evaluation_tests.axes import Axis, axes_of
from emgstudio.session.evaluation_tests.reaching import Goal, Reaching, Rules

TAC = Rules("tac", speed=50.0, hold_s=2.0, limit_s=15.0, break_s=1.0, home=True, limits=90.0)
"""Degrees. After Simon et al. 2011 (J. Rehabil. Res. Dev. 48:619), as in BioPatRec."""
FITTS = Rules("fitts", speed=0.6, hold_s=1.0, limit_s=15.0, break_s=0.5, home=False, limits=1.0)
"""Units of half the field. After ISO 9241-411 and Scheme and Englehart 2013."""
TAC_ANGLE = 60.0
RINGS = ((0.75, 0.16), (0.45, 0.12))
"""Radius of a ring of Fitts' goals and radius of a goal: 1.3 to 2.6 bits."""


@dataclass(frozen=True, slots=True)
class TacOptions:
    """What the literature varies between target achievement control tests."""

    times: int = option(2, "Each posture", unit="times", minimum=1, maximum=10)
    tolerance: float = option(
        10.0, "Tolerance", unit="°", minimum=2.0, maximum=30.0,
        doc="The posture is reached within so many degrees on every axis.",
    )  # fmt: skip
    hold_s: float = option(
        TAC.hold_s, "Hold", unit="s", minimum=0.5, maximum=5.0, doc="Without leaving the tolerance."
    )
    limit_s: float = option(TAC.limit_s, "Time for each", unit="s", minimum=5.0, maximum=60.0)


@dataclass(frozen=True, slots=True)
class FittsOptions:
    """What the literature varies between Fitts' law tests."""

    per_ring: int = option(
        5, "Targets in each ring", choices=(5, 7, 9, 11, 13),
        doc="There are two rings; with an odd number every way leads across.",
    )  # fmt: skip
    hold_s: float = option(
        FITTS.hold_s, "Hold", unit="s", minimum=0.5, maximum=5.0, doc="Without leaving the target."
    )
    limit_s: float = option(FITTS.limit_s, "Time for each", unit="s", minimum=5.0, maximum=60.0)


def tac_test(classes: Sequence[str], *, seed: int, options: TacOptions | None = None) -> Reaching:
    """Bring a hand from rest into the posture of each movement.

    Raises EmgError for a model of fewer than two movements.
    """
    options = options or TacOptions()
    axes = _axes(classes)
    goals = []
    for at, axis in enumerate(axes):
        for name, way in ((axis.plus, 1.0), (axis.minus, -1.0)):
            if way > 0 or axis.both_sides:
                centre = tuple(way * TAC_ANGLE if k == at else 0.0 for k in range(len(axes)))
                goals.append(Goal(name, centre, options.tolerance))
    shuffle = random.Random(seed)
    order = [goal for _ in range(options.times) for goal in shuffle.sample(goals, len(goals))]
    return Reaching(axes, order, replace(TAC, hold_s=options.hold_s, limit_s=options.limit_s))


def fitts_test(
    classes: Sequence[str], *, seed: int, options: FittsOptions | None = None
) -> Reaching:
    """Bring a cursor to goals across two rings; on a line where there are no two axes.

    Raises EmgError for a model of fewer than two movements.
    """
    options = options or FittsOptions()
    count = options.per_ring
    axes = [axis for axis in _axes(classes) if axis.both_sides][:2]
    goals = []
    for ring, radius in RINGS:
        if len(axes) == 2:
            turn = random.Random(seed).uniform(0.0, 2.0 * math.pi)
            # Half of the ring further each time, so that every goal lies across.
            places = [k * (count // 2) % count for k in range(count)]
            angles = [turn + 2.0 * math.pi * place / count for place in places]
            centres = [(ring * math.cos(a), ring * math.sin(a)) for a in angles]
            goals += [Goal("", centre, radius) for centre in centres]
        else:
            goals += [Goal("", ((-1.0) ** k * ring,), radius) for k in range(count)]
    named = [Goal(f"{k + 1}", goal.centre, goal.radius) for k, goal in enumerate(goals)]
    return Reaching(axes, named, replace(FITTS, hold_s=options.hold_s, limit_s=options.limit_s))


def _axes(classes: Sequence[str]) -> tuple[Axis, ...]:
    axes = axes_of(classes)
    if not axes:
        raise EmgError("This test needs two movements besides rest.", "Calibrate with two or more.")
    return axes
