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

    ``colour`` is a role of the palette or ``#RRGGBB``. With ``channels`` it lies over
    their lanes only.
    """

    start: float
    stop: float
    label: str
    colour: str = "accent"
    channels: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class DecisionSpan:
    """What the decoder said from one sample index to another.

    ``colour`` is the number of a trace colour; ``held`` means that it was not sure and
    stayed with the gesture before.
    """

    start: float
    stop: float
    label: str
    colour: int = 0
    held: bool = False


def paint_decision(
    painter: QPainter, span: DecisionSpan, box: QRectF, palette: Palette, *, named: bool
) -> None:
    """A piece of the band of gestures; a name that does not fit is left out."""
    colour = palette.trace(span.colour)
    painter.fillRect(box, QColor(palette.canvas))
    painter.fillRect(box, palette.tint(colour, 0.18 if span.held else 0.42))
    painter.fillRect(QRectF(box.left(), box.top(), 1.5, box.height()), QColor(colour))
    if span.held:
        painter.fillRect(box, QBrush(palette.tint(colour, 0.5), Qt.BrushStyle.BDiagPattern))
    if named and painter.fontMetrics().horizontalAdvance(span.label) + 8 <= box.width():
        painter.setPen(QColor(palette.text))
        painter.drawText(
            box.adjusted(5, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            span.label,
        )


def paint_caliper(painter: QPainter, x: float, name: str, area: QRectF, palette: Palette) -> None:
    """One of the two cursors, with its letter at the foot."""
    painter.setPen(QPen(QColor(palette.text), 1))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    metrics = painter.fontMetrics()
    size = metrics.horizontalAdvance(name) + 12.0
    flag = QRectF(x - size / 2, area.bottom() - metrics.height() - 4, size, metrics.height() + 4)
    flag.moveLeft(min(max(flag.left(), area.left()), area.right() - size))
    painter.fillRect(flag, QColor(palette.text))
    painter.setPen(QColor(palette.canvas))
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, name)


def paint_note(painter: QPainter, text: str, area: QRectF, palette: Palette) -> QRectF:
    """Words in a box low in the middle of ``area``; returns the box."""
    metrics = painter.fontMetrics()
    width = min(metrics.horizontalAdvance(text) + 24.0, area.width())
    height = metrics.height() + 8.0
    box = QRectF(area.center().x() - width / 2, area.bottom() - 2.2 * height, width, height)
    painter.setPen(QPen(QColor(palette.outline), 1))
    painter.setBrush(QColor(palette.raised))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    painter.setPen(QColor(palette.text))
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width) - 12)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    return box


def paint_mark(
    painter: QPainter,
    mark: TraceMark,
    area: QRectF,
    places: tuple[float, float | None],
    palette: Palette,
    *,
    named: bool = True,
) -> None:
    """One mark between two x; the second is None for an event."""
    left, right = places
    colour = QColor(palette.colour(mark.colour))
    if right is not None and right > left:
        tint = palette.tint(mark.colour, 0.16)
        painter.fillRect(QRectF(left, area.top(), right - left, area.height()), tint)
    painter.setPen(QPen(colour, 1, Qt.PenStyle.SolidLine))
    painter.drawLine(QPointF(left, area.top()), QPointF(left, area.bottom()))
    if not mark.label or not named:
        return
    text = painter.fontMetrics().elidedText(mark.label, Qt.TextElideMode.ElideRight, 140)
    size = painter.fontMetrics().size(0, text)
    flag = QRectF(left, area.top() + 2, size.width() + 10, size.height() + 2)
    painter.fillRect(flag, colour)
    painter.setPen(QColor(palette.on_accent if mark.colour == "accent" else palette.canvas))
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)


def paint_head(painter: QPainter, x: float, area: QRectF, palette: Palette) -> None:
    """Where the sweep writes now."""
    # Whole pixels, which need no smoothing of their edges.
    top = int(area.top())
    painter.fillRect(int(x), top, 2, int(area.bottom()) - top, QColor(palette.accent))


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
