"""A scroll area that is as large as its content where there is room, and scrolls where not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

LOWEST = 60


class LowPage(QWidget):
    """Content that would rather be squeezed to what its parts need at least than scrolled.

    Words that wrap make a scroll area ask for the height that a page would like to have.
    """

    def heightForWidth(self, width: int) -> int:
        """The least height at this width."""
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1


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

    def showEvent(self, event: QShowEvent) -> None:
        """The content may have grown while nobody looked."""
        super().showEvent(event)
        self.updateGeometry()

    def viewportEvent(self, event: QEvent) -> bool:
        """The content has another size now; a scroll area does not pass that on by itself."""
        done = super().viewportEvent(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return done

    def sizeHint(self) -> QSize:
        """As large as the content, with as many lines as its words need at this width."""
        hint, width = self._content.sizeHint(), self.viewport().width()
        if self._content.hasHeightForWidth() and width >= self._content.minimumSizeHint().width():
            hint.setHeight(max(hint.height(), self._content.heightForWidth(width)))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """At another width words need another height, at another height a bar needs room."""
        super().resizeEvent(event)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """As wide as the content needs, and low."""
        inside = self._content.minimumSizeHint()
        if inside.height() > self.height():
            inside.setWidth(inside.width() + self.verticalScrollBar().sizeHint().width())
        return QSize(inside.width(), LOWEST)
