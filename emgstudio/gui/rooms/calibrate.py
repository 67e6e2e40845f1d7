"""Teach the app a person's movements, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QStackedWidget, QVBoxLayout, QWidget

from emgstudio.devices.worker import DeviceState
from emgstudio.gui.evaluation.page import TestsPage
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard.check_page import CheckPage
from emgstudio.gui.wizard.choose_page import ChoosePage
from emgstudio.gui.wizard.cue_page import CuePage
from emgstudio.gui.wizard.day_page import DayPage
from emgstudio.gui.wizard.flow import (
    CHECK,
    DEMO,
    MOVEMENTS,
    PERSON,
    RECORDING,
    RESTING,
    SAVE,
    SITES,
    TRY,
    Flow,
)
from emgstudio.gui.wizard.header import Header
from emgstudio.gui.wizard.misfit import MisfitBar
from emgstudio.gui.wizard.models_page import ModelsPage
from emgstudio.gui.wizard.no_device_page import NoDevicePage
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.person_page import PersonPage
from emgstudio.gui.wizard.save_page import SavePage
from emgstudio.gui.wizard.send_page import SendPage
from emgstudio.gui.wizard.sites_page import SitesPage
from emgstudio.gui.wizard.start import MODELS, NEW_DAY, SEND_DECISIONS
from emgstudio.gui.wizard.try_page import TryPage
from emgstudio.session.saved_models import SavedModel

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class CalibrateRoom(Room):
    """The wizard. Leaving the room pauses the cues; everything else is as it was left."""

    key = "calibrate"
    title = "Calibrate"
    icon_name = "calibrate"

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self.flow = Flow(session)
        self.header = Header()
        self.no_device = NoDevicePage(self._connect_demo, lambda: self.wanted.emit("devices", None))
        self.person = PersonPage(self.flow, self.show_new_day, self.show_models)
        self.sites = SitesPage(self.flow)
        self.choose = ChoosePage(self.flow, self.show_models)
        self.cues = CuePage(self.flow)
        self.check = CheckPage(self.flow)
        self.try_it = TryPage(self.flow)
        self.save = SavePage(self.flow, lambda: self.wanted.emit("live", None), self.sites.picture)
        self.pages: dict[int, WizardPage] = {
            PERSON: self.person,
            SITES: self.sites,
            MOVEMENTS: self.choose,
            RESTING: self.cues,
            RECORDING: self.cues,
            CHECK: self.check,
            TRY: self.try_it,
            SAVE: self.save,
        }
        self.day = DayPage(self.flow, self.leave_aside)
        self.send = SendPage(self.flow, self.leave_aside)
        self.models = ModelsPage(self.flow, self.leave_aside, self._begin_day)
        self.misfit = MisfitBar(self.flow, self.show_models)
        self.tests = TestsPage(self.flow, self.leave_aside, self.show_models)
        for tests_wanted in (self.try_it.tests_wanted, self.models.tests_wanted):
            tests_wanted.connect(self.show_tests)
        for send_wanted in (self.try_it.send_wanted, self.save.send_wanted):
            send_wanted.connect(self.show_sending)
        self.flow.elsewhere = lambda: self.day.day.calibration if self.day.day else None
        self._aside: WizardPage | None = None
        self._stack = QStackedWidget()
        beside = (self.no_device, self.day, self.send, self.models, self.tests)
        for page in (*beside, *dict.fromkeys(self.pages.values())):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.misfit)
        layout.addWidget(self._stack, 1)
        self._state: object = None
        self._cue_actions = self._add_actions()
        self.header.chosen.connect(self._go)
        self.flow.step_changed.connect(self._show_step)
        self.flow.changed.connect(self._refresh)
        tick.frame.connect(self._frame)
        self._refresh()

    def _add_actions(self) -> list[QAction]:
        """Everything that has a key or a place in the menu; those for the cues are returned."""
        cues = [
            self.add_action("Pause or go on", "Space", self.flow.toggle_pause),
            self.add_action("Redo the chosen take", "R", self.flow.redo_picked),
            self.add_action("Bring the old take back", "U", self.flow.bring_back),
            self.add_action("Choose the take before", "Left", lambda: self.flow.pick(1)),
            self.add_action("Choose the take after", "Right", lambda: self.flow.pick(-1)),
            self.add_action("Stop (asks first)", "Esc", self.flow.ask_to_stop),
        ]
        self.add_action("Next step", "Return", self._primary)
        self.add_action("Send decisions", "", self.show_sending)
        self.add_action("Saved models", "", self.show_models)
        self.add_action("Tests of control", "", self.show_tests)
        return cues

    def undo(self) -> str | None:
        """Take back what was left out or merged, or a model that was deleted."""
        if self._aside is self.models:
            return self.models.undo()
        return self.flow.undo()

    def redo(self) -> str | None:
        """Leave out or merge again."""
        return self.flow.redo_choice()

    def open(self, thing: object) -> None:
        """The quick update of a saved model, the saved models, or where decisions go."""
        if thing == NEW_DAY:
            self.show_new_day()
        elif thing == MODELS:
            self.show_models()
        elif thing == SEND_DECISIONS:
            self.show_sending()

    def show_new_day(self) -> None:
        """Show the quick update of a saved model."""
        self.flow.pause()
        self.flow.leave_look()
        self._aside = self.day
        self.day.start_over()
        self._refresh()
        self.day.setFocus()

    def show_sending(self) -> None:
        """Show where decisions go; recognition goes on."""
        self.flow.pause()
        self.flow.leave_look()
        self.day.leave()
        self._aside = self.send
        self._refresh()
        self.send.setFocus()

    def show_models(self) -> None:
        """Show what was saved."""
        self.flow.pause()
        self.flow.leave_look()
        self.day.leave()
        self._aside = self.models
        self._refresh()
        self.models.setFocus()

    def _begin_day(self, saved: SavedModel) -> None:
        self.show_new_day()
        self.day.begin(saved)

    def show_tests(self) -> None:
        """Show the tests of control; recognition goes on."""
        self.flow.pause()
        self.flow.leave_look()
        self.day.leave()
        self._aside = self.tests
        self.tests.show_cards()
        self._refresh()
        self.tests.setFocus()

    def leave_aside(self) -> None:
        """Back to the wizard, as it was left."""
        self.day.leave()
        self._aside = None
        self._show_step(self.flow.step)

    def entered(self) -> None:
        """Show how things are now; keys work at once."""
        self._refresh()
        (self.page or self).setFocus()

    def left(self) -> None:
        """Nobody sees the cues any more."""
        self.flow.leave_look()
        self.day.leave()
        self.flow.pause("Paused because you went to another room.")
        self.flow.sound.hush()

    def close_room(self) -> None:
        """The session ends the rest."""
        self.day.leave()
        self.flow.pause()
        self.flow.sound.close()

    @property
    def page(self) -> WizardPage | None:
        """The page that is shown, None while there is no sensor."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, WizardPage) else None

    def _go(self, step: int) -> None:
        if self._aside is not None:
            self.leave_aside()
        self.flow.go(step)
        self._refresh()

    def _show_step(self, _step: int) -> None:
        self.day.leave()
        self._aside = None
        self._refresh()
        # The keyboard belongs to the new page, not to what was clicked on the old one.
        (self.page or self).setFocus()

    def _refresh(self) -> None:
        flow = self.flow
        nothing_yet = flow.calibration is None and flow.model is None
        # Places can be set up, and models looked at, before there is a sensor.
        without = self._aside in (self.send, self.models)
        waiting = not flow.ready and nothing_yet and not without
        page = self._aside or self.pages[flow.step]
        self._stack.setCurrentWidget(self.no_device if waiting else page)
        self.header.refresh(flow, aside=self._aside is not None)
        self.misfit.refresh()
        if waiting:
            self._say_connecting()
        elif self.page is not None:
            self.page.refresh()
        for action in self._cue_actions:
            action.setEnabled(self.page is self.cues)

    def _say_connecting(self) -> None:
        states = [
            worker.state_text
            for worker in self.session.devices.values()
            if worker.state not in (DeviceState.CLOSED, DeviceState.IDLE)
        ]
        self.no_device.state.setText(states[-1] if states else "")
        self.no_device.demo.setEnabled(not states)

    def _frame(self, _now: float) -> None:
        flow = self.flow
        flow.frame()
        if not self.isVisible():
            return
        device = flow.device
        states = tuple((k, w.state) for k, w in self.session.devices.items())
        state = (states, device, flow.running, flow.can_redo, self.session.decoder is None)
        if state != self._state:
            self._state = state
            if flow.step == TRY and flow.model is not None and flow.ready:
                # Another sensor may have taken the place of the one that was decoded.
                flow.fits(flow.model, flow.saved.name if flow.saved is not None else "")
            self._refresh()
        if self.page is not None:
            self.page.frame()

    def _connect_demo(self) -> None:
        self.attempt(lambda: self.session.connect(DEMO))

    def _primary(self) -> None:
        # Enter in a number field takes the number over and does no more.
        typing = isinstance(QApplication.focusWidget(), QAbstractSpinBox)
        if self.page is not None and not typing:
            self.page.primary()
