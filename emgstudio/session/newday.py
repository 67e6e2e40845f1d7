"""The same person on another day: one short hold each shows how the sensor sits and what helps.

Which models can be used then, and how well each would do, is in ``newday_result``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task, TaskState
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.protocol import CuePlan, CueView
from emgstudio.session.calibration import Calibration
from emgstudio.session.newday_result import DayResult, update_day
from emgstudio.session.training import labelled_samples
from emgstudio.storage.recording import Recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REST_S, COUNTDOWN_S, HOLD_S, PAUSE_S = 5.0, 1.0, 2.0, 0.5


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


class NewDay:
    """One run: cues, then thinking, then a result; pulled forward by whoever shows it.

    The recording goes on until :meth:`finish`, so that one movement can be held again.
    ``recentre`` offers the model adapted without labels, too. Raises EmgError at the
    beginning when the model does not fit the sensor.
    """

    def __init__(
        self, session: Session, path: Path, model: GestureModel, *, recentre: bool = False
    ) -> None:
        stream = session.main_stream
        if stream is None:
            raise EmgError("Nothing streams yet.", "Connect the sensor, then begin the day.")
        model.check_stream(stream.info)
        session.stop_decoding()
        if stream.condition != model.condition:
            stream.set_condition(model.condition)
        self.path = path
        self.before = model
        self.recentre = recentre
        self.result: DayResult | None = None
        self.problem = ""
        self._session = session
        self._task: Task[DayResult] | None = None
        own = session.recorder is None
        if own:
            session.start_recording(title="new day")
        began = host_time()
        self.calibration: Calibration = session.start_calibration(day_plan(model))
        self.calibration.owns_recording = own
        self._began = self.calibration.recorder.time_of(began)

    @property
    def thinking(self) -> bool:
        """True while the models are compared."""
        return self._task is not None

    @property
    def can_redo(self) -> bool:
        """Whether a movement can be held again: its recording still runs."""
        return (
            self.result is not None
            and not self.calibration.stopped
            and self._session.recorder is self.calibration.recorder
        )

    def view(self) -> CueView:
        """What the person should do now."""
        return self.calibration.view()

    def redo(self, gesture: str) -> None:
        """Hold one movement again, then compare anew; its other hold of today is kept aside."""
        if self.can_redo:
            self.calibration.redo(gesture, 1)
            self.result = None

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
            self.finish()
        self._task = None
        return True

    def finish(self) -> None:
        """End the recording if it was begun for this; nothing can be held again after that."""
        recorder = self.calibration.recorder
        if self.calibration.owns_recording and self._session.recorder is recorder:
            self._session.stop_recording()

    def stop(self) -> None:
        """Leave it; the recording is kept, no model is changed."""
        if not self.calibration.finished:
            self._session.stop_calibration()
            self.problem = "Stopped. Nothing was changed."
        self.finish()

    def _compare(self) -> None:
        calibration, model, recentre = self.calibration, self.before, self.recentre
        # Somebody may have calibrated into the same recording before.
        held = {take.id for take in calibration.takes if take.start >= self._began}

        def work(_progress: Progress) -> DayResult:
            calibration.wait_until_written()
            recording = Recording.open(calibration.path)
            used = recording.main.info.used_columns
            part = labelled_samples(recording, model.condition, used)
            today = tuple(a for a in part.annotations if a.id in held)
            return update_day(model, replace(part, annotations=today), recentre=recentre)

        self._task = self._session.tasks.submit("New day", work)
