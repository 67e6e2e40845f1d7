"""What lies over live traces: markers and labelled spans, the sweep's head, the cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen

from emgstudio.gui.theme import Palette

DEMO = "DEMO"


@dataclass(frozen=True, slots=True)
class TraceMark:
    """A label from one sample index to another; an event when they are equal.

    ``colour`` is a role of the palette or ``#RRGGBB``.
    """

    start: float
    stop: float
    label: str
    colour: str = "accent"


def paint_mark(
    painter: QPainter,
    mark: TraceMark,
    area: QRectF,
    places: tuple[float, float | None],
    palette: Palette,
) -> None:
    """One mark between two x; the second is None for an event."""
    left, right = places
    colour = QColor(palette.colour(mark.colour))
    if right is not None and right > left:
        tint = palette.tint(mark.colour, 0.16)
        painter.fillRect(QRectF(left, area.top(), right - left, area.height()), tint)
    painter.setPen(QPen(colour, 1, Qt.PenStyle.SolidLine))
    painter.drawLine(QPointF(left, area.top()), QPointF(left, area.bottom()))
    if not mark.label:
        return
    text = painter.fontMetrics().elidedText(mark.label, Qt.TextElideMode.ElideRight, 140)
    size = painter.fontMetrics().size(0, text)
    flag = QRectF(left, area.top() + 2, size.width() + 10, size.height() + 2)
    painter.fillRect(flag, colour)
    painter.setPen(QColor(palette.on_accent if mark.colour == "accent" else palette.canvas))
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)


def paint_head(painter: QPainter, x: float, area: QRectF, palette: Palette) -> None:
    """Where the sweep writes now."""
    painter.fillRect(QRectF(x, area.top(), 2, area.height()), QColor(palette.accent))


def demo_tag(area: QRectF, font: QFont) -> QRectF:
    """Where the word DEMO lies over simulated signals."""
    metrics = QFontMetrics(font)
    width, height = metrics.horizontalAdvance(DEMO) + 20, metrics.height() + 6
    return QRectF(area.right() - width - 5, area.bottom() - height - 5, width, height)


def paint_demo_tag(painter: QPainter, tag: QRectF, palette: Palette) -> None:
    """Nobody shall take a simulated signal for a person's."""
    painter.fillRect(tag, QColor(palette.canvas))
    painter.fillRect(tag, QBrush(palette.tint("check", 0.35), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(QColor(palette.check), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(tag.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.setPen(QColor(palette.text))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, DEMO)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place over the traces and what is read there."""

    x: float
    y: float
    text: str
    colour: str

    def box(self, area: QRectF, measure: Callable[[str], float], height: float) -> QRectF:
        """Where the text goes: beside the cursor, always inside ``area``."""
        width = measure(self.text) + 30
        left = self.x + 12 if self.x + 12 + width < area.right() else self.x - 12 - width
        top = min(max(self.y - height - 22, area.top() + 4), area.bottom() - height - 12)
        return QRectF(left, top, width, height + 8)


def paint_cursor(painter: QPainter, cursor: Cursor, area: QRectF, palette: Palette) -> None:
    """A line and the value under it."""
    painter.setPen(QPen(QColor(palette.muted), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(cursor.x, area.top()), QPointF(cursor.x, area.bottom()))
    metrics = painter.fontMetrics()
    box = cursor.box(area, metrics.horizontalAdvance, metrics.height())
    painter.setPen(QPen(QColor(palette.outline), 1))
    painter.setBrush(QColor(palette.raised))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    painter.fillRect(QRectF(box.left() + 8, box.center().y() - 4, 8, 8), QColor(cursor.colour))
    painter.setPen(QColor(palette.text))
    painter.drawText(
        box.adjusted(22, 0, 0, 0),
        Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        cursor.text,
    )
