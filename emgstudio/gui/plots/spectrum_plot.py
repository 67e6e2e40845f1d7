"""The curves of a live spectrum: one per channel, with mean, median and mains lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from emgstudio.dsp.hum import HARMONICS
from emgstudio.dsp.spectrum import Spectrum
from emgstudio.gui.plots.axes import smaller
from emgstudio.gui.theme import Palette

# Below this a logarithm says nothing that a sensor could have measured.
QUIETEST_DB = -120.0
DB_STEP = 10.0
# How many updates the scale has to be too large before it shrinks: it grows at once.
SHRINK_AFTER = 12
HEADROOM = 1.1


class SpectrumPlot(pg.PlotWidget):
    """Pens are 1 wide and not smoothed: everything else costs pyqtgraph many times as much."""

    def __init__(self) -> None:
        super().__init__()
        self.logarithmic = True
        self.unit = "µV"
        self._highest_hz = 500.0
        self._curves: list[pg.PlotDataItem] = []
        self._reach = (0.0, 0.0)
        self._too_large = 0
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setLabel("bottom", "Frequency", units=None)
        self.median = self._vertical("median {value:.0f} Hz", 0.94, Qt.PenStyle.SolidLine)
        self.mean = self._vertical("mean {value:.0f} Hz", 0.84, Qt.PenStyle.DashLine)
        self.mains = [
            self._vertical("{value:.0f} Hz mains" if k == 0 else "×" + str(k + 1), 0.06 + 0.0 * k)
            for k in range(HARMONICS)
        ]

    def use_palette(self, palette: Palette) -> None:
        """Other colours."""
        self.setBackground(palette.canvas)
        small = smaller(self.font())
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(palette.outline))
            axis.setTextPen(pg.mkPen(palette.muted))
            axis.setTickFont(small)
        self.getPlotItem().showGrid(x=True, y=True, alpha=0.15)
        for line, colour in ((self.median, palette.text), (self.mean, palette.text)):
            self._dress(line, colour, palette)
        for line in self.mains:
            self._dress(line, palette.check, palette)
        self._name_axes(palette)

    def use_channels(self, colours: Sequence[str], unit: str) -> None:
        """One curve per colour; the first lies on top."""
        for curve in self._curves:
            self.removeItem(curve)
        self._curves = [
            self.plot(pen=pg.mkPen(colour, width=1), antialias=False, skipFiniteCheck=False)
            for colour in reversed(colours)
        ][::-1]
        self.unit = unit
        self._reach = (0.0, 0.0)

    def use_scale(self, palette: Palette, *, logarithmic: bool) -> None:
        """Densities in dB or as they are."""
        self.logarithmic = logarithmic
        self._reach = (0.0, 0.0)
        self._name_axes(palette)

    def show_spectrum(self, found: Spectrum, highest_hz: float) -> None:
        """New curves up to ``highest_hz``; mean and median are those of the first channel."""
        inside = found.frequencies <= highest_hz
        frequencies, power = found.frequencies[inside], found.power[inside]
        if self.logarithmic:
            floor = 10.0 ** (QUIETEST_DB / 10.0)
            power = 10.0 * np.log10(np.maximum(power, floor))
        for number, curve in enumerate(self._curves):
            curve.setData(frequencies, power[:, number])
        self._fit(frequencies, power)
        for line, value in ((self.median, found.median_hz[0]), (self.mean, found.mean_hz[0])):
            line.setVisible(bool(np.isfinite(value)))
            if np.isfinite(value):
                line.setValue(float(value))

    def show_mains(self, frequency: float | None, harmonics: Sequence[int]) -> None:
        """Mark the multiples of ``frequency`` that stand out."""
        for number, line in enumerate(self.mains, 1):
            seen = frequency is not None and number in harmonics
            at = (frequency or 0.0) * number
            line.setVisible(seen and at <= self._highest_hz)
            if seen:
                line.setValue(at)

    def _fit(self, frequencies: np.ndarray, power: np.ndarray) -> None:
        """A scale that grows at once and shrinks slowly: a restless axis cannot be read."""
        self._highest_hz = float(frequencies[-1])
        shown = power[(frequencies >= 5.0) & np.isfinite(power).all(axis=1)]
        if not len(shown):
            return
        if self.logarithmic:
            low = DB_STEP * np.floor(np.percentile(shown, 2) / DB_STEP)
            high = DB_STEP * np.ceil((shown.max() + 3.0) / DB_STEP)
        else:
            low, high = 0.0, float(shown.max()) * HEADROOM
        before_low, before_high = self._reach
        span = before_high - before_low
        fits = before_low <= low and high <= before_high
        self._too_large = self._too_large + 1 if fits and high - low < 0.6 * span else 0
        if fits and span > 0 and self._too_large < SHRINK_AFTER:
            return
        if span > 0 and self._too_large < SHRINK_AFTER:
            low, high = min(low, before_low), max(high, before_high)
        self._too_large, self._reach = 0, (low, high)
        self.setXRange(0.0, self._highest_hz, padding=0)
        self.setYRange(low, max(high, low + 1e-12), padding=0)

    def _name_axes(self, palette: Palette) -> None:
        left = f"dB re 1 {self.unit}²/Hz" if self.logarithmic else f"{self.unit}²/Hz"
        style = {"color": palette.muted, "font-size": f"{smaller(self.font()).pointSizeF():g}pt"}
        plot = self.getPlotItem()
        plot.getAxis("left").enableAutoSIPrefix(False)
        plot.setLabel("left", left, **style)
        plot.setLabel("bottom", "Hz", **style)

    def _vertical(
        self, text: str, position: float, style: Qt.PenStyle = Qt.PenStyle.DotLine
    ) -> pg.InfiniteLine:
        line = pg.InfiniteLine(
            angle=90,
            pen=pg.mkPen("w", style=style),
            label=text,
            labelOpts={"position": position, "movable": False},
        )
        line.hide()
        self.addItem(line)
        return line

    def _dress(self, line: pg.InfiniteLine, colour: str, palette: Palette) -> None:
        pen = pg.mkPen(line.pen)
        pen.setColor(pg.mkColor(colour))
        line.setPen(pen)
        line.label.setColor(palette.text)
        line.label.fill = pg.mkBrush(palette.canvas)
        line.label.setFont(smaller(self.font()))
