"""The client's pictures: each a small class that paints one view, all fed by the same values."""

from __future__ import annotations

import math
from collections import deque
from typing import ClassVar, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from emgstudio.gui.theme import Palette
from emgstudio.gui.therapy.client_view import ClientView

PATH_S = 6.0
# Room for a ball at the ends of the scale.
BALL = 18.0
SIDE_POINTS = 28.0


class ClientPicture(Protocol):
    """A plug-in: ``title`` is what the operator chooses."""

    title: ClassVar[str]

    def paint(
        self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette
    ) -> None: ...


class BarPicture:
    """A bar that grows with effort, and the goal lines across it."""

    title: ClassVar[str] = "Bar"

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        wide = area.width() * 0.5 / len(view.levels)
        lefts = [
            area.center().x() + (k - (len(view.levels) - 1) / 2) * wide * 1.15 - wide / 2
            for k in range(len(view.levels))
        ]
        area = _above_sides(painter, area, [x + wide / 2 for x in lefts], view, colours)
        for x, level in zip(lefts, view.levels, strict=True):
            well = QRectF(x, area.top(), wide, area.height())
            _well(painter, well, colours)
            top = area.bottom() - level * area.height()
            role = "good" if view.good else "outline"
            painter.fillRect(
                QRectF(x + 6, top, wide - 12, area.bottom() - top), QColor(colours.colour(role))
            )
        _goal_lines(painter, area, view, colours)


class LinePicture:
    """A line that moves from right to left through the goal band."""

    title: ClassVar[str] = "Line in a band"

    def __init__(self) -> None:
        self._past: deque[tuple[float, float]] = deque()

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        _well(painter, area, colours)
        self._past.append((view.time, view.levels[0]))
        while self._past[0][0] < view.time - PATH_S:
            self._past.popleft()
        area = area.adjusted(0, BALL, 0, -BALL)
        low, high = view.low or 0.0, 1.0 if view.high is None else view.high
        band = QRectF(
            area.left() + 3, area.bottom() - high * area.height(), area.width() - 6,
            (high - low) * area.height(),
        )  # fmt: skip
        painter.fillRect(band, colours.tint("good", 0.22))
        _goal_lines(painter, area, view, colours)
        path, right = QPainterPath(), area.left() + 0.8 * area.width()
        for k, (when, level) in enumerate(self._past):
            x = right - (view.time - when) / PATH_S * 0.8 * area.width()
            at = QPointF(x, area.bottom() - level * area.height())
            path.lineTo(at) if k else path.moveTo(at)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.text), 5.0))
        painter.drawPath(path)
        at = QPointF(right, area.bottom() - view.levels[0] * area.height())
        _ball(painter, at, BALL - 2, view, colours)


