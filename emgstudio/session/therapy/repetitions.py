"""Repetitions of a recorded exercise, judged from its levels as they were live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emgstudio.core.types import Annotation
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.judging import Judge, Repetition
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.recorded_exercise import LEVEL_RATE, RecordedExercise, note_of
from emgstudio.session.therapy.run import GOAL, PAUSE, REST, WORK


def repetitions_of(exercise: RecordedExercise) -> tuple[Repetition, ...]:
    """Finished work phases of which something is known, with the rest behind each."""
    labels = exercise.labels
    plan = exercise.plan
    rests = [a for a in labels if a.label == REST]
    goals = [a for a in labels if a.label == GOAL]
    found = []
    for work in (a for a in labels if a.label == WORK and a.stop > a.start):
        about = note_of(work)
        judge = _judged(exercise, work, about, goals)
        if judge.known_s <= 0:
            continue
        done = Repetition(
            int(about.get("set", 1)), str(about.get("step", "")), work.repetition,
            work.start, work.stop, _goal_at(work.stop, about, goals, plan.goal), judge.in_goal,
            judge.mean, tuple(judge.peaks), judge.longest_s, judge.to_goal_s,
        )  # fmt: skip
        rest = next((r for r in rests if abs(r.start - work.stop) < 0.2), None)
        if rest is not None and plan.protocol.reference is not None:
            calm = _judged(exercise, rest, about, [])
            done = replace(done, relaxed=calm.relaxed)
        found.append(done)
    return tuple(found)


def _judged(
    exercise: RecordedExercise,
    span: Annotation,
    about: Mapping[str, Any],
    goals: Sequence[Annotation],
) -> Judge:
    pauses = [a for a in exercise.labels if a.label == PAUSE]
    levels, start_s = exercise.levels, exercise.stream.start_s
    judge = Judge(span.duration - sum(_shared(span, p) for p in pauses))
    first = max(0, math.ceil((span.start - start_s) * LEVEL_RATE))
    stop = min(len(levels), math.floor((span.stop - start_s) * LEVEL_RATE) + 1)
    for k in range(first, stop):
        at = start_s + k / LEVEL_RATE
        if not any(p.start <= at < p.stop for p in pauses):
            goal = _goal_at(at, about, goals, exercise.plan.goal)
            judge.add(1 / LEVEL_RATE, levels[k].tolist(), goal)
    return judge


def _goal_at(at: float, about: Mapping[str, Any], goals: Sequence[Annotation], plain: Goal) -> Goal:
    """The goal that was on at a time: that of the part, or one that was set since."""
    since = [g for g in goals if g.start <= at]
    stored = (note_of(since[-1]) if since else about).get("goal")
    if not isinstance(stored, dict):
        return plain
    values = dict(stored)
    return Goal(Kind(values.pop("kind")), **values)


def _shared(a: Annotation, b: Annotation) -> float:
    return max(0.0, min(a.stop, b.stop) - max(a.start, b.start))
