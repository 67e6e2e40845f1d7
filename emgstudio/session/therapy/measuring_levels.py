"""What every exercise tells of its muscles, from levels as they were live: effort, goal, pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.analyses.coactivation import coactivation, symmetry
from emgstudio.dsp.conditioner import effective
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.quality_rules import quality_rules
from emgstudio.session.quality_log import TRACK as QUALITY
from emgstudio.session.reference import ABOVE_PERCENT, Method
from emgstudio.session.therapy.judging import Repetition
from emgstudio.session.therapy.measuring import Found
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.recorded_exercise import LEVEL_RATE, RecordedExercise
from emgstudio.session.therapy.run import PAUSE

Floats = NDArray[np.float64]

COACTIVATION, SYMMETRY = "co-activation", "symmetry"
NO_SIDES = "needs one muscle on the left and the same on the right"
NO_PAIR = "needs two muscles"
# Of more than two muscles; four numbers of each pair would hide them.
OF_MANY = ("overlap (shape)", "co-activation (size)")
TOO_HIGH = "above 100 %: the reference was not the maximum, measure it again"
RENEWED = (
    "The reference effort was measured anew during the exercise; "
    "all of it is told in per cent of the newer one."
)
# Lamps under which a level is something else than the muscle: electrode, rail, hum, cable.
FALSIFYING = ("Q-OFF", "Q-LEAD", "Q-CLIP", "Q-HUM", "Q-MOVE")
WORTH_TELLING_S = 0.5
PLAIN = "not normalised: the size of each signal is in it"


def measure_levels(
    exercise: RecordedExercise, repetitions: Sequence[Repetition], found: Found
) -> None:
    """Add effort, goal, hold, rest and reference of each muscle."""
    during = _during(exercise)
    if exercise.about.get("reference_renewed"):
        found.remarks.append(RENEWED)
    stored = exercise.recording.meta.get("rest")
    rest = stored if isinstance(stored, dict) else {}
    names = [channel.name for channel in exercise.stream.info.channels]
    for k, muscle in enumerate(exercise.plan.muscles):
        doubts = (
            *_lost(during[:, k]), *_lamps(exercise, muscle.channel), *_other_filter(exercise, k),
        )  # fmt: skip
        found.measures += _of_muscle(
            muscle.words, k, during, exercise.unit, exercise.recipe, repetitions, doubts
        )
        if k == 0:
            found.measures += _of_goal(muscle.words, exercise, repetitions, doubts)
        unit = exercise.stream.info.channels[names.index(muscle.channel)].unit
        if muscle.channel in rest:
            how = "median RMS over 100 ms of the quietest 5 s, measured before"
            value = float(rest[muscle.channel])
            found.measures.append(Measure(muscle.words, "level at rest", value, unit, how))
        if k < len(exercise.references):
            r = exercise.references[k]
            window = f"window {1000 * float(r['window_s']):g} ms"
            how = f"{Method(r['method']).words}, {window}, {r['condition']}"
            flags = (*map(str, r.get("quality", ())), *_other_filter(exercise, k))
            found.measures.append(
                Measure(muscle.words, "reference", float(r["value"]), str(r["unit"]), how, flags)
            )


def measure_pairs(exercise: RecordedExercise, found: Found) -> None:
    """Add what two muscles do together, and two sides of one.

    Of two muscles always, of more where the protocol asks for it.
    """
    muscles, during = exercise.plan.muscles, _during(exercise)
    wanted = exercise.plan.protocol.measures
    alike = len({m.name.casefold() for m in muscles}) == 1
    sides = len(muscles) == 2 and alike and {m.side for m in muscles} == {"left", "right"}
    pair = " / ".join(m.words for m in muscles)
    if SYMMETRY in wanted and not sides:
        found.measures.append(Measure(pair, SYMMETRY, math.nan, "%", exercise.recipe, (NO_SIDES,)))
    if COACTIVATION in wanted and len(muscles) < 2:
        found.measures.append(
            Measure(pair, COACTIVATION, math.nan, "%", exercise.recipe, (NO_PAIR,))
        )
    if len(muscles) != 2 and COACTIVATION not in wanted:
        return
    doubts = () if exercise.references else (PLAIN,)
    for a, b in combinations(range(len(muscles)), 2):
        both = during[:, [a, b]]
        both = both[np.isfinite(both).all(axis=1)]
        if len(both) < 2:
            continue
        names = (muscles[a].words, muscles[b].words)
        rows = coactivation(
            names, both[:, 0], both[:, 1], exercise.unit, f"work phases; {exercise.recipe}"
        )
        found.measures += [
            replace(row, flags=(*row.flags, *doubts))
            for row in rows
            if len(muscles) == 2 or row.name in OF_MANY
        ]
    if sides:
        _sides(exercise, during, found)


def _sides(exercise: RecordedExercise, during: Floats, found: Found) -> None:
    muscles = exercise.plan.muscles
    left = 0 if muscles[0].side == "left" else 1
    known = during[np.isfinite(during).all(axis=1)]
    means = known.mean(axis=0) if len(known) else np.full(2, math.nan)
    found.measures += symmetry(
        muscles[left].name, float(means[left]), float(means[1 - left]),
        f"mean of work phases; {exercise.recipe}", comparable=bool(exercise.references),
    )  # fmt: skip


def _during(exercise: RecordedExercise) -> Floats:
    """Levels of the work phases without their pauses, one after the other."""
    inside = np.zeros(len(exercise.levels), bool)
    start_s = exercise.stream.start_s

    def mark(start: float, stop: float, state: bool) -> None:
        first, end = (round((at - start_s) * LEVEL_RATE) for at in (start, stop))
        inside[max(0, first) : max(0, end)] = state

    for work in exercise.works:
        mark(work.start, work.stop, True)
    for pause in (a for a in exercise.labels if a.label == PAUSE):
        mark(pause.start, pause.stop, False)
    return exercise.levels[inside]


def _of_muscle(
    name: str,
    column: int,
    during: Floats,
    unit: str,
    recipe: str,
    repetitions: Sequence[Repetition],
    flags: tuple[str, ...],
) -> list[Measure]:
    known = during[:, column][np.isfinite(during[:, column])] if len(during) else during
    none = (*flags, "no finished repetition") if not repetitions else flags
    mean = float(known.mean()) if len(known) else math.nan
    peak = float(known.max()) if len(known) else math.nan
    above = (TOO_HIGH,) if unit == Method.MVC.percent_name and peak > ABOVE_PERCENT else ()
    rows = [
        ("mean in work", mean, unit, f"mean of work phases; {recipe}", flags),
        ("peak in work", peak, unit, recipe, (*flags, *above)),
        ("best repetition", max((r.mean[column] for r in repetitions), default=math.nan), unit,
         f"largest mean of a work phase; {recipe}", none),
    ]  # fmt: skip
    return [Measure(name, what, value, u, how, f) for what, value, u, how, f in rows]


def _lost(levels: Floats) -> tuple[str, ...]:
    lost = int((~np.isfinite(levels)).sum())
    return (f"{100 * lost / len(levels):.1f} % of the work time lost",) if lost else ()


def _other_filter(exercise: RecordedExercise, muscle: int) -> tuple[str, ...]:
    """A per cent of a level that was filtered otherwise is no per cent of the same."""
    if muscle >= len(exercise.references):
        return ()
    taken = str(exercise.references[muscle].get("condition", ""))
    spec, rate = exercise.stream.condition, exercise.stream.info.rate
    now = effective(spec, rate).summary()
    # Older references of slow sensors told the filter as it was asked for.
    if not taken or taken in (now, spec.summary()):
        return ()
    return (f"reference taken with the filter {taken}, the exercise with {now or 'none'}",)


def _lamps(exercise: RecordedExercise, channel: str) -> tuple[str, ...]:
    """Lamps that say that the level is not the muscle's, as long as they were lit in work."""
    rules = {rule.code: rule.name for rule in quality_rules() if rule.code in FALSIFYING}
    seconds: dict[str, float] = {}
    for lit in exercise.recording.annotations:
        if lit.track == QUALITY and lit.label in rules and channel in lit.note.split(", "):
            for part in exercise.works:
                shared = min(lit.stop, part.stop) - max(lit.start, part.start)
                seconds[lit.label] = seconds.get(lit.label, 0.0) + max(0.0, shared)
    return tuple(
        f"lamp “{rules[code]}” lit for {lit:.1f} s of the work"
        for code, lit in seconds.items()
        if lit >= WORTH_TELLING_S
    )


