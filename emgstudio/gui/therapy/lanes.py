"""Levels of the muscles as short traces with a bar, and the goal line that can be dragged."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.session.therapy.goal import STEP, Goal
from emgstudio.session.therapy.protocol import Kind

SHOWN_S = 10.0
UNSEEN_S = 1.0
PERCENT_TOP = 120.0
BAR, GAP, HEAD = 54.0, 12.0, 26.0
# Height of the lane of a muscle that should stay soft, beside one that works.
SOFT_HEIGHT = 0.5
NEAR = 14.0
# Height of the words at a line.
WORDS = 18.0


def lines_of(goal: Goal, lane: int) -> tuple[float, ...]:
    """Where the goal's lines lie for a muscle."""
    match goal.kind:
        case Kind.UP | Kind.COMPARE:
            return (goal.low,)
        case Kind.DOWN:
            return (goal.high,)
        case Kind.BAND:
            return (goal.low, goal.high)
        case Kind.RECIPROCAL:
            return (goal.low,) if lane == 0 else (goal.high,)
        case _:
            return ()


def top_of(goal: Goal, *, percent: bool) -> float:
    """The upper end of the scale: 120 %, or twice the goal; higher only for a higher goal."""
    lines = lines_of(goal, 0) + lines_of(goal, 1)
    highest = max(lines, default=0.0)
    if percent:
        return max(PERCENT_TOP, 1.1 * highest)
    return 2.0 * highest if highest > 0 else 100.0


@dataclass(frozen=True, slots=True)
class SoftLane:
    """A muscle that should stay soft: ``limit`` in its own ``unit``, None when not watched."""

    words: str
    unit: str
    limit: float | None
    level: float = math.nan
    tense: bool = False


