"""Channel labels, scale bars and the time axis around live traces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from emgstudio.gui.plots.lane_names import (
    LAMP_GAP,
    NamePlace,
    emphasised,
    lamp_size,
    place_names,
    whole_name,
)
from emgstudio.gui.plots.lanes import LANE_FILL
from emgstudio.gui.theme import Palette

TICK_S = {1: 0.1, 2: 0.2, 5: 0.5, 10: 1.0, 20: 2.0, 30: 5.0, 60: 10.0}
SMALL = 0.85
# In per cent of a font's own width; narrower letters cannot be told apart.
NARROWEST = 60
# Letters are less high than their line.
TWO_LINES_FROM = 1.85


def tick_seconds(seconds: float) -> float:
    """How far the lines of the time grid are apart for a window of ``seconds``."""
    return TICK_S.get(round(seconds), seconds / 10)


def smaller(font: QFont) -> QFont:
    """The same font for what is read second."""
    made = QFont(font)
    made.setPointSizeF(max(7.5, font.pointSizeF() * SMALL))
    return made


def narrowed(font: QFont, text: str, width: int) -> QFont:
    """The same font, with narrower letters where ``text`` needs more than ``width`` pixels."""
    needs = QFontMetrics(font).horizontalAdvance(text)
    if needs <= width:
        return font
    made = QFont(font)
    # Widths of narrow letters are rounded, each for itself.
    made.setStretch(max(NARROWEST, 94 * width // needs))
    return made


@dataclass(frozen=True, slots=True)
class LaneLabel:
    """What stands beside a lane: ``detail`` is the second line, e.g. its scale, or more lines."""

    name: str
    detail: str
    colour: str
    top: float
    bottom: float
    selected: bool = False
    focused: bool = False
    lamp: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a group, above its first lane."""

    name: str
    colour: str
    top: float
    height: float


