"""Listens to every take as it ends and says what to do better, one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.ring import Chunk
from emgstudio.core.tasks import Task, TaskState
from emgstudio.core.types import Annotation, FloatSamples
from emgstudio.ml.coach import Hint, Pair, hold_hints
from emgstudio.ml.gestures import REST
from emgstudio.ml.holds import Hold, RestNoise, look_at_hold, rest_noise
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_rest import RestVerdict, judge_rest
from emgstudio.session.calibration_training import Lesson

FIRST_COMPARED = 2
"""Repetitions of every movement before anything is said about which look alike."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is thought of one take: good, check or stop, and why in words."""

    level: str
    words: str


GOOD = Mark("good", "good")


@dataclass(frozen=True, slots=True)
class Advice:
    """The one thing that is said now; ``take`` is offered to be done again if there is one."""

    words: str
    take: tuple[str, int] | None = None


class Coach:
    """Pulled forward by whoever shows the cues; never deletes or repeats anything by itself.

    ``learn`` begins to train from the takes so far: it is asked for after each round,
    from the second on.
    """

    def __init__(self, calibration: Calibration, learn: Callable[[], Task[Lesson]]) -> None:
        self.rest: RestVerdict | None = None
        self.rest_refused = False
        self.lesson: Lesson | None = None
        self._calibration = calibration
        self._learn = learn
        self._task: Task[Lesson] | None = None
        self._noise: RestNoise | None = None
        self._holds: dict[str, Hold] = {}
        self._marks: dict[str, Mark] = {}
        self._last: str = ""
        self._rounds = FIRST_COMPARED - 1

    def listen(self) -> bool:
        """Judge what has come to its end since; True if there is something new."""
        new = self.rest is None and self._judge_rest()
        if self._noise is not None:
            for take in self._calibration.takes:
                if take.label != REST and take.id not in self._marks:
                    new = self._judge(take) or new
        return self._compare() or new

    def mark(self, take: str) -> Mark | None:
        """What is thought of a take (the id of its annotation), None while nothing is."""
        return self._marks.get(take)

    @property
    def advice(self) -> Advice | None:
        """The most useful thing to say now: about the last take, else which look alike."""
        last = next((a for a in self._calibration.takes if a.id == self._last), None)
        mark = self._marks.get(self._last)
        if last is not None and mark is not None and mark.level != "good":
            return Advice(mark.words, (last.label, last.repetition))
        pair = self.worst_pair
        return Advice(pair.advice) if pair is not None else None

    @property
    def worst_pair(self) -> Pair | None:
        """Two movements that look alike when repetitions are left out, None if none do."""
        pairs = self.lesson.pairs if self.lesson is not None else ()
        return next((pair for pair in pairs if pair.advice), None)

    def rest_again(self) -> None:
        """The rest is recorded anew; judge that one."""
        self.rest, self.rest_refused, self._noise = None, False, None

    def accept_rest(self) -> None:
        """The rest is used as it is."""
        self.rest_refused = False

    def _judge_rest(self) -> bool:
        takes = [a for a in self._calibration.takes if a.label == REST]
        if len(takes) < self._calibration.plan.repetitions:
            return False
        chunk = self._calibration.samples(min(a.start for a in takes), max(a.stop for a in takes))
        if chunk is None:
            return False
        rate = self._calibration.stream.info.rate
        self.rest = judge_rest(chunk, rate)
        self.rest_refused = not self.rest.ok
        try:
            self._noise = rest_noise(_with_gaps(chunk), rate)
        except EmgError:
            # Without a rest to compare with, nothing is said about activity.
            self._noise = None
        return True

    def _judge(self, take: Annotation) -> bool:
        chunk = self._calibration.samples(take.start, take.stop)
        if chunk is None or self._noise is None:
            return False
        hold = look_at_hold(
            _with_gaps(chunk),
            self._calibration.stream.info.rate,
            self._noise,
            gesture=take.label,
            repetition=take.repetition,
        )
        hints = hold_hints(hold, self._others(take, hold))
        self._holds[take.id] = hold
        self._marks[take.id] = _marked(hints[0]) if hints else GOOD
        self._last = take.id
        return True

    def _others(self, take: Annotation, hold: Hold) -> list[Hold]:
        """The other takes of the movement, as strong as they would be at this one's effort."""
        asked = self._calibration.style.strength
        there = [a for a in self._calibration.takes if a.label == take.label and a.id != take.id]
        scale = asked(hold.repetition)
        return [
            replace(known, strength=known.strength * scale / asked(known.repetition))
            for known in (self._holds.get(a.id) for a in there)
            if known is not None
        ]

    def _compare(self) -> bool:
        """Train beside the cues after each round; says what came of it."""
        task = self._task
        if task is not None:
            if not task.ended:
                return False
            self._task = None
            if task.state is TaskState.DONE:
                self.lesson = task.result()
                return True
            return False
        movements = self._calibration.plan.movements
        counts = [sum(a.label == name for a in self._calibration.takes) for name in movements]
        rounds = min(counts)
        if rounds > self._rounds:
            self._rounds = rounds
            # After the last take all is learnt anyway; a redo is not to wait for it twice.
            if not self._calibration.finished:
                self._task = self._learn()
        return False


def _marked(hint: Hint) -> Mark:
    return Mark("stop" if hint.redo else "check", hint.sentence)


def _with_gaps(chunk: Chunk) -> FloatSamples:
    """Samples with NaN where they were lost."""
    return np.asarray(np.where(chunk.valid[:, None], chunk.data, np.nan), np.float32)
