"""A therapy session from the protocol to the end, with the client's own screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from emgstudio.core.clock import host_time
from emgstudio.core.paths import config_folder
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.therapy.client_screen import ClientScreen
from emgstudio.gui.therapy.client_view import ClientEye
from emgstudio.gui.therapy.end_page import EndPage
from emgstudio.gui.therapy.flow import END, PLACE, PROTOCOL, REFERENCE, RUN, TherapyFlow
from emgstudio.gui.therapy.header import TherapyHeader
from emgstudio.gui.therapy.page import TherapyPage
from emgstudio.gui.therapy.place_page import PlacePage
from emgstudio.gui.therapy.protocol_page import ProtocolPage
from emgstudio.gui.therapy.reference_page import ReferencePage
from emgstudio.gui.therapy.run_page import RunPage
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import STEP
from emgstudio.session.therapy.protocol import Protocols
from emgstudio.session.therapy.sound import ExerciseSound

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

REFRESH_S = 0.25


class TherapyRoom(Room):
    """Pages over one flow. A running exercise goes on while another room is shown."""

    key = "therapy"
    title = "Therapy"
    icon_name = "therapy"
    folds_labels = True

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self.flow = TherapyFlow(session, Protocols(config_folder()))
        self.header = TherapyHeader()
        self.protocol = ProtocolPage(self.flow, self.attempt, self.wanted.emit)
        self.place = PlacePage(self.flow, self.attempt)
        self.reference = ReferencePage(self.flow, self.attempt)
        self.sound = ExerciseSound(lambda: session.settings.sounds)
        self.run = RunPage(self.flow, self.attempt, self.sound)
        self.end = EndPage(self.flow, self.attempt, self._report, self._leave)
        self.pages: dict[int, TherapyPage] = {
            PROTOCOL: self.protocol,
            PLACE: self.place,
            REFERENCE: self.reference,
            RUN: self.run,
            END: self.end,
        }
        self.screen_window: ClientScreen | None = None
        self._eye = ClientEye()
        self._refreshed = 0.0
        self._stream: Stream | None = None
        # Whom the bar above named when the flow last followed it.
        self._client = ""
        self._stack = QStackedWidget()
        for page in self.pages.values():
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._stack, 1)
        self.header.chosen.connect(self._go)
        self.header.picture_chosen.connect(self._choose_picture)
        self.header.screen_wanted.connect(self.toggle_screen)
        self.flow.changed.connect(self._refresh)
        self.flow.step_changed.connect(self._show_step)
        higher = self.add_action("Goal higher", "+", lambda: self.run.move_goal(STEP))
        # Without Shift on many keyboards.
        higher.setShortcuts([QKeySequence("+"), QKeySequence("=")])
        self._run_actions = [
            self.add_action("Pause or go on", "Space", self.run.toggle_pause),
            self.add_action("Skip this part", "N", self.run.skip),
            self.add_action("Measure the reference again", "V", self.run.measure_again),
            higher,
            self.add_action("Goal lower", "-", lambda: self.run.move_goal(-STEP)),
        ]
        self.add_action("Client screen", "F11", self.toggle_screen)
        self.add_action("Next step", "Return", lambda: self.page.primary())
        tick.frame.connect(self._frame)
        self._show_step(PROTOCOL)

    @property
    def page(self) -> TherapyPage:
        """The page that is shown."""
        return self.pages[self.flow.step]

    def entered(self) -> None:
        """Show how things are now; keys work at once."""
        self._follow_client()
        if self.flow.step == PROTOCOL and not self.flow.client:
            self.flow.client = self.session.client
        self.flow.fill()
        self.page.setFocus()

    def open(self, thing: object) -> None:
        """Begin with a client, on the page of electrodes when the set-up is known."""
        if not isinstance(thing, StartTherapy):
            return
        if self.flow.running:
            self.attempt(lambda: self.flow.finish(host_time()))
        # The bar above says for whom, and so does whatever is recorded besides.
        self.session.client = self._client = thing.client_code
        self.flow.use(thing.client_code, thing.plan)
        if thing.plan is not None:
            # Part of what is repeated: with which sensor.
            self.attempt(self.flow.connect_last)
        waiting = bool(self.session.devices) and self.flow.stream is None
        ready = thing.plan is not None and (waiting or self.flow.missing() is None)
        self.flow.go(PLACE if ready else PROTOCOL)

    def _follow_client(self) -> None:
        """Another client was chosen in the bar above; what was measured of the one before goes."""
        chosen, flow = self.session.client, self.flow
        if chosen != self._client and flow.step <= REFERENCE and not flow.running:
            self._client = chosen
            self.reference.leave()
            self.reference.rest.cancel()
            flow.use(chosen, None)

    def left(self) -> None:
        """A reference effort needs somebody who looks; an exercise goes on."""
        self.reference.leave()

    def close_room(self) -> None:
        """The window closes: so does the client's, and the exercise ends."""
        if self.flow.running:
            self.attempt(lambda: self.flow.finish(host_time()))
        self.sound.close()
        if self.screen_window is not None:
            self.screen_window.close()

    def toggle_screen(self) -> None:
        """Open the client's window, or close it."""
        if self.screen_window is not None:
            self.screen_window.close()
            return
        made = ClientScreen()
        made.choose(self.header.picture.currentIndex())
        made.paused.connect(self.run.toggle_pause)
        made.closed.connect(self._screen_closed)
        self.screen_window = made
        made.show_on(self.window())
        self.window().activateWindow()

    def _screen_closed(self) -> None:
        if self.screen_window is not None:
            self.screen_window.deleteLater()
            self.screen_window = None

    def _choose_picture(self, place: int) -> None:
        if self.screen_window is not None:
            self.screen_window.choose(place)

    def _go(self, step: int) -> None:
        self.reference.leave()
        if step == RUN and self.flow.on_hold:
            self.attempt(lambda: self.flow.back_to_exercise(host_time()))
        else:
            self.flow.go(step)

    def _show_step(self, step: int) -> None:
        self._stack.setCurrentWidget(self.pages[step])
        if step != REFERENCE:
            # The recording of an exercise that waits may end meanwhile; nor is it rest any more.
            self.reference.leave()
            self.reference.rest.cancel()
        if step == RUN:
            self._eye = ClientEye()
            self._remember()
        for action in self._run_actions:
            action.setEnabled(step == RUN)
        self._refresh()
        self.page.setFocus()

    def _remember(self) -> None:
        """For “Repeat last session” of this client."""
        run = self.flow.run
        if run is not None and run.plan.client:
            self.attempt(lambda: self.session.clients.remember_plan(run.plan))

    def _refresh(self) -> None:
        self.header.refresh(self.flow)
        self.page.refresh()

    def _frame(self, now: float) -> None:
        """The exercise first, then what is seen of it."""
        flow, run = self.flow, self.flow.run
        if flow.running and run is not None:
            run.advance(now)
            self.sound.follow(run)
            if self.screen_window is not None:
                self.screen_window.show_view(self._eye.look(run, now))
            if run.exercise.part.phase is Phase.DONE or self.session.recorder is None:
                self.attempt(lambda: flow.finish(now))
        if not self.isVisible():
            return
        self.page.frame(now)
        if now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            self._follow_client()
            if flow.stream is not self._stream and not flow.running:
                self._stream = flow.stream
                flow.fill()
            self.page.slow_frame(now)
            self.header.refresh(flow)

    def _report(self, paths: list[Path]) -> None:
        from emgstudio.gui.report import open_report

        self.attempt(lambda: open_report(self.session, self.tick, self.window(), paths))

    def _leave(self) -> None:
        client = self.flow.client
        if self.screen_window is not None:
            self.screen_window.close()
        self.flow.use("", None)
        self.flow.go(PROTOCOL)
        if client:
            self.wanted.emit("clients", client)
