"""A badge over the traces while effort goes above what was taken for the maximum."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QWidget

from emgstudio.gui.assets import Picture
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, label, large_target, row

WIDTH, MARGIN = 330, 8


class AboveBadge(QFrame):
    """Lies over ``parent`` in its upper right corner; ``again_wanted`` takes the reference anew."""

    again_wanted = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "popover")
        self.setAccessibleName("Above the reference")
        self.words = label("", wrap=True)
        self.again = button("Take it again", self.again_wanted.emit)
        self.away = button("Dismiss", self.dismissed.emit, kind="quiet")
        large_target(self.again, self.away)
        said = row(Picture("icons/check", QSize(16, 16), "check"), self.words)
        said.setStretch(1, 1)
        layout = column(said, row(1, self.again, self.away), spacing=4)
        layout.setContentsMargins(12, 8, 8, 6)
        self.setLayout(layout)
        self.hide()

    def say(self, text: str, below: int) -> None:
        """Show these words, ``below`` pixels from the top; an empty text takes the badge away."""
        self.setVisible(bool(text))
        if not text:
            return
        if text != self.words.text():
            self.words.setText(text)
            self.setAccessibleDescription(text)
        room = self._over.width()
        wide = min(theme().pixels(WIDTH), room - 2 * MARGIN)
        high = max(self.heightForWidth(wide), self.sizeHint().height())
        self.setGeometry(room - wide - MARGIN, below + MARGIN, wide, high)
        self.raise_()
