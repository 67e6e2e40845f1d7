"""What every page of the Therapy room has in common."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from emgstudio.gui.therapy.flow import TherapyFlow
from emgstudio.gui.widgets import StatusWord, card, column, row

Attempt = Callable[[Callable[[], object]], object]


class TherapyPage(QWidget):
    """A view of the flow; hidden pages are not told of frames."""

    def __init__(self, flow: TherapyFlow, attempt: Attempt) -> None:
        super().__init__()
        self.flow = flow
        self.attempt = attempt

    def refresh(self) -> None:
        """The flow has changed, or the page has become visible."""

    def frame(self, now: float) -> None:
        """The next frame at host time ``now``, while the page is visible."""

    def slow_frame(self, now: float) -> None:
        """A few times a second, while the page is visible."""

    def primary(self) -> None:
        """What Enter does."""


class WordScroll(QScrollArea):
    """Scrolls content whose height depends on its width; nothing in it is squeezed."""

    def __init__(self, content: QWidget, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        content.setProperty("role", "page")
        self._content = content
        self.setWidget(content)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def viewportEvent(self, event: QEvent) -> bool:
        """The content has changed."""
        done = super().viewportEvent(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        layout = self._content.layout()
        if layout is None or not layout.hasHeightForWidth():
            return
        needed = layout.minimumHeightForWidth(self.viewport().width())
        if needed != self._content.minimumHeight():
            self._content.setMinimumHeight(needed)


def foot(state: StatusWord, *buttons: QWidget) -> QFrame:
    """What stands at the end of a page: how it is, in as many lines as it needs, and the ways on.

    The last button is the widest.
    """
    ways = row(*buttons)
    ways.setStretch(len(buttons) - 1, 1)
    return card(column(state, ways, spacing=6), margin=10)


def scrolled(content: QWidget, name: str) -> QScrollArea:
    """All of it, scrolling where there is no room."""
    return WordScroll(content, name)
