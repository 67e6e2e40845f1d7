"""The live power spectrum of chosen channels, with median and mean frequency in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from emgstudio.dsp.hum import hum_in
from emgstudio.dsp.spectrum import Spectrum, spectrum
from emgstudio.gui.plots.feed import Streaming
from emgstudio.gui.plots.spectrogram_strip import MOST_CHANNELS
from emgstudio.gui.theme import Palette, current, theme
from emgstudio.gui.widgets import label, large_target

if TYPE_CHECKING:
    from emgstudio.gui.plots.spectrum_plot import SpectrumPlot

SECONDS = 2.0
LEAST_SECONDS = 1.0
EVERY_S = 0.25
HUM_EVERY_S = 1.0
HIGHEST_HZ = 500.0
SCALES = ("Logarithmic", "Linear")
SIGNALS = ("Conditioned", "Raw")
# Margins and the space between two choices.
AROUND = 36


class SpectrumPanel(QWidget):
    """Welch spectra of the newest 2 s, at most four times a second, never while hidden.

    The first channel chosen is the one with the lines. ``updates`` counts spectra made.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channels: tuple[int, ...] = (0,)
        self.updates = 0
        self.found: Spectrum | None = None
        self._plot: SpectrumPlot | None = None
        self._stream: Streaming | None = None
        self._own_colours: dict[int, int] = {}
        self._frozen = False
        self._updated = self._hum_measured = float("-inf")
        self._newest = -1
        self.scale = self._choice("Scale of the spectrum", SCALES)
        self.signal = self._choice("Signal of the spectrum", SIGNALS)
        large_target(self.scale, self.signal)
        self.scale.activated.connect(self._use_scale)
        self.signal.activated.connect(self._again)
        self.figures = SpectrumFigures()
        self.note = label("", "muted", wrap=True)
        self.note.hide()
        self.hum = label("", "muted", wrap=True)
        self.hum.hide()
        self._heading = label("Spectrum", "heading")
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addStretch(1)
        head.addWidget(self.signal)
        head.addWidget(self.scale)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 8, 8)
        self._column.addLayout(head)
        self._column.addWidget(self.figures)
        self._column.addWidget(self.hum)
        self._column.addWidget(self.note)
        theme().changed.connect(self._use_palette)

    @property
    def plot(self) -> SpectrumPlot:
        """The curves; made when first asked for, because pyqtgraph takes its time to start."""
        if self._plot is None:
            from emgstudio.gui.plots.spectrum_plot import SpectrumPlot

            self._plot = SpectrumPlot()
            self._plot.setMinimumHeight(120)
            self._column.insertWidget(1, self._plot, 1)
            self._dress()
        return self._plot

    def show_stream(self, stream: Streaming | None, channels: Sequence[int] = (0,)) -> None:
        """Spectra of other channels (at most 8), or of nothing."""
        wanted = tuple(dict.fromkeys(channels))[:MOST_CHANNELS]
        if stream is self._stream and wanted == self.channels:
            # Names may have changed meanwhile.
            self._dress()
            return
        self._stream, self.channels, self.found = stream, wanted, None
        self._dress()
        self._again()

    def use_colours(self, numbers: Mapping[int, int]) -> None:
        """Trace colours by channel, where a person chose others than the theme's."""
        if dict(numbers) != self._own_colours:
            self._own_colours = dict(numbers)
            self._dress()
            self._again()

    def freeze(self, on: bool) -> None:
        """Hold the spectrum still, or go on."""
        self._frozen = on

    def refresh(self, now: float) -> None:
        """Called as often as one likes, at ``now`` seconds of any steady clock."""
        if self._stream is None or self._frozen or not self.isVisible():
            return
        if now - self._updated < EVERY_S:
            return
        raw = self.signal.currentIndex() == 1
        ring = self._stream.raw if raw else self._stream.clean
        rate = self._stream.info.rate
        if ring.head == self._newest or ring.head < LEAST_SECONDS * rate:
            return
        self._updated, self._newest = now, ring.head
        chunk = ring.latest(round(SECONDS * rate))
        x = np.asarray(chunk.data, np.float32)
        if raw:
            x = self._stream.info.to_physical(chunk.data)
        x = x.take(np.array(self.channels), axis=1)
        if not chunk.valid.all():
            x[~chunk.valid] = np.nan
        self.found = spectrum(x, rate)
        self.updates += 1
        self.plot.show_spectrum(self.found, min(HIGHEST_HZ, rate / 2))
        if now - self._hum_measured >= HUM_EVERY_S:
            self._hum_measured = now
            self._show_hum(self.found)
        self._describe(self.found)

    def minimumSizeHint(self) -> QSize:
        """As wide as the choices: the heading goes where there is no room for it."""
        least = super().minimumSizeHint()
        choices = self.signal.sizeHint().width() + self.scale.sizeHint().width()
        return QSize(choices + AROUND, least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        choices = self.signal.sizeHint().width() + self.scale.sizeHint().width()
        room = self.width() - choices - AROUND
        self._heading.setVisible(room >= self._heading.sizeHint().width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.plot.show()
        self._again()

    def _again(self) -> None:
        """The next refresh makes a new spectrum, whenever it comes."""
        self._updated = self._hum_measured = float("-inf")
        self._newest = -1

    def _use_scale(self) -> None:
        self.plot.use_scale(current(), logarithmic=self.scale.currentIndex() == 0)
        self._again()

    def _use_palette(self, _palette: Palette) -> None:
        self._dress()
        self._again()

    def _dress(self) -> None:
        palette = current()
        names, unit = [], "µV"
        if self._stream is not None:
            channels = [self._stream.info.channels[c] for c in self.channels]
            names, unit = [c.name for c in channels], channels[0].unit
        colours = [palette.trace(self._own_colours.get(c, c)) for c in self.channels]
        self.figures.show_channels(names, colours)
        self.hum.hide()
        if self._plot is not None:
            self._plot.use_channels(colours, unit)
            self._plot.use_palette(palette)

    def _show_hum(self, found: Spectrum) -> None:
        first = found.power[:, :1]
        if not np.isfinite(first).all():
            self.plot.show_mains(None, ())
            return
        hum = hum_in(found.frequencies, first)
        self.plot.show_mains(hum.frequency, hum.harmonics)
        self.hum.setVisible(hum.frequency is not None)
        if hum.frequency is not None and self._stream is not None:
            channel = self._stream.info.channels[self.channels[0]]
            size = f"{float(hum.microvolts[0]):.3g} {channel.unit}"
            self.hum.setText(f"Mains hum {hum.frequency:.0f} Hz, {size} in {channel.name}")

    def _describe(self, found: Spectrum) -> None:
        whole = np.isfinite(found.power).any()
        reason = found.reason if whole else "Too many samples were lost in the last 2 s."
        self.note.setVisible(bool(reason))
        if reason != self.note.text():
            self.note.setText(reason)
        self.figures.show_figures(found.median_hz, found.mean_hz)
        self.setAccessibleName("Spectrum: " + "; ".join(self.figures.sentences()))

    def _choice(self, name: str, choices: Sequence[str]) -> QComboBox:
        made = QComboBox()
        made.addItems(list(choices))
        made.setAccessibleName(name)
        return made


class SpectrumFigures(QWidget):
    """A line per channel: its colour, its name, median and mean frequency."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._colours: list[str] = []
        self._values: list[tuple[float, float]] = []
        theme().changed.connect(self.update)

    def show_channels(self, names: Sequence[str], colours: Sequence[str]) -> None:
        """Which curves there are."""
        self._names, self._colours = list(names), list(colours)
        self._values = [(float("nan"), float("nan"))] * len(self._names)
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def show_figures(self, median_hz: np.ndarray, mean_hz: np.ndarray) -> None:
        """Median and mean frequency in Hz per channel; NaN for none."""
        values = list(zip(median_hz.tolist(), mean_hz.tolist(), strict=True))
        if values != self._values:
            self._values = values
            self.update()

    def sentences(self) -> list[str]:
        """What the lines say."""
        said = []
        for number, name in enumerate(self._names):
            parts = [name, *self._texts(number)]
            said.append(", ".join(part for part in parts if part))
        return said

    def sizeHint(self) -> QSize:
        return QSize(280, len(self._names) * (self.fontMetrics().height() + 2) + 2)

    def _texts(self, number: int) -> tuple[str, str]:
        median, mean = self._values[number]
        return (
            "" if np.isnan(median) else f"median {median:.0f} Hz",
            "" if np.isnan(mean) else f"mean {mean:.0f} Hz",
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette, metrics = current(), self.fontMetrics()
        painter = QPainter(self)
        line = metrics.height() + 2
        column = metrics.horizontalAdvance("median 000 Hz") + 14
        name_width = max(60, min(self.width() - 2 * column - 18, 240))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for number, name in enumerate(self._names):
            top = number * line
            swatch = QRectF(0, top + line / 2 - 2, 12, 4)
            painter.fillRect(swatch, QColor(self._colours[number]))
            painter.setPen(QColor(palette.text))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(name_width) - 8)
            painter.drawText(QRectF(18, top, name_width, line), flags, shown)
            painter.setPen(QColor(palette.text if number == 0 else palette.muted))
            x = 18.0 + name_width
            for text in self._texts(number):
                painter.drawText(QRectF(x, top, self.width() - x, line), flags, text)
                x += column
