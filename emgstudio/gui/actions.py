"""Everything the frame can do, as actions that menus, keys and buttons share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from emgstudio.gui.keyboard import Section
from emgstudio.gui.recording.place import RecordingsFolder
from emgstudio.gui.rooms.registry import Place
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import theme
from emgstudio.gui.wizard.start import SEND_DECISIONS

TEXT_SIZES = (100, 125, 150, 175, 200)


class Frame(Protocol):
    """What the window must be able to do for its menus."""

    place: RecordingsFolder

    def open_recording(self) -> None: ...
    def import_file(self) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def toggle_record(self) -> None: ...
    def mark(self) -> None: ...
    def set_up_recording(self) -> None: ...
    def start_demo(self) -> None: ...
    def show_notices(self) -> None: ...
    def show_keyboard(self) -> None: ...
    def show_about(self) -> None: ...
    def toggle_sound(self) -> None: ...
    def find_command(self) -> None: ...
    def go_to(self, key: str, thing: object = None) -> None: ...
    def set_theme(self, mode: str) -> None: ...
    def set_text_size(self, percent: int) -> None: ...
    def close(self) -> bool: ...


class FrameActions:
    """The actions and menus of a window."""

    def __init__(
        self, window: QMainWindow, frame: Frame, rooms: Sequence[Place], quit_: Callable
    ) -> None:
        self._window = window
        self.rooms = {
            room.key: self._make(room.title, f"Ctrl+{number}", self._goer(frame, room.key))
            for number, room in enumerate(rooms, start=1)
        }
        self.open = self._make("Open recording…", "Ctrl+O", frame.open_recording)
        self.import_ = self._make("Import…", "Ctrl+Shift+O", frame.import_file)
        self.folder = self._make("Show recordings folder", "", frame.place.show)
        self.place = self._make("Folder for recordings…", "", frame.place.ask)
        self.quit = self._make("Quit", "Ctrl+Q", quit_)
        self.undo = self._make("Undo", "Ctrl+Z", frame.undo)
        self.redo = self._make("Redo", "Ctrl+Y", frame.redo)
        self.redo.setShortcuts([QKeySequence("Ctrl+Y"), QKeySequence("Ctrl+Shift+Z")])
        self.record = self._make("Start or stop recording", "Ctrl+R", frame.toggle_record)
        self.mark = self._make("Mark this moment", "M", frame.mark)
        self.labels = self._make("Labels, cue scripts, triggers", "Ctrl+L", frame.set_up_recording)
        self.sending = self._make(
            "Send decisions…", "", lambda: frame.go_to("calibrate", SEND_DECISIONS)
        )
        self.sound = self._make("Sound on or off (mute)", "Ctrl+M", frame.toggle_sound)
        self.demo = self._make("Start the demo", "Ctrl+D", frame.start_demo)
        self.notices = self._make("Notices", "Ctrl+I", frame.show_notices)
        self.keyboard = self._make("Keyboard map", "F1", frame.show_keyboard)
        self.keyboard.setShortcuts([QKeySequence("F1"), QKeySequence("?")])
        self.find = self._make("Find a command…", "Ctrl+K", frame.find_command)
        self.about = self._make("About EMG Studio", "", frame.show_about)
        self.bigger = self._make("Larger text", "Ctrl++", lambda: frame.set_text_size(next_size(1)))
        self.bigger.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        self.smaller = self._make(
            "Smaller text", "Ctrl+-", lambda: frame.set_text_size(next_size(-1))
        )
        self.themes = self._theme_actions(frame)
        self._menus()

    @property
    def everywhere(self) -> list[QAction]:
        """What works in every room, for the keyboard map."""
        return [
            self.record,
            self.mark,
            self.labels,
            self.undo,
            self.redo,
            self.open,
            self.import_,
            self.sound,
            self.demo,
            self.notices,
            self.bigger,
            self.smaller,
            self.keyboard,
            self.find,
            self.quit,
        ]

    @property
    def sections(self) -> list[Section]:
        """What the keyboard map tells of the frame."""
        return [("Everywhere", self.everywhere), ("Rooms", list(self.rooms.values()))]

    @property
    def all(self) -> list[QAction]:
        """Those and what only menus have, for who searches."""
        others = [
            *self.rooms.values(),
            *self.themes.values(),
            self.sending,
            self.folder,
            self.place,
        ]
        return [*self.everywhere, *others, self.about]

    def show_room(self, room: Room) -> None:
        """Offer the actions of the visible room in the menu."""
        # Not clear(): it deletes actions that belong to the rooms, and their keys with them.
        for action in self.room_menu.actions():
            self.room_menu.removeAction(action)
        self.room_menu.setTitle(room.title)
        self.room_menu.addActions([action for action in room.actions() if action.text()])
        self.room_menu.menuAction().setVisible(not self.room_menu.isEmpty())

    def show_theme(self, mode: str) -> None:
        """Tick the theme that is on."""
        self.themes[mode].setChecked(True)

    def _make(self, text: str, keys: str, called: Callable[[], object]) -> QAction:
        action = QAction(text, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: called())
        self._window.addAction(action)
        return action

    def _goer(self, frame: Frame, key: str) -> Callable[[], None]:
        return lambda: frame.go_to(key)

    def _theme_actions(self, frame: Frame) -> dict[str, QAction]:
        group = QActionGroup(self._window)
        made = {}
        for mode, text in (("dark", "Dark"), ("light", "Light"), ("system", "Like the desktop")):
            action = QAction(text, group)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, mode=mode: frame.set_theme(mode))
            made[mode] = action
        return made

    def _menus(self) -> None:
        bar = self._window.menuBar()
        file = bar.addMenu("&File")
        _fill(file, self.open, self.import_, self.folder, self.place, None, self.quit)
        _fill(bar.addMenu("&Edit"), self.undo, self.redo)
        view = bar.addMenu("&View")
        _fill(view, *self.rooms.values(), None)
        view.addMenu("Theme").addActions(list(self.themes.values()))
        _fill(view, self.bigger, self.smaller)
        session = bar.addMenu("&Session")
        _fill(session, self.record, self.mark, self.labels, None)
        _fill(session, self.sending, self.sound, self.demo)
        self.room_menu = bar.addMenu("Room")
        _fill(bar.addMenu("&Help"), self.find, self.keyboard, self.notices, None, self.about)


def next_size(step: int) -> int:
    """The next larger or smaller size of text in percent."""
    now = min(range(len(TEXT_SIZES)), key=lambda i: abs(TEXT_SIZES[i] - theme().scale))
    return TEXT_SIZES[min(len(TEXT_SIZES) - 1, max(0, now + step))]


def _fill(menu: QMenu, *actions: QAction | None) -> None:
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
