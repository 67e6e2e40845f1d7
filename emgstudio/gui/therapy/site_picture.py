"""One muscle from near: its belly and the pair of electrodes along the fibres."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.gui.therapy.body import faint_line
from emgstudio.gui.therapy.body_shapes import belly, mirrored, outline, right_hand, skin_lines
from emgstudio.session.therapy.placement import Placement

# Units of the drawing across the picture: the least, and how much more than the belly.
LEAST, AROUND = 38.0, 8.0
# With the text it grows only so far: beside it the words need the room.
SIDE, LARGEST = 148, 200
# Two electrodes 2 cm apart, drawn twice as large so that they can be seen.
APART, RADIUS = 4.6, 1.5
CORNER = 8.0


class SitePicture(QWidget):
    """Seen as on the body: a left muscle is on the right of a front view."""

    def __init__(self, placement: Placement, side: str) -> None:
        super().__init__()
        self._placement = placement
        self._right_hand = right_hand(placement, side)
        self._body = outline()
        shape = belly(placement).intersected(self._body)
        self._belly = shape if self._right_hand else mirrored(shape)
        self._skin = skin_lines(placement.view)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words = " ".join(filter(None, (placement.name, side)))
        self.setAccessibleName(f"Place of the electrodes: {words}, seen from the {placement.view}")
        theme.theme().changed.connect(self._restyled)

    def sizeHint(self) -> QSize:
        """A square that grows with the text, as far as words fit beside it."""
        side = min(theme.theme().pixels(SIDE), LARGEST)
        return QSize(side, side)

    def electrodes(self) -> tuple[QPointF, QPointF]:
        """Both middles, in units of the drawing."""
        sign = 1.0 if self._right_hand else -1.0
        x, y = self._placement.fibres
        half = APART / 2 / math.hypot(x, y)
        middle = QPointF(sign * self._placement.x, self._placement.y)
        step = QPointF(sign * x * half, y * half)
        return middle - step, middle + step

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Body, skin, muscle, electrodes."""
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        painter.fillPath(frame, QColor(colours.canvas))
        painter.setClipPath(frame)
        painter.save()
        self._look_near(painter)
        painter.setPen(QPen(QColor(colours.outline), 0.6))
        painter.setBrush(QColor(colours.raised))
        painter.drawPath(self._body)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(faint_line(colours.outline, 0.4, 0.7))
        painter.drawPath(self._skin)
        fill = QColor(colours.accent)
        fill.setAlphaF(0.3)
        painter.setPen(faint_line(colours.accent, 0.4, 0.9))
        painter.setBrush(fill)
        painter.drawPath(self._belly)
        one, other = self.electrodes()
        painter.setPen(QPen(QColor(colours.text), 0.5))
        painter.drawLine(one, other)
        painter.setBrush(QColor(colours.background))
        for at in (one, other):
            painter.drawEllipse(at, RADIUS, RADIUS)
        painter.setBrush(QColor(colours.text))
        for at in (one, other):
            painter.drawEllipse(at, RADIUS / 3, RADIUS / 3)
        painter.restore()
        painter.setPen(QColor(colours.muted))
        words = QRectF(self.rect()).adjusted(6, 4, -6, -4)
        painter.drawText(words, Qt.AlignmentFlag.AlignBottom, self._placement.view)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(colours.border))
        painter.drawPath(frame)
        painter.end()

    def _look_near(self, painter: QPainter) -> None:
        """The belly and what is around it fill the picture."""
        box = self._belly.boundingRect()
        across = max(LEAST, max(box.width(), box.height()) + AROUND)
        scale = min(self.width(), self.height()) / across
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(scale, scale)
        painter.translate(-box.center())

    def _restyled(self) -> None:
        self.updateGeometry()
        self.update()
