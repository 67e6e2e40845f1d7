"""What stands around a spectrogram: channel names, frequencies, and what the colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.theme import Palette

FREQUENCY_STEPS = (50, 100, 250)
COLOUR_BAR = 120
TICK = 3


@dataclass(frozen=True, slots=True)
class SpectrogramLabel:
    """A lane from ``top`` to ``bottom`` in logical pixels and the name of its channel."""

    name: str
    colour: str
    top: float
    bottom: float


def paint_lane_labels(
    painter: QPainter,
    area: QRect,
    labels: Sequence[SpectrogramLabel],
    highest_hz: float,
    palette: Palette,
    font: QFont,
) -> None:
    """Names and frequencies in Hz in the gutter ``area`` left of the lanes."""
    painter.fillRect(area, QColor(palette.canvas))
    small = smaller(font)
    room = QFontMetrics(small).horizontalAdvance("500") + TICK + 8
    readable_from = -1e9
    for label in labels:
        bar = QRectF(area.left(), label.top + 1, 4, max(1.0, label.bottom - label.top - 2))
        painter.fillRect(bar, QColor(label.colour))
        painter.setFont(small)
        _paint_frequencies(painter, label, area.right(), highest_hz, palette)
        bold = QFont(font if label.bottom - label.top > QFontMetrics(font).height() else small)
        bold.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(bold)
        middle = (label.top + label.bottom) / 2
        # Lanes thinner than a line of text: a name per lane would lie on its neighbour.
        if middle - metrics.height() / 2 < readable_from - 3:
            continue
        readable_from = middle + metrics.height() / 2
        width = area.width() - 12 - room
        painter.setFont(bold)
        painter.setPen(QColor(palette.text))
        name = metrics.elidedText(label.name, Qt.TextElideMode.ElideRight, int(width))
        line = QRectF(area.left() + 12, middle - metrics.height() / 2, width, metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _paint_frequencies(
    painter: QPainter, label: SpectrogramLabel, right: float, highest_hz: float, palette: Palette
) -> None:
    metrics = painter.fontMetrics()
    line, height = metrics.ascent() + 2.0, label.bottom - label.top
    every = next((s for s in FREQUENCY_STEPS if s * height / highest_hz > line * 1.8), highest_hz)
    marks = np.arange(0.0, highest_hz + 1e-6, every)
    if highest_hz - marks[-1] > every / 2:
        marks = np.append(marks, highest_hz)
    for hertz in marks.tolist():
        y = label.bottom - hertz / highest_hz * height
        tick = min(max(y, label.top), label.bottom - 1)
        painter.setPen(QColor(palette.faint))
        painter.drawLine(QPointF(right - TICK, tick), QPointF(right, tick))
        last = hertz + every > highest_hz
        # Too low for two texts: the upper end alone says how far the lane goes.
        if height < 2 * line and not last:
            continue
        top = min(max(y - line / 2, label.top), label.bottom - line)
        box = QRectF(0, top, right - TICK - 3, line)
        painter.setPen(QColor(palette.muted))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, f"{hertz:.0f}")


def paint_colour_scale(
    painter: QPainter,
    area: QRect,
    colours: str,
    texts: tuple[str, str, str],
    palette: Palette,
    font: QFont,
) -> None:
    """The colour bar in the footer ``area``; ``texts`` are its ends and what it measures."""
    painter.fillRect(area, QColor(palette.canvas))
    painter.setFont(smaller(font))
    metrics = painter.fontMetrics()
    low, high, measured = texts
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.setPen(QColor(palette.muted))
    x = float(area.left())
    painter.drawText(QRectF(x, area.top(), area.width(), area.height()), flags, low)
    x += metrics.horizontalAdvance(low) + 6
    pixels = np.ascontiguousarray(lookup(colours)[None, :])
    image = QImage(
        pixels.view(np.uint8).reshape(-1).data, LEVELS, 1, LEVELS * 4, QImage.Format.Format_RGB32
    )
    bar = QRectF(x, area.center().y() - metrics.ascent() / 2 + 1, COLOUR_BAR, metrics.ascent())
    painter.drawImage(bar, image)
    painter.setPen(QPen(QColor(palette.outline), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
    x += COLOUR_BAR + 6
    painter.setPen(QColor(palette.muted))
    room = int(area.right() - x)
    text = f"{high}   {measured}"
    if metrics.horizontalAdvance(text) > room:
        text = high
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.drawText(QRectF(x, area.top(), room, area.height()), flags, shown)