class LevelLanes(QWidget):
    """``moved`` carries by how much somebody moved the goal with the mouse."""

    moved = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.unit = ""
        self.goal = Goal(Kind.FREE)
        self.top = PERCENT_TOP
        self.levels: tuple[float, ...] = ()
        self.soft: tuple[SoftLane, ...] = ()
        self._history: deque[tuple[float, tuple[float, ...]]] = deque()
        self._dragged: float | None = None
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Levels of the muscles")
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(700, 420)

    def begin(self, names: Sequence[str], unit: str, goal: Goal, *, percent: bool) -> None:
        """Empty, for these muscles; the scale stays unless somebody moves the goal beyond it."""
        self.names, self.unit, self.goal = tuple(names), unit, goal
        self.top = top_of(goal, percent=percent)
        self.levels, self.soft = (), ()
        self._history.clear()
        self.update()

    def show_levels(
        self, now: float, levels: Sequence[float], goal: Goal, soft: Sequence[SoftLane] = ()
    ) -> None:
        """The newest level of each muscle, and the goal that counts now."""
        self.levels, self.goal, self.soft = tuple(levels), goal, tuple(soft)
        highest = max(lines_of(goal, 0) + lines_of(goal, 1), default=0.0)
        self.top = max(self.top, 1.1 * highest)
        self._history.append((now, (*self.levels, *(lane.level for lane in soft))))
        while self._history[0][0] < now - SHOWN_S:
            self._history.popleft()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line; elsewhere nothing happens."""
        near = self._near(event.position())
        dragging = self._dragged is not None
        wanted = Qt.CursorShape.SizeVerCursor if near or dragging else Qt.CursorShape.ArrowCursor
        self.setCursor(wanted)
        if dragging:
            area = self._area(0)
            share = (area.bottom() - event.position().y()) / area.height()
            self._dragged = min(max(share, 0.01), 1.0) * self.top
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the line."""
        if self._near(event.position()):
            self._dragged = self.goal.shown

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """The goal is where the line was let go, in whole units."""
        if self._dragged is None:
            return
        by, self._dragged = round(self._dragged) - self.goal.shown, None
        if by:
            self.moved.emit(float(by))
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One notch is one step of the goal."""
        turned = event.angleDelta().y()
        if turned and lines_of(self.goal, 0):
            self.moved.emit(math.copysign(STEP, turned))
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for lane in range(len(self.names)):
            self._lane(painter, lane)
        for place in range(len(self.soft)):
            self._soft_lane(painter, place)
        painter.end()

    def _area(self, lane: int) -> QRectF:
        """Where a lane's trace and bar are, without its heading."""
        working = len(self.names)
        each = self.height() / max(1.0, working + SOFT_HEIGHT * len(self.soft))
        above = min(lane, working) + SOFT_HEIGHT * max(0, lane - working)
        height = each if lane < working else SOFT_HEIGHT * each
        head = theme.theme().pixels(HEAD)
        return QRectF(0, above * each + head, self.width(), max(20.0, height - head - GAP))

    def _y(self, area: QRectF, level: float, top: float = 0.0) -> float:
        return area.bottom() - min(max(level / (top or self.top), 0.0), 1.0) * area.height()

    def _near(self, at: QPointF) -> bool:
        lines = lines_of(self.goal, 0)
        if not lines or not self.names:
            return False
        return abs(at.y() - self._y(self._area(0), self.goal.shown)) < NEAR

    def _lane(self, painter: QPainter, lane: int) -> None:
        area = self._area(lane)
        level = self.levels[lane] if lane < len(self.levels) else math.nan
        known = level == level
        beyond = " ▲ above the scale" if known and level > self.top else ""
        value = f"{level:.0f} {self.unit}{beyond}" if known else "no signal"
        self._heading(painter, area, self.names[lane], value)
        goal = self._goal_shown()
        self._band(painter, area, goal, lane)
        self._course(painter, area, lane, QColor(theme.current().trace(lane)), self.top)
        self._lines(painter, area, goal, lane)

    def _soft_lane(self, painter: QPainter, place: int) -> None:
        shown, lane = self.soft[place], len(self.names) + place
        area, colours = self._area(lane), theme.current()
        level = f"{shown.level:.1f} {shown.unit}" if shown.level == shown.level else "no signal"
        said = "▲ working" if shown.tense else "soft"
        if shown.limit is None:
            said = "not watched: measure rest first"
        self._heading(painter, area, f"{shown.words} – should stay soft", f"{said}   {level}")
        # A muscle that works stays in sight, far above its limit.
        past = [levels[lane] for _, levels in self._history if len(levels) > lane]
        highest = max((v for v in past if v == v), default=0.0)
        top = max(2.0 * (shown.limit or 0.0), 1.1 * highest, 1e-9)
        ink = QColor(colours.check if shown.tense else colours.trace(lane))
        self._course(painter, area, lane, ink, top)
        if shown.limit is not None:
            y = self._y(area, shown.limit, top)
            painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _heading(self, painter: QPainter, area: QRectF, name: str, value: str) -> None:
        font, height = painter.font(), theme.theme().pixels(HEAD)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        head = QRectF(0, area.top() - height, area.width(), height)
        metrics = painter.fontMetrics()
        room = head.width() - metrics.horizontalAdvance(f"{value}   ")
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, max(0, int(room)))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, shown)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(head, flags, value)
        plot, bar = _parts(area)
        for part in (plot, bar):
            painter.fillRect(part, QColor(theme.current().canvas))

    def _course(self, painter: QPainter, area: QRectF, lane: int, ink: QColor, top: float) -> None:
        """The trace of the last seconds and the bar of now."""
        plot, bar = _parts(area)
        painter.setPen(QPen(ink, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._trace(plot, lane, top))
        level = self._history[-1][1][lane] if self._history else math.nan
        if level == level:
            y = self._y(area, level, top)
            painter.fillRect(QRectF(bar.left() + 6, y, BAR - 12, bar.bottom() - y), ink)

    def _goal_shown(self) -> Goal:
        """The goal, where the line is held while somebody drags it."""
        if self._dragged is None:
            return self.goal
        return self.goal.moved(self._dragged - self.goal.shown, max(self.top, self.goal.high))

    def _band(self, painter: QPainter, area: QRectF, goal: Goal, lane: int) -> None:
        lines = lines_of(goal, lane)
        if not lines:
            return
        upper = self._y(area, lines[-1])
        below = goal.kind is Kind.DOWN or (goal.kind is Kind.RECIPROCAL and lane == 1)
        if len(lines) == 2:
            good = QRectF(area.left(), upper, area.width(), self._y(area, lines[0]) - upper)
        elif below:
            good = QRectF(area.left(), upper, area.width(), area.bottom() - upper)
        else:
            good = QRectF(area.left(), area.top(), area.width(), upper - area.top())
        painter.fillRect(good, theme.current().tint("good", 0.10))

    def _lines(self, painter: QPainter, area: QRectF, goal: Goal, lane: int) -> None:
        colours = theme.current()
        for value in lines_of(goal, lane):
            y = self._y(area, value)
            painter.setPen(QPen(QColor(colours.text), 2.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            grip = QPolygonF([QPointF(0, y - 7), QPointF(11, y), QPointF(0, y + 7)])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.text))
            painter.drawPolygon(grip)
            painter.setPen(QColor(colours.text))
            high = theme.theme().pixels(WORDS)
            above = y - high - 2 > area.top()
            top = y - high - 2 if above else y + 2
            words = QRectF(area.left() + 16, top, area.width() - 16, high)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, f"goal {value:.0f} {self.unit}")

    def _trace(self, plot: QRectF, lane: int, top: float) -> QPainterPath:
        path, begun, before = QPainterPath(), False, math.inf
        if not self._history:
            return path
        newest = self._history[-1][0]
        for when, levels in self._history:
            level = levels[lane] if lane < len(levels) else math.nan
            # While the window was busy nobody looked: no line where nothing is known.
            begun = begun and when - before <= UNSEEN_S
            before = when
            if level != level:
                begun = False
                continue
            x = plot.right() - (newest - when) / SHOWN_S * plot.width()
            at = QPointF(x, self._y(plot, level, top))
            path.lineTo(at) if begun else path.moveTo(at)
            begun = True
        return path


def _parts(area: QRectF) -> tuple[QRectF, QRectF]:
    """Of a lane: where the trace is, and the bar."""
    plot = QRectF(area.left(), area.top(), area.width() - BAR - GAP, area.height())
    return plot, QRectF(area.right() - BAR, area.top(), BAR, area.height())
