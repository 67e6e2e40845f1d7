"""A strip under the traces: the spectrogram of one channel on the same time axis."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from emgstudio.dsp.spectrogram import Spectrogram
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.plots.canvas import ERASED_AHEAD, ColumnCanvas
from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.plots.feed import ROWS_AT_ONCE, Streaming
from emgstudio.gui.plots.marks import paint_head
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.theme import Palette

RANGE_DB = (-20.0, 30.0)
HIGHEST_HZ = 500.0
QUIET_SHARE, LOUD_SHARE = 10.0, 99.7


class SpectrogramStrip(ColumnCanvas):
    """Frames of 256 ms every 32 ms in dB re 1 unit²/Hz, in a fixed colour range.

    Call :meth:`advance` once per frame. A column of the picture shows the frame
    whose middle is nearest, so it stays about 130 ms behind the traces.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, parent)
        self.seconds = 10.0
        self.channel = 0
        self.colours = "viridis"
        self.range_db = RANGE_DB
        self.frames_computed = 0
        self._stream: Streaming | None = None
        self._until: int | None = None
        self._frames: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.setMinimumHeight(96)

    @property
    def scale_text(self) -> str:
        """What the colours mean."""
        unit = "µV"
        if self._stream is not None and self.channel < self._stream.info.n_channels:
            unit = self._stream.info.channels[self.channel].unit
        return f"dB re 1 {unit}²/Hz"

    def show_stream(self, stream: Streaming | None, channel: int = 0) -> None:
        """The spectrogram of another channel, or nothing."""
        self._stream = stream
        self.channel = channel
        self._until = None
        name = "no device" if stream is None else stream.info.channels[channel].name
        self.setAccessibleName(f"Spectrogram, {name}")
        self.relayout()

    def show_time(self, seconds: float, *, scrolling: bool) -> None:
        """The same time base as the traces above."""
        if (seconds, scrolling) != (self.seconds, self.scrolling):
            self.seconds, self.scrolling = seconds, scrolling
            self.relayout()

    def show_range(self, low_db: float, high_db: float) -> None:
        """What is darkest and what is brightest."""
        self.range_db = (low_db, max(high_db, low_db + 1.0))
        self._redraw()

    def show_colours(self, name: str) -> None:
        """Another colour map: viridis or cividis."""
        self.colours = name
        self._redraw()

    def fit_range(self) -> tuple[float, float]:
        """Set the colour range once from what is on the screen; returns it."""
        levels = self._frames[np.isfinite(self._frames)]
        if len(levels):
            low, high = np.percentile(levels, (QUIET_SHARE, LOUD_SHARE))
            self.show_range(5.0 * np.floor(low / 5.0), 5.0 * np.ceil(high / 5.0))
        return self.range_db

    def freeze(self, on: bool) -> None:
        """Stop drawing, or go on with the newest."""
        if self._stream is None or on == (self._until is not None):
            return
        self._until = self._reader.position if on else None
        self.update()

    def advance(self) -> None:
        """One frame: transform what is new and paint the columns it reaches."""
        if self._stream is None or self._until is not None:
            return
        if self._stream.clean.head - self._reader.position > self.seconds * self.rate:
            self.relayout()
            return
        self._take()
        head = self._reach()
        if head > self.head:
            self._draw(max(self.head, head - self.columns_wide), head)
            self.move_head(head)

    @property
    def rate(self) -> float:
        """Sampling rate of the stream in Hz."""
        assert self._stream is not None
        return self._stream.info.rate

    def relayout(self) -> None:
        width, height = self.picture_size
        self.use_pixels(np.full((height, width), rgb(self.palette_on.canvas), np.uint32))
        if self._stream is not None:
            self._per_column = self.rate * self.seconds / width
            self._spectrogram = Spectrogram(self.rate, 1, highest_hz=HIGHEST_HZ)
            frequencies = len(self._spectrogram.frequencies)
            count = int(self.seconds * self.rate / self._spectrogram.hop) + 3
            self._frames = np.full((count, frequencies), np.nan, np.float32)
            # Highest frequency on top; each row of pixels shows the nearest line.
            rows = np.linspace(frequencies - 1, 0, height)
            self._row_lines = rows.round().astype(np.int64)
            self._restart()
            self._take()
        self._redraw()

    def _restart(self) -> None:
        assert self._stream is not None
        ring = self._stream.clean
        stop = ring.head if self._until is None else self._until
        wanted = stop - int(self.seconds * self.rate) - self._spectrogram.length
        at = max(0, ring.tail, wanted)
        self._reader = ring.reader(at)
        self._spectrogram.restart(at)
        self._first_frame = self._spectrogram.next_frame
        self._expected = at

    def _take(self) -> None:
        """Transform what is new in the ring."""
        assert self._stream is not None
        ring = self._stream.clean
        stop = ring.head if self._until is None else self._until
        while (new := stop - self._reader.position) > 0:
            chunk = self._reader.take(min(ROWS_AT_ONCE, new))
            if not len(chunk):
                return
            if chunk.first != self._expected:
                self._spectrogram.restart(chunk.first)
            self._expected = chunk.stop
            frame = self._spectrogram.next_frame
            column = chunk.data[:, self.channel : self.channel + 1]
            levels = self._spectrogram.process(column, chunk.valid)[:, :, 0]
            kept = levels[-len(self._frames) :]
            at = np.arange(frame + len(levels) - len(kept), frame + len(levels))
            self._frames[at % len(self._frames)] = kept
            self.frames_computed += len(levels)

    def _reach(self) -> int:
        """The column after the last one whose nearest frame is there."""
        last = self._spectrogram.next_frame - 1
        if last < self._first_frame:
            return 0
        middle = last * self._spectrogram.hop + self._spectrogram.length / 2
        # Later columns are nearer to a frame that is not there yet.
        return max(0, ceil((middle + self._spectrogram.hop / 2) / self._per_column - 0.501))

    def _draw(self, start: int, stop: int) -> None:
        middles = (np.arange(start, stop) + 0.5) * self._per_column
        frame = (middles - self._spectrogram.length / 2) / self._spectrogram.hop
        frames = np.round(frame).astype(np.int64)
        here = (frames >= self._first_frame) & (frames < self._spectrogram.next_frame)
        levels = self._frames[frames % len(self._frames)]
        levels[~here] = np.nan
        low, high = self.range_db
        level = (levels - np.float32(low)) * np.float32((LEVELS - 1) / (high - low))
        # fmax takes the number where the other is NaN: missing frames are painted over below.
        level = np.fmin(np.fmax(level, 0.0), LEVELS - 1)
        block = lookup(self.colours)[level.astype(np.uint8)]
        block[np.isnan(levels[:, 0])] = rgb(self.palette_on.canvas)
        x = np.arange(start, stop) % self.columns_wide
        self._pixels[:, x] = block[:, self._row_lines].T
        if not self.scrolling:
            ahead = np.arange(stop, stop + ERASED_AHEAD) % self.columns_wide
            self._pixels[:, ahead] = rgb(self.palette_on.canvas)

    def _redraw(self) -> None:
        self.mark_dirty(self.rect())
        if self._stream is None:
            return
        head = self._reach()
        self._draw(head - self.columns_wide, head)
        self.head = head

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette_on
        painter = QPainter(self)
        exposed = event.rect()
        if not self.plot.contains(exposed):
            painter.fillRect(QRect(0, 0, self.gutter, self.height()), QColor(palette.canvas))
            right = self.plot.right()
            painter.fillRect(
                QRect(right, 0, self.width() - right, self.height()), QColor(palette.canvas)
            )
            self._paint_scale(painter, palette)
        area = self.picture_area
        exposed = self.clip_to_picture(painter, exposed)
        self.paint_picture(painter, exposed)
        if self._stream is not None and not self.scrolling and self._until is None:
            paint_head(painter, self.x_of(self.head), area, palette)

    def _paint_scale(self, painter: QPainter, palette: Palette) -> None:
        """Frequencies at the plot's edge, what the colours mean further left."""
        if self._stream is None:
            return
        painter.setFont(smaller(self.font()))
        metrics = painter.fontMetrics()
        right, height = self.gutter - 4, self.plot.height()
        highest = float(self._spectrogram.frequencies[-1])
        every = next(
            (s for s in (50, 100, 250) if s * height / highest > metrics.height() * 1.5), 500
        )
        for hertz in np.arange(0.0, highest + 1, every):
            y = height - hertz / highest * height
            painter.setPen(QColor(palette.faint))
            painter.drawLine(right, int(min(y, height - 1)), right + 3, int(min(y, height - 1)))
            painter.setPen(QColor(palette.muted))
            top = min(max(y - metrics.height() / 2, 0), height - metrics.height())
            box = QRectF(0, top, right - 4, metrics.height())
            text = f"{hertz:.0f} Hz" if hertz + every > highest else f"{hertz:.0f}"
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, text)
        self._paint_colours(painter, metrics, palette)

    def _paint_colours(self, painter: QPainter, metrics: QFontMetrics, palette: Palette) -> None:
        colours = np.ascontiguousarray(lookup(self.colours)[::-1, None])
        image = QImage(
            colours.view(np.uint8).reshape(-1).data, 1, LEVELS, 4, QImage.Format.Format_RGB32
        )
        bar = QRectF(12, 8, 8, self.plot.height() - 16)
        painter.drawImage(bar, image)
        painter.setPen(QColor(palette.muted))
        low, high = self.range_db
        painter.drawText(26, int(bar.top()) + metrics.ascent() - 3, f"{high:.0f} dB")
        painter.drawText(26, int(bar.bottom()), f"{low:.0f}".replace("-", "−"))
