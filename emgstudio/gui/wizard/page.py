"""What every page of the wizard has in common."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from emgstudio.gui.widgets import StatusWord
from emgstudio.gui.wizard.flow import Flow


class WizardPage(QWidget):
    """A view of the flow; hidden pages are not told of frames."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.flow = flow

    def refresh(self) -> None:
        """The flow has changed, or the page has become visible."""

    def frame(self) -> None:
        """The next frame, while the page is visible."""

    def primary(self) -> None:
        """What Enter does."""


def wrapping_status(level: str = "lamp-off") -> StatusWord:
    """A lamp with a sentence that takes all the width there is, in as many lines as it needs."""
    made = StatusWord("", level)
    made.word.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    layout = made.layout()
    if isinstance(layout, QHBoxLayout):
        layout.setStretch(1, 1)
        layout.setStretch(2, 0)
    return made
