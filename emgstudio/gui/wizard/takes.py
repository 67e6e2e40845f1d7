"""Which takes are recorded and how good each is: a grid of movements and repetitions."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.calibration_coach import Mark

ROW = 26
NAMES_WIDTH = 104
CELL = 28


class TakesGrid(QWidget):
    """Good, check or stop for each recorded take, a ring for the one that runs.

    A click asks for a take again; the chosen one has a frame.
    """

    redo_wanted = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[str, ...] = ()
        self._repetitions = 0
        self._done: frozenset[tuple[str, int]] = frozenset()
        self._now: tuple[str, int] | None = None
        self._picked: tuple[str, int] | None = None
        self._marks: dict[tuple[str, int], Mark] = {}
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Recorded takes")
        theme.theme().changed.connect(self.update)

    @property
    def row(self) -> int:
        """Height of a row, logical pixels."""
        return max(ROW, self.fontMetrics().height() + 6)

    @property
    def names(self) -> int:
        """Width of the names, logical pixels."""
        metrics = self.fontMetrics()
        widths = [metrics.horizontalAdvance(gesture_title(name)) for name in self._classes]
        return min(max([NAMES_WIDTH, *widths]), 2 * NAMES_WIDTH) + 12

    def sizeHint(self) -> QSize:
        columns, rows = max(1, self._repetitions), max(1, len(self._classes))
        return QSize(self.names + CELL * columns, self.row * rows)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_takes(
        self,
        classes: tuple[str, ...],
        repetitions: int,
        done: frozenset[tuple[str, int]],
        now: tuple[str, int] | None,
    ) -> None:
        """``done`` takes are recorded, ``now`` is the one that is being recorded."""
        shown = (classes, repetitions, done, now)
        if shown == (self._classes, self._repetitions, self._done, self._now):
            return
        resized = (classes, repetitions) != (self._classes, self._repetitions)
        self._classes, self._repetitions, self._done, self._now = shown
        total = len(classes) * repetitions
        self.setAccessibleDescription(f"{len(done)} of {total} takes are recorded")
        if resized:
            self.updateGeometry()
        self.update()

    def show_marks(
        self, marks: dict[tuple[str, int], Mark], picked: tuple[str, int] | None
    ) -> None:
        """What is thought of the takes, and the one that keys act on."""
        if (marks, picked) != (self._marks, self._picked):
            self._marks, self._picked = marks, picked
            said = (f"{gesture_title(g)} {r}: {m.words}" for (g, r), m in marks.items())
            self.setAccessibleDescription("; ".join(said))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        row, names = self.row, self.names
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, name in enumerate(self._classes):
            painter.setPen(QColor(colours.text))
            title = painter.fontMetrics().elidedText(
                gesture_title(name), Qt.TextElideMode.ElideRight, names - 8
            )
            where = QRectF(0, i * row, names - 6, row)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, title)
            for repetition in range(1, self._repetitions + 1):
                middle = QPointF(names + (repetition - 0.5) * CELL, (i + 0.5) * row)
                self._paint_take(painter, middle, (name, repetition))
        painter.end()

    def _paint_take(self, painter: QPainter, middle: QPointF, take: tuple[str, int]) -> None:
        colours = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if take == self._picked:
            painter.setPen(QPen(QColor(colours.text), 1.5))
            painter.drawRoundedRect(QRectF(middle.x() - 12, middle.y() - 12, 24, 24), 5, 5)
        if take == self._now:
            painter.setPen(QPen(QColor(colours.check), 3))
            painter.drawEllipse(middle, 8, 8)
        elif take in self._done:
            mark = self._marks.get(take)
            _paint_mark(painter, middle, mark.level if mark is not None else "good")
        else:
            painter.setPen(QPen(QColor(colours.outline), 1.4))
            painter.drawEllipse(middle, 8, 8)

    def take_at(self, x: float, y: float) -> tuple[str, int] | None:
        """The recorded take under a point."""
        row, column = int(y // self.row), int((x - self.names) // CELL)
        if not (0 <= row < len(self._classes) and 0 <= column < self._repetitions):
            return None
        take = (self._classes[row], column + 1)
        return take if take in self._done else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        take = self.take_at(event.position().x(), event.position().y())
        shape = Qt.CursorShape.PointingHandCursor if take else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        if take:
            mark = self._marks.get(take)
            why = f": {mark.words}" if mark is not None else ""
            text = f"{gesture_title(take[0])} {take[1]}{why}\nClick: do it again"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        take = self.take_at(event.position().x(), event.position().y())
        if take and event.button() == Qt.MouseButton.LeftButton:
            self.redo_wanted.emit(*take)


def _paint_mark(painter: QPainter, middle: QPointF, level: str) -> None:
    """A dot with a tick, a triangle or a cross."""
    colours = theme.current()
    x, y = middle.x(), middle.y()
    if level == "stop":
        painter.setPen(QPen(QColor(colours.stop), 3.5))
        painter.drawLine(QPointF(x - 6, y - 6), QPointF(x + 6, y + 6))
        painter.drawLine(QPointF(x - 6, y + 6), QPointF(x + 6, y - 6))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.colour(level)))
    if level == "check":
        painter.drawPolygon([QPointF(x, y - 9), QPointF(x + 9, y + 7), QPointF(x - 9, y + 7)])
        return
    painter.drawEllipse(middle, 8.5, 8.5)
    painter.setPen(QPen(QColor(colours.on_accent), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([QPointF(x - 4, y), QPointF(x - 1, y + 3), QPointF(x + 4.5, y - 3.5)])
