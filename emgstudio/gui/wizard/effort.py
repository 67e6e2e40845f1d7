"""How hard the muscles work now, against the strongest seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.core.ring import Chunk
from emgstudio.devices.stream import Stream
from emgstudio.gui import theme
from emgstudio.session.calibration_person import COMFORTABLE

WINDOW_S = 0.2
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
        each = _rms(chunk)
        if each is None:
            return 0.0
        rms = float(each.mean())
        self.strongest = max(self.strongest, rms)
        self.quietest = min(self.quietest, rms)
        span = max(self.strongest - self.quietest, LEAST_RANGE * self.quietest)
        return (rms - self.quietest) / span if span > QUIETEST else 0.0


class ChannelEfforts:
    """RMS of the newest 0.2 s of each used channel, as a share of its own strongest seen."""

    def __init__(self) -> None:
        self._strongest: NDArray[np.float64] | None = None
        self._quietest: NDArray[np.float64] | None = None
        self._stream: Stream | None = None

    def take(self, stream: Stream) -> NDArray[np.float64]:
        """The efforts now ``(used channels,)``, 0–1; empty without a signal."""
        if stream is not self._stream:
            self._stream, self._strongest, self._quietest = stream, None, None
        each = _rms(stream.clean.latest(max(2, round(WINDOW_S * stream.info.rate))))
        if each is None:
            return np.empty(0)
        each = each[list(stream.info.used_columns)]
        first = self._strongest is None or len(self._strongest) != len(each)
        if first or self._strongest is None or self._quietest is None:
            self._strongest, self._quietest = each, each
        self._strongest = np.maximum(self._strongest, each)
        self._quietest = np.minimum(self._quietest, each)
        span = np.maximum(self._strongest - self._quietest, LEAST_RANGE * self._quietest)
        return np.where(span > QUIETEST, (each - self._quietest) / np.maximum(span, QUIETEST), 0.0)


def _rms(chunk: Chunk) -> NDArray[np.float64] | None:
    """Of each channel over the valid rows, None for fewer than two."""
    x = chunk.data[chunk.valid]
    if len(x) < 2:
        return None
    return np.asarray(np.sqrt((x.astype(np.float64) ** 2).mean(axis=0)))


class EffortBar(QWidget):
    """A bar with the zone to reach; the zone is drawn and written, not only coloured."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self._zone = COMFORTABLE
        self._word = "comfort-\nable"
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

    def show_zone(self, zone: tuple[float, float], word: str) -> None:
        """Where the effort should lie, as shares of the strongest, and what to call that."""
        if (zone, word) != (self._zone, self._word):
            self._zone, self._word = zone, word
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
        low, high = (area.bottom() - area.height() * share for share in self._zone)
        zone = QRectF(area.left(), high, area.width(), low - high)
        painter.fillRect(zone, colours.tint("good", 0.22))
        level = QRectF(area)
        level.setTop(area.bottom() - area.height() * min(1.0, max(0.0, self._share)))
        inside = self._zone[0] <= self._share <= self._zone[1]
        painter.setBrush(QColor(colours.good if inside else colours.outline))
        painter.drawRoundedRect(level, 5, 5)
        painter.setPen(QPen(QColor(colours.text), 1.5))
        for y in (low, high):
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right() + 5, y))
        painter.setPen(QColor(colours.muted))
        words = QRectF(area.right() + 10, (low + high) / 2 - line, self.width() - 40, 2 * line)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._word)
        painter.end()
