"""A sentence that never takes more than two lines of the window; all of it is in the tool tip."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QTextLayout
from PySide6.QtWidgets import QLabel

MOST = 2


class TwoLines(QLabel):
    """What does not fit ends in “…”; ``text()`` is the whole sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Show another sentence."""
        super().setText(text)
        self.setToolTip(text)

    def heightForWidth(self, width: int) -> int:
        """At most two lines."""
        return min(super().heightForWidth(width), self._high(MOST))

    def sizeHint(self) -> QSize:
        """At most two lines, as wide as a label would be."""
        return super().sizeHint().boundedTo(QSize(1 << 20, self._high(MOST)))

    def minimumSizeHint(self) -> QSize:
        """One line, of which hardly anything may be seen."""
        return QSize(super().minimumSizeHint().width(), self._high(1))

    def lines(self, width: int) -> list[str]:
        """What is written at this width."""
        words = self.text()
        layout = QTextLayout(words, self.font())
        layout.beginLayout()
        ends: list[int] = []
        while len(ends) < MOST and (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            ends.append(line.textStart() + line.textLength())
        layout.endLayout()
        # The last line takes all that is left, and a path may be one word wider than a line.
        starts, stops = [0, *ends[:-1]], [*ends[:-1], len(words)]
        return [self._cut(words[a:b].strip(), width) for a, b in zip(starts, stops, strict=True)]

    def _cut(self, words: str, width: int) -> str:
        metrics = self.fontMetrics()
        if metrics.horizontalAdvance(words) <= width:
            return words
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)

    def paintEvent(self, _event: QPaintEvent) -> None:
        area = self.contentsRect()
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        shown = self.lines(area.width())
        high = self.fontMetrics().lineSpacing()
        y = area.y() + (area.height() - high * len(shown)) // 2
        for k, words in enumerate(shown):
            box = QRect(area.x(), y + k * high, area.width(), high)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()

    def _high(self, lines: int) -> int:
        margins = self.contentsMargins()
        return lines * self.fontMetrics().lineSpacing() + margins.top() + margins.bottom()
