"""How strong every muscle is right now: one bar per channel, with the peak of the last seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from emgstudio.core.types import FloatSamples
from emgstudio.gui.plots.amplitude import AutoScale, amount
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.plots.feed import Streaming
from emgstudio.gui.plots.grid_levels import RollingRms
from emgstudio.gui.plots.marks import demo_tag, paint_demo_tag
from emgstudio.gui.theme import Palette, current, theme

WINDOW_S = 0.1
PEAK_HELD_S = 2.0
WORDS_EVERY_S = 0.2
MARGIN = 14
LEAST_GAP = 4
WIDEST_ROW = 56
PERCENT_FULL = 120.0
WIDEST_VALUE = "888 µV"
SHORTEST_BAR = 24
FOOTER = 22


class BarsCanvas(QWidget):
    """Moving RMS over 0.1 s of the conditioned signal, in a common scale.

    With references (levels of a full effort) bars are in % of them. Call
    :meth:`advance` once per frame; ``chosen`` and ``solo_wanted`` carry a channel.
    """

    chosen = Signal(int)
    solo_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 160)
        self.selected = 0
        self.painted = 0
        self._stream: Streaming | None = None
        self._channels: tuple[int, ...] = ()
        self._colours: tuple[str, ...] = ()
        self._references: NDArray[np.floating] | None = None
        self._rolling: RollingRms | None = None
        self._levels: FloatSamples = np.empty(0, np.float32)
        self._peaks: FloatSamples = np.empty(0, np.float32)
        self._peaked = np.empty(0)
        self._words: list[str] = []
        self._worded = 0.0
        self._fixed: float | None = None
        self._auto = AutoScale(1)
        self._frozen = False
        theme().changed.connect(self.update)

    @property
    def percent(self) -> bool:
        """Whether the bars are in % of a reference."""
        return self._references is not None

    @property
    def full_scale(self) -> float:
        """Where a bar is full, in the channels' unit or in %."""
        if self.percent:
            return PERCENT_FULL
        if self._fixed is not None:
            return self._fixed
        return float(np.nan_to_num(self._auto.scale[0], nan=100.0))

    def show_stream(self, stream: Streaming | None) -> None:
        """The channels of another stream."""
        self._stream, self._frozen = stream, False
        self._rolling = None
        self._auto = AutoScale(1)
        count = 0
        if stream is not None:
            count = stream.info.n_channels
            self._rolling = RollingRms(stream.clean, stream.info.rate, WINDOW_S)
        self._levels = np.full(count, np.nan, np.float32)
        self._peaks = np.full(count, np.nan, np.float32)
        self._peaked = np.zeros(count)
        self._words = ["–"] * count
        self.update()

    def show_channels(self, channels: Sequence[int], colours: Sequence[str]) -> None:
        """Which channels, top to bottom, and the colour of each."""
        if (tuple(channels), tuple(colours)) != (self._channels, self._colours):
            self._channels, self._colours = tuple(channels), tuple(colours)
            self._speak()
            self.update()

    def show_references(self, references: NDArray[np.floating] | None) -> None:
        """Per channel the level of a full effort, NaN where not known; None for none."""
        self._references = references
        self.update()

    def show_scale(self, full: float | None) -> None:
        """Where a bar is full; None follows the signal."""
        if full != self._fixed:
            self._fixed = full
            self.update()

    def select(self, channel: int) -> None:
        """Mark a channel."""
        if channel != self.selected:
            self.selected = channel
            self.update()

    def freeze(self, on: bool) -> None:
        """Hold the bars, or go on."""
        self._frozen = on

    def forget_levels(self) -> None:
        """Nothing arrives any more: no level is known."""
        if self._rolling is not None:
            self._rolling.forget()
            self._levels = self._rolling.rms
            self._words = ["–"] * len(self._levels)
            self.update()

    def advance(self, now: float) -> None:
        """One frame: levels of what is new."""
        if self._rolling is None or self._frozen or not self._rolling.pull():
            return
        self._levels = self._shown(self._rolling.rms)
        over = ~(self._levels <= self._peaks) | (now - self._peaked > PEAK_HELD_S)
        self._peaks = np.where(over, self._levels, self._peaks)
        self._peaked[over] = now
        if not self.percent and self._channels:
            peak = np.fmax.reduce(self._peaks[list(self._channels)], keepdims=True)
            self._auto.grow(peak)
            self._auto.shrink(peak, now)
        if now - self._worded >= WORDS_EVERY_S:
            self._worded = now
            self._words = [self._text(c, float(v)) for c, v in enumerate(self._levels)]
        self.update()

    def value_text(self, channel: int) -> str:
        """What stands beside a channel's bar."""
        return self._words[channel]

    def row_of(self, number: int) -> QRectF:
        """Where the bar at place ``number`` is, with its words."""
        height = self.height() - 2 * MARGIN - theme().pixels(FOOTER)
        rows = max(1, int(height / (self.fontMetrics().height() + LEAST_GAP)))
        columns = -(-len(self._channels) // rows)
        rows = -(-len(self._channels) // max(1, columns))
        tall = min(height / max(1, rows), theme().pixels(WIDEST_ROW))
        wide = (self.width() - 2 * MARGIN) / max(1, columns)
        column, row = divmod(number, max(1, rows))
        return QRectF(MARGIN + column * wide, MARGIN + row * tall, wide - MARGIN, tall)

    def channel_at(self, at: QPointF) -> int | None:
        """The channel whose row is under a point."""
        for number, channel in enumerate(self._channels):
            if self.row_of(number).contains(at):
                return channel
        return None

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and channel is not None:
            self.chosen.emit(channel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position())
        if channel is not None:
            self.solo_wanted.emit(channel)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        palette = current()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(palette.canvas))
        if self._stream is None:
            return
        for number, channel in enumerate(self._channels):
            self._paint_row(painter, self.row_of(number), number, channel, palette)
        painter.setFont(smaller(self.font()))
        painter.setPen(QColor(palette.muted))
        foot = QRectF(MARGIN, self.height() - theme().pixels(FOOTER) - 4, self.width(), 40)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, self._scale_text())
        if self._stream.info.simulated:
            area = QRectF(self.rect()).adjusted(0, 0, -4, -2)
            paint_demo_tag(painter, demo_tag(area, painter.font()), palette)

    def _paint_row(
        self, painter: QPainter, row: QRectF, number: int, channel: int, palette: Palette
    ) -> None:
        assert self._stream is not None
        if channel == self.selected:
            painter.fillRect(row.adjusted(-6, 1, 6, -1), palette.tint("accent", 0.18))
        track = QRectF(row)
        metrics, title = self.fontMetrics(), self._stream.info.channels[channel].name
        painter.setFont(self.font())
        painter.setPen(QColor(palette.text))
        # Where there is no room for both words the name stays.
        for text, widest, side in (
            (title, self._widest_name(), Qt.AlignmentFlag.AlignLeft),
            (self._words[channel], WIDEST_VALUE, Qt.AlignmentFlag.AlignRight),
        ):
            width = metrics.horizontalAdvance(widest) + 8
            if track.width() - width < theme().pixels(SHORTEST_BAR):
                continue
            painter.drawText(track, Qt.AlignmentFlag.AlignVCenter | side, text)
            left = side == Qt.AlignmentFlag.AlignLeft
            track.adjust(width if left else 0, 0, 0 if left else -width, 0)
        tall = min(row.height() * 0.55, theme().pixels(24))
        bar = QRectF(track.left(), row.center().y() - tall / 2, track.width(), tall)
        painter.fillRect(bar, QColor(palette.raised))
        level, peak = float(self._levels[channel]), float(self._peaks[channel])
        if np.isnan(level):
            return
        full = self.full_scale
        filled = QRectF(bar)
        filled.setWidth(bar.width() * min(level / full, 1.0))
        painter.fillRect(filled, QColor(self._colours[number]))
        painter.setPen(QPen(QColor(palette.text), 2))
        x = bar.left() + bar.width() * min(peak / full, 1.0)
        painter.drawLine(QPointF(x, bar.top()), QPointF(x, bar.bottom()))
        if self.percent:
            painter.setPen(QPen(QColor(palette.muted), 1, Qt.PenStyle.DashLine))
            x = bar.left() + bar.width() * 100.0 / full
            painter.drawLine(QPointF(x, bar.top() - 2), QPointF(x, bar.bottom() + 2))

    def _widest_name(self) -> str:
        assert self._stream is not None
        names = (self._stream.info.channels[c].name for c in self._channels)
        return max(names, key=len)

    def _shown(self, rms: FloatSamples) -> FloatSamples:
        if self._references is None:
            return rms
        return (100.0 * rms / self._references).astype(np.float32)

    def _text(self, channel: int, level: float) -> str:
        if np.isnan(level):
            return "–"
        if self.percent:
            return f"{level:.0f} %"
        assert self._stream is not None
        return amount(float(f"{level:.2g}"), self._stream.info.channels[channel].unit)

    def _scale_text(self) -> str:
        assert self._stream is not None
        if self.percent:
            return "% of the reference effort, RMS over 0.1 s; dashed: 100 %"
        unit = self._stream.info.channels[self._channels[0]].unit if self._channels else ""
        return f"RMS over 0.1 s; full bar: {amount(self.full_scale, unit)}; line: peak of 2 s"

    def _speak(self) -> None:
        """What a screen reader says about the picture."""
        if self._stream is None:
            self.setAccessibleName("Bars, no device")
            return
        names = ", ".join(self._stream.info.channels[c].name for c in self._channels)
        self.setAccessibleName(f"Envelope bars, {len(self._channels)} channels: {names}")
