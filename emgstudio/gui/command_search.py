"""Everything that the window can do, found by typing a word of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from emgstudio.gui.keyboard import keys_of
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.widgets import label

# What people call a command that has another name.
ALSO = {
    "Export…": "csv edf bdf bids mat xdf npz save as",
    "Import…": "open csv edf bdf mat xdf file",
    "Record": "rec start stop",
    "Sound on or off (mute)": "volume quiet",
    "Larger text": "font zoom size",
    "Smaller text": "font zoom size",
    "Client screen": "second display monitor",
}
ROWS = 10


@dataclass(frozen=True, slots=True)
class Command:
    """``place`` is where it belongs, ``keys`` how it is called without searching."""

    text: str
    place: str
    keys: str
    run: Callable[[], object]

    def found_by(self, typed: str) -> bool:
        """Whether every word that was typed stands in it."""
        said = f"{self.text} {self.place} {ALSO.get(self.text, '')}".casefold()
        return all(word in said for word in typed.casefold().split())


def command_search(
    everywhere: Sequence[QAction], rooms: Mapping[str, Room], go_to: Callable[[str], object]
) -> CommandSearch:
    """A search over the frame's actions and those of all rooms, which are gone to first."""
    found = [_command(action, "Everywhere", None) for action in everywhere]
    for key, room in rooms.items():
        found += [_command(action, room.title, partial(go_to, key)) for action in room.actions()]
    return CommandSearch([command for command in found if command.text])


def _command(action: QAction, place: str, go: Callable[[], object] | None) -> Command:
    text, keys = action.text().replace("&", ""), " / ".join(keys_of(action))
    return Command(text, place, keys, _runner(action, go))


def _runner(action: QAction, go: Callable[[], object] | None) -> Callable[[], object]:
    def run() -> None:
        if go is not None:
            go()
        action.trigger()

    return run


class CommandSearch(QWidget):
    """A field and what fits; ``chosen`` carries the command that Enter or a click picks."""

    chosen = Signal(object)

    def __init__(self, everything: Sequence[Command]) -> None:
        super().__init__()
        self._everything = everything
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type what you want to do: export csv, mute, therapy …")
        self.field.setAccessibleName("Find a command")
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._take)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.itemClicked.connect(lambda _item: self._take())
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.none = label("Nothing is called like this.", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.field, self.list, self.none):
            layout.addWidget(part)
        self._search("")
        self.list.setMinimumHeight(ROWS * self.list.sizeHintForRow(0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk the list while the cursor stays in the field."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self.list.count():
            super().keyPressEvent(event)
            return
        self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())

    @property
    def shown(self) -> list[Command]:
        """What fits what was typed, in order."""
        return [self.list.item(k).data(Qt.ItemDataRole.UserRole) for k in range(self.list.count())]

    def _search(self, typed: str) -> None:
        fitting = [c for c in self._everything if c.found_by(typed)]
        first = typed.strip().casefold()
        fitting.sort(key=lambda c: not c.text.casefold().startswith(first))
        self.list.clear()
        for command in fitting:
            keys = f"   {command.keys}" if command.keys else ""
            item = QListWidgetItem(f"{command.text}  –  {command.place}{keys}")
            item.setData(Qt.ItemDataRole.UserRole, command)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.none.setVisible(not fitting)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
