"""The rooms of the window, one of them visible."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget


class RoomStack(QStackedWidget):
    """Takes what the bars above and below leave, and asks for no more than it needs."""

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        """Where height is dear the bars keep theirs, whatever a room would like."""
        return self.minimumSizeHint()
