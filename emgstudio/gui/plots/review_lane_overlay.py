"""Labels of the active track, suggestions and bad data over the signals they are about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from emgstudio.core.types import Annotation
from emgstudio.gui import theme
from emgstudio.gui.plots.review_spans import fill, glazed, inks_of, picture
from emgstudio.gui.plots.trace_vector import is_vector
from emgstudio.gui.review.annotate.suggestions import is_suggestion
from emgstudio.gui.review.annotate.tracks import AUTO_TRACK, BAD_TRACK
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.index import suggested
from emgstudio.gui.review.labels import LabelColours
from emgstudio.gui.review.view import TimeView
from emgstudio.storage.annotation_columns import AnnotationColumns

FAINT, GHOST, EDGE, HATCH = 0.10, 0.05, 0.7, 0.35
NARROWEST_PX = 40
"""Narrower ones are seen in their lanes: hundreds over the signals took 90 ms of each picture."""
TILE = 24
"""Rows after which dashes (4 on, 2 off) and hatches (every 8) both begin again."""
STRIP = 256
"""Up to so many columns an image costs less than a brush; it looks the same."""


def paint_over_signals(
    painter: QPainter,
    document: Document,
    view: TimeView,
    area: QRectF,
    channels: int,
    exposed: QRectF,
) -> None:
    """Paint what is in ``exposed`` of ``area``, where the channels are rows of the same height.

    An annotation of some channels covers their rows only. All of the same channels are
    one pattern of pixels: filling them one by one took twelve times as long.
    """
    row = area.height() / max(1, channels)
    inks = LabelColours(document)
    if is_vector(painter):
        for item in _shown(document, view, area, area):
            _cover(painter, item, view, area, row, inks[item.label])
        return
    shown = _shown(document, view, area, exposed)
    for number in np.unique(shown.rows["channels"]).tolist():
        some = shown.take(shown.rows["channels"] == number)
        pattern = _Pattern(some, inks, view, area, exposed)
        for top, height in _rows(some[0], area, row):
            pattern.paint(painter, top, height)


def _shown(document: Document, view: TimeView, area: QRectF, exposed: QRectF) -> AnnotationColumns:
    """Those that are wide enough to be seen behind signals, the topmost last."""
    pixel = view.span / max(1.0, area.width())
    begin, end = view.time(exposed.left() - area.x() - 1), view.time(exposed.right() - area.x() + 1)
    items = document.index.items
    places = []
    for name in dict.fromkeys((document.track, AUTO_TRACK, BAD_TRACK)):
        track = document.index.tracks.get(name)
        if track is not None and name not in document.hidden:
            found = track.within(begin, end)
            places.append(found.rows[found.stops - found.starts >= NARROWEST_PX * pixel])
    rows = np.concatenate(places) if places else items.rows[:0]
    return AnnotationColumns(rows, items.stock)


class _Pattern:
    """Fills, edges and hatches of annotations as TILE rows of pixels that repeat downwards."""

    def __init__(
        self,
        items: AnnotationColumns,
        inks: LabelColours,
        view: TimeView,
        area: QRectF,
        exposed: QRectF,
    ) -> None:
        self._ratio = view.ratio
        self._x = int(np.floor((exposed.left() - area.x()) * view.ratio))
        self._left = area.x() * view.ratio + self._x
        wide = max(1, int(np.ceil((exposed.right() - area.x()) * view.ratio)) - self._x)
        first = view.columns_at(items.starts) - self._x
        stop = np.maximum(first + 1, view.columns_at(items.stops) - self._x)
        ghost, bad = suggested(items.rows), items.having("track", BAD_TRACK)
        faint, ghostly, edge = inks_of(items, inks, glazed(FAINT), glazed(GHOST), glazed(EDGE))
        row = np.zeros(wide, np.uint32)
        fill(row, first, stop, np.where(ghost, ghostly, faint))
        self._pixels = np.tile(row, (TILE, 1))
        if bad.any():
            self._hatch(first[bad], stop[bad], self._x + view.first)
        line = max(1, round(view.ratio))
        dashed = np.arange(TILE) / view.ratio % 6 >= 4
        for chosen, off in ((~ghost, np.zeros(TILE, bool)), (ghost, dashed)):
            sides = np.zeros(wide, np.uint32)
            fill(sides, first[chosen], first[chosen] + line, edge[chosen])
            fill(sides, stop[chosen], stop[chosen] + line, edge[chosen])
            seen = (sides != 0) & ~off[:, None]
            self._pixels = np.where(seen, sides, self._pixels)

    def paint(self, painter: QPainter, top: float, height: float) -> None:
        """Over all that is exposed, from ``top`` on."""
        painter.save()
        painter.scale(1 / self._ratio, 1 / self._ratio)
        begin = round(top * self._ratio)
        rows, wide = round((top + height) * self._ratio) - begin, self._pixels.shape[1]
        if wide <= STRIP:
            tall = np.tile(self._pixels, (-(-rows // TILE), 1))[:rows]
            painter.drawImage(QPointF(self._left, begin), picture(tall, see_through=True))
        else:
            painter.setBrushOrigin(QPointF(self._left, begin))
            brush = QBrush(picture(self._pixels, see_through=True))
            painter.fillRect(QRectF(self._left, begin, wide, rows), brush)
        painter.restore()

    def _hatch(self, first: NDArray[np.int64], stop: NDArray[np.int64], at: int) -> None:
        rows, wide = self._pixels.shape
        where = np.zeros(wide, np.uint32)
        fill(where, first, stop, np.ones(len(first), np.uint32))
        stripe = (np.arange(wide) + at + np.arange(rows)[:, None]) % 8 == 0
        self._pixels[stripe & (where != 0)] = glazed(HATCH)(QColor(theme.current().stop))


def _rows(item: Annotation, area: QRectF, row: float) -> list[tuple[float, float]]:
    if item.channels is None:
        return [(area.y(), area.height())]
    return [(area.y() + k * row, row) for k in item.channels]


def _cover(
    painter: QPainter, item: Annotation, view: TimeView, area: QRectF, row: float, ink: QColor
) -> None:
    """One annotation as lines and faces, for a page."""
    ghost = is_suggestion(item)
    x0, x1 = (min(max(view.x(t), 0.0), area.width()) for t in (item.start, item.stop))
    face, edge = QColor(ink), QColor(ink)
    face.setAlphaF(GHOST if ghost else FAINT)
    edge.setAlphaF(EDGE)
    for top, height in _rows(item, area, row):
        box = QRectF(area.x() + x0, top, x1 - x0, height)
        painter.fillRect(box, face)
        if item.track == BAD_TRACK:
            hatch = theme.current().tint("stop", HATCH)
            painter.fillRect(box, QBrush(hatch, Qt.BrushStyle.FDiagPattern))
        painter.setPen(QPen(edge, 1, Qt.PenStyle.DashLine if ghost else Qt.PenStyle.SolidLine))
        for x in (box.left(), box.right()):
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
