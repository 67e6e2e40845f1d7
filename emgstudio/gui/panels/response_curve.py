"""What a filter lets through: gain over frequency, as a small curve and in words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import badge, sections
from emgstudio.dsp.filters import gain_db
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.theme import current, theme

LOWEST_HZ, HIGHEST_HZ, POINTS = 2.0, 1000.0, 600
LOWEST_DB = -40.0
MARKS_HZ = (5, 20, 50, 100, 200, 500)
MARKS_DB = (0, -20, -40)


class ResponseCurve(QWidget):
    """Gain in dB over a logarithmic frequency axis; no mouse, no keys."""

    def __init__(self) -> None:
        super().__init__()
        self.frequencies = np.empty(0)
        self.gains = np.empty(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the filter lets through")
        theme().changed.connect(self.update)

    def show_spec(self, spec: ConditionSpec, rate: float) -> None:
        """The curve of what is really done at ``rate`` Hz; empty for a spec that makes no sense."""
        highest = min(HIGHEST_HZ, rate / 2)
        self.frequencies = np.geomspace(LOWEST_HZ, highest, POINTS)
        try:
            self.gains = gain_db(sections(spec, rate), self.frequencies, rate)
            self.setAccessibleDescription(f"Lets through {badge(spec, rate)}")
        except EmgError:
            self.frequencies = self.gains = np.empty(0)
            self.setAccessibleDescription("Nothing: the filter makes no sense")
        self.update()

    def sizeHint(self) -> QSize:
        """Seven lines of text high."""
        line = self.fontMetrics().height()
        return QSize(16 * line, 7 * line)

    def minimumSizeHint(self) -> QSize:
        """As low as it stays readable."""
        line = self.fontMetrics().height()
        return QSize(12 * line, 6 * line)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The curve with its two axes."""
        palette = current()
        painter = QPainter(self)
        painter.setFont(smaller(self.font()))
        metrics = painter.fontMetrics()
        left = metrics.horizontalAdvance("−40 dB") + 6
        area = QRectF(self.rect()).adjusted(left, metrics.height() / 2, -6, -metrics.height() - 4)
        painter.fillRect(area, QColor(palette.canvas))
        for decibel in MARKS_DB:
            y = self._y(decibel, area)
            painter.setPen(QColor(palette.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(palette.muted))
            box = QRectF(0, y - metrics.height() / 2, left - 6, metrics.height())
            text = f"{decibel} dB".replace("-", "−")
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        top = float(self.frequencies[-1]) if len(self.frequencies) else HIGHEST_HZ
        for hertz in (h for h in MARKS_HZ if h <= top):
            x = self._x(np.array([hertz]), area, top)[0]
            painter.setPen(QColor(palette.grid))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(palette.muted))
            text = f"{hertz} Hz" if hertz == MARKS_HZ[1] else f"{hertz}"
            width = metrics.horizontalAdvance(text)
            start = min(x - width / 2, self.width() - width)
            painter.drawText(QPointF(start, area.bottom() + metrics.ascent() + 3), text)
        if len(self.gains):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(area.adjusted(0, -2, 0, 1))
            painter.setPen(QPen(QColor(palette.accent), 2.0))
            xs = self._x(self.frequencies, area, top)
            ys = [self._y(float(gain), area) for gain in self.gains]
            points = [QPointF(float(x), y) for x, y in zip(xs, ys, strict=True)]
            painter.drawPolyline(QPolygonF(points))
        painter.end()

    def _x(self, hertz: np.ndarray, area: QRectF, top: float) -> np.ndarray:
        share = np.log(hertz / LOWEST_HZ) / np.log(top / LOWEST_HZ)
        return np.asarray(area.left() + share * area.width())

    def _y(self, decibel: float, area: QRectF) -> float:
        share = max(decibel, LOWEST_DB - 5.0) / (LOWEST_DB - 2.0)
        return area.top() + 3 + share * (area.height() - 3)
