"""What the person looks at while cues run: a big picture in a countdown ring."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.gui.wizard.movement_picture import movement_pixmap
from emgstudio.session.movement_pictures import MovementPictures

RING = 12
FULL_CIRCLE = 360 * 16
TOP = 90 * 16


@dataclass(frozen=True, slots=True)
class Cue:
    """What the stage shows: ``fraction`` of the ring is filled in the colour ``role``."""

    gesture: str
    fraction: float
    role: str
    number: str
    faded: bool = False


class CueStage(QWidget):
    """Repaints only when what it shows has changed.

    ``pictures`` has those of movements that people named themselves; without them such a
    movement is the open hand.
    """

    def __init__(self, pictures: MovementPictures | None = None) -> None:
        super().__init__()
        self._pictures = pictures
        self.cue = Cue("rest", 0.0, "outline", "")
        self._pixmap = QPixmap()
        self._drawn: tuple[object, ...] = ()
        # Low enough for the words around it at 200 % on a small screen.
        self.setMinimumSize(130, 130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(340, 340)

    def show_cue(self, cue: Cue) -> None:
        """Show another cue or another moment of it."""
        if cue != self.cue:
            self.cue = cue
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        cue = self.cue
        side = min(self.width(), self.height()) - 8
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = box.adjusted(RING, RING, -RING, -RING)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.border), RING))
        painter.drawEllipse(ring)
        pen = QPen(QColor(colours.colour(cue.role)), RING)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if cue.fraction > 0:
            painter.setPen(pen)
            painter.drawArc(ring, TOP, -round(FULL_CIRCLE * min(1.0, cue.fraction)))
        painter.setOpacity(0.45 if cue.faded else 1.0)
        size = int(side * 0.62)
        corner = QPointF(box.center().x() - size / 2, box.center().y() - size / 2)
        painter.drawPixmap(corner, self._picture(cue.gesture, size))
        painter.setOpacity(1.0)
        if cue.number:
            self._paint_number(painter, box, cue)
        painter.end()

    def _paint_number(self, painter: QPainter, box: QRectF, cue: Cue) -> None:
        colours = theme.current()
        badge = QRectF(0, 0, 58, 58)
        badge.moveCenter(QPointF(box.right() - 44, box.bottom() - 44))
        painter.setPen(QPen(QColor(colours.colour(cue.role)), 3))
        painter.setBrush(QColor(colours.background))
        painter.drawEllipse(badge)
        font = QFont(painter.font())
        font.setPointSizeF(20)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, cue.number)

    def _picture(self, gesture: str, size: int) -> QPixmap:
        pictures = self._pictures
        own = (pictures.drawing(gesture), pictures.image(gesture)) if pictures else None
        wanted = (gesture, own, size, self.devicePixelRatioF(), theme.current().name)
        if wanted != self._drawn:
            self._drawn = wanted
            ratio = self.devicePixelRatioF()
            self._pixmap = movement_pixmap(pictures, gesture, QSize(size, size), ratio)
        return self._pixmap
