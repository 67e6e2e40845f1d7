"""What a live frame costs the GUI thread: our canvas against stock pyqtgraph in the same run.

    python -m benchmarks.live_drawing [--channels 8 16 32 64 128 384] [--rate 2000] [--quick]

CPU milliseconds of the GUI thread per frame (new samples taken, drawn and painted),
best of six medians, since other programs only ever add to it; offscreen, window
1600 × 900, 10 s shown, 30 frames each second. Naive: one PlotItem per channel, the whole
window set anew. Best: one PlotItem, offsets, no finite
check, with or without clipToView and autoDownsample by peaks with factor 1, whichever is
faster here. What other EMG programs do is issued anew in
our own words where their libraries are there: matplotlib lines with 500 samples a frame,
all redrawn (as LibEMG shows its stream). Load on the machine slows all of them alike:
the ratios are what counts; ``load`` is printed, and the speed of the machine between the
rounds (``machine.speed``).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from benchmarks.machine import speed
from emgstudio.core.ring import Ring
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.trace_picture import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import theme

SIZE = (1600, 900)
SECONDS = 10.0
FPS = 30
GOALS = {16: 0.5, 64: 0.6, 384: 1.5}
ROUNDS = 6
SPEEDS: list[float] = []


def surrogate(channels: int, rate: float, seconds: float) -> np.ndarray:
    """Bursts of noise with 3 µV between them, ``(n, channels)`` in µV."""
    random = np.random.default_rng(1)
    t = np.arange(int(seconds * rate)) / rate
    phase = np.linspace(0, 1, channels, endpoint=False)
    strength = np.clip(np.sin(2 * np.pi * (t[:, None] / 4 + phase)), 0, 1) ** 1.5
    noise = random.standard_normal((len(t), channels), dtype=np.float32)
    return (noise * (3 + 120 * strength)).astype(np.float32)


class Source:
    """Rings that are filled by one frame's worth of samples at a time."""

    def __init__(self, channels: int, rate: float) -> None:
        self.x = surrogate(channels, rate, 20.0)
        self.raw_x = np.round(self.x / 0.1).astype(np.int16)
        made = tuple(
            Channel(f"EMG {i + 1}", scale=0.1, rails=(-32768, 32767)) for i in range(channels)
        )
        info = StreamInfo("EMG", rate, made, "int16", "surrogate")
        capacity = int(60 * rate)
        self.stream = SimpleNamespace(
            info=info,
            raw=Ring(capacity, channels, np.int16),
            clean=Ring(capacity, channels, np.float32),
        )
        self.rate, self.sent, self.frames = rate, 0, 0

    def push(self, seconds: float) -> None:
        """Write what a device would have sent in this time."""
        self.frames += 1
        n = int(seconds * self.rate)
        at = np.arange(self.sent, self.sent + n) % len(self.x)
        self.stream.raw.write(self.raw_x[at])
        self.stream.clean.write(self.x[at])
        self.sent += n

    def window(self) -> np.ndarray:
        """The newest 10 s, as a plot that keeps no picture needs them."""
        return self.stream.clean.latest(int(SECONDS * self.rate)).data


