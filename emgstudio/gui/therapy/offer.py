"""Something that the app noticed and offers to act on; nothing happens without a press."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QSizePolicy

from emgstudio.gui.widgets import button, large_target, row
from emgstudio.gui.wizard.page import wrapping_status


class Offer(QFrame):
    """A sentence with one or two answers; hidden while there is nothing to say."""

    def __init__(
        self, *answers: tuple[str, Callable[[], object]], level: str = "check", name: str = ""
    ) -> None:
        super().__init__()
        self._level = level
        self.words = wrapping_status(level)
        self.buttons = [
            button(text, called, kind="" if k == 0 else "quiet")
            for k, (text, called) in enumerate(answers)
        ]
        for made in self.buttons:
            if name:
                made.setAccessibleName(f"{made.text()}: {name}")
        large_target(*self.buttons)
        line = row(self.words, *self.buttons)
        line.setStretch(0, 1)
        line.setContentsMargins(12, 4, 8, 4)
        self.setLayout(line)
        self.setProperty("role", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    @property
    def text(self) -> str:
        """What is offered now."""
        return self.words.word.text()

    def offer(self, text: str) -> None:
        """Say this, or nothing more when it is empty."""
        if text and text != self.text:
            self.words.show_status(self._level, text)
        self.setVisible(bool(text))
