"""A label that can be given with a finger or the mouse: key, colour, and its kind as a shape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton

from emgstudio.gui import theme
from emgstudio.gui.widgets import large_target, restyle
from emgstudio.session.label_sets import Label, LabelKind

ICON = 14
RATIO = 2


class LabelButton(QPushButton):
    """A round dot marks a moment, a bar a span; while a span goes on the button is down."""

    def __init__(self, about: Label) -> None:
        super().__init__()
        self.about = about
        self.setCheckable(about.kind is LabelKind.SEGMENT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(ICON, ICON) * theme.theme().scale / 100)
        large_target(self)
        key = f"Key {about.key}. " if about.key else ""
        if about.kind is LabelKind.POINT:
            self.setToolTip(f"{key}Marks this moment.")
        else:
            self.setToolTip(f"{key}Hold for a span, or tap to begin and tap again to end.")
        self.show_open(None)
        self.follow_theme()

    def nextCheckState(self) -> None:
        """A click does not decide whether it is down: what goes on does."""

    def show_open(self, seconds: float | None) -> None:
        """Since when the span goes on, None when it does not."""
        goes_on = seconds is not None
        self.setChecked(goes_on)
        restyle(self, "on", goes_on)
        words = f"{self.about.key}  {self.about.name}".strip()
        text = words if seconds is None else f"{words}  {seconds:.0f} s"
        if text != self.text():
            self.setText(text)
        what = "span" if self.about.kind is LabelKind.SEGMENT else "moment"
        state = ", goes on" if goes_on else ""
        self.setAccessibleName(f"Label {self.about.name}, {what}{state}")

    def follow_theme(self) -> None:
        """The colour of the label in the theme that is on."""
        self.setIcon(label_icon(self.about))


def label_icon(about: Label) -> QIcon:
    """The shape and colour of a label."""
    side = theme.theme().pixels(ICON) * RATIO
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.current().trace(about.colour)))
    if about.kind is LabelKind.POINT:
        painter.drawEllipse(QPointF(side / 2, side / 2), side * 0.36, side * 0.36)
    else:
        painter.drawRoundedRect(QRectF(0, side * 0.28, side, side * 0.44), 4, 4)
    painter.end()
    return QIcon(pixmap)