def cost(source: Source, frame: Callable[[float], None], frames: int) -> float:
    """CPU ms of this thread per frame, painting included: the best of ``ROUNDS`` medians."""
    app = QApplication.instance()
    medians, count = [], max(frames // ROUNDS, 3)
    for around in range(ROUNDS):
        spent = []
        for number in range(around * count, (around + 1) * count):
            source.push(1 / FPS)
            began = time.thread_time()
            frame(number / FPS)
            app.processEvents()
            spent.append((time.thread_time() - began) * 1000)
        medians.append(statistics.median(spent))
        SPEEDS.append(speed())
    return min(medians)


def ours(channels: int, rate: float, frames: int, **how: object) -> float:
    """The trace canvas."""
    source = Source(channels, rate)
    source.push(SECONDS)
    canvas = TraceCanvas()
    canvas.resize(*SIZE)
    canvas.show_options(TraceOptions(seconds=SECONDS, **how))
    canvas.show_stream(source.stream)
    canvas.show()
    QApplication.instance().processEvents()
    painted = canvas.painted
    spent = cost(source, canvas.advance, frames)
    if canvas.painted - painted < frames:
        raise RuntimeError(f"only {canvas.painted - painted} of {frames} frames were painted")
    canvas.close()
    return spent


def fidelity(rate: float) -> tuple[float, float]:
    """Share of the full polyline's pixels missing in ours, and peak to peak ours : its."""
    source = Source(1, rate)
    source.push(SECONDS * 0.95)
    canvas = TraceCanvas()
    canvas.resize(*SIZE)
    canvas.show_options(TraceOptions(seconds=SECONDS, scale=400.0))
    canvas.show_stream(source.stream)
    picture, feed = canvas.picture, canvas.feed
    height, width = picture.pixels.shape
    ours = picture.pixels == np.uint32(picture.lanes[0].colour)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(QPen(QColor("#ffffff"), 0))
    x = source.stream.clean.read(0, source.sent).data[:, 0]
    points = [
        QPointF(i / feed.per_column, picture.row(0, float(value)) + 0.5)
        for i, value in enumerate(x)
    ]
    painter.drawPolyline(QPolygonF(points))
    painter.end()
    drawn = np.frombuffer(image.constBits(), np.uint32).reshape(height, width)
    full = (drawn & 0xFFFFFF) > 0
    ours, full = ours[:, 2 : canvas.head - 2], full[:, 2 : canvas.head - 2]
    reach = [np.ptp(np.flatnonzero(some.any(axis=1))) for some in (ours, full)]
    return float((full & ~ours).sum() / full.sum()), float(reach[0] / reach[1])


def redraw(channels: int, rate: float) -> float:
    """A full redraw from columns, as a change of scale needs it."""
    source = Source(channels, rate)
    source.push(SECONDS)
    canvas = TraceCanvas()
    canvas.resize(*SIZE)
    canvas.show_stream(source.stream)
    canvas.show()

    def frame(_now: float) -> None:
        canvas._redraw()

    spent = cost(source, frame, 20)
    canvas.close()
    return spent


def naive(channels: int, rate: float, frames: int) -> float:
    """pyqtgraph as most programs use it."""
    source = Source(channels, rate)
    source.push(SECONDS)
    widget = pg.GraphicsLayoutWidget()
    widget.resize(*SIZE)
    t = np.arange(int(SECONDS * rate)) / rate
    curves = []
    for i in range(channels):
        plot = widget.addPlot(row=i, col=0)
        plot.setYRange(-600, 600)
        curves.append(plot.plot(pen=pg.mkPen(pg.intColor(i % 8))))
    widget.show()

    def frame(_now: float) -> None:
        x = source.window()
        for i, curve in enumerate(curves):
            curve.setData(t, x[:, i])

    spent = cost(source, frame, frames)
    widget.close()
    return spent


def best(channels: int, rate: float, frames: int) -> float:
    """The fastest that stock pyqtgraph offers."""
    thinned = {
        "clipToView": True,
        "autoDownsample": True,
        "downsampleMethod": "peak",
        "autoDownsampleFactor": 1.0,
    }
    return min(stock(channels, rate, frames, **how) for how in ({}, thinned))


def stock(channels: int, rate: float, frames: int, **how: object) -> float:
    """One PlotItem with a curve per channel."""
    source = Source(channels, rate)
    source.push(SECONDS)
    widget = pg.PlotWidget()
    widget.resize(*SIZE)
    widget.setXRange(0, SECONDS, padding=0)
    widget.setYRange(-1, channels, padding=0)
    widget.setMouseEnabled(False, False)
    widget.hideButtons()
    t = np.arange(int(SECONDS * rate)) / rate
    curves = []
    for i in range(channels):
        item = pg.PlotDataItem(
            pen=pg.mkPen(pg.intColor(i % 8)),
            skipFiniteCheck=True,
            connect="all",
            **how,
        )
        widget.addItem(item)
        curves.append(item)
    widget.show()
    scale = np.float32(1 / 1200)

    def frame(_now: float) -> None:
        x = source.window()
        for i, curve in enumerate(curves):
            curve.setData(t, x[:, i] * scale + i)

    spent = cost(source, frame, frames)
    widget.close()
    return spent


def matplotlib_lines(channels: int, rate: float, frames: int) -> float | None:
    """The newest 500 samples of every channel as matplotlib lines, the axes drawn anew."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    source = Source(channels, rate)
    source.push(SECONDS)
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    page = FigureCanvasAgg(figure)
    axes = figure.subplots()
    lines = [axes.plot(np.zeros(500))[0] for _ in range(channels)]
    axes.set_ylim(-1, channels)

    def frame(_now: float) -> None:
        x = source.window()[-500:]
        for i, line in enumerate(lines):
            line.set_ydata(x[:, i] / 1200 + i)
        page.draw()

    return cost(source, frame, frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, nargs="+", default=[8, 16, 32, 64, 128, 384])
    parser.add_argument("--rate", type=float, default=2000.0)
    parser.add_argument("--quick", action="store_true", help="without pyqtgraph")
    asked = parser.parse_args()
    app = QApplication([])
    theme().apply("dark")
    rate = asked.rate
    print(f"load {os.getloadavg()[0]:.1f}; goals beside those of the column: scroll ≤ 1.5 ms up to")
    print("128 channels; from 16 channels on best/sweep ≥ 50, naive/sweep ≥ 100")
    print(f"GUI-thread CPU ms per frame, {rate:g} Hz, {SIZE[0]} × {SIZE[1]}, {SECONDS:g} s shown")
    print(
        "channels    sweep   goal  scroll  envelope  redraw  "
        "pyqtgraph best  naive   best/sweep  naive/sweep"
    )
    for channels in asked.channels:
        frames = 600 if channels <= 128 else 240
        swept = ours(channels, rate, frames)
        row = [
            f"{channels:8d} {swept:8.2f}",
            f"{GOALS[channels]:6.1f}" if channels in GOALS else "      ",
            f"{ours(channels, rate, frames // 2, scroll=True):7.2f}",
            f"{ours(channels, rate, frames // 2, view=View.ENVELOPE):9.2f}",
            f"{redraw(channels, rate):7.1f}",
        ]
        if not asked.quick:
            fastest = best(channels, rate, 15 if channels <= 64 else 5)
            row.append(f"{fastest:15.1f}")
            plain = naive(channels, rate, 8 if channels <= 64 else 3) if channels <= 128 else None
            row.append("      –" if plain is None else f"{plain:6.0f}")
            row.append(f"{fastest / swept:12.0f}")
            row.append("           –" if plain is None else f"{plain / swept:12.0f}")
        print(" ".join(row), f"  speed {min(SPEEDS):.2f}–{max(SPEEDS):.2f}", flush=True)
        SPEEDS.clear()
    for channels in (16, 64, 384):
        slow, fast = ours(channels, 1000.0, 150), ours(channels, 4000.0, 150)
        ratio = f"{fast / slow:.2f} × those at 1000 Hz (goal ≤ 1.5)"
        print(f"{channels} channels at 4000 Hz cost {ratio}")
    missing, reach = fidelity(rate)
    print(f"full polyline: {missing:.2%} of its pixels missing (goal ≤ 0.5 %),")
    print(f"  peak to peak × {reach:.3f} (goal 0.99–1.01)")
    if not asked.quick:
        for channels in (16, 64):
            lines = matplotlib_lines(channels, rate, 5)
            if lines is not None:
                print(f"matplotlib, 500 samples, {channels} channels: {lines:.0f} ms a frame")
    del app


if __name__ == "__main__":
    main()
