"""What every page of the Therapy room has in common."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QScrollArea, QWidget

from emgstudio.gui.therapy.flow import TherapyFlow

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


def scrolled(content: QWidget, name: str) -> QScrollArea:
    """All of it, scrolling where there is no room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setAccessibleName(name)
    content.setProperty("role", "page")
    area.setWidget(content)
    return area
