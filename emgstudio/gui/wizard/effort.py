"""How hard the muscles work now, against the strongest seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.devices.stream import Stream
from emgstudio.gui import theme

WINDOW_S = 0.2
COMFORTABLE = (0.3, 0.7)
QUIETEST = 1e-9
LEAST_RANGE = 4.0
"""Until somebody moves, the strongest is taken to be this many times the quietest more."""


class EffortMeter:
    """Mean RMS over channels of the newest 0.2 s, as a share of the strongest seen."""

    def __init__(self) -> None:
        self.strongest = 0.0
        self.quietest = float("inf")
        self._stream: Stream | None = None

    def take(self, stream: Stream | None) -> float:
        """The effort now, 0–1; 0 without a signal."""
        if stream is not self._stream:
            self._stream = stream
            self.strongest, self.quietest = 0.0, float("inf")
        if stream is None:
            return 0.0
        chunk = stream.clean.latest(max(2, round(WINDOW_S * stream.info.rate)))
        x = chunk.data[chunk.valid]
        if len(x) < 2:
            return 0.0
        rms = float(np.sqrt((x.astype(np.float64) ** 2).mean(axis=0)).mean())
        self.strongest = max(self.strongest, rms)
        self.quietest = min(self.quietest, rms)
        span = max(self.strongest - self.quietest, LEAST_RANGE * self.quietest)
        return (rms - self.quietest) / span if span > QUIETEST else 0.0


class EffortBar(QWidget):
    """A bar with a comfortable zone; the zone is drawn and written, not only coloured."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(160)
        self.setAccessibleName("Effort")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(50 + self.fontMetrics().horizontalAdvance("comfort-"), 260)

    def show_share(self, share: float) -> None:
        """``share`` of the strongest effort seen, 0–1."""
        if abs(share - self._share) > 0.004:
            self._share = share
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.muted))
        line = self.fontMetrics().height()
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, "Effort")
        area = QRectF(0, line + 8, 30, self.height() - line - 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(area, 6, 6)
        low, high = (area.bottom() - area.height() * share for share in COMFORTABLE)
        zone = QRectF(area.left(), high, area.width(), low - high)
        painter.fillRect(zone, colours.tint("good", 0.22))
        level = QRectF(area)
        level.setTop(area.bottom() - area.height() * min(1.0, max(0.0, self._share)))
        inside = COMFORTABLE[0] <= self._share <= COMFORTABLE[1]
        painter.setBrush(QColor(colours.good if inside else colours.outline))
        painter.drawRoundedRect(level, 5, 5)
        painter.setPen(QPen(QColor(colours.text), 1.5))
        for y in (low, high):
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right() + 5, y))
        painter.setPen(QColor(colours.muted))
        words = QRectF(area.right() + 10, (low + high) / 2 - line, self.width() - 40, 2 * line)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "comfort-\nable")
        painter.end()