def paint_headings(
    painter: QPainter, headings: Sequence[Heading], area: QRect, palette: Palette, font: QFont
) -> None:
    """Names of groups over the gutter, each with a bar in the group's colour."""
    painter.setFont(smaller(font))
    for heading in headings:
        box = QRectF(area.left(), heading.top, area.width() - 6, heading.height)
        painter.fillRect(box, QColor(palette.raised))
        painter.fillRect(QRectF(box.left(), box.top(), 4, box.height()), QColor(heading.colour))
        painter.setPen(QColor(palette.text))
        words = painter.fontMetrics().elidedText(
            heading.name, Qt.TextElideMode.ElideRight, int(box.width()) - 14
        )
        painter.drawText(box.adjusted(10, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)


def paint_lamp(painter: QPainter, level: str, centre: QPointF, size: float, colour: str) -> None:
    """A disc is good, a triangle wants a look, a cross says stop: told apart without colour."""
    half = size / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if level == "stop":
        painter.setPen(QPen(QColor(colour), max(2.0, size / 4)))
        for slope in (1, -1):
            painter.drawLine(
                centre + QPointF(-half, -half * slope), centre + QPointF(half, half * slope)
            )
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        if level == "check":
            corners = [QPointF(0, -half), QPointF(half, half), QPointF(-half, half)]
            painter.drawPolygon([centre + corner for corner in corners])
        else:
            painter.drawEllipse(centre, half * 0.9, half * 0.9)
    painter.restore()


def paint_gutter(
    painter: QPainter,
    area: QRect,
    labels: Sequence[LaneLabel],
    palette: Palette,
    font: QFont,
    *,
    floor: bool = False,
) -> None:
    """Names and scales left of the traces; with many lanes only as many as can be read.

    ``floor`` says that zero is at the lower edge of the lanes.
    """
    painter.fillRect(area, QColor(palette.canvas))
    metrics = QFontMetrics(font)
    bold = emphasised(font)
    fonts = (bold, QFontMetrics(bold), smaller(font), metrics.height())
    thin = _are_thin(labels, font)
    for label in labels:
        height = label.bottom - label.top
        box = QRectF(area.left(), label.top, area.width(), height)
        if label.selected:
            painter.fillRect(box.adjusted(0, 0, -6, 0), QColor(palette.raised))
        if label.focused and height > 1.2 * metrics.height():
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.drawRect(box.adjusted(5, 1, -7, -1))
        inset = min(3.0, height * 0.15)
        bar = QRectF(area.left(), box.top() + inset, 4, max(1.0, height - 2 * inset))
        painter.fillRect(bar, QColor(label.colour))
        _paint_scale(painter, box, palette, floor)
        if not thin:
            _paint_words(painter, box, label, palette, fonts)
    if thin:
        for place in place_names(area, labels, bold, smaller(font)):
            _paint_name(painter, place, labels[place.lane], palette)


def gutter_width(names: Sequence[str], font: QFont) -> float:
    """Room that these names need in the gutter."""
    metrics = QFontMetrics(emphasised(font))
    return max((metrics.horizontalAdvance(name) for name in names), default=0) + 26.0


def _paint_scale(painter: QPainter, box: QRectF, palette: Palette, floor: bool) -> None:
    """A bracket over the lane: its ends are the scale, zero is in its middle or at its foot."""
    if box.height() < 14:
        return
    margin = box.height() * (1 - LANE_FILL) / 2
    right, bottom = box.right() - 1.5, box.bottom() - (1 if floor else margin)
    top = box.top() + (2 * margin if floor else margin)
    painter.setPen(QPen(QColor(palette.faint), 1))
    painter.drawLine(QPointF(right, top), QPointF(right, bottom))
    for y in (top, bottom) if floor else (top, box.center().y(), bottom):
        painter.drawLine(QPointF(right - 3, y), QPointF(right, y))


def _paint_words(
    painter: QPainter,
    box: QRectF,
    label: LaneLabel,
    palette: Palette,
    fonts: tuple[QFont, QFontMetrics, QFont, int],
) -> None:
    bold, metrics, small, height = fonts
    words = box.adjusted(12, 0, -10, 0)
    if label.lamp:
        size = min(height * 0.62, 12.0)
        centre = QPointF(words.left() + size / 2, box.center().y())
        paint_lamp(painter, label.lamp, centre, size, palette.colour(label.lamp))
        words.adjust(size + 6, 0, 0, 0)
    width = int(words.width())
    line = QRectF(words.left(), 0, width, height)
    fit = math.floor(box.height() / height - TWO_LINES_FROM) + 1
    details = label.detail.split("\n")[: max(0, fit)] if label.detail else []
    line.moveTop(box.center().y() - height * (1 + len(details)) / 2)
    painter.setFont(bold)
    painter.setPen(QColor(palette.text))
    name = label.name
    if metrics.horizontalAdvance(name) > width:
        name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, width)
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
    painter.setPen(QColor(palette.muted))
    for detail in details:
        line.translate(0, height)
        painter.setFont(narrowed(small, detail, width))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, detail)


def _are_thin(labels: Sequence[LaneLabel], font: QFont) -> bool:
    """Whether lanes are thinner than a line, so that not each has its name beside it."""
    height = QFontMetrics(font).height()
    return any(label.bottom - label.top < height for label in labels)


def paint_pointed(
    painter: QPainter,
    area: QRect,
    labels: Sequence[LaneLabel],
    lane: int,
    palette: Palette,
    font: QFont,
) -> None:
    """Where lanes are thin, the whole name of one, over those of its neighbours."""
    if not _are_thin(labels, font):
        return
    place = whole_name(area, labels, lane, emphasised(font))
    _paint_name(painter, place, labels[lane], palette)
    painter.setPen(QPen(QColor(palette.border), 1))
    painter.drawRect(place.box.adjusted(-4, 0, 4, -1))


