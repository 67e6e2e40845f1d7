"""A therapy session that runs: levels into an exercise, labels into the recording."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Source
from emgstudio.devices.stream import Stream
from emgstudio.dsp.conditioner import effective
from emgstudio.dsp.levels import rms_recipe
from emgstudio.session.reference import AboveReference, Reference, percent_name
from emgstudio.session.therapy.exercise import Exercise, Part, Phase
from emgstudio.session.therapy.goal import STEP, Goal
from emgstudio.session.therapy.plan import META, SETS, Plan
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.tiring import FatigueWatch, Tired, is_hold
from emgstudio.session.therapy.watch import COMPENSATION, FATIGUE, LIMIT, SoftWatch
from emgstudio.session.therapy.watch import TRACK as WATCH_TRACK

if TYPE_CHECKING:
    from emgstudio.session.session import Session

TRACK = "exercise"
WORK, REST, PAUSE, GOAL = "work", "rest", "pause", "goal"
# In the note of a part that was given up: it is no repetition, whatever was done in it.
SKIPPED = "skipped"
REFERENCE = "reference"
ANSWER = "fatigue answer"
# The second of two muscles that should not work together, among those that should be soft.
OPPONENT = -1
# Longer than the pause between two packets of any device.
SILENT_AFTER_S = 0.5


class TherapyRun:
    """Runs a plan on a stream and labels the recording, which it starts when none runs.

    ``advance`` is called for every frame. Each part is on the disk as a moment when it
    begins and a span when it ends, so that a crash in between keeps it. EmgError when a
    muscle's channel is not there or the protocol's reference is missing. A ``first_set``
    above 1 goes on with the set before: their results belong together.
    """

    def __init__(self, session: Session, stream: Stream, plan: Plan, first_set: int = 1) -> None:
        self.plan = plan
        self.first_set = first_set
        self._session = session
        self._stream = stream
        self._columns = [self._column(m.channel) for m in plan.muscles]
        self.references = self._found_references()
        # A reference that was measured anew while the exercise ran.
        self.renewed = False
        self.exercise = Exercise(
            plan.protocol, plan.goal, percent=self.percent != "", seed=plan.seed,
            first_set=first_set,
        )  # fmt: skip
        self.levels: tuple[float, ...] = (math.nan,) * len(plan.muscles)
        self.resting: tuple[float, ...] = (math.nan,) * len(plan.resting)
        self.above = tuple(AboveReference() for _ in plan.muscles)
        self.above_now = False
        self.soft = {k: SoftWatch(r.muscle.words, r.limit) for k, r in enumerate(plan.resting)
                     if r.limit is not None}  # fmt: skip
        if plan.goal.kind is Kind.RECIPROCAL:
            self.soft[OPPONENT] = SoftWatch(plan.muscles[1].words, plan.goal.high)
        followed = 2 if plan.goal.kind is Kind.COMPARE else 1
        self.fatigue = [
            FatigueWatch(stream, column, muscle.words, session.tasks.submit)
            for column, muscle in list(zip(self._columns, plan.muscles, strict=True))[:followed]
        ]
        self.tired: Tired | None = None
        self._resting_columns = [self._column(r.muscle.channel) for r in plan.resting]
        self._head, self._moved = 0, -math.inf
        self._begun: Annotation | None = None
        self._from_s = 0.0
        self._tense: dict[int, Annotation | None] = {}
        self._part = self.exercise.part
        self._paused: Annotation | None = None
        self._holding = False

    @property
    def percent(self) -> str:
        """What levels are told in: "%MVC" and the like, "" for the unit of the signal."""
        return percent_name(self.references) if self.references else ""

    @property
    def unit(self) -> str:
        """The words beside a level."""
        return self.percent or self.resting_unit

    @property
    def resting_unit(self) -> str:
        """The unit of ``resting``: muscles that stay soft need no reference effort."""
        return self._stream.info.channels[self._columns[0]].unit

    @property
    def recipe(self) -> str:
        """How a level is made, for the screen and the report."""
        spec = effective(self._stream.condition, self._stream.info.rate)
        return rms_recipe(self.plan.level_s, spec.summary() or "no filter")

    @property
    def score(self) -> float:
        """0 to 1: what the client's picture shows."""
        return self.exercise.goal.score(self.levels)

    @property
    def effort(self) -> float:
        """Share of the goal's line, for the ear; NaN while it is not known."""
        return self.exercise.goal.effort(self.levels)

    @property
    def tense(self) -> list[SoftWatch]:
        """Muscles that should be soft now and are not."""
        return [watch for watch in self.soft.values() if watch.tense]

    @property
    def fatigue_reason(self) -> str:
        """Why holds of this protocol are not looked at for fatigue; "" when they are, or none."""
        holds = any(is_hold(self.plan.protocol, part) for part in self.exercise.parts)
        return self.fatigue[0].reason if holds else ""

    def begin(self, now: float) -> None:
        """Start the timer, and a recording when none runs. Raises EmgError like that."""
        recorder = self._session.recorder
        if recorder is None:
            mine = self._about()
            self._session.start_recording(
                title=self.plan.protocol.title, subject=self.plan.client,
                about={META: mine, SETS: [mine]},
            )  # fmt: skip
        else:
            before = list(recorder.meta.get(SETS, ()))
            goes_on = self.first_set > 1 and before
            self._from_s = before[-1]["from_s"] if goes_on else recorder.time_of(now)
            # All sets are told by the newest set-up, so what happened in an earlier one holds.
            self.renewed = bool(goes_on and before[-1].get("reference_renewed"))
            mine = self._about()
            recorder.update_meta({META: mine, SETS: [*before, mine]})
        self.exercise.resume(now)
        self._open(self.exercise.part, now)

    def advance(self, now: float) -> list[Part]:
        """One frame at host time ``now``; returns the parts that begin."""
        self._read(now)
        self._watch(now)
        begun = self.exercise.advance(now, self.levels)
        # After a frame that came late, several parts may have passed: each keeps its own time.
        for part, at in begun:
            self._close(at)
            self._open(part, at)
        return [part for part, _ in begun]

    def pause(self, now: float) -> None:
        """Stop the timer; the recording goes on."""
        if self.exercise.paused:
            return
        self.advance(now)
        self.exercise.pause(now, self.levels)
        self._calm(now)
        self._paused = self._add(PAUSE, now)

    def resume(self, now: float) -> None:
        """Go on where it was."""
        if not self.exercise.paused:
            return
        if self._paused is not None:
            self._span(self._paused, now)
            self._paused = None
        self.exercise.resume(now)

    def skip(self, now: float) -> None:
        """Go to the next part; the one that runs ends here and does not count."""
        self._close(now, skipped=True)
        self._open(self.exercise.skip(), now)

    def repeat_set(self, now: float) -> None:
        """Begin the running set anew; the part that runs does not count."""
        self._close(now, skipped=True)
        self._open(self.exercise.repeat_set(), now)

    def move_goal(self, now: float, by: float = STEP) -> Goal:
        """Move the goal; the recording keeps when."""
        return self._goal_is(self.exercise.move_goal(by), now)

    def renew_references(self, now: float) -> None:
        """Use the reference efforts as they are stored now; all that was done is kept.

        Results tell the whole set in per cent of these, so that none is mixed with another.
        EmgError when one is missing.
        """
        found = self._found_references()
        if found == self.references:
            return
        self.references, self.renewed = found, True
        self.above, self.above_now = tuple(AboveReference() for _ in found), False
        self.levels = (math.nan,) * len(self.levels)
        note = {r.channel: round(r.value, 3) for r in found}
        self._add(REFERENCE, now, {"references": note})
        recorder = self._session.recorder
        # A recording that somebody began since is not one of this exercise.
        if recorder is not None and (sets := recorder.meta.get(SETS)):
            mine = self._about()
            recorder.update_meta({META: mine, SETS: [*sets[:-1], mine]})

    def accept(self, now: float) -> Goal:
        """Take the suggested goal."""
        self.exercise.accept()
        return self._goal_is(self.exercise.goal, now)

    def allow(self, now: float) -> None:
        """A person finds what a tense muscle does all right: its limit is higher from now on."""
        for place, watch in self.soft.items():
            if watch.tense:
                watch.allow()
                self._end_tense(place, now)
                note = {"muscle": watch.words, "limit": round(watch.limit, 3)}
                self._add(LIMIT, now, note, track=WATCH_TRACK)

    def rest_now(self, now: float) -> None:
        """End a hold in which fatigue was seen; what was held counts."""
        self._answered("rest", now)
        self._close(now)
        self._open(self.exercise.end_part(), now)

    def go_on(self, now: float) -> None:
        """Hold on in spite of fatigue."""
        self._answered("went on", now)

    def finish(self, now: float) -> None:
        """End the exercise; the recording goes on until somebody stops it. Twice is fine."""
        self.resume(now)
        done = len(self.exercise.repetitions)
        working = self.exercise.part.phase is Phase.WORK
        self.exercise.finish()
        self._close(now, skipped=working and len(self.exercise.repetitions) == done)

    def _read(self, now: float) -> None:
        """The newest level of each muscle, NaN while nothing arrives."""
        clean = self._stream.clean
        head = clean.head
        if head != self._head:
            self._head, self._moved = head, now
        count = len(self.plan.muscles)
        levels = np.full(count + len(self._resting_columns), math.nan)
        if now - self._moved <= SILENT_AFTER_S and self._moved > -math.inf:
            rows = max(1, round(self.plan.level_s * self._stream.info.rate))
            chunk = clean.read(max(head - rows, self._stream.clean_since), head)
            x = chunk.data[chunk.valid][:, self._columns + self._resting_columns]
            if len(x):
                levels = np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0))
        self.resting = tuple(levels[count:].tolist())
        levels = levels[:count]
        if self.references:
            levels = 100.0 * levels / np.array([r.value for r in self.references])
            seen = [
                a.update(level, now) for a, level in zip(self.above, levels.tolist(), strict=True)
            ]
            self.above_now = any(seen)
        self.levels = tuple(levels.tolist())

    def _watch(self, now: float) -> None:
        """Muscles that should be soft, and fatigue, while somebody works."""
        part = self.exercise.part
        if part.phase is not Phase.WORK or self.exercise.paused:
            self._calm(now)
            return
        for place, watch in self.soft.items():
            level = self.levels[1] if place == OPPONENT else self.resting[place]
            if not watch.update(level, now):
                continue
            if watch.tense:
                note = {"muscle": watch.words, "limit": round(watch.limit, 3)}
                self._tense[place] = self._add(COMPENSATION, watch.since, note, track=WATCH_TRACK)
            else:
                self._end_tense(place, watch.since)
        if not is_hold(self.plan.protocol, part):
            return
        if not self._holding:
            self._holding = True
            for follower in self.fatigue:
                follower.begin()
        for follower in self.fatigue:
            if (found := follower.look(now)) is not None:
                self.tired = found
                note = {"muscle": found.words, **asdict(found)}
                self._add(FATIGUE, now, note, track=WATCH_TRACK)

    def _calm(self, now: float) -> None:
        """Nobody works: nothing is watched."""
        for place, watch in self.soft.items():
            watch.stop()
            self._end_tense(place, now)
        if self._holding:
            self._holding, self.tired = False, None
            for follower in self.fatigue:
                follower.stop()

    def _end_tense(self, place: int, now: float) -> None:
        begun = self._tense.pop(place, None)
        if begun is not None:
            self._span(begun, now)

    def _answered(self, answer: str, now: float) -> None:
        if self.tired is not None:
            note = {"muscle": self.tired.words, "answer": answer}
            self._add(ANSWER, now, note, track=WATCH_TRACK)
            self.tired = None

    def _column(self, channel: str) -> int:
        names = [c.name for c in self._stream.info.channels]
        if channel not in names:
            raise EmgError(f"The sensor has no channel “{channel}”.", "Choose the channels again.")
        return names.index(channel)

    def _found_references(self) -> tuple[Reference, ...]:
        """One per muscle, or none at all where the protocol asks for none."""
        wanted = self.plan.protocol.reference
        if wanted is None:
            return ()
        device = self._session.device_of(self._stream)
        book = self._session.references
        of_all = book.of(device.uri, self._stream.info) if device is not None else ()
        found = [of_all[k] if of_all else None for k in self._columns]
        for muscle, reference in zip(self.plan.muscles, found, strict=True):
            if reference is None:
                raise EmgError(
                    f"{muscle.words} has no reference effort yet, "
                    "and the goal is in per cent of one.",
                    "Measure it first, or choose a protocol without a reference.",
                )
        known = [reference for reference in found if reference is not None]
        return tuple(known)

    def _about(self) -> dict[str, Any]:
        return {
            **self.plan.stored(),
            "from_s": self._from_s,
            "first_set": self.first_set,
            "unit": self.unit,
            "recipe": self.recipe,
            "stream": self._stream.info.name,
            "references": [asdict(r) for r in self.references],
            "reference_renewed": self.renewed,
        }

    def _open(self, part: Part, now: float) -> None:
        self._part = part
        if part.phase in (Phase.WORK, Phase.REST):
            note = {"set": part.set_number, "step": part.step, **self._goal_note()}
            label = WORK if part.phase is Phase.WORK else REST
            self._begun = self._add(label, now, note, part.repetition)

    def _close(self, now: float, *, skipped: bool = False) -> None:
        self._calm(now)
        begun, self._begun = self._begun, None
        if begun is None:
            return
        if skipped:
            begun = replace(begun, note=json.dumps({**json.loads(begun.note), SKIPPED: True}))
        self._span(begun, now)

    def _goal_is(self, goal: Goal, now: float) -> Goal:
        self._add(GOAL, now, self._goal_note())
        return goal

    def _goal_note(self) -> dict[str, Any]:
        return {"goal": asdict(self.exercise.goal)}

    def _add(
        self,
        label: str,
        now: float,
        note: Mapping[str, Any] | None = None,
        number: int = 0,
        track: str = TRACK,
    ) -> Annotation | None:
        recorder = self._session.recorder
        if recorder is None:
            return None
        at = recorder.time_of(now)
        text = json.dumps(note) if note else ""
        made = Annotation(
            at, at, label, track, Source.CUE, author="exercise", note=text, repetition=number
        )
        recorder.annotations.add(made, undoable=False)
        return made

    def _span(self, begun: Annotation, now: float) -> None:
        recorder = self._session.recorder
        if recorder is None:
            return
        stop = max(begun.start, recorder.time_of(now))
        recorder.annotations.change(replace(begun, stop=stop), undoable=False)
