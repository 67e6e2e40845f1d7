"""The same person on another day: one short hold each, then the better of two models.

The band may sit turned; the holds are looked at without their labels for that. The old
model and the updated one are compared on halves of the holds that the update has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Literal

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task, TaskState
from emgstudio.core.types import Annotation
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.model import GestureModel
from emgstudio.ml.newday import FEWEST_CHANNELS, Turn, find_turn, new_dataset, turned, updated
from emgstudio.ml.protocol import CuePlan, CueView
from emgstudio.ml.report import light
from emgstudio.ml.trainer import TRIM_END_S, TRIM_START_S
from emgstudio.session.calibration import Calibration
from emgstudio.session.training import labelled_samples
from emgstudio.storage.recording import Recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REST_S, COUNTDOWN_S, HOLD_S, PAUSE_S = 5.0, 1.0, 2.0, 0.5
MANY_BAD = 2
NO_TRIM = {"trim_start_s": 0.0, "trim_end_s": 0.0}
Kept = Literal["updated", "turned", "as it was"]


@dataclass(frozen=True, slots=True)
class MovementToday:
    """Share of windows recognised by the model that is kept, 0–1, and its lamp."""

    gesture: str
    recall: float
    light: str


@dataclass(frozen=True, slots=True)
class DayResult:
    """What the day showed; ``old`` and ``new`` are mean recalls of the movements, 0–1.

    ``model`` is the better one; ``before`` is the old one, untouched.
    """

    before: GestureModel
    model: GestureModel
    kept: Kept
    old: float
    new: float
    turn: Turn | None
    movements: tuple[MovementToday, ...]

    @property
    def turn_words(self) -> str:
        """How the band sits, "" where that cannot be told."""
        if self.turn is None:
            return ""
        steps, names = self.turn.steps, self.before.channels
        if not steps:
            return "The sensor sits as it did."
        count = "one electrode" if abs(steps) == 1 else f"{abs(steps)} electrodes"
        return (
            f"The band is turned by {count}: {names[-steps % len(names)]} sits where "
            f"{names[0]} was. Corrected."
        )

    @property
    def words(self) -> str:
        """``Yesterday's model: 78 %, updated: 93 %.``"""
        old, new = f"{self.old * 100:.0f} %", f"{self.new * 100:.0f} %"
        if self.kept == "as it was":
            return f"The old model is the better one: {old}. It stays as it is."
        return f"The old model: {old}. Updated: {new}."

    @property
    def bad(self) -> tuple[str, ...]:
        """Movements below three in four; what to do about them is in :attr:`advice`."""
        return tuple(m.gesture for m in self.movements if m.light == "red" and m.gesture != REST)

    @property
    def advice(self) -> str:
        """What to do next, "" if all is well."""
        if len(self.bad) > MANY_BAD:
            return "Many movements are not recognised: look at how the sensor sits, then try again."
        if self.bad:
            names = ", ".join(gesture_title(name) for name in self.bad)
            return f"Not reliable yet: {names}. Calibrate again, or leave it out."
        return ""


def day_plan(model: GestureModel, seed: int = 0) -> CuePlan:
    """Five seconds of rest and one hold of two seconds for each movement of a model."""
    return CuePlan(
        model.classes,
        repetitions=1,
        hold_s=HOLD_S,
        pause_s=PAUSE_S,
        countdown_s=COUNTDOWN_S,
        rest_s=REST_S if REST in model.classes else 0.0,
        seed=seed,
    )


def update_day(model: GestureModel, part: LabelledSamples) -> DayResult:
    """Compare and update with today's holds, one per movement.

    Raises EmgError when nothing of the day can be used.
    """
    first, second = (replace(part, annotations=half) for half in _halves(part.annotations, model))
    turn = _turn(model, part)
    today = turned(model, turn) if turn is not None else model
    old = _recalls([(model, first), (model, second)])
    same = today is model or (turn is not None and turn.steps == 0)
    corrected = old if same else _recalls([(today, first), (today, second)])
    new = _recalls(
        [(updated(today, [second], **NO_TRIM), first), (updated(today, [first], **NO_TRIM), second)]
    )
    whole = updated(today, [part], trim_start_s=TRIM_START_S, trim_end_s=TRIM_END_S)
    candidates: list[tuple[Kept, GestureModel, dict[str, float]]] = [
        ("updated", whole, new),
        ("turned", today, corrected),
        ("as it was", model, old),
    ]
    # The first of equals: what has seen today is to be preferred.
    kept, best, recalls = max(candidates, key=lambda c: fmean(c[2].values()))
    movements = tuple(
        MovementToday(gesture, recall, light(recall)) for gesture, recall in sorted(recalls.items())
    )
    return DayResult(
        model, best, kept, fmean(old.values()), fmean(recalls.values()), turn, movements
    )


