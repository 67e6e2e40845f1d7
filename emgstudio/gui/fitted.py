"""A scroll area that is as large as its content where there is room, and scrolls where not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

LOWEST = 60


class FittedScroll(QScrollArea):
    """Scrolls up and down only; never narrower than its content."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content.setProperty("role", "page")
        self._content = content
        self.setWidget(content)

    def sizeHint(self) -> QSize:
        """As large as the content."""
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As wide as the content needs, and low."""
        inside = self._content.minimumSizeHint()
        if inside.height() > self.height():
            inside.setWidth(inside.width() + self.verticalScrollBar().sizeHint().width())
        return QSize(inside.width(), LOWEST)
