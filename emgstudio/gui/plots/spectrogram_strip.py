"""A strip under the traces: the spectrograms of chosen channels on the same time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from emgstudio.core.types import MICROVOLT
from emgstudio.dsp.spectrogram import HOP_S, WINDOW_S, decibels
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.plots.canvas import ColumnCanvas
from emgstudio.gui.plots.feed import Streaming
from emgstudio.gui.plots.marks import Cursor, paint_cursor, paint_head
from emgstudio.gui.plots.raster import blank, columns_of, rgb
from emgstudio.gui.plots.spectrogram_feed import SpectrogramFeed
from emgstudio.gui.plots.spectrogram_frame import (
    SpectrogramLabel,
    paint_colour_scale,
    paint_lane_labels,
)
from emgstudio.gui.plots.spectrogram_lanes import SpectrogramLanes, frames_of
from emgstudio.gui.theme import Palette, theme

RANGE_DB = (-20.0, 30.0)
# Between the edges of the usual filter: what it took away is no measure of how quiet rest is.
FITTED_HZ = (20.0, 450.0)
QUIET_SHARE, LOUD_SHARE = 5.0, 99.0
MOST_CHANNELS = 8
FOOTER = 24
LEAST_LANE, LEAST_LANES = 30, 72
FIT_AFTER_S = 2.0
ERASED_AHEAD = 4
HOPS_AT_ONCE = 2


class SpectrogramStrip(ColumnCanvas):
    """Frames of 256 ms every 32 ms in dB re 1 unit²/Hz, in a fixed colour range.

    Call :meth:`advance` once per frame. A column shows the frame whose middle is
    nearest, so the newest 130 ms, whose frames are not complete, stay empty; a moment
    is at the same x as in the traces. ``range_changed`` tells that the colours mean
    something else now.
    """

    range_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(theme().pixels(FOOTER), parent)
        self.seconds = 10.0
        self.channels: tuple[int, ...] = (0,)
        self.colours = "viridis"
        self.range_db = RANGE_DB
        self.feed: SpectrogramFeed | None = None
        self._stream: Streaming | None = None
        self._until: int | None = None
        self._own_colours: dict[int, int] = {}
        self._drawn = 0
        self._fit_wanted = False
        self._pointer: QPointF | None = None
        self._cursor_shown: Cursor | None = None
        self.setMouseTracking(True)
        self._make_room()

    @property
    def scale_text(self) -> str:
        """What the colours mean."""
        return f"dB re 1 {self._unit}²/Hz"

    @property
    def frozen(self) -> bool:
        return self._until is not None

    @property
    def erased_ahead(self) -> int:
        """Little: behind the head is a gap already, of the frames that are not complete yet."""
        return 0 if self.scrolling else ERASED_AHEAD

    @property
    def rate(self) -> float:
        """Sampling rate of the stream in Hz."""
        assert self._stream is not None
        return self._stream.info.rate

    def show_stream(self, stream: Streaming | None, channels: Sequence[int] = (0,)) -> None:
        """The spectrograms of other channels (at most 8, one lane each), or nothing."""
        wanted = tuple(dict.fromkeys(channels))[:MOST_CHANNELS]
        if stream is self._stream and (stream is None or wanted == self.channels):
            # Names may have changed meanwhile.
            self._make_room()
            self.update()
            return
        if stream is not self._stream:
            self._until = None
            self._fit_wanted = stream is not None and self.range_db == RANGE_DB
        self._stream, self.channels = stream, wanted
        self._fit_wanted = self._fit_wanted and self._unit != MICROVOLT
        self._make_room()
        self.feed = None
        self.relayout()

    def show_time(self, seconds: float, *, scrolling: bool) -> None:
        """The same time base as the traces above."""
        if (seconds, scrolling) != (self.seconds, self.scrolling):
            self.seconds, self.scrolling = seconds, scrolling
            self.relayout()

    def show_range(self, low_db: float, high_db: float) -> None:
        """What is darkest and what is brightest."""
        self.range_db = (low_db, max(high_db, low_db + 1.0))
        self._fit_wanted = False
        self._redraw()
        self.range_changed.emit()

    def show_colours(self, name: str) -> None:
        """Another colour map: viridis or cividis."""
        self.colours = name
        self._redraw()

    def use_colours(self, numbers: Mapping[int, int]) -> None:
        """Trace colours by channel, where a person chose others than the theme's."""
        self._own_colours = dict(numbers)
        self.update()

    def fit_range(self) -> tuple[float, float]:
        """Set the colour range once from what is on the screen; returns it."""
        start = max(0, self.first_shown)
        if self.feed is not None and self._drawn > start:
            frames = self._frames(start, self._drawn)
            hertz = self.feed.frames.frequencies
            band = (hertz >= FITTED_HZ[0]) & (hertz <= FITTED_HZ[1])
            powers = self.feed.powers(frames[0], frames[-1] + 1)[:, :, band]
            levels = decibels(powers[np.isfinite(powers)])
            if len(levels):
                low, high = np.percentile(levels, (QUIET_SHARE, LOUD_SHARE))
                self.show_range(5.0 * np.floor(low / 5.0), 5.0 * np.ceil(high / 5.0))
        return self.range_db

    def freeze(self, on: bool) -> None:
        """Stop drawing, or go on with the newest."""
        if self._stream is not None and on != self.frozen:
            self.look_at(self._stream.clean.head if on else None)

    def look_at(self, stop: int | None) -> None:
        """Hold still with sample ``stop`` as the newest that is shown; None goes on with now."""
        if self._stream is None or stop == self._until:
            return
        if self.feed is not None and self._until is None:
            self.feed.pull()
        self._until = stop
        self._redraw()

    def advance(self) -> None:
        """One frame: transform what is new and paint the columns it reaches.

        A sweep takes two hops at a time, every second frame of the screen, for half the cost.
        """
        if self.feed is None or self._until is not None:
            return
        if not self.scrolling and self.feed.waiting < HOPS_AT_ONCE * self.feed.hop:
            return
        if not self.feed.pull():
            self._redraw()
            return
        if self._fit_wanted and self._drawn * self._per_column > FIT_AFTER_S * self.rate:
            self.fit_range()
        head, drawn = self._now()
        head = self.reachable(head)
        drawn = min(drawn, head)
        if head - self.head + self.erased_ahead >= self.columns_wide:
            self._redraw()
        elif head > self.head or drawn > self._drawn:
            self._move(head, drawn)
        if self._pointer is not None:
            self._show_cursor()

    def use_palette(self, palette: Palette) -> None:
        """Other colours, or texts of another size: words below need as much room."""
        self._make_room()
        super().use_palette(palette)

    def relayout(self) -> None:
        width, height = self.picture_size
        canvas = rgb(self.palette_on.canvas)
        if self._stream is None:
            self.use_pixels(blank(height, width, canvas))
            self._redraw()
            return
        self._per_column = self.rate * self.seconds / width
        if self.feed is None:
            self.feed = SpectrogramFeed(self._stream, self.channels, self.seconds)
        lines = len(self.feed.frames.frequencies)
        self._lanes = SpectrogramLanes(len(self.channels), lines, height)
        # The gap below the last lane is not shown, but makes all lanes one array.
        memory = blank(max(height, self._lanes.rows_needed), width, canvas)
        self.use_pixels(memory[:height])
        self._rows = self._lanes.rows(memory)
        if self._until is None:
            self.feed.pull()
        self._redraw()

    @property
    def _unit(self) -> str:
        """The unit of all channels; “unit” where they have different ones."""
        if self._stream is None:
            return MICROVOLT
        units = {self._stream.info.channels[c].unit for c in self.channels}
        return units.pop() if len(units) == 1 else "unit"

    def _make_room(self) -> None:
        pixels = theme().pixels
        # A single one is as high however large texts are: the traces need the room.
        lanes = max(LEAST_LANES, len(self.channels) * pixels(LEAST_LANE))
        self.setMinimumHeight(lanes + pixels(FOOTER))
        self.use_footer(pixels(FOOTER))
        names = "no device"
        if self._stream is not None:
            names = ", ".join(self._stream.info.channels[c].name for c in self.channels)
        self.setAccessibleName(f"Spectrogram, {names}")

    def _now(self) -> tuple[int, int]:
        """The column after the newest moment, and after the last whose nearest frame is there."""
        assert self.feed is not None
        assert self._stream is not None
        stop = self._stream.clean.head if self._until is None else self._until
        head = int(stop / self._per_column)
        if self.feed.empty:
            return head, 0
        last = self.feed.next_frame - 1
        middle = last * self.feed.hop + self.feed.length / 2
        # Later columns are nearer to a frame that is not there yet.
        reached = ceil((middle + self.feed.hop / 2) / self._per_column - 0.501)
        return head, max(0, min(head, reached))

    def _frames(self, start: int, stop: int) -> list[int]:
        assert self.feed is not None
        return frames_of(start, stop, self._per_column, self.feed.length, self.feed.hop)

    def _move(self, head: int, drawn: int) -> None:
        """Paint columns up to ``drawn`` and empty those that the head comes to."""
        before, old = self._drawn, self.head
        self.head, self._drawn = head, drawn
        self._erase(old + self.erased_ahead, head + self.erased_ahead)
        self._draw(max(before, head - self.columns_wide), drawn)
        if self.scrolling:
            self.head = old
            self.move_head(head, again=old - before)
            return
        if head - before + self.erased_ahead >= self.columns_wide:
            self.mark_dirty(self.plot)
            return
        self.dirty = []
        self._mark(before, drawn)
        # The line at the head is as wide as what is emptied ahead of it, or less.
        self._mark(old, head + self.erased_ahead)

    def _mark(self, start: int, stop: int) -> None:
        """Ask for a repaint of these columns."""
        for at, end in self._places(start, stop) if stop > start else []:
            self.mark_dirty(self._strip(at, end), more=True)

    def resting(self) -> list[QRect] | None:
        return [] if self._cursor_shown is None else None

    def _draw(self, start: int, stop: int) -> None:
        if stop <= start or self.feed is None:
            return
        frames = self._frames(start, stop)
        first = frames[0]
        # Columns share frames or lie on every nth: only those between are coloured.
        powers = self.feed.powers(first, frames[-1] + 1)
        block = self._lanes.colours(powers, self.range_db, self.colours, self.palette_on.canvas)
        columns = block.take([frame - first for frame in frames], axis=0)
        done = 0
        for at, end in self._places(start, stop):
            self._rows[at:end] = columns[done : done + end - at]
            done += end - at

    def _erase(self, start: int, stop: int) -> None:
        for at, end in self._places(start, stop):
            columns_of(self._pixels)[at:end] = rgb(self.palette_on.canvas)

    def _places(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Where columns ``[start, stop)`` are in the ring image: in one piece or in two."""
        at, wide = start % self.columns_wide, self.columns_wide
        end = at + stop - start
        return [(at, end)] if end <= wide else [(at, wide), (0, end - wide)]

    def _redraw(self) -> None:
        self.mark_dirty(self.rect())
        if self._stream is None or self.feed is None:
            return
        self.feed.seconds = self.seconds
        stop = self._stream.clean.head if self._until is None else self._until
        self.feed.reach_back(stop - int(self.seconds * self.rate) - self.feed.length)
        self.head, self._drawn = self._now()
        self._pixels[:] = rgb(self.palette_on.canvas)
        self._draw(max(0, self.first_shown), self._drawn)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette_on
        painter = QPainter(self)
        exposed = event.rect()
        if not self.plot.contains(exposed):
            self._paint_frame(painter)
        area = self.picture_area
        exposed = self.clip_to_picture(painter, exposed)
        self.paint_picture(painter, event.region())
        if self._stream is not None and not self.scrolling and self._until is None:
            paint_head(painter, self.x_of(self.head), area, palette)
        if self._cursor_shown is not None:
            painter.setFont(self.font())
            paint_cursor(painter, self._cursor_shown, area, palette)

    def _paint_frame(self, painter: QPainter) -> None:
        palette, plot = self.palette_on, self.plot
        right, below = plot.right(), plot.bottom() + 1
        canvas = QColor(palette.canvas)
        painter.fillRect(QRect(right, 0, self.width() - right, self.height()), canvas)
        painter.fillRect(QRect(0, below - 2, self.width(), self.height() - below + 2), canvas)
        gutter = QRect(0, 0, self.gutter, plot.height())
        if self._stream is None or self.feed is None:
            painter.fillRect(gutter, canvas)
            return
        highest = float(self.feed.frames.frequencies[-1])
        paint_lane_labels(painter, gutter, self._labels(), highest, palette, self.font())
        footer = QRect(plot.left(), below, plot.width(), self.footer)
        low, high = (f"{level:.0f}".replace("-", "−") for level in self.range_db)
        measured = f"   Hann {WINDOW_S * 1000:.0f} ms every {HOP_S * 1000:.0f} ms"
        texts = (low, f"{high} {self.scale_text}", measured)
        paint_colour_scale(painter, footer, self.colours, texts, palette, self.font())
        painter.setFont(smaller(self.font()))
        painter.setPen(QColor(palette.muted))
        baseline = below + (self.footer + painter.fontMetrics().ascent()) // 2 - 1
        name = painter.fontMetrics().elidedText(
            "Spectrogram, Hz", Qt.TextElideMode.ElideRight, self.gutter - 16
        )
        painter.drawText(12, baseline, name)

    def _labels(self) -> list[SpectrogramLabel]:
        assert self._stream is not None
        made = []
        for channel, top in zip(self.channels, self._lanes.tops(), strict=True):
            name = self._stream.info.channels[channel].name
            bottom = (top + self._lanes.lane) / self.ratio
            colour = self.palette_on.trace(self._own_colours.get(channel, channel))
            made.append(SpectrogramLabel(name, colour, top / self.ratio, bottom))
        return made

    def reading_at(self, at: QPointF) -> str:
        """Channel, frequency, level and time under a place on the widget; empty where nothing is.

        The level is that of the one frequency line and frame, not of the pixel's mean.
        """
        if self.feed is None or self._stream is None or not QRectF(self.plot).contains(at):
            return ""
        row, column = at.y() * self.ratio, self.column_at(at.x())
        lane = self._lanes.lane_at(row)
        if lane is None or not max(0, self.first_shown) <= column < self._drawn:
            return ""
        frame, line = self._frames(column, column + 1)[0], self._lanes.line_at(row)
        level = float(decibels(self.feed.powers(frame, frame + 1)[0, lane, line]))
        channel = self._stream.info.channels[self.channels[lane]]
        value = "lost" if np.isnan(level) else f"{level:.1f} dB".replace("-", "−")
        hertz = self.feed.frames.frequencies[line]
        return f"{channel.name}   {hertz:.0f} Hz   {value}   {self._seconds(column):.2f} s"

    def _seconds(self, column: int) -> float:
        return (column + 0.5) * self._per_column / self.rate

    def _show_cursor(self) -> None:
        """Paint what is under the pointer now, and away with what was there before."""
        before, self._cursor_shown = self._cursor_shown, None
        text = "" if self._pointer is None else self.reading_at(self._pointer)
        if self._pointer is not None and text:
            at = self._pointer
            self._cursor_shown = Cursor(at.x(), at.y(), text, self.palette_on.accent)
        if self._cursor_shown == before:
            return
        metrics = self.fontMetrics()
        for cursor in (before, self._cursor_shown):
            if cursor is not None:
                box = cursor.box(self.picture_area, metrics.horizontalAdvance, metrics.height())
                self.update(box.toAlignedRect().adjusted(-2, -2, 2, 2))
                self.update(QRect(int(cursor.x) - 2, 0, 5, self.plot.height()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        self._show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._show_cursor()