def _paint_name(painter: QPainter, place: NamePlace, label: LaneLabel, palette: Palette) -> None:
    words = QRectF(place.box)
    if place.whole:
        painter.fillRect(words.adjusted(-4, 0, 4, 0), QColor(palette.raised))
    if label.lamp:
        size = lamp_size(words.height())
        centre = QPointF(words.left() + size / 2, words.center().y())
        paint_lamp(painter, label.lamp, centre, size, palette.colour(label.lamp))
        words.adjust(size + LAMP_GAP, 0, 0, 0)
    painter.setFont(place.font)
    painter.setPen(QColor(palette.text if place.whole else palette.muted))
    metrics = painter.fontMetrics()
    text = metrics.elidedText(place.text, Qt.TextElideMode.ElideRight, math.ceil(words.width()))
    # Capitals in the middle: the air above a line would push the letters down.
    baseline = words.center().y() + metrics.capHeight() / 2
    painter.drawText(QPointF(words.left(), baseline), text)


def paint_time_axis(
    painter: QPainter,
    area: QRect,
    ticks: Sequence[tuple[float, str]],
    palette: Palette,
    font: QFont,
) -> None:
    """Ticks ``(x, text)`` in logical pixels along the lower edge; crowded texts are left out."""
    painter.fillRect(area, QColor(palette.canvas))
    painter.setFont(smaller(font))
    metrics = painter.fontMetrics()
    painter.setPen(QColor(palette.border))
    painter.drawLine(area.topLeft(), area.topRight())
    painter.setPen(QColor(palette.faint))
    painter.drawLines([QLineF(x, area.top(), x, area.top() + 4) for x, _ in ticks])
    painter.setPen(QColor(palette.muted))
    free_from = area.left() - 40.0
    for x, text in ticks:
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width / 2, area.left() + 1), area.right() - width)
        if left < free_from:
            continue
        free_from = left + width + 8
        painter.drawText(QPointF(left, area.top() + 5 + metrics.ascent()), text)


def sweep_ticks(plot: QRect, seconds: float) -> list[tuple[float, str]]:
    """Seconds within one sweep, at fixed places."""
    every = tick_seconds(seconds)
    count = round(seconds / every)
    return [
        (plot.left() + plot.width() * i / count, _seconds(i * every, i == count))
        for i in range(count + 1)
    ]


def paint_moving_axis(
    painter: QPainter,
    area: QRect,
    exposed: QRect,
    ticks: Sequence[tuple[int, float]],
    every: float,
    palette: Palette,
    font: QFont,
) -> None:
    """Stream time under a scrolling picture: ``ticks`` are ``(k, x)`` of moments ``k * every``.

    Only what reaches into ``exposed`` is painted, and nothing outside of it.
    Every tick and text depends on its own moment only and may be cut by the edges, so that
    an axis that was moved looks like one that is painted anew.
    """
    painter.fillRect(area, QColor(palette.canvas))
    painter.setPen(QColor(palette.border))
    painter.drawLine(area.topLeft(), area.topRight())
    painter.save()
    painter.setClipRect(exposed)
    painter.setFont(smaller(font))
    metrics = painter.fontMetrics()
    painter.setPen(QColor(palette.faint))
    painter.drawLines([QLineF(x, area.top(), x, area.top() + 4) for _, x in ticks])
    painter.setPen(QColor(palette.muted))
    apart = (ticks[-1][1] - ticks[0][1]) / (len(ticks) - 1)
    nth = 1 + int((metrics.horizontalAdvance("00:00.0" if every < 1 else "00:00") + 8) / apart)
    for k, x in ticks:
        if k % nth == 0:
            text = _seconds(k * every, False)
            half = metrics.horizontalAdvance(text) // 2
            if not exposed.left() - half <= x <= exposed.right() + half + 1:
                continue
            left = x - half
            painter.drawText(QPointF(left, area.top() + 5 + metrics.ascent()), text)
    painter.restore()


def _seconds(value: float, last: bool) -> str:
    if value >= 60:
        minutes, rest = divmod(round(value, 1), 60)
        return f"{minutes:.0f}:{rest:04.1f}".removesuffix(".0")
    return f"{value:.3g} s" if last else f"{value:.3g}"