def _of_goal(
    name: str,
    exercise: RecordedExercise,
    repetitions: Sequence[Repetition],
    doubts: tuple[str, ...],
) -> list[Measure]:
    """Repetitions and how they went; without a goal only their number."""
    count = ("repetitions", float(len(repetitions)), "1", "finished work phases", ())
    if exercise.plan.goal.kind in (Kind.ASSESS, Kind.FREE):
        return [Measure(name, *count)]
    none = doubts if repetitions else (*doubts, "no finished repetition")
    share = (
        100.0 * sum(r.success for r in repetitions) / len(repetitions) if repetitions else math.nan
    )
    hold = max((r.hold_s for r in repetitions), default=math.nan)
    rest = [r.relaxed for r in repetitions if r.relaxed is not None]
    calm = 100.0 * sum(rest) / len(rest) if rest else math.nan
    quick = [r.to_goal_s for r in repetitions if r.to_goal_s is not None]
    rows = [
        count,
        ("success", share, "%", "in the goal for 80 % of the work time after 0.5 s", none),
        ("longest hold", hold, "s", "longest stretch in the goal", none),
        ("relaxed rests", calm, "%", "below 20 % in the last half of the rest",
         () if rest else ("no rest could be judged",)),
        ("time to goal", float(np.median(quick)) if quick else math.nan, "s",
         "median from the cue to the goal", () if quick else ("the goal was never met",)),
    ]  # fmt: skip
    return [Measure(name, what, value, u, how, f) for what, value, u, how, f in rows]
