"""A measure over the sessions of a client: dots, lines where comparable, the goal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.theme import current, theme
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.session.therapy.trend import Point, Trend

DOT = 4.0
NEAR = 12.0
ROOM_ABOVE = 1.1
STEPS = 6


@dataclass(frozen=True, slots=True)
class Level:
    """A line of the goal, in the unit of the measure."""

    value: float
    word: str


def goal_levels(trend: Trend, newest: TherapyResult) -> tuple[Level, ...]:
    """What the goal of the newest session asks of this measure; nothing for most."""
    plan = newest.plan
    goal = plan.goal
    at = [m.words for m in plan.muscles].index(trend.channel)
    if trend.name != "best repetition" or trend.unit != newest.unit:
        return ()
    if goal.kind is Kind.RECIPROCAL:
        return (Level(goal.low, "goal") if at == 0 else Level(goal.high, "goal, at most"),)
    match goal.kind:
        case Kind.UP | Kind.COMPARE:
            return (Level(goal.low, "goal"),)
        case Kind.DOWN:
            return (Level(goal.high, "goal, at most"),)
        case Kind.BAND:
            return (Level(goal.low, "goal, from"), Level(goal.high, "goal, up to"))
        case _:
            return ()


def breaks(points: Sequence[Point]) -> list[str]:
    """A sentence for each place where two sessions cannot be compared, or not for sure."""
    return [
        f"{point.when.astimezone():%d %b %Y}: {point.apart.words}, {point.apart.meaning}."
        for point in points
        if point.apart.words
    ]


def point_words(point: Point, unit: str) -> str:
    """What stands under the pointer."""
    words = f"{point.when.astimezone():%d %b %Y, %H:%M}\n{point.value:.3g} {_shown(unit)}".strip()
    if point.apart.words:
        meaning = point.apart.meaning
        words += f"\n{meaning[:1].upper()}{meaning[1:]}: {point.apart.words}."
    return words


def steps(highest: float) -> list[float]:
    """Round values from 0 up to ``highest``, three to six of them."""
    power: float = 10.0 ** math.floor(math.log10(highest))
    step = next(s for s in (0.2, 0.5, 1.0, 2.0) if highest / (s * power) < STEPS) * power
    return [k * step for k in range(int(highest / step) + 1)]


class TrendPlot(QWidget):
    """Time goes right. A filled dot may be compared with the one before, an open one may not.

    Nor surely may an open dot at the end of a solid line; words tell of both.
    """

    def __init__(self, trend: Trend, goal: Sequence[Level] = ()) -> None:
        super().__init__()
        self.trend = trend
        self.goal = tuple(goal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{trend.name} of {trend.channel} over the sessions")
        said = [point_words(p, trend.unit).replace("\n", ": ") for p in trend.points]
        self.setAccessibleDescription("\n".join([*said, *breaks(trend.points)]))
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Eight lines of text high."""
        line = self.fontMetrics().height()
        return QSize(18 * line, 8 * line)

    def minimumSizeHint(self) -> QSize:
        """As low as it stays readable."""
        line = self.fontMetrics().height()
        return QSize(12 * line, 8 * line)

    @property
    def highest(self) -> float:
        """The upper end of the axis."""
        values = [p.value for p in self.trend.points] + [g.value for g in self.goal]
        return max([*values, 0.0]) * ROOM_ABOVE or 1.0

    def area(self) -> QRectF:
        """Where the lines are."""
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("0000")
        below = metrics.height() + 6
        return QRectF(self.rect()).adjusted(left, 6, -2 * DOT, -below)

    def places(self) -> list[QPointF]:
        """Where each point is drawn; one alone stands in the middle."""
        points, area = self.trend.points, self.area()
        first = points[0].when
        whole = (points[-1].when - first).total_seconds()
        return [
            QPointF(
                area.left()
                + 2 * DOT
                + (area.width() - 2 * DOT)
                * ((p.when - first).total_seconds() / whole if whole else 0.5),
                self._y(p.value, area),
            )
            for p in points
        ]

    def event(self, event: QEvent) -> bool:
        """Words about the point under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """About the dot that is near, or the step that is doubtful; "" where there is neither."""
        places = self.places()
        far = [(place - at).manhattanLength() for place in places]
        nearest = min(range(len(far)), key=far.__getitem__)
        if far[nearest] <= NEAR:
            return point_words(self.trend.points[nearest], self.trend.unit)
        for k in range(1, len(places)):
            if self.trend.points[k].apart.words and places[k - 1].x() <= at.x() <= places[k].x():
                return breaks(self.trend.points[k : k + 1])[0]
        return ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axis, goal, lines, dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(smaller(self.font()))
        area = self.area()
        painter.fillRect(area, QColor(current().canvas))
        self._paint_axes(painter, area)
        for level in self.goal:
            self._paint_goal(painter, area, level)
        self._paint_points(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        palette = current()
        metrics = painter.fontMetrics()
        for value in steps(self.highest):
            y = self._y(value, area)
            painter.setPen(QColor(palette.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(palette.muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - 4, metrics.height())
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, f"{value:.3g}")
        points = self.trend.points
        base = area.bottom() + metrics.ascent() + 4
        first = f"{points[0].when.astimezone():%d %b %Y}"
        if len(points) == 1:
            middle = area.center().x() - metrics.horizontalAdvance(first) / 2
            painter.drawText(QPointF(middle, base), first)
            return
        last = f"{points[-1].when.astimezone():%d %b %Y}"
        end = area.right() - metrics.horizontalAdvance(last)
        if end > area.left() + metrics.horizontalAdvance(first) + 8:
            painter.drawText(QPointF(area.left(), base), first)
        painter.drawText(QPointF(end, base), last)

    def _paint_goal(self, painter: QPainter, area: QRectF, level: Level) -> None:
        palette = current()
        y = self._y(level.value, area)
        painter.setPen(QPen(QColor(palette.muted), 1.5, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(QColor(palette.text))
        text = f"{level.word} {level.value:.3g}"
        above = y - 3 if y - painter.fontMetrics().height() > area.top() else y + 14
        painter.drawText(QPointF(area.left() + 4, above), text)

    def _paint_points(self, painter: QPainter) -> None:
        palette = current()
        places = self.places()
        ink = QColor(palette.accent)
        for k in range(1, len(places)):
            joined = self.trend.points[k].joined
            style = Qt.PenStyle.SolidLine if joined else Qt.PenStyle.DashLine
            painter.setPen(QPen(ink if joined else QColor(palette.outline), 2.0, style))
            painter.drawLine(places[k - 1], places[k])
        for place, point in zip(places, self.trend.points, strict=True):
            painter.setPen(QPen(ink, 2.0))
            painter.setBrush(QColor(palette.canvas) if point.apart.words else ink)
            painter.drawEllipse(place, DOT, DOT)

    def _y(self, value: float, area: QRectF) -> float:
        return area.bottom() - (area.height() - 2) * value / self.highest


def _shown(unit: str) -> str:
    return "" if unit == "1" else unit
