"""A button with a menu of everything that can be measured; it stays open while one chooses."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QPushButton, QWidget, QWidgetAction

from emgstudio.gui.widgets import column
from emgstudio.session.therapy.measuring import MEASURES

# More names would not fit beside each other.
NAMED = 2


class MeasureMenu(QPushButton):
    """``changed`` comes with every tick; what is ``given`` is ticked from the beginning."""

    changed = Signal()

    def __init__(self, name: str, given: Sequence[str] = ()) -> None:
        super().__init__()
        self._name = name
        self.boxes: dict[str, QCheckBox] = {}
        for key, about in MEASURES.items():
            box = QCheckBox(f"{key[:1].upper()}{key[1:]}: {about}")
            box.setAccessibleName(box.text())
            box.setChecked(key in given)
            box.toggled.connect(self._toggled)
            self.boxes[key] = box
        inside = QWidget()
        lines = column(*self.boxes.values(), spacing=4)
        lines.setContentsMargins(12, 10, 12, 10)
        inside.setLayout(lines)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(inside)
        menu.addAction(action)
        self.setMenu(menu)
        self._say()

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is ticked."""
        return tuple(key for key, box in self.boxes.items() if box.isChecked())

    def _toggled(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        chosen = self.chosen
        told = ", ".join(chosen) if len(chosen) <= NAMED else f"{len(chosen)} chosen"
        self.setText(told or "nothing more")
        self.setAccessibleName(f"{self._name}: {self.text()}")
        self.setToolTip("\n".join(chosen))
