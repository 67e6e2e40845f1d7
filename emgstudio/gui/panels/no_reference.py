"""What stands where percentages would be while no channel has a reference effort."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, label, large_target, row

WIDTH, MARGIN = 380, 8
WORDS = (
    "None of these channels has a reference effort, so nothing is known in percent of it. "
    "Take one with the button or the key V."
)


class NoReference(QFrame):
    """Lies over the middle of ``parent``; ``wanted`` takes a reference."""

    wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "popover")
        self.setAccessibleName("No reference effort")
        self.setAccessibleDescription(WORDS)
        self.take = button("Take a reference effort", self.wanted.emit, kind="primary")
        large_target(self.take)
        layout = column(label(WORDS, wrap=True), row(1, self.take, 1), spacing=8)
        layout.setContentsMargins(16, 12, 16, 12)
        self.setLayout(layout)
        self.hide()

    def show_over(self, on: bool) -> None:
        """Show it in the middle of what is there now, or take it away."""
        self.setVisible(on)
        if not on:
            return
        room = self._over.rect()
        wide = min(theme().pixels(WIDTH), room.width() - 2 * MARGIN)
        high = max(self.heightForWidth(wide), self.sizeHint().height())
        self.setGeometry((room.width() - wide) // 2, (room.height() - high) // 2, wide, high)
        self.raise_()
