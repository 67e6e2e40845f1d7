"""A page that takes the place of the Devices room for a while, with a way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.widgets import button, column, label, row


def fixed_font() -> QFont:
    """A font in which all characters are equally wide, as large as all others."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(QGuiApplication.font().pointSizeF())
    return font


def make_short(box: QComboBox, characters: int) -> None:
    """Let a choice be narrower than its longest text, so that a page fits at any size of text."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(characters)


class DevicePage(QFrame):
    """Heading, what it is for, and ``body`` to fill; ``closed`` when a person goes back."""

    closed = Signal()

    def __init__(self, heading: str, about: str) -> None:
        super().__init__()
        self.setAccessibleName(heading)
        self.back = button("Devices", self.closed.emit, icon="arrow-left", tooltip="Esc")
        self.back.setAccessibleName("Back to devices")
        self.head: QHBoxLayout = row(self.back, label(heading, "title"), 1, spacing=16)
        inside = QWidget()
        inside.setProperty("role", "page")
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 10, 8)
        self.body.setSpacing(12)
        self.body.addWidget(label(about, "muted", wrap=True))
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setWidget(inside)
        self.problem = label("", "problem", wrap=True)
        self.problem.setAccessibleName("What is wrong")
        self.problem.hide()
        layout = column(self.head, scrolled, self.problem, spacing=12)
        layout.setStretchFactor(scrolled, 1)
        self.foot = row(spacing=12)
        layout.addLayout(self.foot)
        self.setLayout(layout)

    def refresh(self) -> None:
        """Bring the page up to date; called a few times a second while it is seen."""

    def leave(self) -> None:
        """Nobody looks any more: stop what this page has running; twice is fine."""

    def tell(self, error: EmgError | None) -> None:
        """Say below the page what is wrong, or nothing."""
        text = str(error or "")
        if text != self.problem.text():
            self.problem.setText(text)
            self.problem.setVisible(bool(text))
