"""Cues from choosing movements to the last take; the pages of the wizard only show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.paths import config_folder
from emgstudio.core.types import Level
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.gui.wizard.cue_sound import CueSound
from emgstudio.ml.gestures import REST
from emgstudio.ml.protocol import CuePlan, CueView
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_coach import Coach
from emgstudio.session.calibration_look import SiteLook
from emgstudio.session.calibration_person import CueStyle, Person, Preset, PresetBook
from emgstudio.session.calibration_training import begin_to_learn
from emgstudio.session.movement_pictures import MovementPictures

if TYPE_CHECKING:
    from emgstudio.session.session import Session

STEPS = ("Person", "Sites", "Movements", "Rest", "Record", "Check", "Try", "Save")
PERSON, SITES, MOVEMENTS, RESTING, RECORDING, CHECK, TRY, SAVE = range(len(STEPS))
DEMO = "sim:gestures"
FIRST_CHOICE = ("open", "fist", "pinch", "point")
NAME = "calibrate"


class Cueing(QObject):
    """Who, where, which movements, and the cues themselves.

    ``step_changed`` carries the step that is shown, ``changed`` follows everything else.
    It lives as long as the room, so that leaving and coming back loses nothing.
    """

    step_changed = Signal(int)
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.step = PERSON
        self.sound = CueSound(session)
        self.pictures = MovementPictures(config_folder())
        self.book = PresetBook(config_folder())
        preset = self.book.last()
        self.person: Person = preset.person
        self.style: CueStyle = preset.style
        self.plan = preset.plan or CuePlan((REST, *FIRST_CHOICE))
        self.look: SiteLook | None = None
        self.calibration: Calibration | None = None
        self.coach: Coach | None = None
        self.stopping = False
        self.hint = ""
        self.picked: tuple[str, int] | None = None
        self._position = 0

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
        return RECORDING if self.calibration is not None else MOVEMENTS

    def view(self) -> CueView | None:
        """What the person should do now."""
        return self.calibration.view() if self.calibration is not None else None

    def takes(self) -> dict[tuple[str, int], str]:
        """(gesture, repetition) of every complete take, and its annotation's id."""
        calibration = self.calibration
        return {(a.label, a.repetition): a.id for a in calibration.takes} if calibration else {}

    def go(self, step: int) -> None:
        """Show a step; one that was not reached yet is passed over."""
        if step <= self.reached:
            if step not in (RESTING, RECORDING):
                self.pause()
            self.show_step(step)

    def show_step(self, step: int) -> None:
        """Show a step, reached or not."""
        if step != self.step:
            self.step = step
            self.step_changed.emit(step)

    def lead_to(self, step: int) -> None:
        """Show a step, also where a page beside the steps is shown."""
        self.step = step
        self.step_changed.emit(step)

    def choose(self, plan: CuePlan) -> None:
        """Use another plan the next time cues begin."""
        self.plan = plan
        self.changed.emit()

    def set_person(self, person: Person) -> None:
        """Somebody else, or another side; who was here before gets what was chosen then."""
        if person.code != self.person.code and person.code in self.book.codes():
            preset = self.book.of(person.code)
            person, self.style = preset.person, preset.style
            self.plan = preset.plan or self.plan
        self.person = person
        self.changed.emit()

    def look_at_sites(self) -> None:
        """Begin with the ten seconds of opening and closing the hand."""
        stream, device = self.session.main_stream, self.device
        if stream is not None and device is not None:
            self.look = SiteLook(device, stream, self.person.sites_needed, host_time())
            self.changed.emit()

    def leave_look(self) -> None:
        """Stop looking; a report stays."""
        if self.look is not None and self.look.report is None:
            self.look.stop()
            self.look = None

    def begin(self) -> None:
        """Start the cues, and the recording that they label."""
        session = self.session
        if self.running:
            session.stop_calibration()
        self.finish_recording()
        own = session.recorder is None
        if own:
            session.start_recording(title="calibration", subject=self.person.code)
        calibration = session.start_calibration(self.plan)
        calibration.owns_recording = own
        calibration.style = self.style
        self.follow(calibration)
        self.book.keep(Preset(self.person, self.plan, self.style))

    def follow(self, calibration: Calibration) -> None:
        """Show the cues of a calibration from its beginning."""
        self.calibration = calibration
        self.coach = Coach(calibration, partial(begin_to_learn, self.session, calibration))
        self.hint, self.stopping, self.picked, self._position = "", False, None, 0
        self.show_step(RESTING)

    def toggle_pause(self) -> None:
        """Pause, or go on; going on after a rest that was none uses it as it is."""
        view = self.view()
        if self.calibration is None or view is None or not self.running:
            return
        if self._rest_refused and self.coach is not None:
            self.coach.accept_rest()
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

    def add_repetition(self, gesture: str) -> None:
        """Ask for one take more of a gesture."""
        if self.calibration is not None and self.can_redo:
            self.calibration.add(gesture)
            self._after_redo()

    def redo_picked(self) -> None:
        """Ask for the chosen take again, the newest if none is chosen; or for a spoilt rest."""
        take = self.picked_take
        if self._rest_refused:
            self.repeat_rest()
        elif take is not None and self.running:
            self.picked = None
            self.redo(*take)

    def bring_back(self, gesture: str = "", repetition: int = 0) -> bool:
        """Use the older take of a repetition again (the chosen one); again undoes it."""
        take = (gesture, repetition) if gesture else self.picked_take
        if take is None or self.calibration is None or not self.can_redo:
            return False
        found = self.calibration.bring_back(*take)
        if found:
            self.changed.emit()
        return found

    @property
    def picked_take(self) -> tuple[str, int] | None:
        """The take that keys act on: the chosen one, else the newest."""
        takes = [t for t in self.takes() if t[0] != REST]
        return self.picked if self.picked in takes else (takes[-1] if takes else None)

    def pick(self, back: int) -> None:
        """Choose the take before (1) or after (-1) the chosen one."""
        takes = [t for t in self.takes() if t[0] != REST]
        take = self.picked_take
        if take is not None:
            at = min(len(takes) - 1, max(0, takes.index(take) - back))
            self.picked = takes[at]
            self.changed.emit()

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

    def finish_recording(self) -> None:
        """Finish the recording that this calibration began; one begun by hand goes on."""
        calibration = self.calibration
        if (
            calibration is not None
            and calibration.owns_recording
            and self.session.recorder is calibration.recorder
        ):
            self.attempt(self.session.stop_recording)

    def frame_cues(self) -> None:
        """Look what has happened to the cues since the last frame."""
        if self.look is not None and self.look.advance(host_time()):
            self.changed.emit()
        if self.running and not self.ready:
            self.pause("The sensor stopped sending. Go on when it is back.")
        if self.coach is not None and self.coach.listen():
            self.heed()
        if self.running:
            self._follow_phase()

    def heed(self) -> None:
        """Something was heard of a take; a spoilt rest makes the cues wait for an answer."""
        if self._rest_refused:
            self.pause()
        self.changed.emit()

    @property
    def _rest_refused(self) -> bool:
        return self.coach is not None and self.coach.rest_refused

    def repeat_rest(self) -> None:
        """Rest once more, then go on."""
        if self.coach is not None and self.calibration is not None:
            self.coach.rest_again()
            for name, repetition in sorted(self.takes()):
                if name == REST:
                    self.calibration.redo(name, repetition)
            self.toggle_pause()

    def accept_rest(self) -> None:
        """Use the rest as it is."""
        if self.coach is not None:
            self.coach.accept_rest()
            self.toggle_pause()

    def _follow_phase(self) -> None:
        view, calibration = self.view(), self.calibration
        if view is None or calibration is None or self.step not in (RESTING, RECORDING):
            return
        resting = view.phase == "rest" or (view.phase == "paused" and view.gesture == REST)
        step = RESTING if resting else RECORDING
        if step != self.step and view.phase != "ready":
            self.show_step(step)
        if view.phase == "countdown":
            self._follow_position(view, calibration)

    def _follow_position(self, view: CueView, calibration: Calibration) -> None:
        """Wait while the arm is brought to another position."""
        repetitions = calibration.plan.repetitions
        position = calibration.style.position(view.repetition, repetitions)
        if position != self._position:
            self._position = position
            words = calibration.style.position_words(view.repetition, repetitions)
            self.pause(f"Another position. {words} Space goes on.")

    def _after_redo(self) -> None:
        self.hint = ""
        self.show_step(RECORDING)
        self.changed.emit()

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do what a person asked for; what goes wrong becomes a notice."""
        try:
            work()
        except EmgError as error:
            self.session.outbox.notice(Level.ERROR, error.message, error.hint, NAME)
            return False
        return True
