"""The picture of live traces against a line through every sample; work counted, not timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from emgstudio.gui.plots import lanes, traces
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import current
from tests.gui.streams import HandStream
from tests.gui.test_traces import all_painted, run, shown

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def canvas(qtbot) -> TraceCanvas:
    made = TraceCanvas()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


def polyline(canvas: TraceCanvas, x: np.ndarray, lane: int) -> np.ndarray:
    """Where QPainter puts a line through all samples of one lane, ``(height, width)``."""
    height, width = canvas.picture.pixels.shape
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(QPen(QColor("#ffffff"), 0))
    ys = [canvas.picture.row(lane, float(value)) + 0.5 for value in x]
    # Half a pixel: a column of ours is a pixel, a point of Qt's lies at its middle.
    xs = np.arange(len(x)) / canvas.feed.per_column
    points = [QPointF(a, b) for a, b in zip(xs.tolist(), ys, strict=True)]
    painter.drawPolyline(QPolygonF(points))
    painter.end()
    return (np.frombuffer(image.constBits(), np.uint32).reshape(height, width) & 0xFFFFFF) > 0


@pytest.mark.parametrize("rate", [1000.0, 2000.0])
def test_no_pixel_of_the_full_line_is_missing(canvas, rate) -> None:
    stream = HandStream(1, rate)
    canvas.show_options(TraceOptions(scale=400.0))
    canvas.show_stream(stream)
    t = np.arange(int(9.8 * rate)) / rate
    # As fast as surface EMG, not as white noise: 20 to 450 Hz.
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(0, 1, len(t)))
    hertz = np.fft.rfftfreq(len(t), 1 / rate)
    spectrum[(hertz < 20) | (hertz > 450)] = 0
    noise = np.fft.irfft(spectrum, len(t))
    burst = np.clip(np.sin(2 * np.pi * t / 3), 0, 1) ** 1.5
    x = np.round(noise / noise.std() * (2 + 90 * burst) / 0.5) * 0.5
    for at in range(0, len(x), 67):
        stream.push(x[at : at + 67, None])
        canvas.advance(at / rate)
    ours = shown(canvas) == rgb(current().trace(0))
    full = polyline(canvas, x, 0)
    ours, full = ours[:, 3 : canvas.head - 3], full[:, 3 : canvas.head - 3]
    missing = (full & ~ours).sum() / full.sum()
    assert missing <= 0.005
    assert (ours & ~full).sum() / full.sum() <= 0.05
    seen, real = np.flatnonzero(ours.any(axis=1)), np.flatnonzero(full.any(axis=1))
    assert abs((seen[-1] - seen[0]) - (real[-1] - real[0])) <= max(1, 0.01 * (real[-1] - real[0]))


def test_a_sample_stays_in_its_column_however_frames_fall(canvas) -> None:
    stream = HandStream(2)
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    random = np.random.default_rng(1)
    seen: dict[int, tuple[float, ...]] = {}
    for frame in range(200):
        stream.push_noise(int(random.integers(1, 90)))
        canvas.advance(frame / 30)
        span = canvas.feed.columns.span(canvas.feed.columns.oldest, canvas.head)
        for k in range(max(0, len(span) - 40), len(span)):
            value = (*span.lo[k].tolist(), *span.hi[k].tolist())
            assert seen.setdefault(span.first + k, value) == value


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every drawing call of a frame, by name, from here on."""
    calls: list[str] = []

    def counted(name: str) -> object:
        plain = getattr(QPainter, name)

        def call(self: QPainter, *args: object) -> object:
            calls.append(name)
            return plain(self, *args)

        return call

    names = ("drawImage", "drawPixmap", "fillRect", "drawLine", "drawLines", "drawText")
    made = type("Counted", (QPainter,), {name: counted(name) for name in names})
    monkeypatch.setattr(traces, "QPainter", made)
    plain = lanes.draw_spans

    def spans(*args: object) -> None:
        calls.append("draw_spans")
        plain(*args)

    monkeypatch.setattr(lanes, "draw_spans", spans)
    return calls


@pytest.mark.parametrize("count", [4, 128])
@pytest.mark.parametrize("scroll", [False, True])
def test_a_frame_is_a_few_calls_whatever_the_channels(
    canvas, qtbot, monkeypatch, count, scroll
) -> None:
    stream = HandStream(count)
    canvas.show_options(TraceOptions(scale=400.0, scroll=scroll))
    canvas.show_stream(stream)
    run(canvas, stream, 330)
    all_painted(canvas)
    calls = count_calls(monkeypatch)
    read, drawn = canvas.feed.samples_read, canvas.picture.columns_drawn
    for frame in range(20):
        painted, at = canvas.painted, len(calls)
        stream.push_noise(33)
        canvas.advance(300.0 + frame / 30)
        qtbot.waitUntil(lambda painted=painted: canvas.painted > painted)
        made = calls[at:]
        # Beside the picture: the head of a sweep; when scrolling what is new of the axis.
        assert len(made) <= 8, made
        dirty = sum(rect.width() * rect.height() for rect in canvas.dirty)
        assert dirty <= 0.02 * canvas.width() * canvas.height()
    assert canvas.feed.samples_read - read <= 1.2 * 20 * 33
    assert canvas.picture.columns_drawn - drawn <= 1.2 * 20 * 33 / canvas.feed.per_column