def _turn(model: GestureModel, part: LabelledSamples) -> Turn | None:
    """How the band sits, from the movements without their labels; None with few electrodes."""
    if len(model.channels) < FEWEST_CHANNELS:
        return None
    moving = [a for a in part.annotations if a.label != REST and not a.is_event]
    pieces = [
        part.samples[round((a.start + TRIM_START_S) * part.rate) : round(a.stop * part.rate)]
        for a in moving
    ]
    length, step = model.window_samples
    long_enough = [np.asarray(sliding(p, length, step)) for p in pieces if len(p) >= length]
    return find_turn(model, np.concatenate(long_enough)) if long_enough else None


def _halves(
    labels: Sequence[Annotation], model: GestureModel
) -> tuple[tuple[Annotation, ...], tuple[Annotation, ...]]:
    """Each label, trimmed, cut in two; windows of the two halves share no sample."""
    known = [a for a in labels if a.label in model.classes and not a.is_event]
    if not known:
        raise EmgError("Nothing was recorded today.", "Try again, holding each movement.")
    cuts = [
        (a, a.start + TRIM_START_S, (a.start + TRIM_START_S + a.stop - TRIM_END_S) / 2)
        for a in known
    ]
    return (
        tuple(a.moved(start, middle) for a, start, middle in cuts),
        tuple(a.moved(middle, a.stop - TRIM_END_S) for a, _start, middle in cuts),
    )


def _recalls(tested: Sequence[tuple[GestureModel, LabelledSamples]]) -> dict[str, float]:
    """Share of windows recognised, by gesture, over all the pairs of a model and what it sees."""
    hits: dict[str, list[float]] = {}
    for model, part in tested:
        seen = new_dataset(model, [part], **NO_TRIM)
        right = model.lda.predict(seen.x) == seen.y
        for gesture in seen.classes:
            hits.setdefault(gesture, []).extend(right[seen.y == gesture].astype(float).tolist())
    return {gesture: fmean(values) for gesture, values in hits.items()}


class NewDay:
    """One run: cues, then thinking, then a result; pulled forward by whoever shows it.

    Raises EmgError at the beginning when the model does not fit the sensor.
    """

    def __init__(self, session: Session, path: Path, model: GestureModel) -> None:
        stream = session.main_stream
        if stream is None:
            raise EmgError("Nothing streams yet.", "Connect the sensor, then begin the day.")
        model.check_stream(stream.info)
        session.stop_decoding()
        if stream.condition != model.condition:
            stream.set_condition(model.condition)
        self.path = path
        self.before = model
        self.result: DayResult | None = None
        self.problem = ""
        self._session = session
        self._task: Task[DayResult] | None = None
        own = session.recorder is None
        if own:
            session.start_recording(title="new day")
        self.calibration: Calibration = session.start_calibration(day_plan(model))
        self.calibration.owns_recording = own

    @property
    def thinking(self) -> bool:
        """True while the models are compared."""
        return self._task is not None

    def view(self) -> CueView:
        """What the person should do now."""
        return self.calibration.view()

    def advance(self) -> bool:
        """Go on; True when something has changed that is to be shown."""
        if self.result is not None or self.problem:
            return False
        if self._task is None:
            if not self.calibration.finished:
                return False
            self._compare()
            return True
        if not self._task.ended:
            return False
        if self._task.state is TaskState.DONE:
            self.result = self._task.result()
        else:
            self.problem = str(self._task.error or "It was stopped.")
        self._task = None
        return True

    def stop(self) -> None:
        """Leave it; the recording is kept, no model is changed."""
        if not self.calibration.finished:
            self._session.stop_calibration()
            self._finish_recording()
            self.problem = "Stopped. Nothing was changed."

    def _compare(self) -> None:
        calibration, model = self.calibration, self.before

        def work(_progress: Progress) -> DayResult:
            calibration.wait_until_written()
            recording = Recording.open(calibration.path)
            used = recording.main.info.used_columns
            return update_day(model, labelled_samples(recording, model.condition, used))

        self._finish_recording()
        self._task = self._session.tasks.submit("New day", work)

    def _finish_recording(self) -> None:
        recorder = self.calibration.recorder
        if self.calibration.owns_recording and self._session.recorder is recorder:
            self._session.stop_recording()
