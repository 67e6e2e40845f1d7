"""The client's own window: one picture, a word with a countdown, stars; no code, no name."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from emgstudio.gui import theme
from emgstudio.gui.second_screen import SecondScreen
from emgstudio.gui.therapy.client_pictures import PICTURES
from emgstudio.gui.therapy.client_view import STARS, ClientView

LEAST_POINTS = 28.0
MARGIN = 24


class ClientScreen(SecondScreen):
    """One picture at a time, with a word, a countdown and stars."""

    def __init__(self) -> None:
        super().__init__("Exercise")
        self._pictures = [kind() for kind in PICTURES]
        self._chosen = 0
        self.view = ClientView()

    def choose(self, place: int) -> None:
        """Another picture, by its place in ``PICTURES``."""
        self._chosen = place
        self.update()

    def show_view(self, view: ClientView) -> None:
        """The moment to show."""
        if (view.word, view.hint) != (self.view.word, self.view.hint):
            self.setAccessibleDescription(f"{view.word} {view.hint}".strip())
        self.view = view
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, view = theme.current(), self.view
        painter.fillRect(self.rect(), QColor(colours.background))
        points = max(LEAST_POINTS, self.height() * 0.07)
        head, foot = points * 2.2, points * 1.9
        self._write(painter, QRectF(MARGIN, 8, self.width() - 2 * MARGIN, head), points)
        area = QRectF(
            MARGIN, head + 16, self.width() - 2 * MARGIN, self.height() - head - foot - 32
        )
        painter.save()
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        self._pictures[self._chosen].paint(painter, area, view, colours)
        painter.restore()
        below = QRectF(MARGIN, self.height() - foot - 4, area.width(), foot)
        if view.hint:
            self._hint(painter, below)
        else:
            self._stars(painter, below)
        painter.end()

    def _write(self, painter: QPainter, area: QRectF, points: float) -> None:
        view = self.view
        font = painter.font()
        font.setPointSizeF(points)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        text = f"{view.word}   {view.seconds}".strip()
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _hint(self, painter: QPainter, area: QRectF) -> None:
        """A kind word, for a while in place of the stars: it hides nothing of the picture."""
        colours, font = theme.current(), painter.font()
        font.setPointSizeF(LEAST_POINTS)
        font.setBold(False)
        painter.setFont(font)
        band = area.adjusted(2, 0, -2, -4)
        painter.setPen(QPen(QColor(colours.check), 3.0))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(band, 12, 12)
        painter.setPen(QColor(colours.text))
        painter.drawText(band, Qt.AlignmentFlag.AlignCenter, self.view.hint)

    def _stars(self, painter: QPainter, area: QRectF) -> None:
        """The last five repetitions and how many are done."""
        view, colours = self.view, theme.current()
        size = area.height() * 0.36
        for k in range(STARS):
            at = QPointF(area.left() + size + k * 2.5 * size, area.center().y())
            full = k < len(view.stars) and view.stars[k]
            painter.setPen(QPen(QColor(colours.text), 3.0))
            painter.setBrush(QColor(colours.check) if full else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(star(at, size))
        if view.total:
            font = painter.font()
            font.setPointSizeF(LEAST_POINTS)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(colours.text))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, flags, f"{view.done} of {view.total}")


def star(at: QPointF, size: float) -> QPolygonF:
    """Five points around ``at``."""
    points = []
    for k in range(10):
        angle = -math.pi / 2 + k * math.pi / 5
        radius = size if k % 2 == 0 else 0.42 * size
        points.append(at + QPointF(radius * math.cos(angle), radius * math.sin(angle)))
    return QPolygonF(points)
