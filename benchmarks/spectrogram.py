"""What live spectrograms cost the GUI thread: our strip against scipy and ImageItem.

    python -m benchmarks.spectrogram [--channels 1 4 8] [--rate 2000] [--frames 300]

CPU milliseconds of the GUI thread per frame (new samples taken, transformed, drawn and
painted), offscreen, 1600 × 400, 10 s shown, 30 frames each second; best of six means
of the thread's CPU time, since other programs only ever add to it (a mean: a sweep works in
every second frame). Both others in the same run:
``scipy``: scipy.signal.spectrogram of the whole window and a pyqtgraph ImageItem per
channel; ``newest``: newest frames only, with our transform, and ImageItems with levels
and a lookup table. Also how far our levels lie from scipy's.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication
from scipy import signal

from emgstudio.core.ring import Ring
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.dsp.spectrogram import Spectrogram, decibels
from emgstudio.gui.plots.colormaps import lookup
from emgstudio.gui.plots.spectrogram_strip import RANGE_DB, SpectrogramStrip
from emgstudio.gui.theme import theme

SIZE = (1600, 400)
SECONDS = 10.0
FPS = 30
ROUNDS = 6
GOALS = {8: {False: 0.3, True: 1.5}}


class Source:
    """A ring that is filled by one frame's worth of samples at a time."""

    def __init__(self, channels: int, rate: float) -> None:
        random = np.random.default_rng(1)
        t = np.arange(int(20 * rate)) / rate
        strength = np.clip(np.sin(2 * np.pi * t / 4), 0, 1) ** 1.5
        noise = random.standard_normal((len(t), channels))
        self.x = (noise * (3 + 120 * strength[:, None])).astype(np.float32)
        made = tuple(Channel(f"EMG {i + 1}") for i in range(channels))
        info = StreamInfo("EMG", rate, made, "float32", "surrogate")
        ring = Ring(int(60 * rate), channels, np.float32)
        self.stream = SimpleNamespace(info=info, raw=ring, clean=ring)
        self.rate, self.sent = rate, 0
        self.push(SECONDS)

    def push(self, seconds: float) -> None:
        """Write what a device would have sent in this time."""
        n = int(seconds * self.rate)
        self.stream.clean.write(self.x[np.arange(self.sent, self.sent + n) % len(self.x)])
        self.sent += n


def cost(source: Source, frame: Callable[[], None], frames: int) -> float:
    """CPU ms of this thread per frame, painting included."""
    app = QApplication.instance()
    means = []
    for _ in range(ROUNDS):
        spent = 0.0
        count = max(frames // ROUNDS, 4)
        for _ in range(count):
            source.push(1 / FPS)
            began = time.thread_time()
            frame()
            app.processEvents()
            spent += time.thread_time() - began
        means.append(spent / count * 1000)
    return min(means)


def ours(channels: int, rate: float, frames: int, *, scrolling: bool) -> float:
    """The strip of the Live room."""
    source = Source(channels, rate)
    strip = SpectrogramStrip()
    strip.resize(*SIZE)
    strip.show_time(SECONDS, scrolling=scrolling)
    strip.show_stream(source.stream, tuple(range(channels)))
    strip.show()
    QApplication.instance().processEvents()
    painted = strip.painted
    spent = cost(source, strip.advance, frames)
    if strip.painted - painted < frames * 0.45:
        raise RuntimeError(f"only {strip.painted - painted} of {frames} frames were painted")
    strip.close()
    return spent


def images(channels: int) -> tuple[pg.GraphicsLayoutWidget, list[pg.ImageItem]]:
    """A window with one image per channel."""
    widget = pg.GraphicsLayoutWidget()
    widget.resize(*SIZE)
    table = np.ascontiguousarray(lookup("viridis").view(np.uint8).reshape(-1, 4)[:, 2::-1])
    items = []
    for i in range(channels):
        item = pg.ImageItem(axisOrder="row-major")
        item.setLookupTable(table)
        widget.addPlot(row=i, col=0).addItem(item)
        items.append(item)
    widget.show()
    return widget, items


def with_scipy(channels: int, rate: float, frames: int) -> float:
    """The usual way: the whole window anew in each frame."""
    source = Source(channels, rate)
    widget, items = images(channels)
    length, hop = round(0.256 * rate), round(0.032 * rate)

    def frame() -> None:
        x = source.stream.clean.latest(int(SECONDS * rate)).data
        f, _, power = signal.spectrogram(
            x, rate, "hann", length, length - hop, 2 * length, axis=0, mode="psd"
        )
        levels = decibels(power[f <= 500])
        for i, item in enumerate(items):
            item.setImage(levels[:, i], levels=RANGE_DB)

    spent = cost(source, frame, frames)
    widget.close()
    return spent


def with_image_item(channels: int, rate: float, frames: int) -> float:
    """Newest frames only, shown by pyqtgraph."""
    source = Source(channels, rate)
    widget, items = images(channels)
    stream = Spectrogram(rate, channels)
    reader = source.stream.clean.reader(0)
    shown = np.zeros((channels, len(stream.frequencies), int(SECONDS * rate) // stream.hop))

    def frame() -> None:
        new = stream.process(reader.take().data)
        if not len(new):
            return
        new = new[-shown.shape[2] :]
        shown[:, :, : -len(new)] = shown[:, :, len(new) :]
        shown[:, :, -len(new) :] = new.transpose(2, 1, 0)
        for item, picture in zip(items, shown, strict=True):
            item.setImage(picture, levels=RANGE_DB)

    spent = cost(source, frame, frames)
    widget.close()
    return spent


def difference(rate: float, channels: int) -> float:
    """Largest distance from scipy's levels in dB."""
    x = Source(channels, rate).x[: int(5 * rate)]
    stream = Spectrogram(rate, channels)
    got = stream.process(x)
    _, _, power = signal.spectrogram(
        x.astype(float),
        rate,
        "hann",
        stream.length,
        stream.length - stream.hop,
        stream.nfft,
        axis=0,
    )
    expected = decibels(power[: len(stream.frequencies)]).transpose(2, 0, 1)
    return float(np.abs(got - expected).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--rate", type=float, default=2000.0)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="without the others")
    asked = parser.parse_args()
    app = QApplication([])
    theme().apply("dark")
    rate, frames = asked.rate, asked.frames
    print(f"GUI-thread CPU ms per frame, {rate:g} Hz, {SIZE[0]} × {SIZE[1]}, {SECONDS:g} s shown")
    print("channels  sweep  goal  scroll  goal   scipy  newest  scipy/sweep  newest/sweep")
    for channels in asked.channels:
        swept = ours(channels, rate, frames, scrolling=False)
        scrolled = ours(channels, rate, frames, scrolling=True)
        goals = [f"{GOALS[channels][s]:5.1f}" if channels in GOALS else "    –" for s in (0, 1)]
        row = f"{channels:8d} {swept:6.3f} {goals[0]} {scrolled:7.2f} {goals[1]}"
        if not asked.quick:
            usual = with_scipy(channels, rate, 15)
            newest = with_image_item(channels, rate, 30)
            row += f" {usual:7.1f} {newest:7.1f} {usual / swept:12.0f} {newest / swept:13.0f}"
        print(row, flush=True)
    print(f"largest difference from scipy, 8 channels: {difference(rate, 8):.1e} dB (goal ≤ 0.01)")
    del app


if __name__ == "__main__":
    main()
