"""A map of the movements: a cloud for each, and a point that glows where the arm is now."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.calibration_map import MovementMap, Point

TRAIL = 12
MARGIN = 0.12


class MapView(QWidget):
    """Distances are in units of the spread within a movement: clouds that touch are mixed up."""

    def __init__(self) -> None:
        super().__init__()
        self.map: MovementMap | None = None
        self._trail: deque[Point] = deque(maxlen=TRAIL)
        self.setMinimumSize(220, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Map of the movements")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(380, 320)

    def show_map(self, shown: MovementMap) -> None:
        """Show another model's map."""
        self.map = shown
        self._trail.clear()
        self.setAccessibleDescription(
            "; ".join(
                f"{gesture_title(n)} at {x:.0f}, {y:.0f}" for n, (x, y) in shown.means.items()
            )
        )
        self.update()

    def show_now(self, point: Point | None) -> None:
        """Where the arm is now."""
        if point is not None:
            self._trail.append(point)
            self.update()
        elif self._trail:
            self._trail.clear()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        shown = self.map
        if shown is None or not shown.means:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale, middle = self._fit(shown)

        def place(point: Point) -> QPointF:
            return QPointF(
                self.width() / 2 + (point[0] - middle[0]) * scale,
                self.height() / 2 - (point[1] - middle[1]) * scale,
            )

        colours = theme.current()
        names = list(shown.means)
        for at, mean in enumerate(shown.means.values()):
            colour = QColor(colours.trace(at))
            fill = QColor(colour)
            fill.setAlphaF(0.16)
            painter.setPen(QPen(colour, 2))
            painter.setBrush(fill)
            radius = max(5.0, shown.radius * scale)
            painter.drawEllipse(place(mean), radius, radius)
        for name, point in shown.takes:
            if name in names:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.trace(names.index(name))))
                painter.drawEllipse(place(point), 3.5, 3.5)
        painter.setPen(QColor(colours.text))
        places = {gesture_title(name): place(mean) for name, mean in shown.means.items()}
        boxes = self.name_boxes(places, max(5.0, shown.radius * scale))
        for words, box in boxes.items():
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        self._paint_now(painter, [place(p) for p in self._trail])
        painter.end()

    def name_boxes(self, places: dict[str, QPointF], radius: float) -> dict[str, QRectF]:
        """Where each name is written: above its cloud, else where no other name is."""
        high = self.fontMetrics().height()
        boxes: dict[str, QRectF] = {}
        for words, at in sorted(places.items(), key=lambda item: item[1].y()):
            wide = self.fontMetrics().horizontalAdvance(words) + 6.0
            side = radius + 4 + wide / 2
            free = [
                box
                for right, down in ((0, -1), (0, 1), (side, 0), (-side, 0), (0, -2.2), (0, 2.2))
                if self.rect().toRectF().contains(box := _box(at, right, down, radius, wide, high))
                and not any(box.intersects(other) for other in boxes.values())
            ]
            boxes[words] = free[0] if free else _box(at, 0, -1, radius, wide, high)
        return boxes

    def _paint_now(self, painter: QPainter, trail: list[QPointF]) -> None:
        colours = theme.current()
        for age, point in enumerate(reversed(trail)):
            painter.setPen(Qt.PenStyle.NoPen)
            glow = QColor(colours.text)
            glow.setAlphaF(0.5 * (1.0 - age / TRAIL))
            painter.setBrush(glow)
            painter.drawEllipse(point, 4, 4)
        if trail:
            painter.setBrush(QColor(colours.accent))
            painter.setPen(QPen(QColor(colours.text), 2.5))
            painter.drawEllipse(trail[-1], 9, 9)

    def _fit(self, shown: MovementMap) -> tuple[float, Point]:
        """Pixels per unit, and the point in the middle; the clouds are all seen."""
        xs = [x for x, _ in shown.means.values()]
        ys = [y for _, y in shown.means.values()]
        reach = 2 * shown.radius
        wide, high = max(xs) - min(xs) + reach, max(ys) - min(ys) + reach
        room = 1.0 - 2 * MARGIN
        scale = min(self.width() * room / wide, self.height() * room / high)
        return scale, ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)


def _box(at: QPointF, right: float, down: float, radius: float, wide: float, high: float) -> QRectF:
    """Beside a cloud by ``right`` pixels, or ``down`` by so many lines (below 0: above)."""
    away = radius + high * (abs(down) - 0.5) + 2 * abs(down)
    y = at.y() + (away if down > 0 else -away if down < 0 else 0.0)
    return QRectF(at.x() + right - wide / 2, y - high / 2, wide, high)
