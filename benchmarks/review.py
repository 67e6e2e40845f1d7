"""What it costs to open, jump and pan in a long recording, beside stock pyqtgraph.

Writes a recording of 16 channels at 2 kHz (a minute of bursts, repeated), opens it
in the Review room's own plots at 1600 x 900 and measures CPU time of the GUI thread
from the call until the picture is painted; medians over random places. pyqtgraph draws
the same span in the same run: one PlotItem, 16 curves, autoDownsample "peak",
clipToView; reading its samples is counted for both.

    python -m benchmarks.review --hours 1
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from emgstudio.core.types import Annotation, Channel, ConditionSpec, StreamInfo
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView
from emgstudio.gui.theme import theme
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


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time in ms of all threads: Qt paints large pictures with more than one."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Median of several runs."""
    return round(statistics.median(cpu_ms(work) for _ in range(repeats)), 2)


def median_ms_after(view: TimeView, span: float, work: Callable[[], object], repeats: int) -> float:
    """Median of several runs, each at another place that is not counted."""
    spent = []
    for _ in range(repeats):
        start = random.uniform(0, max(0.0, view.duration - span))
        # Half a column wider is another zoom, so that nothing is kept from before.
        view.show_span(start, start + span * random.uniform(0.98, 1.0))
        spent.append(cpu_ms(work))
    return round(statistics.median(spent), 2)


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

    def jump_ms(self, span: float) -> float:
        """What it costs to look at a random place, from one at another zoom."""
        start = random.uniform(0, max(0.0, self.view.duration - span))
        self.view.show_span(0.0, 0.8 * span)
        self.paint()

        def work() -> None:
            self.view.show_span(start, start + span)
            self.paint()

        return round(cpu_ms(work), 2)

    def pan(self) -> None:
        """Go on by a few pixels."""
        self.view.pan_pixels(PAN_PX)
        self.paint()

    def raster(self) -> None:
        """Only the picture of the traces, without painting it."""
        traces = self.canvas.traces
        look = traces._look(self.document, traces.plot_rect())
        traces._raster.show(self.document.source, self.view.first, look)

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


def measure_ours(path: Path, repeats: int, duration: float) -> dict[str, object]:
    """First paint, jumps and pans of our plots."""
    first = [first_paint(path) for _ in range(5)]
    ours = Ours(path)
    ours.canvas.show()
    ours.paint()
    figures: dict[str, object] = {"first_paint_ms": round(statistics.median(first), 1)}
    jumps, pans, raster = {}, {}, {}
    for span in (*SPANS_S, duration):
        name = "whole" if span == duration else f"{span:g} s"
        jumps[name] = statistics.median(ours.jump_ms(span) for _ in range(repeats))
        raster[name] = median_ms_after(ours.view, span, ours.raster, repeats)
        ours.view.go(duration / 3)
        ours.paint()
        pans[name] = median_ms(ours.pan, repeats)
    figures["jump_ms"] = jumps
    figures["jump_raster_only_ms"] = raster
    figures["pan_20px_ms"] = {k: v for k, v in pans.items() if k != "whole"}
    ours.close()
    return figures


def measure_stock(path: Path, repeats: int, duration: float) -> dict[str, float]:
    """The same jumps in stock pyqtgraph with only the span's samples in its curves."""
    import pyqtgraph as pg

    figures = {}
    with Recording.open(path) as recording:
        for span in (s for s in SPANS_S if s <= STOCK_UP_TO_S):
            plot = pg.PlotWidget()
            plot.resize(*SIZE)
            plot.setDownsampling(auto=True, mode="peak")
            plot.setClipToView(True)
            curves = [plot.plot(pen=pg.mkPen(i)) for i in range(CHANNELS)]
            plot.show()

            def jump(plot: object = plot, curves: list = curves, span: float = span) -> None:
                start = random.uniform(0, duration - span)
                piece = recording.slice(start, start + span)
                t = piece.time0 + np.arange(len(piece.data)) / piece.rate
                for i, curve in enumerate(curves):
                    curve.setData(t, piece.data[:, i] + 400.0 * i)
                plot.setXRange(start, start + span, padding=0)
                paint(plot)

            jump()
            figures[f"{span:g} s"] = median_ms(jump, max(5, repeats // 3))
            plot.close()
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--labels", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    app = QApplication([])
    theme().apply("dark")
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long"
        write_recording(path, chosen.hours, chosen.labels)
        with Recording.open(path) as recording:
            began = time.process_time()
            recording.main.build_pyramid()
            built = time.process_time() - began
            duration = recording.duration_s
        first_paint(path)
        result: dict[str, object] = {
            "hours": chosen.hours,
            "channels": CHANNELS,
            "rate": RATE,
            "labels": chosen.labels,
            "pyramid_s": round(built, 2),
            **measure_ours(path, chosen.repeats, duration),
            "stock_pyqtgraph_jump_ms": measure_stock(path, chosen.repeats, duration),
        }
    jumps, stock = result["jump_ms"], result["stock_pyqtgraph_jump_ms"]
    assert isinstance(jumps, dict)
    assert isinstance(stock, dict)
    result["stock_over_ours"] = {k: round(v / jumps[k], 1) for k, v in stock.items()}
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        for key, value in result.items():
            print(f"{key:26} {value}")
    app.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
