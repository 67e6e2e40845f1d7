"""A line of newest values, small enough to stand in a row of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui.theme import current, theme

MOST_POINTS = 400
MARGIN = 3.0


class Spark(QWidget):
    """Draws what :meth:`show_values` was given, from the smallest to the largest."""

    def __init__(self, name: str, colour: int = 0) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.colour = colour
        self.values: NDArray[np.float64] = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as a field."""
        return QSize(theme().pixels(160), theme().pixels(30))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(60, theme().pixels(30))

    def show_values(self, values: NDArray[np.float64]) -> None:
        """Values in the order of time; only the newest are drawn."""
        self.values = np.asarray(values, float)[-MOST_POINTS:]
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One polyline on the canvas."""
        colours = current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        values = self.values
        if len(values) > 1:
            low, high = float(values.min()), float(values.max())
            span = high - low
            height = self.height() - 2 * MARGIN
            x = np.linspace(MARGIN, self.width() - MARGIN, len(values))
            share = (values - low) / span if span else np.full(len(values), 0.5)
            y = MARGIN + (1.0 - share) * height
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colours.trace(self.colour)), 1.2))
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x, y, strict=True)]))
        painter.end()
