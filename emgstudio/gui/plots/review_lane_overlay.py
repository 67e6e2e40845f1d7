"""Labels of the active track, suggestions and bad data over the signals they are about."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from emgstudio.core.types import Annotation
from emgstudio.gui import theme
from emgstudio.gui.review.annotate.suggestions import is_suggestion
from emgstudio.gui.review.annotate.tracks import AUTO_TRACK, BAD_TRACK
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.labels import LabelColours
from emgstudio.gui.review.view import TimeView

FAINT, GHOST = 0.10, 0.05
NARROWEST_PX = 40
"""Narrower ones are seen in their lanes: hundreds over the signals took 90 ms of each picture."""


def paint_over_signals(
    painter: QPainter, document: Document, view: TimeView, area: QRectF, channels: int
) -> None:
    """Paint what is visible in ``area``, where the channels are rows of the same height.

    An annotation of some channels covers their rows only.
    """
    inks = LabelColours(document)
    row = area.height() / max(1, channels)
    least = NARROWEST_PX * view.span / max(1.0, area.width())
    for name in dict.fromkeys((document.track, AUTO_TRACK, BAD_TRACK)):
        track = document.index.tracks.get(name)
        if track is None or name in document.hidden:
            continue
        for item in track.thinned(view.start, view.stop, view.span / max(1.0, area.width())):
            if item.duration >= least:
                x0 = area.x() + max(view.x(item.start), 0.0)
                x1 = area.x() + min(view.x(item.stop), area.width())
                for top, height in _rows(item, area, row):
                    _cover(painter, item, QRectF(x0, top, x1 - x0, height), inks[item.label])


def _rows(item: Annotation, area: QRectF, row: float) -> list[tuple[float, float]]:
    if item.channels is None:
        return [(area.y(), area.height())]
    return [(area.y() + k * row, row) for k in item.channels]


def _cover(painter: QPainter, item: Annotation, box: QRectF, ink: QColor) -> None:
    bad, ghost = item.track == BAD_TRACK, is_suggestion(item)
    fill = QColor(ink)
    fill.setAlphaF(GHOST if ghost else FAINT)
    painter.fillRect(box, fill)
    if bad:
        painter.fillRect(
            box, QBrush(theme.current().tint("stop", 0.35), Qt.BrushStyle.FDiagPattern)
        )
    edge = QColor(ink)
    edge.setAlphaF(0.7)
    painter.setPen(QPen(edge, 1, Qt.PenStyle.DashLine if ghost else Qt.PenStyle.SolidLine))
    for x in (box.left(), box.right()):
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
