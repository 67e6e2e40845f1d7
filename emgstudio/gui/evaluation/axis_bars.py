"""One bar for each pair of opposite movements: the goal with its tolerance, and where one is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.evaluation_tests.axes import Axis
from emgstudio.session.evaluation_tests.reaching import Goal, Reaching

ROW = 34
TRACK = 6.0
POINTER = 9.0
NAME_SHARE = 0.22


class AxisBars(QWidget):
    """Painted anew only when something has moved."""

    def __init__(self) -> None:
        super().__init__()
        self._axes: tuple[Axis, ...] = ()
        self._goal: Goal | None = None
        self._point: tuple[float, ...] = ()
        self._limit = 1.0
        self.setAccessibleName("Where the hand is")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.theme().changed.connect(self.update)

    def show_test(self, test: Reaching) -> None:
        """Axes, goal and place of a test."""
        shown = (test.axes, test.goal, test.point, test.rules.limits)
        if shown == (self._axes, self._goal, self._point, self._limit):
            return
        if len(test.axes) != len(self._axes):
            self.updateGeometry()
        self._axes, self._goal, self._point, self._limit = shown
        places = zip(test.axes, test.point, strict=True)
        told = ", ".join(f"{gesture_title(axis.plus)} {value:.0f}°" for axis, value in places)
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, theme.theme().pixels(ROW) * max(1, len(self._axes)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.height() / max(1, len(self._axes))
        for at, (axis, value) in enumerate(zip(self._axes, self._point, strict=True)):
            row = QRectF(0, at * height, self.width(), height)
            target = None if self._goal is None else self._goal.centre[at]
            self._paint_axis(painter, row, axis, value, target)
        painter.end()

    def _paint_axis(
        self, painter: QPainter, row: QRectF, axis: Axis, value: float, target: float | None
    ) -> None:
        colours = theme.current()
        names = row.width() * NAME_SHARE
        left = QRectF(row.left(), row.top(), names - 12, row.height())
        right = QRectF(row.right() - names + 12, row.top(), names - 12, row.height())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.text))
        fit = QFontMetricsF(painter.font())
        for box, gesture, side in (
            (left, axis.minus, Qt.AlignmentFlag.AlignRight),
            (right, axis.plus, Qt.AlignmentFlag.AlignLeft),
        ):
            name = fit.elidedText(gesture_title(gesture), Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, side | middle, name)
        begin, end, y = row.left() + names, row.right() - names, row.center().y()

        def place(degrees: float) -> float:
            return begin + (degrees / self._limit + 1.0) / 2.0 * (end - begin)

        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(QRectF(begin, y - TRACK / 2, end - begin, TRACK), 3, 3)
        painter.setPen(QPen(QColor(colours.outline), 1.5))
        painter.drawLine(QPointF(place(0), y - 8), QPointF(place(0), y + 8))
        inside = True
        if target is not None and self._goal is not None:
            radius = self._goal.radius
            inside = abs(value - target) <= radius
            role = "good" if inside else "check"
            a, b = place(max(-self._limit, target - radius)), place(target + radius)
            painter.setBrush(colours.tint(role, 0.25))
            painter.setPen(QPen(QColor(colours.colour(role)), 2))
            painter.drawRoundedRect(QRectF(a, y - 10, b - a, 20), 4, 4)
        self._paint_pointer(painter, QPointF(place(value), y))

    def _paint_pointer(self, painter: QPainter, at: QPointF) -> None:
        colours = theme.current()
        tips = ((0, -POINTER), (POINTER * 0.7, 0), (0, POINTER), (-POINTER * 0.7, 0))
        painter.setPen(QPen(QColor(colours.canvas), 1.5))
        painter.setBrush(QColor(colours.text))
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in tips]))
