"""Where electrode arrays lie beside each other, and what is painted over and beside them."""

from __future__ import annotations

from math import floor

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.theme import Palette

FORMAT = QImage.Format.Format_RGB32
GAP_CELLS = 0.6
SMALLEST_CELL = 3


def tiled(area: QRectF, shape: tuple[int, int, int], ratio: float) -> tuple[float, list[QRectF]]:
    """``(arrays, rows, columns)`` as large as they fit: the side of a cell, and each array.

    Lengths are in logical pixels, cells whole pixels of a screen with ``ratio``.
    """
    arrays, rows, columns = shape
    cell, across = 0.0, 1
    for tiles in range(1, arrays + 1):
        down = -(-arrays // tiles)
        fitting = min(
            area.width() / (tiles * columns + (tiles - 1) * GAP_CELLS),
            area.height() / (down * rows + (down - 1) * GAP_CELLS),
        )
        if fitting > cell:
            cell, across = fitting, tiles
    cell = max(SMALLEST_CELL, floor(cell * ratio)) / ratio
    width, height, gap = columns * cell, rows * cell, GAP_CELLS * cell
    whole = across * (width + gap) - gap
    left = round(area.left() + max(0.0, area.width() - whole) / 2)
    return cell, [
        QRectF(
            left + n % across * (width + gap),
            area.top() + n // across * (height + gap),
            width,
            height,
        )
        for n in range(arrays)
    ]


def paint_lines(painter: QPainter, tile: QRectF, shape: tuple[int, int], palette: Palette) -> None:
    """Lines between the cells of an array of ``(rows, columns)``."""
    rows, columns = shape
    lines = []
    for n in range(1, rows):
        y = tile.top() + n * tile.height() / rows
        lines.append(QLineF(tile.left(), y, tile.right(), y))
    for n in range(1, columns):
        x = tile.left() + n * tile.width() / columns
        lines.append(QLineF(x, tile.top(), x, tile.bottom()))
    painter.setPen(QPen(QColor(palette.canvas), 1))
    painter.drawLines(lines)


def paint_cross(painter: QPainter, cell: QRectF, palette: Palette) -> None:
    """A channel that is not to be trusted."""
    inset = cell.width() * 0.22
    inside = cell.adjusted(inset, inset, -inset, -inset)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((palette.canvas, 5.0), (palette.text, 2.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLine(inside.topLeft(), inside.bottomRight())
        painter.drawLine(inside.topRight(), inside.bottomLeft())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_scale(
    painter: QPainter, bar: QRectF, colours: str, full: tuple[float, str], palette: Palette
) -> None:
    """The colours from 0 to ``full`` (a level and its unit), with a heading above them."""
    pixels = np.ascontiguousarray(lookup(colours)[::-1, None])
    image = QImage(pixels.view(np.uint8).reshape(-1).data, 1, LEVELS, 4, FORMAT)
    painter.drawImage(bar, image)
    painter.setPen(QColor(palette.muted))
    words = painter.fontMetrics().height()
    heading = QRectF(bar.left(), bar.top() - 1.5 * words, 1000, words)
    painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, "RMS, 0.25 s")
    level, unit = full
    for share in (1.0, 0.5, 0.0):
        y = bar.bottom() - share * bar.height()
        text = amount(share * level, unit) if share else "0"
        place = QRectF(bar.right() + 6, y - words / 2, 1000, words)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
