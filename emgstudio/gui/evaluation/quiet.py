"""The quiet screen of the idle task: a count, and when on a line of time each of them was."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.evaluation_tests.idle import Activation, IdleTest

LINE = 10.0
MARK = 9.0
NUMBER_SIZE = 4.0
"""The count in sizes of the text around it."""
NAMES_SHOWN = 3


class QuietScreen(QWidget):
    """Nothing moves here but the line of time."""

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Activation, ...] = ()
        self._watched, self._seconds = 0.0, 1.0
        self._watching = False
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("False activations")
        theme.theme().changed.connect(self.update)

    def show_test(self, test: IdleTest) -> None:
        """What was found so far."""
        shown = (test.found, round(test.watched_s, 1), test.seconds, test.watching)
        if shown != (self._found, self._watched, self._seconds, self._watching):
            self._found, self._watched, self._seconds, self._watching = shown
            self.setAccessibleDescription(str(len(self._found)))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        middle = self.height() * 0.42
        words = painter.fontMetrics().height()
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * NUMBER_SIZE)
        painter.setFont(font)
        tall = painter.fontMetrics().height()
        centre = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(colours.text if self._watching else colours.faint))
        painter.drawText(
            QRectF(0, middle - tall, self.width(), tall), centre, str(len(self._found))
        )
        painter.setFont(self.font())
        painter.setPen(QColor(colours.muted))
        count = "false activation" if len(self._found) == 1 else "false activations"
        painter.drawText(QRectF(0, middle, self.width(), words * 1.5), centre, count)
        newest = ", ".join(gesture_title(a.gesture) for a in self._found[: -NAMES_SHOWN - 1 : -1])
        if newest:
            below = QRectF(0, middle + words * 1.6, self.width(), words * 1.5)
            painter.drawText(below, centre, f"The newest: {newest}")
        self._paint_time(painter, QRectF(24, self.height() * 0.8, self.width() - 48, LINE))
        painter.end()

    def _paint_time(self, painter: QPainter, line: QRectF) -> None:
        colours = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(line, LINE / 2, LINE / 2)
        share = min(1.0, self._watched / self._seconds)
        painter.setBrush(QColor(colours.outline))
        painter.drawRoundedRect(
            QRectF(line.left(), line.top(), line.width() * share, LINE), LINE / 2, LINE / 2
        )
        painter.setPen(QPen(QColor(colours.canvas), 1))
        painter.setBrush(QColor(colours.check))
        for found in self._found:
            x = line.left() + line.width() * min(1.0, found.start_s / self._seconds)
            tips = ((0.0, -2.0), (MARK * 0.6, -2.0 - MARK * 1.3), (-MARK * 0.6, -2.0 - MARK * 1.3))
            painter.drawPolygon(QPolygonF([QPointF(x + a, line.top() + b) for a, b in tips]))
