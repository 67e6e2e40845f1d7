"""The hand in a ring that fills with sureness, or with the hold of a test."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.gui.wizard.hand import FOLLOW, RELAXED, Pose, paint_hand, pose_of

RING = 10
FULL_CIRCLE = 360 * 16
TOP = 90 * 16


class HandView(QWidget):
    """Moves towards the pose of a gesture, a step at each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.gesture = ""
        self.pose: Pose = RELAXED
        self._fraction = 0.0
        self._role = "outline"
        self._faded = False
        self.setMinimumSize(200, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Virtual hand")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def show_hand(self, gesture: str, fraction: float, role: str, *, faded: bool = False) -> None:
        """Do ``gesture``; the ring is filled by ``fraction`` in the colour ``role``."""
        wanted = pose_of(gesture)
        moving = not self.pose.near(wanted)
        if moving:
            self.pose = self.pose.towards(wanted, FOLLOW)
        fraction = round(fraction, 2)
        shown = (gesture, fraction, role, faded)
        if moving or shown != (self.gesture, self._fraction, self._role, self._faded):
            self.gesture, self._fraction, self._role, self._faded = shown
            self.update()

    def show_pose(self, pose: Pose, name: str, fraction: float, role: str) -> None:
        """Be in ``pose`` at once; ``name`` is what a screen reader says."""
        shown = (name, round(fraction, 2), role, False)
        if pose != self.pose or shown != (self.gesture, self._fraction, self._role, self._faded):
            self.pose = pose
            self.gesture, self._fraction, self._role, self._faded = shown
            self.setAccessibleDescription(name)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) - 8
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        ring = box.adjusted(RING, RING, -RING, -RING)
        painter.setPen(QPen(QColor(colours.border), RING))
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(ring)
        if self._fraction > 0:
            pen = QPen(QColor(colours.colour(self._role)), RING)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, TOP, -round(FULL_CIRCLE * min(1.0, self._fraction)))
        painter.setOpacity(0.45 if self._faded else 1.0)
        inset = side * 0.16
        paint_hand(painter, box.adjusted(inset, inset, -inset, -inset), self.pose)
        painter.end()
