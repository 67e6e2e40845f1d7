"""How far a calibration has come, from who it is for to a saved model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.wizard.cueing import (
    CHECK,
    DEMO,
    MOVEMENTS,
    NAME,
    PERSON,
    RECORDING,
    RESTING,
    SAVE,
    SITES,
    STEPS,
    TRY,
    Cueing,
)
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.session.calibration import CUE_TRACK, Calibration
from emgstudio.session.calibration_choices import Choices
from emgstudio.session.calibration_training import Lesson, begin_to_learn

if TYPE_CHECKING:
    from emgstudio.session.session import Session

__all__ = [
    "CHECK",
    "DEMO",
    "MOVEMENTS",
    "NAME",
    "PERSON",
    "RECORDING",
    "RESTING",
    "SAVE",
    "SITES",
    "STEPS",
    "TRY",
    "Flow",
    "Misfit",
]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A model that was made for another sensor: its name, what differs, what it recognises."""

    name: str
    message: str
    classes: tuple[str, ...]


class Flow(Cueing):
    """Adds to the cues: training, what is left out or merged, trying and saving."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.task: Task[Lesson] | Task[GestureModel] | None = None
        self.lesson: Lesson | None = None
        self.problem = ""
        self.model: GestureModel | None = None
        self.saved: Path | None = None
        self.from_disk = False
        self.misfit: Misfit | None = None
        self.choices = Choices()
        self.elsewhere: Callable[[], Calibration | None] = lambda: None
        """A calibration that another page shows: that of a new day."""
        self._trained: tuple[object, ...] = ()
        self._followed: Calibration | None = None

    @property
    def reached(self) -> int:
        """The last step that one may go to."""
        if self.model is not None:
            return SAVE
        if self.task is not None or (self.calibration is not None and self.calibration.finished):
            return CHECK
        return super().reached

    def start(self) -> None:
        """Begin with the cues; an earlier result stays until the new one is trained."""
        self.attempt(self._start)

    def _start(self) -> None:
        self.begin()
        self.task, self.problem, self.saved = None, "", None
        self.choices = Choices()
        self._trained = ()
        self.changed.emit()

    def stop(self) -> None:
        """End the cues; what is there can be trained, or left."""
        self.session.stop_calibration()
        self.stopping = False
        if len({name for name, _ in self.takes()}) >= 2:
            self.attempt(lambda: self._train(go_on=False))
        else:
            self.finish_recording()
            self.show_step(MOVEMENTS)
        self.changed.emit()

    def train(self) -> None:
        """Train from the takes there are, and show how it goes."""
        self.attempt(lambda: self._train(go_on=self.can_redo))

    def _train(self, *, go_on: bool) -> None:
        self._trained = self._to_learn()
        calibration = self.calibration
        if calibration is None:
            raise EmgError("There is nothing to train from.", "Record a calibration first.")
        how = self.choices.how(name for name, _ in self.takes())
        if not go_on:
            self.session.stop_calibration()
            self.finish_recording()
        self.task = begin_to_learn(self.session, calibration, **how)
        self.problem = ""
        self.show_step(CHECK)
        self.changed.emit()

    def _to_learn(self) -> tuple[object, ...]:
        return (frozenset(self.takes().values()), self.choices.now)

    def leave_out(self, gesture: str) -> None:
        """Train without a movement; :meth:`undo` takes it back."""
        self._decide(lambda: self.choices.leave_out(gesture))

    def merge(self, gesture: str, other: str) -> None:
        """Count a movement as another one; :meth:`undo` takes it back."""
        self._decide(lambda: self.choices.merge(gesture, other))

    def undo(self) -> str | None:
        """Take back what was left out or merged last; its words, None when there is nothing."""
        if self.step != CHECK or not self.choices.can_undo:
            return None
        words = self.choices.undo()
        self.train()
        return words

    def redo_choice(self) -> str | None:
        """Leave out or merge again what was taken back."""
        if self.step != CHECK or not self.choices.can_redo:
            return None
        words = self.choices.redo()
        self.train()
        return words

    def _decide(self, choose: Callable[[], None]) -> None:
        def work() -> None:
            choose()
            self.train()

        self.attempt(work)

    def bring_back(self, gesture: str = "", repetition: int = 0) -> bool:
        """Use the older take of a repetition again; after the check it is trained anew."""
        found = super().bring_back(gesture, repetition)
        if found and self.step == CHECK:
            self.train()
        return found

    def try_live(self) -> None:
        """Decode with the trained model and show it."""
        model = self.model
        if model is None:
            return
        if self.run(model, self.saved.name if self.saved is not None else ""):
            self.go(TRY)

    def run(self, model: GestureModel, name: str) -> bool:
        """Decode with a model; one that was made for another sensor becomes :attr:`misfit`."""
        return self.fits(model, name) and self.attempt(lambda: self.session.start_decoding(model))

    def fits(self, model: GestureModel, name: str) -> bool:
        """Whether a model was made for the sensor that streams; if not, what differs is told."""
        before, stream = self.misfit, self.session.main_stream
        self.misfit = None
        if stream is not None:
            try:
                model.check_stream(stream.info)
            except EmgError as error:
                self.misfit = Misfit(name, error.message, model.classes)
        if self.misfit != before:
            self.changed.emit()
        return self.misfit is None

    def forget_misfit(self) -> None:
        """The message was read."""
        self.misfit = None
        self.changed.emit()

    def recalibrate(self) -> None:
        """Teach the movements of the model that did not fit again, with this sensor."""
        misfit = self.misfit
        if misfit is None:
            return
        self.forget_misfit()
        self.calibrate_in_full(misfit.classes)

    def calibrate_in_full(self, classes: tuple[str, ...]) -> None:
        """Offer a whole calibration with these movements."""
        self.attempt(lambda: self.choose(replace(self.plan, gestures=classes)))
        self.lead_to(MOVEMENTS)

    def open_saved(self, path: Path, model: GestureModel) -> None:
        """Look at a model that was saved before, without using it."""
        self.pause()
        self.model, self.saved, self.from_disk, self.lesson = model, path, True, None
        self.lead_to(CHECK)
        self.changed.emit()

    def use_saved(self, path: Path, model: GestureModel) -> bool:
        """Decode with a model that was saved before, and show it."""
        self.pause()
        if not self.run(model, path.name):
            return False
        self.model, self.saved, self.from_disk, self.lesson = model, path, True, None
        self.lead_to(TRY)
        self.changed.emit()
        return True

    def set_postprocess(
        self, spec: PostprocessSpec, sureness: Mapping[str, float] | None = None
    ) -> None:
        """Steadier or faster, at once and in what is saved; ``sureness`` per gesture if given."""
        if self.model is not None:
            self.model = self.model.with_postprocess(spec)
            if sureness is not None:
                self.model = replace(self.model, sureness=dict(sureness))
            if self.session.decoder is not None:
                self.session.decoder.set_postprocess(spec, sureness)

    def save(self, name: str, notes: str) -> bool:
        """Save the model among the user's models; the recording is finished too."""
        model = self.model
        if model is None:
            return False
        about = {"arm": self.person.arm, "mark": self.person.mark, "notes": notes}
        told = {key: words for key, words in about.items() if words}
        model = replace(model, provenance={**model.provenance, **told})

        def work() -> None:
            self.saved = self.session.save_model(model, name)

        if not self.attempt(work):
            return False
        self.finish_recording()
        self.changed.emit()
        return True

    def frame(self) -> None:
        """Look what has happened since the last frame."""
        self._follow_others()
        self.frame_cues()
        task = self.task
        if task is not None and task.ended:
            self._take_over(task)
        elif self.calibration is not None and self.calibration.finished and task is None:
            self._cues_ended()

    def _follow_others(self) -> None:
        """Show a calibration that a script or the demo runs; training it is their business."""
        session, theirs = self.session, self.session.calibration
        if theirs is None or theirs.track != CUE_TRACK or theirs is self.elsewhere():
            return
        if theirs is not self.calibration and not theirs.finished:
            self._followed = theirs
            self.plan, self.task, self.model = theirs.plan, None, None
            self.follow(theirs)
        elif theirs is self._followed and theirs.finished and session.training is not None:
            self._followed = None
            self.task = session.training
            self._trained = self._to_learn()
            self.show_step(CHECK)

    def _cues_ended(self) -> None:
        if self.calibration is self._followed:
            return
        if self._to_learn() != self._trained and self.step in (RESTING, RECORDING):
            self.train()

    def _take_over(self, task: Task[Lesson] | Task[GestureModel]) -> None:
        self.task = None
        if task.state is TaskState.DONE:
            result: Lesson | GestureModel = task.result()
            self.lesson = result if isinstance(result, Lesson) else None
            self.model = result.model if isinstance(result, Lesson) else result
            self.saved, self.from_disk = None, False
        elif task.state is TaskState.CANCELLED:
            self.problem = "The training was stopped."
        else:
            self.problem = str(task.error)
        self.changed.emit()