SCALED = """
import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
app = QApplication([])
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import theme
from tests.gui.streams import HandStream
def look(screen, scroll):
    canvas, stream = TraceCanvas(), HandStream()
    canvas.resize(701, 433)
    canvas.move(screen.geometry().topLeft() + QPoint(20, 20))
    canvas.show_options(TraceOptions(scale=300.0, scroll=scroll, seconds=2.0))
    canvas.show_stream(stream)
    canvas.show()
    for frame in range(90):
        stream.push_noise(33)
        canvas.advance(frame / 30)
        app.processEvents()
    assert canvas.ratio == screen.devicePixelRatio(), (screen.name(), canvas.ratio)
    for mode in ("dark", "light"):
        theme().apply(mode)
        image = canvas.grab().toImage()
        image = image.convertToFormat(image.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
        ring = canvas.picture.pixels
        assert ring.shape[1] == int(canvas.plot.width() * canvas.ratio)
        if scroll:
            ring = np.roll(ring, -(canvas.head % ring.shape[1]), axis=1)
        left = round(canvas.plot.left() * canvas.ratio)
        got = pixels[: ring.shape[0], left : left + ring.shape[1]]
        same = (got == ring).mean()
        # The head of the sweep lies over the ring, and the frame's words over nothing.
        assert same > 0.985, (screen.name(), scroll, mode, same)
    return canvas.ratio
theme().apply("dark")
print(*(look(screen, scroll) for screen in app.screens() for scroll in (False, True)))
"""


def on_displays(code: str, tmp_path: Path, factors: dict[str, str]) -> list[str]:
    """What ``code`` prints where there are displays side by side, each scaled by its factor."""
    high = {"y": 0, "width": 2560, "height": 1440, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    displays = [{"name": name, "x": 2560 * k, **high} for k, name in enumerate(factors)]
    file = tmp_path / "displays.json"
    file.write_text(json.dumps({"screens": displays}))
    env = {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={file}",
        "QT_SCREEN_SCALE_FACTORS": ";".join(f"{name}={by}" for name, by in factors.items()),
    }
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_picture_has_the_pixels_of_the_screen(tmp_path: Path) -> None:
    told = on_displays(SCALED, tmp_path, {"a": "1.25", "b": "1.5", "c": "2"})
    assert [float(ratio) for ratio in told] == [1.25, 1.25, 1.5, 1.5, 2.0, 2.0]


MOVED = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
from emgstudio.gui.live.second import SignalScreen
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from tests.gui.streams import HandStream
stream = HandStream()
shown = TraceCanvas()
shown.setGeometry(50, 30, 701, 433)
window = SignalScreen()
for canvas in (shown, window.traces):
    canvas.show_options(TraceOptions(scale=300.0, seconds=2.0))
    canvas.show_stream(stream)
shown.show()
window.show_on(shown)
def frames():
    for frame in range(60):
        stream.push_noise(33)
        shown.advance(frame / 30)
        window.traces.advance(frame / 30)
        app.processEvents()
frames()
seen = lambda canvas: (canvas.screen().name(), canvas.columns_wide / int(canvas.plot.width()))
assert seen(shown) == ("left", 1.0), seen(shown)
assert seen(window.traces) == ("right", 2.0), seen(window.traces)
shown.move(2700, 40)
frames()
assert seen(shown) == ("right", 2.0), seen(shown)
image = shown.grab().toImage()
assert image.width() == 1402
assert shown.picture.pixels.shape[1] == 2 * shown.plot.width()
shown.move(60, 40)
frames()
assert seen(shown) == ("left", 1.0), seen(shown)
print("ok")
"""


def test_moved_to_a_display_of_other_density_it_has_the_pixels_of_that(tmp_path: Path) -> None:
    assert on_displays(MOVED, tmp_path, {"left": "1", "right": "2"}) == ["ok"]


def test_another_screen_is_another_picture(canvas, qtbot, monkeypatch) -> None:
    stream = HandStream()
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 100)
    width = canvas.columns_wide
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 1.5)
    painted = canvas.painted
    run(canvas, stream, 1)
    qtbot.waitUntil(lambda: canvas.painted > painted)
    qtbot.waitUntil(lambda: canvas.columns_wide == int(canvas.plot.width() * 1.5))
    assert canvas.columns_wide > width
    assert canvas.picture.thick == 2
