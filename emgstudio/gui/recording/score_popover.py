"""How strong pain or effort is now: eleven numbers for a finger, or one key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from emgstudio.gui.widgets import Popover, column, label, large_target, row
from emgstudio.session.recording_marks import HIGHEST_SCORE

WORDS = {0: "none", HIGHEST_SCORE: "as much as can be"}


class ScorePopover(Popover):
    """``chosen`` gets the number; 0 to 9 are keys, the key that opened it again is 10."""

    def __init__(self, parent: QWidget, scale: str, chosen: Callable[[int], object]) -> None:
        self._chosen = chosen
        self.buttons = [QPushButton(str(value)) for value in range(HIGHEST_SCORE + 1)]
        for value, made in enumerate(self.buttons):
            made.setMinimumWidth(44)
            made.setAccessibleName(f"{scale} {value} {WORDS.get(value, '')}".strip())
            made.clicked.connect(lambda _on=False, value=value: self._choose(value))
        large_target(*self.buttons)
        ends = row(label(f"0 {WORDS[0]}", "muted"), 1, label(f"10 {WORDS[HIGHEST_SCORE]}", "muted"))
        hint = label("Keys: 0 to 9, Q once more for 10, Esc for nothing", "muted")
        title = label(f"How strong is {scale}?", "heading")
        super().__init__(parent, column(title, row(*self.buttons, spacing=4), ends, hint))
        self.setAccessibleName(f"How strong is {scale}, 0 to 10")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit chooses."""
        if event.text().isdecimal():
            self._choose(int(event.text()))
        elif event.key() == Qt.Key.Key_Q and not event.isAutoRepeat():
            self._choose(HIGHEST_SCORE)
        else:
            super().keyPressEvent(event)

    def _choose(self, value: int) -> None:
        self._chosen(value)
        self.close()
