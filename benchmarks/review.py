"""What it costs to open, jump and pan in a long recording, with labels and without.

Writes a recording of 16 channels at 2 kHz (a minute of bursts, repeated), opens it
in the Review room's own plots at 1600 x 900 and measures CPU time of all threads
from the call until the picture is painted; medians over random places, the recording
with labels and the one without by turns. pyqtgraph draws the same span in the same run:
one PlotItem, 16 curves, autoDownsample "peak", clipToView; reading its samples is counted
for both. The machine's speed at each run is measured, too (benchmarks.machine).

    python -m benchmarks.review --hours 2 --labels 10000
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.machine import speed
from emgstudio.core.types import Annotation, Channel, ConditionSpec, StreamInfo
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView
from emgstudio.gui.theme import theme
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import EVENTS_FILE
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording

RATE = 2000.0
CHANNELS = 16
SIZE = (1600, 900)
SPANS_S = (1.0, 10.0, 60.0, 600.0)
PAN_PX = 20
# Longer spans take stock pyqtgraph seconds to load and tell nothing new.
STOCK_UP_TO_S = 60.0


def write_recording(folder: Path, hours: float, labels: int) -> None:
    """A finished recording, bursts of noise on all channels, evenly spread labels."""
    draw = np.random.default_rng(1)
    n = round(60 * RATE)
    loud = np.where((np.arange(n) / RATE % 4) < 2, 1.0, 0.1)[:, None]
    minute = (draw.normal(0, 400, (n, CHANNELS)) * loud).astype(np.int16)
    named = tuple(Channel(f"ch{i + 1}", scale=0.2) for i in range(CHANNELS))
    info = StreamInfo("emg", RATE, named, "int16", "benchmark")
    made = NewSession(folder, [(info, ConditionSpec())], {}, host_s=0.0, created=datetime.now(UTC))
    for k in range(round(60 * hours)):
        made.streams[0].writer.append(minute, round(k * 60e9))
    step = hours * 3600 / max(1, labels)
    made.annotations.add(
        *(
            Annotation(i * step, (i + 0.6) * step, f"label {i % 6}", track="labels")
            for i in range(labels)
        )
    )
    made.finish("benchmark")


def labelled(plain: Path, folder: Path, hours: float, labels: int) -> None:
    """The same recording with evenly spread labels; the samples are the same files."""
    shutil.copytree(plain, folder, copy_function=os.link)
    events = folder / EVENTS_FILE
    events.unlink()
    shutil.copyfile(plain / EVENTS_FILE, events)
    step = hours * 3600 / max(1, labels)
    log = AnnotationLog.open(folder, "benchmark")
    log.add(
        *(
            Annotation(i * step, (i + 0.6) * step, f"label {i % 6}", track="labels")
            for i in range(labels)
        )
    )
    log.close()


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time in ms of all threads: Qt paints large pictures with more than one."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


@dataclass
class Spent:
    """CPU ms of one thing, each run with the speed that the machine had just then."""

    runs: list[tuple[float, float]] = field(default_factory=list)

    def add(self, ms: float) -> None:
        self.runs.append((ms, speed()))

    @property
    def ms(self) -> float:
        """Median of what was measured."""
        return statistics.median(ms for ms, _ in self.runs)

    @property
    def alone(self) -> float:
        """Median of what it is on a machine at full speed (see benchmarks.machine)."""
        return statistics.median(ms * fast for ms, fast in self.runs)


class Ours:
    """The Review room's plots on a recording."""

    def __init__(self, path: Path) -> None:
        self.recording = Recording.open(path)
        self.document = Document(self.recording, None, "benchmark")
        self.view = TimeView()
        self.canvas = ReviewCanvas(self.view)
        self.canvas.resize(*SIZE)
        stream = self.document.stream
        self.view.open(stream.rate, stream.start_s, stream.duration_s)
        self.canvas.show_document(self.document, stream.has_pyramid)

    def paint(self) -> None:
        """Everything that would be painted now is."""
        paint(self.canvas)

    def jump_ms(self, start: float, span: float) -> float:
        """What it costs to look at another place, from one at another zoom."""
        self.view.show_span(0.0, 0.8 * span)
        self.paint()

        def work() -> None:
            self.view.show_span(start, start + span)
            self.paint()

        return cpu_ms(work)

    def pan(self) -> None:
        """Go on by a few pixels."""
        self.view.pan_pixels(PAN_PX)
        self.paint()

    def close(self) -> None:
        """Let go of the files."""
        self.canvas.close()
        self.recording.close()


