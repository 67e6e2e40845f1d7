"""The rail of rooms at the left edge: icon and word, or icon only where space is short."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout

from emgstudio.gui.assets import set_icon
from emgstudio.gui.rooms.registry import Place
from emgstudio.gui.theme import theme

WIDTH = 88
NARROW = 52


class Rail(QFrame):
    """One checkable button per room; ``chosen`` carries the room's key."""

    chosen = Signal(str)

    def __init__(self, rooms: Sequence[Place]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self.setAccessibleName("Rooms")
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 8)
        layout.setSpacing(2)
        for number, room in enumerate(rooms, start=1):
            made = QToolButton()
            made.setText(room.title)
            made.setProperty("kind", "rail")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setToolTip(f"{room.title} (Ctrl+{number})")
            made.setAccessibleName(room.title)
            set_icon(made, room.icon_name, "muted", "accent", size=22)
            made.clicked.connect(lambda _checked=False, key=room.key: self.chosen.emit(key))
            self._group.addButton(made)
            self.buttons[room.key] = made
            layout.addWidget(made)
        layout.addStretch(1)
        self.fold(False)

    def show_room(self, key: str) -> None:
        """Mark the room that is visible."""
        self.buttons[key].setChecked(True)

    def fold(self, narrow: bool) -> None:
        """Icons only, or icon and word."""
        style = (
            Qt.ToolButtonStyle.ToolButtonIconOnly
            if narrow
            else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        )
        width = theme().pixels(NARROW if narrow else WIDTH)
        for made in self.buttons.values():
            made.setToolButtonStyle(style)
            made.setMinimumWidth(width)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # As wide as the longest word needs in the language that is shown.
        words = [width] if narrow else [made.sizeHint().width() for made in self.buttons.values()]
        self.setFixedWidth(max(width, *words))