class BalancePicture:
    """A beam on a pivot: level when both sides work alike; one muscle tilts it to the goal."""

    title: ClassVar[str] = "Balance"

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        if len(view.levels) > 1:
            both = max(view.levels[0] + view.levels[1], 0.05)
            tilt = (view.levels[1] - view.levels[0]) / both
        else:
            tilt = 1.0 - view.score
        reach = 0.40 * area.width()
        ends = [area.center().x() - reach, area.center().x() + reach]
        area = _above_sides(painter, area, ends, view, colours)
        centre = QPointF(area.center().x(), area.center().y() + 0.05 * area.height())
        # The ball at the higher end stays within the picture.
        room = (centre.y() - area.top() - 0.085 * area.width()) / reach
        angle = tilt * min(math.radians(22), math.asin(min(1.0, max(0.0, room))))
        away = QPointF(reach * math.cos(angle), reach * math.sin(angle))
        foot = QPainterPath(centre)
        foot.lineTo(centre + QPointF(0.09 * area.width(), 0.32 * area.height()))
        foot.lineTo(centre + QPointF(-0.09 * area.width(), 0.32 * area.height()))
        foot.closeSubpath()
        painter.setPen(QPen(QColor(colours.text), 3.0))
        painter.setBrush(QColor(colours.border))
        painter.drawPath(foot)
        painter.setPen(QPen(QColor(colours.text), 10.0, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(centre - away, centre + away)
        sizes = view.levels if len(view.levels) > 1 else (view.score, 1.0)
        for at, size in ((centre - away, sizes[0]), (centre + away, sizes[1])):
            radius = (0.04 + 0.05 * size) * area.width()
            _ball(painter, at - QPointF(0, radius), radius, view, colours)


class PathPicture:
    """A ball that follows a path up and down; effort lifts it."""

    title: ClassVar[str] = "Path"

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        ball = 0.05 * area.height()
        area = area.adjusted(0, ball + 2, 0, -ball - 2)
        middle = 0.5 * ((view.low or 0.0) + (1.0 if view.high is None else view.high))
        if view.high is None and view.low is not None:
            middle = view.low
        path = QPainterPath()
        for k in range(61):
            share = k / 60
            x = area.left() + share * area.width()
            wave = 0.04 * math.sin(2 * math.pi * (share + view.time / 12))
            at = QPointF(x, area.bottom() - (middle + wave) * area.height())
            path.lineTo(at) if k else path.moveTo(at)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(colours.tint("good", 0.35), 0.14 * area.height(), c=Qt.PenCapStyle.FlatCap)
        )
        painter.drawPath(path)
        at = QPointF(area.center().x(), area.bottom() - view.levels[0] * area.height())
        _ball(painter, at, ball, view, colours)


class BalloonPicture:
    """A balloon that rises as the goal comes nearer; the line is as high as it goes."""

    title: ClassVar[str] = "Balloon"

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        radius = 0.13 * area.height()
        top = area.top() + radius
        y = area.bottom() - 2.4 * radius - view.score * (area.height() - 3.4 * radius)
        painter.setPen(QPen(QColor(colours.outline), 3.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), top), QPointF(area.right(), top))
        at = QPointF(area.center().x(), y)
        painter.setPen(QPen(QColor(colours.text), 3.0))
        painter.drawLine(at + QPointF(0, radius), at + QPointF(0, 2.2 * radius))
        painter.setPen(QPen(QColor(colours.text), 3.0))
        painter.setBrush(QColor(colours.good if view.good else colours.border))
        painter.drawEllipse(at, radius * 0.85, radius)


class LakePicture:
    """A lake that lies still when the goal is met, and has waves when it is not."""

    title: ClassVar[str] = "Quiet lake"

    def paint(self, painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
        high = (1.0 - view.score) * 0.10 * area.height()
        for layer in range(3):
            base = area.top() + (0.42 + 0.18 * layer) * area.height()
            path = QPainterPath(QPointF(area.left(), area.bottom()))
            for k in range(81):
                share = k / 80
                phase = 2 * math.pi * (2.2 * share + view.time / (5 + layer) + layer / 3)
                path.lineTo(area.left() + share * area.width(), base + high * math.sin(phase))
            path.lineTo(area.right(), area.bottom())
            path.closeSubpath()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.tint("accent", 0.22 + 0.12 * layer))
            painter.drawPath(path)


PICTURES: tuple[type[ClientPicture], ...] = (
    BarPicture, LinePicture, BalancePicture, PathPicture, BalloonPicture, LakePicture,
)  # fmt: skip


def _well(painter: QPainter, area: QRectF, colours: Palette) -> None:
    painter.setPen(QPen(QColor(colours.outline), 3.0))
    painter.setBrush(QColor(colours.canvas))
    painter.drawRoundedRect(area, 10, 10)


def _above_sides(
    painter: QPainter, area: QRectF, middles: list[float], view: ClientView, colours: Palette
) -> QRectF:
    """Write which side each level is at the bottom; the area that is left for the picture."""
    if len(view.sides) != len(middles):
        return area
    font = painter.font()
    font.setPointSizeF(SIDE_POINTS)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    high = painter.fontMetrics().height()
    for x, word in zip(middles, view.sides, strict=True):
        box = QRectF(x - area.width() / 4, area.bottom() - high, area.width() / 2, high)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
    return area.adjusted(0, 0, 0, -high - 4)


def _goal_lines(painter: QPainter, area: QRectF, view: ClientView, colours: Palette) -> None:
    painter.setPen(QPen(QColor(colours.text), 5.0, Qt.PenStyle.DashLine))
    for line in (view.low, view.high):
        if line is not None:
            y = area.bottom() - line * area.height()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))


def _ball(
    painter: QPainter, at: QPointF, radius: float, view: ClientView, colours: Palette
) -> None:
    painter.setPen(QPen(QColor(colours.text), 3.0))
    painter.setBrush(QColor(colours.good if view.good else colours.border))
    painter.drawEllipse(at, radius, radius)
