"""Asks before a window closes that is still recording; neither answer loses anything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from emgstudio.gui.widgets import button, column, label, row


class ClosingQuestion(QDialog):
    """Keep recording, or stop, save and close. The recording runs on behind it."""

    def __init__(self, parent: QWidget, stop_and_close: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recording is running")
        self.keep = button("Keep recording", self.reject)
        self.keep.setDefault(True)
        self.stop = button("Stop, save and close", lambda: self._finish(stop_and_close))
        self.stop.setAutoDefault(False)
        text = column(
            label("A recording is running.", "heading"),
            label("It goes on until you decide. Nothing is lost either way.", wrap=True),
            row(1, self.stop, self.keep),
            spacing=14,
        )
        text.setContentsMargins(24, 20, 24, 20)
        self.setLayout(text)
        self.setMinimumWidth(440)
        self.setModal(True)
        self.keep.setFocus()

    def _finish(self, stop_and_close: Callable[[], object]) -> None:
        self.accept()
        stop_and_close()
