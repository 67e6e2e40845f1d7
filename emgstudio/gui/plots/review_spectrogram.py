"""The spectrogram of one recorded channel below its traces, over the same stretch of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from emgstudio.core.types import FloatSamples
from emgstudio.dsp.spectrogram import HOP_S, WINDOW_S, Spectrogram, decibels
from emgstudio.gui import theme
from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.plots.review_axis import ReviewPlot
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.source import TraceSource
from emgstudio.gui.review.view import TimeView

HEIGHT = 132
HIGHEST_HZ = 500.0
NOTHING = LEVELS - 1
"""The colour of a column without samples; the loudest colour gives way to it."""
QUIET, LOUD = 0.25, 0.995
LOUDEST = lookup("viridis")[-1]
LEAST_RANGE_DB = 20.0
TICKS_HZ = (50, 100, 250, 500, 1000)
LINES = 7
"""So many lines of text fit beside it."""
LEAST_SHARE = 0.4


class RecordedSpectrogram:
    """Densities of one channel, one transform per column, or per 32 ms where columns are finer."""

    def __init__(self, source: TraceSource, channel: int) -> None:
        self._source = source
        self._read = source.signed()
        self._channel = channel
        self.rate = source.stream.info.rate
        self._transform = Spectrogram(self.rate, 1, highest_hz=min(HIGHEST_HZ, self.rate / 2))
        self.frequencies = self._transform.frequencies
        self.frames = 0

    def columns(self, first: int, stop: int, per_column: float) -> NDArray[np.float64]:
        """Levels in dB ``(stop - first, frequencies)`` on a grid of frames that never moves."""
        hop = max(per_column, HOP_S * self.rate)
        wanted = np.floor((np.arange(first, stop) + 0.5) * per_column / hop).astype(np.int64)
        frames, back = np.unique(wanted, return_inverse=True)
        self.frames += len(frames)
        length = self._transform.length
        starts = np.round((frames + 0.5) * hop - length / 2).astype(np.int64)
        levels = np.full((len(frames), len(self.frequencies)), np.nan)
        for k, window in self._windows(starts, length):
            self._transform.restart(0)
            density = self._transform.densities(window[:, None])
            levels[k] = decibels(density[0, 0])
        return levels[back]

    def _windows(self, starts: NDArray[np.int64], length: int) -> list[tuple[int, FloatSamples]]:
        """Those windows that lie wholly inside the recording; together where they overlap."""
        end = self._source.stream.samples
        inside = np.flatnonzero((starts >= 0) & (starts + length <= end)).tolist()
        if not inside:
            return []
        begin, stop = int(starts[inside[0]]), int(starts[inside[-1]]) + length
        if stop - begin <= 2 * length * len(inside):
            x = self._read(begin, stop)[:, self._channel]
            return [(k, x[starts[k] - begin : starts[k] - begin + length]) for k in inside]
        return [
            (k, self._read(int(starts[k]), int(starts[k]) + length)[:, self._channel])
            for k in inside
        ]


class SpectrogramView(ReviewPlot):
    """Colours of one channel; a click on its name takes the next channel."""

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.document: Document | None = None
        self.channel = 0
        self.shown: RecordedSpectrogram | None = None
        self._levels = np.empty((0, 0))
        self._at: tuple[int, float, object] | None = None
        self._range = (0.0, LEAST_RANGE_DB)
        self._image = QImage()
        self.fit_text()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(
            f"Hann windows of {WINDOW_S * 1000:g} ms, colour in dB. Click the name: next channel."
        )

    def sizeHint(self) -> QSize:
        return QSize(600, self.maximumHeight())

    def fit_text(self) -> None:
        """High enough for the words beside it, where the window has the room."""
        self.setMaximumHeight(max(HEIGHT, LINES * self.fontMetrics().height()))
        self.setMinimumHeight(round(self.maximumHeight() * LEAST_SHARE))
        self._at = None

    def show_document(self, document: Document | None) -> None:
        """Show another recording."""
        self.document = document
        self.show_channel(min(self.channel, document.stream.info.n_channels - 1) if document else 0)

    def show_channel(self, channel: int) -> None:
        """Show another channel, with colours that fit it."""
        self.channel = channel
        self.changed_source()

    def changed_source(self) -> None:
        """Another view of the signals is shown."""
        self.shown = None
        self._at = None
        document = self.document
        if document is not None:
            self.shown = RecordedSpectrogram(document.source, self.channel)
            name = document.stream.info.channels[self.channel].name
            self.setAccessibleName(f"Spectrogram of {name}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        document, area = self.document, self.plot_rect()
        if document is not None and self.shown is not None:
            self._bring(document)
            painter.fillRect(area, QColor(colours.canvas))
            painter.drawImage(area, self._image)
            self._paint_gutter(painter, document)
            # The loudest colour is light in every theme, as the picture is dark in every theme.
            painter.setPen(QPen(QColor.fromRgb(int(LOUDEST)), 1, Qt.PenStyle.DashLine))
            x = self.x_of(document.cursor)
            if x >= area.left():
                painter.drawLine(QPointF(x, 0), QPointF(x, area.height()))
            self.paint_playhead(painter)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(0, 0.5), QPointF(self.width(), 0.5))
        painter.end()

    def _bring(self, document: Document) -> None:
        """Make the picture of what is visible; columns that were seen before are kept."""
        view, shown = self.view, self.shown
        assert shown is not None
        key = (view.columns, view.per_column, document.source.key)
        first, columns = view.first, view.columns
        kept, old = self._levels, self._at
        if old is not None and old == (first, *key[1:]) and len(kept) == columns:
            if self._image.height() != self._rows():
                self._image = self._picture(kept)
            return
        shift = first - old[0] if old is not None else columns
        same = old is not None and old[1:] == key[1:] and len(kept) == columns
        if same and abs(shift) < columns:
            new = (
                (first + columns - shift, first + columns) if shift > 0 else (first, first - shift)
            )
            fresh = shown.columns(*new, view.per_column)
            both = [kept[shift:], fresh] if shift > 0 else [fresh, kept[:shift]]
            levels = np.concatenate(both)
        else:
            levels = shown.columns(first, first + columns, view.per_column)
            if old is None:
                self._range = _fitting(levels)
        self._levels, self._at = levels, (first, *key[1:])
        self._image = self._picture(levels)

    def _picture(self, levels: NDArray[np.float64]) -> QImage:
        low, high = self._range
        rows = self._rows()
        at = np.linspace(levels.shape[1] - 1, 0, rows).round().astype(np.int64)
        with np.errstate(invalid="ignore"):
            share = np.clip((levels[:, at] - low) / (high - low), 0, 1) * (NOTHING - 1)
        pixels = np.where(np.isnan(share), NOTHING, share).astype(np.uint8).T
        pixels = np.ascontiguousarray(pixels)
        image = QImage(
            pixels.data, pixels.shape[1], rows, pixels.shape[1], QImage.Format.Format_Indexed8
        ).copy()
        table = [int(colour) for colour in lookup("viridis")[:NOTHING]]
        image.setColorTable([*table, QColor(theme.current().canvas).rgb()])
        return image

    def _rows(self) -> int:
        return max(1, round(self.height() * self.devicePixelRatioF()))

    def _paint_gutter(self, painter: QPainter, document: Document) -> None:
        colours = theme.current()
        shown = self.shown
        assert shown is not None
        metrics, height = painter.fontMetrics(), self.height()
        line = metrics.height()
        numbers = metrics.horizontalAdvance("500") + 4
        width = self.gutter - numbers - 20
        painter.fillRect(QRectF(0, 8, 3, height - 16), QColor(colours.trace(self.channel)))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        name = document.stream.info.channels[self.channel].name
        words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, width)
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(8, 4, width, line), left, words)
        painter.setPen(QColor(colours.muted))
        low, high = self._range
        if height >= 3.5 * line:
            for k, text in enumerate((f"{low:.0f} to", f"{high:.0f} dB")):
                painter.drawText(QRectF(8, height - (2 - k) * line - 4, width, line), left, text)
        if height >= 5 * line:
            painter.drawText(QRectF(8, (height - line) / 2, width, line), left, "Hz")
        highest = float(shown.frequencies[-1])
        every = next((s for s in TICKS_HZ if s * height / highest > 1.2 * line), highest)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for hertz in np.arange(0, highest + 1, every):
            y = min(max(height * (1 - hertz / highest) - line / 2, 0), height - line)
            box = QRectF(self.gutter - numbers - 6, y, numbers, line)
            painter.drawText(box, right, f"{hertz:.0f}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        document = self.document
        if document is None:
            return
        if event.position().x() < self.gutter:
            self.show_channel((self.channel + 1) % document.stream.info.n_channels)
        else:
            document.put_cursor(self.view.snap(self.time_at(event.position().x())))


def _fitting(levels: NDArray[np.float64]) -> tuple[float, float]:
    """A range in dB, whole tens, that shows what is quiet and what is loud."""
    there = levels[~np.isnan(levels)]
    if not len(there):
        return 0.0, LEAST_RANGE_DB
    low, high = np.quantile(there, (QUIET, LOUD))
    low = 10.0 * np.floor(low / 10)
    return float(low), float(max(10.0 * np.ceil(high / 10), low + LEAST_RANGE_DB))
