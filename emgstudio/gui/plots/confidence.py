"""Bars that say how sure the recogniser is of each movement."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title

ROW = 22
NAMES = 112
NUMBERS = 44


class ConfidenceBars(QWidget):
    """One bar per class; the one decided on is marked by colour, weight and a dot."""

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[str, ...] = ()
        self.shares: tuple[float, ...] = ()
        self._chosen = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("How sure, per movement")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(380, self._full() * max(1, len(self._classes)))

    def show_shares(self, classes: tuple[str, ...], shares: tuple[float, ...], chosen: str) -> None:
        """``shares`` are posteriors 0–1 in the order of ``classes``."""
        if (classes, shares, chosen) == (self._classes, self.shares, self._chosen):
            return
        resized = len(classes) != len(self._classes)
        self._classes, self.shares, self._chosen = classes, shares, chosen
        if resized:
            self._fit()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Larger texts need higher lines."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        self.setMaximumHeight(self._full() * max(1, len(self._classes)))
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Lines of text without space between them."""
        return QSize(300, (self.fontMetrics().height() + 1) * max(1, len(self._classes)))

    def _full(self) -> int:
        return max(ROW, self.fontMetrics().height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        larger = theme.theme().scale / 100
        names, numbers = round(NAMES * larger) + 12, round(NUMBERS * larger) + 8
        width = max(20, self.width() - names - numbers)
        row = self.height() / max(1, len(self._classes))
        for i, name in enumerate(self._classes):
            share = self.shares[i] if i < len(self.shares) else 0.0
            share = 0.0 if share != share else share
            won = name == self._chosen
            font = painter.font()
            font.setBold(won)
            painter.setFont(font)
            painter.setPen(QColor(colours.text if won else colours.muted))
            title = painter.fontMetrics().elidedText(
                gesture_title(name), Qt.TextElideMode.ElideRight, names - 12
            )
            line = QRectF(0, i * row, names - 8, row)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
            track = QRectF(names, (i + 0.28) * row, width, 0.44 * row)
            painter.fillRect(track, QColor(colours.border))
            bar = QRectF(track)
            bar.setWidth(width * min(1.0, share))
            painter.fillRect(bar, QColor(colours.accent if won else colours.outline))
            number = QRectF(names + width + 6, i * row, numbers - 6, row)
            painter.drawText(number, Qt.AlignmentFlag.AlignVCenter, f"{share * 100:.0f} %")
        painter.end()
