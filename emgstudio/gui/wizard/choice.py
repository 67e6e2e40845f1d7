"""One of a few things, as large buttons beside each other."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from emgstudio.gui.widgets import large_target


class Choice(QWidget):
    """``chosen`` carries the key of what a person pressed."""

    chosen = Signal(str)

    def __init__(self, name: str, items: dict[str, str]) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for key, words in items.items():
            made = QPushButton(words)
            made.setCheckable(True)
            made.setAccessibleName(f"{name}: {words}")
            made.clicked.connect(lambda _on=False, key=key: self.chosen.emit(key))
            large_target(made)
            self._group.addButton(made)
            self.buttons[key] = made
            layout.addWidget(made)
        layout.addStretch(1)

    @property
    def value(self) -> str:
        """The key that is chosen, "" for none."""
        return next((key for key, made in self.buttons.items() if made.isChecked()), "")

    def show_value(self, key: str) -> None:
        """Choose without telling anybody."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
