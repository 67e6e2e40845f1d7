"""Bars that say how sure the recogniser is of each movement."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title

ROW = 27
NAMES = 124
NUMBERS = 52


class ConfidenceBars(QWidget):
    """One bar per class; the one decided on is marked by colour, weight and a dot."""

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[str, ...] = ()
        self._shares: tuple[float, ...] = ()
        self._chosen = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How sure, per movement")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(380, ROW * max(1, len(self._classes)))

    def show_shares(
        self, classes: tuple[str, ...], shares: tuple[float, ...], chosen: str
    ) -> None:
        """``shares`` are posteriors 0–1 in the order of ``classes``."""
        if (classes, shares, chosen) == (self._classes, self._shares, self._chosen):
            return
        resized = len(classes) != len(self._classes)
        self._classes, self._shares, self._chosen = classes, shares, chosen
        if resized:
            self.setFixedHeight(ROW * max(1, len(classes)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        width = max(20, self.width() - NAMES - NUMBERS)
        for i, name in enumerate(self._classes):
            share = self._shares[i] if i < len(self._shares) else 0.0
            share = 0.0 if share != share else share
            won = name == self._chosen
            font = painter.font()
            font.setBold(won)
            painter.setFont(font)
            painter.setPen(QColor(colours.text if won else colours.muted))
            title = painter.fontMetrics().elidedText(
                gesture_title(name), Qt.TextElideMode.ElideRight, NAMES - 12
            )
            line = QRectF(0, i * ROW, NAMES - 8, ROW)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
            track = QRectF(NAMES, i * ROW + 8, width, ROW - 15)
            painter.fillRect(track, QColor(colours.border))
            bar = QRectF(track)
            bar.setWidth(width * min(1.0, share))
            painter.fillRect(bar, QColor(colours.accent if won else colours.outline))
            number = QRectF(NAMES + width + 6, i * ROW, NUMBERS - 6, ROW)
            painter.drawText(number, Qt.AlignmentFlag.AlignVCenter, f"{share * 100:.0f} %")
        painter.end()
