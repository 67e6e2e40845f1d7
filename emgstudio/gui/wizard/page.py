"""What every page of the wizard has in common."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

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
