"""Small widgets and shorthands that every room uses, so that all rooms look alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QLocale, QPoint, QSize, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.assets import Picture, set_icon


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text in one of the style's roles: display, title, heading, muted, big."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def button(
    text: str,
    called: Callable[[], object],
    *,
    icon: str = "",
    kind: str = "",
    tooltip: str = "",
) -> QPushButton:
    """A push button; ``kind`` is primary, quiet, large or nothing."""
    made = QPushButton(text)
    if icon:
        set_icon(made, icon, "on_accent" if kind == "primary" else "text")
    if kind:
        made.setProperty("kind", kind)
    if tooltip:
        made.setToolTip(tooltip)
    made.setAccessibleName(text)
    made.clicked.connect(lambda _checked=False: called())
    return made


def icon_button(icon: str, name: str, called: Callable[[], object]) -> QToolButton:
    """A button with a picture only; ``name`` is its tooltip and what a screen reader says."""
    made = QToolButton()
    made.setProperty("kind", "quiet")
    set_icon(made, icon)
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.clicked.connect(lambda _checked=False: called())
    return made


def card(layout: QLayout, *, margin: int = 18) -> QFrame:
    """A framed part of a page."""
    made = QFrame()
    made.setProperty("role", "card")
    layout.setContentsMargins(margin, margin, margin, margin)
    made.setLayout(layout)
    return made


def line() -> QFrame:
    """A thin horizontal rule."""
    made = QFrame()
    made.setProperty("role", "line")
    return made


def row(*parts: QWidget | int, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; a number is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            made.addStretch(part)
        else:
            made.addWidget(part)
    return made


def column(*parts: QWidget | QLayout | int, spacing: int = 8) -> QVBoxLayout:
    """Widgets and layouts below each other; a number is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            made.addStretch(part)
        elif isinstance(part, QLayout):
            made.addLayout(part)
        else:
            made.addWidget(part)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that the style sheet looks at; cheap when nothing changes."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    # Bold words need more room.
    widget.updateGeometry()


def explain(widget: QWidget, tip: str, name: str) -> None:
    """Set tool tip and accessible name; for figures that are shown again all the time."""
    if (widget.toolTip(), widget.accessibleName()) != (tip, name):
        widget.setToolTip(tip)
        widget.setAccessibleName(name)


def large_target(*widgets: QWidget) -> None:
    """Buttons and choices 44 px high; the style sheet wins over ``setMinimumHeight``."""
    for widget in widgets:
        restyle(widget, "target", "large")


def pad(box: QAbstractSpinBox) -> None:
    """Keep the number off the frame; the style sheet cannot."""
    box.lineEdit().setTextMargins(6, 0, 0, 0)


class DecimalField(QDoubleSpinBox):
    """A field for a number with decimals, after a point as everywhere in the app.

    A comma is taken for the point: where the desktop's language made one of them part a
    number's thousands, 2.5 (or 2,5) was read as 25.
    """

    def __init__(self) -> None:
        super().__init__()
        options = QLocale.NumberOption
        points = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
        points.setNumberOptions(options.OmitGroupSeparator | options.RejectGroupSeparator)
        self.setLocale(points)

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Whether this can be, or become, a number."""
        return super().validate(text.replace(",", "."), at)


class StatusWord(QWidget):
    """A status as shape and word: good, check or stop (or ``lamp-off`` for nothing yet)."""

    COLOURS: ClassVar = {"good": "good", "check": "check", "stop": "stop", "lamp-off": "muted"}

    def __init__(self, text: str = "", level: str = "lamp-off") -> None:
        super().__init__()
        self.level = level
        self.picture = Picture(f"icons/{level}", QSize(14, 14), self.COLOURS[level])
        self.word = label(text)
        self.setLayout(row(self.picture, self.word, 1, spacing=6))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_status(self, level: str, text: str) -> None:
        """Another shape and word."""
        self.level = level
        self.picture.show_picture(f"icons/{level}", self.COLOURS[level])
        self.word.setText(text)


class Popover(QFrame):
    """Details beside a button; closes on Esc or a click elsewhere."""

    def __init__(self, parent: QWidget, content: QLayout) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "popover")
        content.setContentsMargins(16, 14, 16, 14)
        self.setLayout(content)

    def show_beside(self, anchor: QWidget) -> None:
        """Above the anchor if it lies low in its window, else below; inside the window."""
        self.adjustSize()
        window = anchor.window()
        top_left = anchor.mapToGlobal(QPoint(0, 0))
        corner = window.mapToGlobal(QPoint(0, 0))
        low = top_left.y() - corner.y() > window.height() / 2
        y = top_left.y() - self.height() - 4 if low else top_left.y() + anchor.height() + 4
        x = min(top_left.x(), corner.x() + window.width() - self.width() - 8)
        self.move(max(x, corner.x() + 8), y)
        self.show()
        self.setFocus()
