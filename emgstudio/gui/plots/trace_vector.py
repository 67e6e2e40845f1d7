"""Live traces as lines on a printer's or drawing program's page, from the same pixel columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPolygonF

from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.lanes import LanePicture

VECTORS = (
    QPaintEngine.Type.SVG,
    QPaintEngine.Type.Pdf,
    QPaintEngine.Type.Picture,
)


def is_vector(painter: QPainter) -> bool:
    """Whether what is painted stays lines and words."""
    engine = painter.paintEngine()
    return engine is not None and engine.type() in VECTORS


def paint_lines(
    painter: QPainter,
    picture: LanePicture,
    span: Span,
    x: NDArray[np.floating],
    area: QRectF,
    ratio: float,
) -> None:
    """The columns of ``span`` at ``x (n,)`` logical pixels, as the raster would show them."""
    painter.save()
    painter.setClipRect(area)
    _paint_ground(painter, picture, area, ratio)
    order = np.argsort(x, kind="stable")
    x, step = x[order], 1 / ratio
    for place in x[span.holed[order]]:
        painter.fillRect(QRectF(place, area.top(), step, area.height()), colour(picture.ink.hole))
    heights = picture.heights(span)[:, order] / ratio
    marked = span.marked[order]
    for i, lane in enumerate(picture.lanes):
        low, high = heights[0, :, i], heights[1, :, i]
        known = np.flatnonzero(~np.isnan(low))
        pen = QPen(colour(lane.colour), step)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        for run in np.split(known, np.flatnonzero(np.diff(known) != 1) + 1):
            if not len(run):
                continue
            if picture.filled:
                _fill(painter, x[run], high[run], (lane.bottom + 1) / ratio, colour(lane.fill))
            painter.setPen(pen)
            painter.drawPolyline(zigzag(x[run] + step / 2, low[run], high[run]))
        clipped = known[marked[known, lane.channel]]
        if len(clipped):
            painter.setPen(QPen(colour(picture.ink.clipped), step))
            painter.drawLines(
                [QLineF(x[k] + step / 2, low[k], x[k] + step / 2, high[k]) for k in clipped]
            )
    _paint_thresholds(painter, picture, area, ratio)
    painter.restore()


def zigzag(
    x: NDArray[np.floating], low: NDArray[np.floating], high: NDArray[np.floating]
) -> QPolygonF:
    """One line through lowest and highest of every column, entering from the nearer end."""
    middle = (low + high) / 2
    rises = np.diff(middle, prepend=middle[:1]) >= 0
    first, second = np.where(rises, low, high), np.where(rises, high, low)
    ys = np.stack([first, second], axis=1).reshape(-1).tolist()
    return QPolygonF([QPointF(a, b) for a, b in zip(np.repeat(x, 2).tolist(), ys, strict=True)])


def colour(pixel: int) -> QColor:
    """The colour of a pixel in RGB32."""
    return QColor.fromRgb(int(pixel))


def _fill(
    painter: QPainter,
    x: NDArray[np.floating],
    high: NDArray[np.floating],
    floor: float,
    fill: QColor,
) -> None:
    edge = [QPointF(a, b) for a, b in zip(x.tolist(), high.tolist(), strict=True)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon([*edge, QPointF(float(x[-1]), floor), QPointF(float(x[0]), floor)])
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_ground(painter: QPainter, picture: LanePicture, area: QRectF, ratio: float) -> None:
    ink = picture.ink
    painter.fillRect(area, colour(ink.ground))
    for i, lane in enumerate(picture.lanes):
        if i % 2:
            place = QRectF(area.left(), lane.top / ratio, area.width(), lane.height / ratio)
            painter.fillRect(place, colour(ink.stripe))
    painter.setPen(QPen(colour(ink.baseline), 0.5))
    rows = [(float(row) + 0.5) / ratio for row in picture.baselines()]
    painter.drawLines([QLineF(area.left(), y, area.right(), y) for y in rows])


def _paint_thresholds(painter: QPainter, picture: LanePicture, area: QRectF, ratio: float) -> None:
    rows = picture.threshold_rows() / ratio
    if len(rows):
        painter.setPen(QPen(colour(picture.ink.threshold), 1, Qt.PenStyle.DashLine))
        painter.drawLines([QLineF(area.left(), y, area.right(), y) for y in rows.tolist()])
