"""The field of the Fitts' law test: a cursor, the circle it should go into, a ring for the hold."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.evaluation_tests.reaching import Goal, Reaching

CURSOR = 8.0
RING = 7.0
FULL_CIRCLE, TOP = 360 * 16, 90 * 16
EDGE = 30.0
LINE_SHARE = 0.22
"""Half the height of the field on one axis, as a share of its half width."""


class CursorField(QWidget):
    """Two axes fill a square; one axis is a line from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self._state: tuple[object, ...] = ()
        self._test: Reaching | None = None
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Cursor and circle")
        theme.theme().changed.connect(self.update)

    def show_test(self, test: Reaching) -> None:
        """Where cursor and circle are now."""
        state = (test.point, test.goal, round(test.held, 2), test.inside)
        if test is self._test and state == self._state:
            return
        self._test, self._state = test, state
        self.setAccessibleDescription("Inside" if test.inside else "Outside")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 420)

    def paintEvent(self, _event: QPaintEvent) -> None:
        test = self._test
        if test is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = self._field(len(test.axes))
        self._paint_field(painter, field, test)
        half = field.width() / 2

        def place(point: tuple[float, ...]) -> QPointF:
            y = point[1] if len(point) > 1 else 0.0
            return field.center() + QPointF(point[0] * half, -y * half)

        if test.goal is not None:
            self._paint_goal(painter, place(test.goal.centre), test.goal, half, test)
        self._paint_cursor(painter, place(test.point))
        painter.end()

    def _field(self, axes: int) -> QRectF:
        """The largest field that leaves room for the words around it."""
        words = theme.theme().pixels(EDGE)
        width, height = self.width() - 2.0 * words, self.height() - 2.0 * words
        side = max(40.0, min(width, height) if axes > 1 else width)
        tall = side if axes > 1 else min(max(40.0, height), side * LINE_SHARE * 2)
        box = QRectF(0, 0, side, tall)
        box.moveCenter(QPointF(self.width() / 2, self.height() / 2))
        return box

    def _paint_field(self, painter: QPainter, field: QRectF, test: Reaching) -> None:
        colours = theme.current()
        painter.setPen(QPen(QColor(colours.border), 1.5))
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(field, 8, 8)
        painter.setPen(QPen(QColor(colours.grid), 1))
        middle = field.center()
        painter.drawLine(QPointF(field.left(), middle.y()), QPointF(field.right(), middle.y()))
        if len(test.axes) > 1:
            painter.drawLine(QPointF(middle.x(), field.top()), QPointF(middle.x(), field.bottom()))
        self._paint_names(painter, field, test)

    def _paint_names(self, painter: QPainter, field: QRectF, test: Reaching) -> None:
        painter.setPen(QColor(theme.current().muted))
        tall = theme.theme().pixels(EDGE) * 0.8
        across = test.axes[0]
        back, on = f"← {gesture_title(across.minus)}", f"{gesture_title(across.plus)} →"
        align = Qt.AlignmentFlag
        room = field.left() - 16
        if max(painter.fontMetrics().horizontalAdvance(words) for words in (back, on)) <= room:
            left = QRectF(4, field.center().y() - tall / 2, room, tall)
            right = QRectF(field.right() + 12, left.top(), room, tall)
            painter.drawText(left, align.AlignRight | align.AlignVCenter, back)
            painter.drawText(right, align.AlignLeft | align.AlignVCenter, on)
        else:
            inside = QRectF(field.left() + 8, field.bottom() - tall, field.width() - 16, tall)
            painter.drawText(inside, align.AlignLeft | align.AlignVCenter, back)
            painter.drawText(inside, align.AlignRight | align.AlignVCenter, on)
        if len(test.axes) > 1:
            up = QRectF(field.left(), field.top() - tall - 3, field.width(), tall)
            down = QRectF(field.left(), field.bottom() + 3, field.width(), tall)
            painter.drawText(up, align.AlignCenter, f"↑ {gesture_title(test.axes[1].plus)}")
            painter.drawText(down, align.AlignCenter, f"↓ {gesture_title(test.axes[1].minus)}")

    def _paint_goal(
        self, painter: QPainter, at: QPointF, goal: Goal, half: float, test: Reaching
    ) -> None:
        colours = theme.current()
        role = "good" if test.inside else "check"
        radius = goal.radius * half
        pen = QPen(QColor(colours.colour(role)), 3)
        # Not by colour alone: the line is whole only inside.
        pen.setStyle(Qt.PenStyle.SolidLine if test.inside else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(colours.tint(role, 0.22))
        painter.drawEllipse(at, radius, radius)
        if test.held > 0:
            ring = QPen(QColor(colours.good), RING)
            ring.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(ring)
            outer = radius + RING
            box = QRectF(at.x() - outer, at.y() - outer, 2 * outer, 2 * outer)
            painter.drawArc(box, TOP, -round(FULL_CIRCLE * test.held))

    def _paint_cursor(self, painter: QPainter, at: QPointF) -> None:
        colours = theme.current()
        for colour, width in ((colours.canvas, 6), (colours.text, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, CURSOR, CURSOR)
            painter.drawLine(at - QPointF(CURSOR * 2, 0), at + QPointF(CURSOR * 2, 0))
            painter.drawLine(at - QPointF(0, CURSOR * 2), at + QPointF(0, CURSOR * 2))
