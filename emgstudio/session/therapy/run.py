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
from emgstudio.dsp.levels import rms_recipe
from emgstudio.session.reference import AboveReference, Reference, percent_name
from emgstudio.session.therapy.exercise import Exercise, Part, Phase
from emgstudio.session.therapy.goal import STEP, Goal
from emgstudio.session.therapy.plan import META, Plan

if TYPE_CHECKING:
    from emgstudio.session.session import Session

TRACK = "exercise"
WORK, REST, PAUSE, GOAL = "work", "rest", "pause", "goal"
# Longer than the pause between two packets of any device.
SILENT_AFTER_S = 0.5


class TherapyRun:
    """Runs a plan on a stream and labels the recording, which it starts when none runs.

    ``advance`` is called for every frame. Each part is on the disk as a moment when it
    begins and a span when it ends, so that a crash in between keeps it. EmgError when a
    muscle's channel is not there or the protocol's reference is missing.
    """

    def __init__(self, session: Session, stream: Stream, plan: Plan) -> None:
        self.plan = plan
        self._session = session
        self._stream = stream
        names = [channel.name for channel in stream.info.channels]
        missing = [m.channel for m in plan.muscles if m.channel not in names]
        if missing:
            raise EmgError(
                f"The sensor has no channel “{missing[0]}”.", "Choose the channels again."
            )
        self._columns = [names.index(m.channel) for m in plan.muscles]
        self.references = self._found_references()
        self.exercise = Exercise(
            plan.protocol, plan.goal, percent=self.percent != "", seed=plan.seed
        )
        self.levels: tuple[float, ...] = (math.nan,) * len(plan.muscles)
        self.above = tuple(AboveReference() for _ in plan.muscles)
        self.above_now = False
        self._head, self._moved = 0, -math.inf
        self._begun: Annotation | None = None
        self._part = self.exercise.part
        self._paused: Annotation | None = None

    @property
    def percent(self) -> str:
        """What levels are told in: "%MVC" and the like, "" for the unit of the signal."""
        return percent_name(self.references) if self.references else ""

    @property
    def unit(self) -> str:
        """The words beside a level."""
        return self.percent or self._stream.info.channels[self._columns[0]].unit

    @property
    def recipe(self) -> str:
        """How a level is made, for the screen and the report."""
        return rms_recipe(self.plan.level_s, self._stream.condition.summary() or "no filter")

    @property
    def score(self) -> float:
        """0 to 1: what the client's picture shows."""
        return self.exercise.goal.score(self.levels)

    def begin(self, now: float) -> None:
        """Start the timer, and a recording when none runs. Raises EmgError like that."""
        about = {META: self._about()}
        if self._session.recorder is None:
            self._session.start_recording(
                title=self.plan.protocol.title, subject=self.plan.client, about=about
            )
        else:
            self._session.recorder.update_meta(about)
        self.exercise.resume(now)
        self._open(self.exercise.part, now)

    def advance(self, now: float) -> list[Part]:
        """One frame at host time ``now``; returns the parts that begin."""
        self._read(now)
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
        """Go to the next part; the one that runs ends here."""
        self._close(now)
        self._open(self.exercise.skip(), now)

    def repeat_set(self, now: float) -> None:
        """Begin the running set anew."""
        self._close(now)
        self._open(self.exercise.repeat_set(), now)

    def move_goal(self, now: float, by: float = STEP) -> Goal:
        """Move the goal; the recording keeps when."""
        return self._goal_is(self.exercise.move_goal(by), now)

    def accept(self, now: float) -> Goal:
        """Take the suggested goal."""
        self.exercise.accept()
        return self._goal_is(self.exercise.goal, now)

    def finish(self, now: float) -> None:
        """End the exercise; the recording goes on until somebody stops it. Twice is fine."""
        self.resume(now)
        self.exercise.finish()
        self._close(now)

    def _read(self, now: float) -> None:
        """The newest level of each muscle, NaN while nothing arrives."""
        clean = self._stream.clean
        head = clean.head
        if head != self._head:
            self._head, self._moved = head, now
        count = len(self.plan.muscles)
        levels = np.full(count, math.nan)
        if now - self._moved <= SILENT_AFTER_S and self._moved > -math.inf:
            rows = max(1, round(self.plan.level_s * self._stream.info.rate))
            chunk = clean.read(max(head - rows, self._stream.clean_since), head)
            x = chunk.data[chunk.valid][:, self._columns]
            if len(x):
                levels = np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0))
        if self.references:
            levels = 100.0 * levels / np.array([r.value for r in self.references])
            seen = [
                a.update(level, now) for a, level in zip(self.above, levels.tolist(), strict=True)
            ]
            self.above_now = any(seen)
        self.levels = tuple(levels.tolist())

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
            "unit": self.unit,
            "recipe": self.recipe,
            "stream": self._stream.info.name,
            "references": [asdict(r) for r in self.references],
        }

    def _open(self, part: Part, now: float) -> None:
        self._part = part
        if part.phase in (Phase.WORK, Phase.REST):
            note = {"set": part.set_number, "step": part.step, **self._goal_note()}
            label = WORK if part.phase is Phase.WORK else REST
            self._begun = self._add(label, now, note, part.repetition)

    def _close(self, now: float) -> None:
        begun, self._begun = self._begun, None
        if begun is not None:
            self._span(begun, now)

    def _goal_is(self, goal: Goal, now: float) -> Goal:
        self._add(GOAL, now, self._goal_note())
        return goal

    def _goal_note(self) -> dict[str, Any]:
        return {"goal": asdict(self.exercise.goal)}

    def _add(
        self, label: str, now: float, note: Mapping[str, Any] | None = None, number: int = 0
    ) -> Annotation | None:
        recorder = self._session.recorder
        if recorder is None:
            return None
        at = recorder.time_of(now)
        text = json.dumps(note) if note else ""
        made = Annotation(
            at, at, label, TRACK, Source.CUE, author="exercise", note=text, repetition=number
        )
        recorder.annotations.add(made, undoable=False)
        return made

    def _span(self, begun: Annotation, now: float) -> None:
        recorder = self._session.recorder
        if recorder is None:
            return
        stop = max(begun.start, recorder.time_of(now))
        recorder.annotations.change(replace(begun, stop=stop), undoable=False)
