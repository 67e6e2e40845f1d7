"""How active the muscle is under each electrode of high-density arrays: a map that moves."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from emgstudio.core.types import Channel
from emgstudio.gui.plots.amplitude import AutoScale, amount
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.plots.colormaps import lookup
from emgstudio.gui.plots.feed import Streaming
from emgstudio.gui.plots.grid_levels import RollingRms
from emgstudio.gui.plots.grid_paint import (
    FORMAT,
    GAP_CELLS,
    paint_cross,
    paint_lines,
    paint_scale,
    tiled,
)
from emgstudio.gui.plots.grid_picture import ActivationPicture, coloured
from emgstudio.gui.plots.grid_shape import GridShape, likely_shape
from emgstudio.gui.plots.marks import demo_tag, paint_demo_tag
from emgstudio.gui.theme import Palette, current, theme

MARGIN = 14
LINES_FROM = 8
BAR_WIDTH = 96
MOST_PIXELS = 80_000
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class GridCanvas(QWidget):
    """RMS under each electrode as cells, or ``smooth`` between the electrodes.

    Call :meth:`advance` once per frame. ``chosen`` and ``solo_wanted`` carry a
    channel. ``frames_computed`` counts pictures, for tests.
    """

    chosen = Signal(int)
    solo_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 160)
        self.shape = GridShape(8, 8)
        self.smooth = True
        self.selected = 0
        self.bad: frozenset[int] = frozenset()
        self.colours = "viridis"
        self.frames_computed = self.painted = 0
        self._fixed: float | None = None
        self._auto = AutoScale(1)
        self._channels: tuple[int, ...] = ()
        self._stream: Streaming | None = None
        self._levels = np.empty(0, np.float32)
        self._rolling: RollingRms | None = None
        self._until: int | None = None
        self._pointed: int | None = None
        self._tiles: list[QRectF] = []
        self._cell = 1.0
        self._images: list[QImage] = []
        theme().changed.connect(self._repaint)
        self._lay_out()

    @property
    def full_scale(self) -> float:
        """The level of the brightest colour, in the channels' unit."""
        if self._fixed is not None:
            return self._fixed
        return float(np.nan_to_num(self._auto.scale[0], nan=100.0))

    @property
    def frozen(self) -> bool:
        return self._until is not None

    def show_stream(self, stream: Streaming | None, channels: Sequence[int]) -> None:
        """Other electrodes; ``channels`` in the order in which the array counts them."""
        self._stream, self._channels, self._until = stream, tuple(channels), None
        self._rolling = None
        self._auto = AutoScale(1)
        self._levels = np.full(stream.info.n_channels if stream is not None else 0, np.nan)
        if stream is not None:
            self._rolling = RollingRms(stream.clean, stream.info.rate)
            self.shape = likely_shape(max(1, len(channels)))
        self._lay_out()

    def show_shape(self, shape: GridShape) -> None:
        """Another array."""
        if shape != self.shape:
            self.shape = shape
            self._lay_out()

    def show_smooth(self, smooth: bool) -> None:
        """Colours between the electrodes, or one colour for each."""
        self.smooth = smooth
        self._draw()

    def show_colours(self, name: str) -> None:
        """Another colour map."""
        self.colours = name
        self._draw()

    def show_bad(self, bad: frozenset[int]) -> None:
        """Channels that are crossed out; their neighbours fill in."""
        if bad != self.bad:
            self.bad = bad
            self._picture.use_bad(bad)
            self._draw()

    def show_scale(self, full: float | None) -> None:
        """The level of the brightest colour; None follows the signal."""
        if full != self._fixed:
            self._fixed = full
            self._draw()
            self.update()

    def select(self, channel: int) -> None:
        """Outline a channel."""
        if channel != self.selected:
            self.selected = channel
            self._speak()
            self.update()

    def freeze(self, on: bool) -> None:
        """Hold the picture, or go on with the newest."""
        if self._stream is not None and on != self.frozen:
            self._until = self._stream.clean.head if on else None

    def forget_levels(self) -> None:
        """Nothing arrives any more: no level is known."""
        if self._rolling is not None:
            self._rolling.forget()
            self._levels = self._rolling.rms
            self._draw()

    def advance(self, now: float) -> None:
        """One frame: the levels of what is new."""
        if self._rolling is None or self._until is not None or not self._rolling.pull():
            return
        self._levels = self._rolling.rms
        shown = [c for c in self._channels if c not in self.bad] or list(self._channels)
        peak = np.fmax.reduce(self._levels[shown], keepdims=True)
        if self._auto.grow(peak) | self._auto.shrink(peak, now):
            self.update()
        self._draw()

    def level_text(self, channel: int) -> str:
        """What is read at a channel."""
        assert self._stream is not None
        known = self._stream.info.channels[channel]
        level = float(self._levels[channel])
        value = "no signal" if np.isnan(level) else f"{amount(float(f'{level:.2g}'), known.unit)}"
        crossed = ", crossed out: the signal is bad" if channel in self.bad else ""
        return f"{known.name}   {value}{crossed}"

    def place_of(self, channel: int) -> QRectF | None:
        """Where a channel's cell is on the widget."""
        found = np.argwhere(self._picture.places == channel)
        if not len(found) or not self._tiles:
            return None
        array, row, column = found[0].tolist()
        tile, cell = self._tiles[array], self._cell
        return QRectF(tile.left() + column * cell, tile.top() + row * cell, cell, cell)

    def channel_at(self, at: QPointF) -> int | None:
        """The channel under a point, None between the arrays."""
        for tile, places in zip(self._tiles, self._picture.places, strict=True):
            if tile.contains(at):
                row = min(int((at.y() - tile.top()) / self._cell), self.shape.rows - 1)
                column = min(int((at.x() - tile.left()) / self._cell), self.shape.columns - 1)
                channel = int(places[row, column])
                return channel if channel >= 0 else None
        return None

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def _lay_out(self) -> None:
        """Tiles of arrays, as large as they fit beside each other."""
        places = self.shape.places(self._channels or (-1,))
        arrays, rows, columns = places.shape
        ratio = self.devicePixelRatioF()
        words = self.fontMetrics().height()
        area = QRectF(
            MARGIN,
            MARGIN,
            self.width() - 2 * MARGIN - theme().pixels(BAR_WIDTH),
            self.height() - 2 * MARGIN - 2 * words,
        )
        self._cell, self._tiles = tiled(area, (arrays, rows, columns), ratio)
        fitting = isqrt(MOST_PIXELS // places.size)
        self._picture = ActivationPicture(places, max(1, min(fitting, round(self._cell * ratio))))
        self._picture.use_bad(self.bad)
        self._speak()
        self._draw()
        self.update()

    def _draw(self) -> None:
        """The pixels of all arrays anew."""
        if self._stream is None:
            self.update()
            return
        self.frames_computed += 1
        levels = self._levels.astype(np.float32)
        spread = self._picture.between_electrodes if self.smooth else self._picture.levels
        pixels = coloured(spread(levels), self.full_scale, lookup(self.colours))
        self._pixels = pixels
        height, width = pixels.shape[1:]
        self._images = [
            QImage(tile.view(np.uint8).reshape(-1).data, width, height, 4 * width, FORMAT)
            for tile in pixels
        ]
        self.update(self._around_tiles())

    def _around_tiles(self) -> QRect:
        """The arrays and the line of words below them."""
        whole = QRectF()
        for tile in self._tiles:
            whole = whole.united(tile)
        around = whole.toAlignedRect().adjusted(-3, -3, 3, 3 + 2 * self.fontMetrics().height())
        # The words may be wider than a small array.
        return around.united(
            QRect(around.left(), around.bottom() - 2, self.fontMetrics().averageCharWidth() * 40, 1)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        palette = current()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(palette.canvas))
        if self._stream is None:
            return
        for tile, image in zip(self._tiles, self._images, strict=False):
            painter.drawImage(tile, image, QRectF(image.rect()))
        self._paint_cells(painter, palette)
        self._paint_reading(painter, palette)
        if not self._around_tiles().contains(event.rect()):
            self._paint_bar(painter, palette)
        if self._stream.info.simulated:
            painter.setFont(smaller(self.font()))
            area = QRectF(self.rect()).adjusted(0, 0, -4, -4)
            paint_demo_tag(painter, demo_tag(area, painter.font()), palette)

    def _paint_cells(self, painter: QPainter, palette: Palette) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if not self.smooth and self._cell >= LINES_FROM:
            for tile in self._tiles:
                paint_lines(painter, tile, (self.shape.rows, self.shape.columns), palette)
        for array, row, column in np.argwhere(self._picture.places < 0).tolist():
            tile = self._tiles[array]
            corner = QPointF(tile.left() + column * self._cell, tile.top() + row * self._cell)
            painter.fillRect(QRectF(corner.x(), corner.y(), self._cell, self._cell), palette.canvas)
        for channel in self.bad:
            cell = self.place_of(channel)
            if cell is not None:
                paint_cross(painter, cell, palette)
        for outlined, width in ((self._pointed, 1.5), (self.selected, 2.5)):
            cell = self.place_of(outlined) if outlined is not None else None
            if cell is not None:
                painter.setPen(QPen(QColor(palette.canvas), width + 2))
                painter.drawRect(cell.adjusted(1, 1, -1, -1))
                painter.setPen(QPen(QColor(palette.text), width))
                painter.drawRect(cell.adjusted(1, 1, -1, -1))

    def _paint_reading(self, painter: QPainter, palette: Palette) -> None:
        """Below the arrays: what is under the pointer, otherwise the selected channel."""
        channel = self.selected if self._pointed is None else self._pointed
        if self._stream is None or channel >= self._stream.info.n_channels:
            return
        below = self._around_tiles()
        painter.setFont(self.font())
        painter.setPen(QColor(palette.text))
        height = self.fontMetrics().height()
        line = QRectF(below.left() + 3, below.bottom() - 1.7 * height, self.width(), height)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self.level_text(channel))

    def _paint_bar(self, painter: QPainter, palette: Palette) -> None:
        """What the colours mean."""
        unit = self._first_channel().unit
        words = self.fontMetrics().height()
        left = max(tile.right() for tile in self._tiles) + MARGIN
        bar = QRectF(left, MARGIN + 1.5 * words, theme().pixels(14), 0)
        bar.setBottom(min(bar.top() + 240.0, self.height() - 3.5 * words))
        painter.setFont(smaller(self.font()))
        paint_scale(painter, bar, self.colours, (self.full_scale, unit), palette)

    def _first_channel(self) -> Channel:
        assert self._stream is not None
        return self._stream.info.channels[self._channels[0] if self._channels else 0]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.channel_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and channel is not None:
            self.chosen.emit(channel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position())
        if channel is not None:
            self.solo_wanted.emit(channel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next electrode, across the arrays; Enter shows it alone."""
        cell = self.place_of(self.selected)
        by = ARROWS.get(Qt.Key(event.key())) if not event.modifiers() else None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.solo_wanted.emit(self.selected)
        elif by is not None and cell is not None:
            for reach in (1.0, 1.0 + GAP_CELLS, 2.0):
                step = QPointF(by[1], by[0]) * reach * self._cell
                channel = self.channel_at(cell.center() + step)
                if channel is not None and channel != self.selected:
                    self.chosen.emit(channel)
                    break
        else:
            super().keyPressEvent(event)

    def _point_at(self, channel: int | None) -> None:
        if channel != self._pointed:
            self._pointed = channel
            self.update(self._around_tiles())

    def _repaint(self) -> None:
        self._draw()
        self.update()

    def _speak(self) -> None:
        """What a screen reader says about the picture."""
        if self._stream is None or not self._channels:
            self.setAccessibleName("Electrode array, no signal")
            return
        self.setAccessibleName(
            f"Electrode array, {self.shape.size}, RMS, selected {self.level_text(self.selected)}"
        )
