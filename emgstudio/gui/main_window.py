"""The frame: rail, session bar, rooms, status bar. It shows the session and holds none of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLayout,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.devices.worker import DeviceChanged, DeviceState
from emgstudio.gui import wording
from emgstudio.gui.about import about_page
from emgstudio.gui.actions import FrameActions
from emgstudio.gui.banners import RecoveryBanner
from emgstudio.gui.closing import ClosingQuestion
from emgstudio.gui.command_search import command_search
from emgstudio.gui.devices.device_log import device_logs
from emgstudio.gui.folders import show_folder
from emgstudio.gui.importing import Importing
from emgstudio.gui.kept_settings import KeptSettings
from emgstudio.gui.keyboard import keyboard_map
from emgstudio.gui.notices import NoticeBook, Toasts, announce, notice_list
from emgstudio.gui.overlay import Overlay
from emgstudio.gui.rail import Rail
from emgstudio.gui.recording.place import RecordingsFolder
from emgstudio.gui.recording.tools import RecordingTools
from emgstudio.gui.room_stack import RoomStack
from emgstudio.gui.rooms.home import HomeRoom
from emgstudio.gui.rooms.registry import ROOMS, Place, Rooms
from emgstudio.gui.rooms.room import Room, Step
from emgstudio.gui.session_bar import SessionBar
from emgstudio.gui.status_bar import StatusBar
from emgstudio.gui.theme import Mode, theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import column
from emgstudio.session.calibration import CUE_TRACK

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SMALLEST = QSize(1100, 640)
FIRST_SIZE = QSize(1360, 860)
# Below this width (at 100 % text) the rail shows icons only.
RAIL_FOLDS_BELOW = 1000
DEMO = "sim:gestures"
BROKEN_OFF = ("failed", "disk_full")


class MainWindow(QMainWindow):
    """One window on one session.

    ``unattended`` opens every room although nobody has ticked the research-use
    statement: for runs that end by themselves.
    """

    def __init__(self, session: Session, tick: Tick, *, unattended: bool = False) -> None:
        super().__init__()
        self.session = session
        self.tick = tick
        self.setWindowTitle("EMG Studio")
        self.setMinimumSize(SMALLEST)
        self.setAnimated(False)
        self.resize(FIRST_SIZE)
        self.book = NoticeBook(self)
        self.kept = KeptSettings(session, self.book)
        self.place = RecordingsFolder(self, session, self.kept, self.book, self.toggle_record)
        self.question: ClosingQuestion | None = None
        self.overlay: Overlay | None = None
        self._afterwards: tuple[str, object] | None = None
        self._may_close = False
        self._open_to_all = unattended
        self.rooms = Rooms(ROOMS, self._build_room)
        # The log of a device begins with its first word, whether or not its room was built.
        device_logs(tick)
        self._build()
        self.commands = FrameActions(self, self, ROOMS, self.close)
        self.commands.show_theme(theme().mode)
        tick.arrived.connect(self._arrived)
        tick.frame.connect(self._frame)
        self._lock()
        self.go_to("home")

    @property
    def room(self) -> Room:
        """The room that is visible."""
        return cast("Room", self._stack.currentWidget())

    def go_to(self, key: str, thing: object = None) -> None:
        """Show a room and, if asked, something in it; waits for the statement to be read."""
        if key != "home" and not self.unlocked:
            self._afterwards = (key, thing)
            return
        room = self.rooms[key]
        before = self._stack.currentWidget()
        self._stack.setCurrentWidget(room)
        self.recording.fold(room.folds_labels)
        self._rail.show_room(key)
        self.commands.show_room(room)
        if isinstance(before, Room) and before is not room:
            before.left()
        if before is not room or not room.property("entered"):
            room.setProperty("entered", True)
            room.attempt(room.entered)
        if thing is not None:
            room.attempt(lambda: room.open(thing))

    @property
    def unlocked(self) -> bool:
        """Whether the research-use statement was accepted."""
        return self._open_to_all or self.session.settings.accepted_statement

    def toggle_record(self) -> None:
        """Start a recording, or stop the running one; never asks anything first."""
        if not self.unlocked:
            return
        try:
            if self.session.recorder is None:
                self.session.start_recording()
                announce(self, "Recording started")
            else:
                self.stop_recording()
        except EmgError as error:
            self.book.add(Notice(Level.ERROR, error.message, error.hint, "recording"))
        self._session_bar.refresh()

    def stop_recording(self) -> None:
        """Finish the recording and say where it is. Raises EmgError if it cannot be finished."""
        recorder = self.session.recorder
        seconds = recorder.status.seconds if recorder else 0.0
        path = self.session.stop_recording()
        if path is None:
            return
        self.kept.used("recordings", str(path))
        self.book.add(
            Notice(Level.INFO, f"Recording saved, {wording.clock_time(seconds)}.", path.name),
            (
                ("Open in Review", lambda: self.go_to("review", path)),
                ("Show in folder", lambda: show_folder(path.parent)),
            ),
        )

    def mark(self) -> None:
        """Mark this moment in the running recording."""
        try:
            mark = self.session.annotate("mark")
        except EmgError as error:
            self.book.add(Notice(Level.INFO, error.message, error.hint, "mark"))
            return
        at = wording.clock_time(mark.start)
        self.book.add(Notice(Level.INFO, f"Marked at {at}."), (("Undo", self.undo),))

    def set_up_recording(self) -> None:
        """Labels, cue scripts and triggers, over the room."""
        if self.unlocked:
            self.recording.show_page()

    def undo(self) -> None:
        """Take the last change of the room back, or the last mark of the running recording."""
        self._change(self.room.undo, self.session.undo, "Undone")

    def redo(self) -> None:
        """Make it again."""
        self._change(self.room.redo, self.session.redo, "Done again")

    def open_recording(self) -> None:
        """Ask for the folder of a recording and show it in Review."""
        start = str(self.session.recordings_folder())
        chosen = QFileDialog.getExistingDirectory(self, "Open recording", start)
        if chosen:
            self.go_to("review", Path(chosen))

    def import_file(self) -> None:
        """Ask for a file of another program and turn it into a recording."""
        if self.unlocked:
            self.importing.choose()

    def start_demo(self) -> None:
        """Connect the simulated person and watch."""
        try:
            self.session.connect(DEMO)
        except EmgError as error:
            self.book.add(Notice(Level.ERROR, error.message, error.hint, "demo"))
            return
        self.go_to("live" if "live" in self.rooms else "devices")

    def set_theme(self, mode: str) -> None:
        """Dark, light or like the desktop, from now on."""
        theme().apply(cast("Mode", mode))
        self.commands.show_theme(mode)
        self.kept.appearance()

    def set_text_size(self, percent: int) -> None:
        """The size of text and controls in percent, from now on."""
        theme().apply(theme().mode, percent)
        self.kept.appearance()

    def toggle_sound(self) -> None:
        """The sound of an exercise off, or on again, whatever room is shown."""
        announce(self, "Sound on" if self.kept.toggle_sound() else "Sound off")

    def show_notices(self) -> None:
        """The list of what was said since the start."""
        notice_list(self.book, self).show_beside(self._session_bar.bell)

    def show_keyboard(self) -> None:
        """The keyboard map, or away with it."""
        if self._overlay_left():
            return
        sections = [*self.commands.sections, ("While recording", self.recording.actions)]
        sections += [(room.title, room.actions()) for room in self.rooms.values()]
        self._show_overlay("Keyboard", keyboard_map(sections))

    def find_command(self) -> None:
        """Everything that can be done, by typing; or away with it."""
        if self._overlay_left():
            return
        found = command_search(self.commands.all, self.rooms, self.go_to)
        self._show_overlay("Find a command", column(found))
        found.chosen.connect(self._overlay_left)
        found.chosen.connect(lambda command: command.run())
        found.field.setFocus()

    def show_about(self) -> None:
        """Version, research-use statement, safety; or away with it."""
        if self._overlay_left():
            return
        self._show_overlay("About EMG Studio", about_page())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask while recording; otherwise everything is stopped in order."""
        if self.session.recorder is not None and not self._may_close:
            event.ignore()
            if self.question is None:
                self.question = ClosingQuestion(self, self.finish_and_close)
                self.question.finished.connect(self._answered)
                self.question.open()
            return
        self.setCursor(Qt.CursorShape.WaitCursor)
        self.tick.stop()
        self.importing.close()
        self.recording.close()
        for room in self.rooms.built:
            room.close_room()
        self.session.close()
        event.accept()

    def finish_and_close(self) -> None:
        """Stop the recording, save it and close, without asking."""
        self._may_close = True
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window folds the rail to icons."""
        super().resizeEvent(event)
        self._fold()

    def _build(self) -> None:
        # Top down: a widget that is moved into another is styled again with all that it holds.
        self._body = body = QWidget()
        self.setCentralWidget(body)
        whole = QVBoxLayout(body)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._session_bar = SessionBar(self.session, self.tick)
        self._status_bar = StatusBar(self.session, self.tick)
        self._rail = Rail(ROOMS)
        self._rail.chosen.connect(self.go_to)
        # A room that wants more than there is gets less; the bars keep their height.
        self._stack = RoomStack()
        self._stack.setMinimumSize(SMALLEST / 2)
        self.recovery = RecoveryBanner(
            self.session, self.tick, self.book, lambda path: self.go_to("review", path)
        )
        whole.addWidget(self._session_bar)
        beside = QHBoxLayout()
        beside.setSpacing(0)
        whole.addLayout(beside, 1)
        beside.addWidget(self._rail)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        beside.addLayout(middle, 1)
        middle.addWidget(self.recovery)
        middle.addWidget(self._stack, 1)
        self.recording = RecordingTools(self.session, self.tick, middle, body, self.book.add)
        whole.addWidget(self._status_bar)
        self.importing = Importing(self.session, self.tick, body)
        self.importing.imported.connect(self._imported)
        self._toasts = Toasts(self.book, self._stack)
        self._connect_bars()

    def _build_room(self, place: Place) -> Room:
        held = self.focusWidget()
        room = place.build(self.session, self.tick, self._stack)
        room.wanted.connect(self.go_to)
        room.said.connect(self.book.add)
        room.import_wanted.connect(self.importing.choose)
        room.file_dropped.connect(self.importing.open)
        if isinstance(room, HomeRoom):
            room.accepted.connect(self._accepted)
            room.demo_wanted.connect(self.start_demo)
            room.open_wanted.connect(self.open_recording)
        self._stack.addWidget(room)
        self._toasts.raise_()
        # The keyboard map builds rooms that nobody sees: their pages may not take the keys.
        if held is not None and self.focusWidget() is not held:
            held.setFocus()
        return room

    def _connect_bars(self) -> None:
        bar = self._session_bar
        bar.record_pressed.connect(self.toggle_record)
        bar.mark_pressed.connect(self.mark)
        bar.devices_pressed.connect(lambda: self.go_to("devices"))
        bar.wanted.connect(self.go_to)
        bar.said.connect(self.book.add)
        bar.notices_pressed.connect(self.show_notices)
        bar.theme_pressed.connect(
            lambda: self.set_theme("light" if theme().palette.dark else "dark")
        )
        bar.help_pressed.connect(self.show_keyboard)
        self.book.changed.connect(lambda: bar.show_unread(self.book.unread))
        theme().changed.connect(self._fold)

    def _arrived(self, item: object) -> None:
        if isinstance(item, Notice):
            self.book.add(item, self.place.actions(item))
        elif isinstance(item, DeviceChanged) and item.state is DeviceState.STREAMING:
            worker = self.session.devices.get(item.device_id)
            if worker is not None:
                self.kept.used("devices", worker.uri)

    def _imported(self, path: Path) -> None:
        self.book.add(
            Notice(Level.INFO, f"Imported as {path.name}.", str(path.parent)),
            (("Show in folder", lambda: show_folder(path.parent)),),
        )
        self.kept.used("recordings", str(path))
        self.go_to("review", path)

    def _frame(self, _now: float) -> None:
        recorder = self.session.recorder
        if recorder is not None and recorder.status.state in BROKEN_OFF:
            self.toggle_record()
        run = self.session.calibration
        if run is not None and run.track == CUE_TRACK:
            # Built now if need be: a script's calibration is followed from its beginning.
            self.rooms.get("calibrate")

    def _accepted(self) -> None:
        self._lock()
        if self._afterwards is not None:
            key, thing = self._afterwards
            self._afterwards = None
            self.go_to(key, thing)

    def _lock(self) -> None:
        for key in self.rooms:
            if key != "home":
                self._rail.buttons[key].setEnabled(self.unlocked)

    def _change(self, of_room: Step, of_session: Step, what: str) -> None:
        def work() -> None:
            text = of_room()
            if not (text and self.room.tells_changes) and (said := text or of_session()):
                self.book.add(Notice(Level.INFO, f"{what}: {said}"))

        self.room.attempt(work)

    def _overlay_left(self) -> bool:
        """Away with what lies over the room; whether anything did."""
        shown = self.overlay
        if shown is not None:
            shown.leave()
        return shown is not None

    def _show_overlay(self, title: str, content: QLayout) -> None:
        self.overlay = Overlay(self._body, title, content)
        self.overlay.closed.connect(self._overlay_closed)

    def _overlay_closed(self) -> None:
        self.overlay = None

    def _answered(self) -> None:
        if self.question is not None:
            self.question.deleteLater()
            self.question = None

    def _fold(self) -> None:
        self._rail.fold(self.width() < theme().pixels(RAIL_FOLDS_BELOW))