def paint(widget: QWidget) -> None:
    """Paint what is dirty, now, through Qt's own backing store."""
    app = QApplication.instance()
    assert app is not None
    app.sendPostedEvents()
    app.processEvents()


def first_paint(path: Path) -> float:
    """CPU ms from opening the folder to the first picture, imports done before."""
    kept: list[Ours] = []

    def work() -> None:
        made = Ours(path)
        kept.append(made)
        made.canvas.show()
        made.paint()

    spent = cpu_ms(work)
    kept[0].close()
    return spent


def measure(paths: Sequence[Path], repeats: int) -> dict[str, list[Spent]]:
    """Opening, jumps and pans of our plots: recording after recording, turn and turn about."""
    told: dict[str, list[Spent]] = {}

    def note(name: str, which: int, ms: float) -> None:
        told.setdefault(name, [Spent() for _ in paths])[which].add(ms)

    for _ in range(5):
        for which, path in enumerate(paths):
            note("first picture", which, first_paint(path))
    rooms = [Ours(path) for path in paths]
    for ours in rooms:
        ours.canvas.show()
        ours.paint()
    duration = rooms[0].view.duration
    for span in (*SPANS_S, duration):
        name = "whole" if span == duration else f"{span:g} s"
        for _ in range(repeats):
            # The same places for all.
            start = random.uniform(0, max(0.0, duration - span))
            for which, ours in enumerate(rooms):
                note(f"jump, {name}", which, ours.jump_ms(start, span))
        for _ in range(repeats if span != duration else 0):
            for which, ours in enumerate(rooms):
                note(f"pan, {name}", which, cpu_ms(ours.pan))
    for ours in rooms:
        ours.close()
    return told


def measure_stock(path: Path, repeats: int) -> dict[str, Spent]:
    """The same jumps in stock pyqtgraph with only the span's samples in its curves."""
    import pyqtgraph as pg

    told = {}
    with Recording.open(path) as recording:
        for span in (s for s in SPANS_S if s <= STOCK_UP_TO_S):
            plot = pg.PlotWidget()
            plot.resize(*SIZE)
            plot.setDownsampling(auto=True, mode="peak")
            plot.setClipToView(True)
            curves = [plot.plot(pen=pg.mkPen(i)) for i in range(CHANNELS)]
            plot.show()

            def jump(plot: object = plot, curves: list = curves, span: float = span) -> None:
                start = random.uniform(0, recording.duration_s - span)
                piece = recording.slice(start, start + span)
                t = piece.time0 + np.arange(len(piece.data)) / piece.rate
                for i, curve in enumerate(curves):
                    curve.setData(t, piece.data[:, i] + 400.0 * i)
                plot.setXRange(start, start + span, padding=0)
                paint(plot)

            jump()
            spent = told[f"jump, {span:g} s"] = Spent()
            for _ in range(max(5, repeats // 3)):
                spent.add(cpu_ms(jump))
            plot.close()
    return told


def report(told: dict[str, list[Spent]], stock: dict[str, Spent], labels: int) -> None:
    """A line for each thing: without labels, with them, and in stock pyqtgraph."""
    print(
        f"{'CPU ms':<16}{'no label':>10}{'at full speed':>15}{f'{labels} labels':>15}"
        f"{'at full speed':>15}{'ratio':>7}{'stock pyqtgraph':>17}{'times':>7}"
    )
    for name, (none, many) in told.items():
        line = f"{name:<16}{none.ms:>10.1f}{none.alone:>15.1f}{many.ms:>15.1f}{many.alone:>15.1f}"
        line += f"{many.alone / none.alone:>7.2f}"
        other = stock.get(name)
        if other is not None:
            line += f"{other.ms:>17.1f}{other.alone / none.alone:>7.1f}"
        print(line)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--labels", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=25)
    chosen = parser.parse_args(arguments)
    app = QApplication([])
    theme().apply("dark")
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        path, many = Path(folder) / "long", Path(folder) / "labelled"
        write_recording(path, chosen.hours, 0)
        with Recording.open(path) as recording:
            began = time.process_time()
            recording.main.build_pyramid()
            built = time.process_time() - began
        labelled(path, many, chosen.hours, chosen.labels)
        first_paint(path)
        told = measure((path, many), chosen.repeats)
        stock = measure_stock(path, chosen.repeats)
    fast = [speed for spent in told.values() for one in spent for _, speed in one.runs]
    print(f"{chosen.hours:g} h, {CHANNELS} channels, {RATE:g} Hz; pyramid in {built:.1f} s CPU")
    print(f"the machine at {min(fast):.2f} to {max(fast):.2f} of its speed")
    report(told, stock, chosen.labels)
    app.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
