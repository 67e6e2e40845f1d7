"""Recorded traces as lines on a printer's or drawing program's page, from the same columns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from emgstudio.core.types import FloatSamples
from emgstudio.gui.plots.review_raster import OVERFLOW, Look
from emgstudio.gui.plots.trace_vector import zigzag


def paint_columns(
    painter: QPainter, lo: FloatSamples, hi: FloatSamples, look: Look, area: QRectF
) -> None:
    """Columns ``(n, channels)`` over ``area``, as the raster would show them."""
    painter.save()
    painter.setClipRect(area)
    painter.fillRect(area, QColor(look.background))
    columns, channels = lo.shape
    row, step = area.height() / channels, area.width() / columns
    x = area.left() + (np.arange(columns) + 0.5) * step
    reach = row * (0.5 + OVERFLOW)
    for k, (colour, centre) in enumerate(zip(look.colours, look.centres, strict=True)):
        middle = area.top() + (k + 0.5) * row
        scale = 0.5 * row / look.unit_per_row
        low, high = (
            np.clip(middle - (ends[:, k] - centre) * scale, middle - reach, middle + reach)
            for ends in (lo, hi)
        )
        pen = QPen(QColor(colour), min(1.0, step))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        known = np.flatnonzero(~np.isnan(low))
        for run in np.split(known, np.flatnonzero(np.diff(known) != 1) + 1):
            if len(run):
                painter.drawPolyline(zigzag(x[run], low[run], high[run]))
    painter.restore()
