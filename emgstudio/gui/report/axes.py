"""Axes of a printed plot: round ticks, thin grid, and where a value lies on the paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from emgstudio.gui.report.sheet import write
from emgstudio.gui.theme import LIGHT

Floats = NDArray[np.float64]

WORDS = 7.5
MOST_COLUMNS = 1000


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round values within ``low`` to ``high``, roughly ``about`` of them."""
    if not high > low:
        return [low]
    step = 10.0 ** math.floor(math.log10((high - low) / about))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= about:
            step *= factor
            break
    return [
        k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


@dataclass(frozen=True, slots=True)
class Axes:
    """A plot over ``area``; ``x`` and ``y`` are the ends of what is shown."""

    area: QRectF
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> QPointF:
        """On the paper; what lies outside is put on the edge."""
        return QPointF(self.across(x), self.up(y))

    def across(self, x: float) -> float:
        low, high = self.x
        share = (x - low) / (high - low) if high > low else 0.5
        return self.area.left() + min(1.0, max(0.0, share)) * self.area.width()

    def up(self, y: float) -> float:
        low, high = self.y
        share = (y - low) / (high - low) if high > low else 0.5
        return self.area.bottom() - min(1.0, max(0.0, share)) * self.area.height()

    def frame(
        self, painter: QPainter, across: Sequence[tuple[float, str]], *, about: int = 4
    ) -> None:
        """Grid, ticks of the values, and those along the foot with their words."""
        painter.setPen(QPen(QColor(LIGHT.grid), 0.6))
        values = ticks(*self.y, about)
        for value in values:
            painter.drawLine(self.at(self.x[0], value), self.at(self.x[1], value))
        for value in values:
            at = QPointF(self.area.left() - 4, self.up(value) + WORDS * 0.35)
            write(painter, at, f"{value:g}", WORDS, colour=LIGHT.muted, align=1.0)
        painter.setPen(QPen(QColor(LIGHT.outline), 0.6))
        painter.drawLine(self.area.bottomLeft(), self.area.bottomRight())
        for value, words in across:
            at = QPointF(self.across(value), self.area.bottom() + WORDS + 3)
            write(painter, at, words, WORDS, colour=LIGHT.muted, align=0.5)

    def line(
        self, painter: QPainter, x: Floats, y: Floats, colour: str, width: float = 0.9
    ) -> None:
        """A curve ``(n,)``, broken where ``y`` is NaN."""
        painter.setPen(QPen(QColor(colour), width, j=Qt.PenJoinStyle.RoundJoin))
        known = np.isfinite(y)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
        for begin, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            points = [self.at(a, b) for a, b in zip(x[begin:stop], y[begin:stop], strict=True)]
            painter.drawPolyline(QPolygonF(points))

    def dash(self, painter: QPainter, x0: float, x1: float, y: float, colour: str) -> None:
        """A level line that is a goal, dashed."""
        painter.setPen(QPen(QColor(colour), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(self.at(x0, y), self.at(x1, y))


def reduced(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """A long curve ``(n,)`` as lowest and highest of each column; peaks and gaps stay."""
    if len(y) <= 2 * MOST_COLUMNS:
        return x, y
    each = math.ceil(len(y) / MOST_COLUMNS)
    whole = len(y) // each * each
    rows = y[:whole].reshape(-1, each)
    at = x[:whole].reshape(-1, each)[:, 0]
    known = np.isfinite(rows)
    low = np.where(known, rows, np.inf).min(axis=1)
    high = np.where(known, rows, -np.inf).max(axis=1)
    both = np.column_stack([low, high]).ravel()
    both[~np.isfinite(both)] = np.nan
    return np.repeat(at, 2), both
