"""How far a calibration has come; the pages of the wizard only show it.

It lives as long as the room, so that leaving and coming back loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task, TaskState
from emgstudio.core.types import Level
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.protocol import CuePlan, CueView
from emgstudio.session.calibration import CUE_TRACK, Calibration

if TYPE_CHECKING:
    from emgstudio.session.session import Session

STEPS = ("Movements", "Rest", "Record", "Check", "Try", "Save")
MOVEMENTS, RESTING, RECORDING, CHECK, TRY, SAVE = range(len(STEPS))
DEMO = "sim:gestures"
FIRST_CHOICE = ("open", "fist", "pinch", "point")
NAME = "calibrate"


class Flow(QObject):
    """One calibration from choosing movements to a saved model.

    ``step_changed`` carries the step that is shown, ``changed`` follows everything else.
    """

    step_changed = Signal(int)
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.step = MOVEMENTS
        self.plan = CuePlan((REST, *FIRST_CHOICE))
        self.calibration: Calibration | None = None
        self.task: Task[GestureModel] | None = None
        self.problem = ""
        self.model: GestureModel | None = None
        self.saved: Path | None = None
        self.from_disk = False
        self.stopping = False
        self.hint = ""
        self._trained_takes: frozenset[str] = frozenset()
        self._followed: Calibration | None = None

    @property
    def device(self) -> DeviceWorker | None:
        """The device that calibrates, None while none streams."""
        stream = self.session.main_stream
        return self.session.device_of(stream) if stream is not None else None

    @property
    def ready(self) -> bool:
        """True while samples come."""
        device = self.device
        return device is not None and device.state == DeviceState.STREAMING

    @property
    def running(self) -> bool:
        """True while cues are shown or paused."""
        return self.calibration is not None and not self.calibration.finished

    @property
    def can_redo(self) -> bool:
        """True while takes can still be added to the recording of this calibration."""
        calibration = self.calibration
        return (
            calibration is not None
            and not calibration.stopped
            and self.session.recorder is calibration.recorder
        )

    @property
    def reached(self) -> int:
        """The last step that one may go to."""
        if self.model is not None:
            return SAVE
        if self.task is not None or (self.calibration is not None and self.calibration.finished):
            return CHECK
        return RECORDING if self.running else MOVEMENTS

    def view(self) -> CueView | None:
        """What the person should do now."""
        return self.calibration.view() if self.calibration is not None else None

    def takes(self) -> dict[tuple[str, int], str]:
        """(gesture, repetition) of every complete take, and its annotation's id."""
        calibration = self.calibration
        return {(a.label, a.repetition): a.id for a in calibration.takes} if calibration else {}

    def go(self, step: int) -> None:
        """Show a step; one that was not reached yet is passed over."""
        if step <= self.reached and step != self.step:
            if step not in (RESTING, RECORDING):
                self.pause()
            self.step = step
            self.step_changed.emit(step)

    def choose(self, plan: CuePlan) -> None:
        """Use another plan the next time cues begin."""
        self.plan = plan
        self.changed.emit()

    def start(self) -> None:
        """Begin with the cues; an earlier result stays until the new one is trained."""
        self._attempt(self._start)

    def _start(self) -> None:
        if self.running:
            self.session.stop_calibration()
        self.finish_recording()
        self.calibration = self.session.start_calibration(self.plan)
        self.task, self.problem, self.hint, self.stopping = None, "", "", False
        self.saved = None
        self._trained_takes = frozenset()
        self.step = RESTING
        self.step_changed.emit(self.step)
        self.changed.emit()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        view = self.view()
        if self.calibration is None or view is None or not self.running:
            return
        self.stopping = False
        if view.phase == "paused":
            self.hint = ""
            self.calibration.resume()
        else:
            self.calibration.pause()
        self.changed.emit()

    def pause(self, why: str = "") -> None:
        """Pause if the cues run; ``why`` is shown."""
        view = self.view()
        if self.calibration is not None and self.running and view and view.phase != "paused":
            self.calibration.pause()
            self.hint = why
            self.changed.emit()

    def redo(self, gesture: str, repetition: int) -> None:
        """Ask for one take again; the old one is kept aside."""
        if self.calibration is not None and self.can_redo:
            self.calibration.redo(gesture, repetition)
            self._after_redo()

    def redo_gesture(self, gesture: str) -> None:
        """Ask for all takes of a gesture again."""
        if self.calibration is not None and self.can_redo:
            for name, repetition in sorted(self.takes()):
                if name == gesture:
                    self.calibration.redo(name, repetition)
            self._after_redo()

    def redo_last(self) -> None:
        """Ask for the newest take again."""
        takes = list(self.takes())
        if takes and self.running:
            self.redo(*takes[-1])

    def ask_to_stop(self) -> None:
        """Pause and offer to stop; asked again, go on."""
        if not self.running:
            return
        if self.stopping:
            self.toggle_pause()
            return
        self.pause()
        self.stopping = True
        self.changed.emit()

    def stop(self) -> None:
        """End the cues; what is there can be trained, or left."""
        self.session.stop_calibration()
        self.stopping = False
        if len({name for name, _ in self.takes()}) >= 2:
            self._attempt(lambda: self._train(go_on=False))
        else:
            self.finish_recording()
            self.step = MOVEMENTS
            self.step_changed.emit(self.step)
        self.changed.emit()

    def train(self) -> None:
        """Train from the takes there are, and show how it goes."""
        self._attempt(lambda: self._train(go_on=self.can_redo))

    def _train(self, *, go_on: bool) -> None:
        self._trained_takes = frozenset(self.takes().values())
        self.task = self.session.train_calibration(go_on=go_on)
        self.problem = ""
        self.step = CHECK
        self.step_changed.emit(self.step)
        self.changed.emit()

    def try_live(self) -> None:
        """Decode with the trained model and show it."""
        model = self.model
        if model is None:
            return
        if self._attempt(lambda: self.session.start_decoding(model)):
            self.go(TRY)

    def use_saved(self, path: Path, model: GestureModel) -> bool:
        """Decode with a model that was saved before, and show it."""
        self.pause()
        if not self._attempt(lambda: self.session.start_decoding(model)):
            return False
        self.model, self.saved, self.from_disk = model, path, True
        self.go(TRY)
        self.changed.emit()
        return True

    def set_postprocess(self, spec: PostprocessSpec) -> None:
        """Steadier or faster, at once and in what is saved."""
        if self.model is not None:
            self.model = self.model.with_postprocess(spec)
            if self.session.decoder is not None:
                self.session.decoder.set_postprocess(spec)

    def save(self, name: str, notes: str) -> bool:
        """Save the model among the user's models; the recording is finished too."""
        model = self.model
        if model is None:
            return False
        if notes:
            model = replace(model, provenance={**model.provenance, "notes": notes})

        def work() -> None:
            self.saved = self.session.save_model(model, name)

        if not self._attempt(work):
            return False
        self.finish_recording()
        self.changed.emit()
        return True

    def finish_recording(self) -> None:
        """Finish the recording that this calibration began; one begun by hand goes on."""
        calibration = self.calibration
        if (
            calibration is not None
            and calibration.owns_recording
            and self.session.recorder is calibration.recorder
        ):
            self._attempt(self.session.stop_recording)

    def frame(self) -> None:
        """Look what has happened since the last frame."""
        self._follow_others()
        if self.running and not self.ready:
            self.pause("The sensor stopped sending. Go on when it is back.")
        task = self.task
        if task is not None and task.ended:
            self._take_over(task)
        elif self.calibration is not None and self.calibration.finished and task is None:
            self._cues_ended()
        elif self.running:
            self._follow_phase()

    def _follow_others(self) -> None:
        """Show a calibration that a script or the demo runs; training it is their business."""
        session, theirs = self.session, self.session.calibration
        if theirs is None or theirs.track != CUE_TRACK:
            return
        if theirs is not self.calibration and not theirs.finished:
            self.calibration = self._followed = theirs
            self.plan, self.task, self.model = theirs.plan, None, None
            self.step = RESTING
            self.step_changed.emit(self.step)
        elif theirs is self._followed and theirs.finished and session.training is not None:
            self._followed = None
            self.task, self.step = session.training, CHECK
            self._trained_takes = frozenset(self.takes().values())
            self.step_changed.emit(self.step)

    def _cues_ended(self) -> None:
        if self.calibration is self._followed:
            return
        takes = frozenset(self.takes().values())
        if takes != self._trained_takes and self.step in (RESTING, RECORDING):
            self.train()

    def _follow_phase(self) -> None:
        view = self.view()
        if view is None or self.step not in (RESTING, RECORDING):
            return
        resting = view.phase == "rest" or (view.phase == "paused" and view.gesture == REST)
        step = RESTING if resting else RECORDING
        if step != self.step and view.phase != "ready":
            self.step = step
            self.step_changed.emit(step)

    def _take_over(self, task: Task[GestureModel]) -> None:
        self.task = None
        if task.state is TaskState.DONE:
            self.model, self.saved, self.from_disk = task.result(), None, False
        elif task.state is TaskState.CANCELLED:
            self.problem = "The training was stopped."
        else:
            self.problem = str(task.error)
        self.changed.emit()

    def _after_redo(self) -> None:
        self.hint = ""
        self.step = RECORDING
        self.step_changed.emit(self.step)
        self.changed.emit()

    def _attempt(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except EmgError as error:
            self.session.outbox.notice(Level.ERROR, error.message, error.hint, NAME)
            return False
        return True
