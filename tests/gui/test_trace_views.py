"""Live traces: every form of the signal, order, groups, scales, and what lies over them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter

from emgstudio.core.errors import EmgError
from emgstudio.dsp.envelope import MovingRms
from emgstudio.gui.plots import trace_picture
from emgstudio.gui.plots.axes import LaneLabel, paint_gutter
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.marks import DecisionSpan, TraceMark
from emgstudio.gui.plots.pace import Pace
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.plots.trace_options import ChannelGroup, TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import DARK, LIGHT, current, theme
from tests.gui.streams import HandStream
from tests.gui.test_traces import run, shown


@pytest.fixture
def canvas(qtbot) -> TraceCanvas:
    made = TraceCanvas()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


@pytest.fixture
def stream() -> HandStream:
    return HandStream()


def columns(canvas: TraceCanvas) -> np.ndarray:
    span = canvas.shown_span()
    return span.ends


def test_rectified_and_percent_are_what_they_say(canvas, stream) -> None:
    x = stream.push_noise(6000)
    canvas.show_options(TraceOptions(view=View.RECTIFIED))
    canvas.show_stream(stream)
    per = canvas.feed.per_column
    low, high = columns(canvas)
    assert np.nanmin(low) >= 0
    at = 200
    inside = np.abs(x[int(np.ceil(at * per)) : int(np.ceil((at + 1) * per))])
    first = canvas.shown_span().first
    assert (high[at - first] >= inside.max(axis=0) - 1e-3).all()
    canvas.show_options(TraceOptions(view=View.PERCENT))
    canvas.show_references(np.array([100.0, 50.0, np.nan, 200.0]))
    rms = MovingRms(0.1, 1000.0, 4).process(x)
    low, high = columns(canvas)
    inside = rms[int(np.ceil(at * per)) : int(np.ceil((at + 1) * per))]
    assert high[at - first, 1] == pytest.approx(inside[:, 1].max() * 2, rel=0.02)
    assert np.isnan(high[:, 2]).all()
    assert not canvas.shown_span().holed[1:].any()
    assert [label.detail for label in canvas._labels()][2] == "no reference"
    assert canvas._labels()[0].detail.endswith("%")


def test_order_groups_and_colours(canvas, stream) -> None:
    stream.push_noise(3000)
    groups = (ChannelGroup("Forearm", (0, 2), 5), ChannelGroup("Hidden", (1,)))
    options = TraceOptions(
        order=(3, 2), groups=groups, hidden=frozenset({1}), colours=((3, 1),), scale=200.0
    )
    canvas.show_options(options)
    canvas.show_stream(stream)
    assert canvas.lanes_shown == (2, 0, 3)
    pixels = shown(canvas)
    for lane in canvas.picture.lanes:
        number = {2: 5, 0: 5, 3: 1}[lane.channel]
        inside = pixels[lane.top : lane.bottom + 1]
        assert (inside == rgb(current().trace(number))).any()
    assert [heading.name for heading in canvas._headings()] == ["Forearm"]
    assert canvas.picture.lanes[0].top > 0
    assert canvas.channel_at(canvas.picture.lanes[2].top / canvas.ratio + 3) == 3


def test_one_channel_may_keep_its_own_scale_and_units_do_not_mix(canvas) -> None:
    stream = HandStream(3)
    made = list(stream.info.channels)
    made[2] = replace(made[2], unit="g")
    stream.info = replace(stream.info, channels=tuple(made))
    stream.push(stream.random.normal(0, [20.0, 60.0, 1.0], (5000, 3)))
    canvas.show_options(TraceOptions(own_scales=((1, 777.0),)))
    canvas.show_stream(stream)
    first, own, other = canvas.scales.scale
    assert (60 < first < 400, own, 2 < other < 10) == (True, 777.0, True)
    canvas.show_options(TraceOptions(scale=500.0))
    assert canvas.scales.scale[0] == 500.0
    assert canvas.scales.scale[2] < 10
    assert canvas._scale_text() == "own scales"


@pytest.mark.parametrize("count", [1, 16, 60, 300, 900])
def test_whole_pictures_are_the_same_row_by_row_and_span_by_span(canvas, count) -> None:
    stream = HandStream(count, 200.0)
    canvas.show_options(TraceOptions(scale=100.0, view=View.ENVELOPE if count == 60 else View.RAW))
    canvas.show_stream(stream)
    stream.push_noise(1500)
    stream.lose(40)
    stream.push_noise(700)
    canvas.advance(1.0)
    canvas._redraw()
    dense = canvas.picture.pixels.copy()
    span = canvas.shown_span()
    canvas.picture.empty()
    for at in range(span.first, span.stop, 40):
        canvas.picture.draw(canvas.feed.columns.span(at, min(at + 40, span.stop)))
    np.testing.assert_array_equal(canvas.picture.pixels, dense)


def test_thresholds_are_drawn_and_dragged(canvas, stream, qtbot) -> None:
    stream.push_noise(5000, level=5.0)
    canvas.show_options(TraceOptions(scale=100.0))
    canvas.show_stream(stream)
    canvas.show_thresholds(np.array([50.0, np.nan, 500.0, -50.0]), movable=True)
    accent = shown(canvas) == rgb(current().accent)
    lines = np.flatnonzero(accent[:, 20:400].sum(axis=1) > 150)
    lanes = canvas.picture.lanes
    assert [next(ln.channel for ln in lanes if ln.top <= y <= ln.bottom) for y in lines] == [0, 3]
    assert lines[0] == round(canvas.picture.row(0, 50.0))
    at = QPoint(canvas.plot.left() + 300, int(lines[0]))
    moved, final = [], []
    canvas.threshold_moved.connect(lambda c, v: moved.append((c, v)))
    canvas.threshold_set.connect(lambda c, v: final.append((c, v)))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(canvas, at + QPoint(0, 10))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(0, 20))
    assert final[0][0] == 0
    assert -100.0 <= final[0][1] < 40.0


def test_decisions_make_a_band_above_the_lanes(canvas, stream) -> None:
    canvas.show_stream(stream)
    run(canvas, stream, 200)
    assert canvas.picture.lanes[0].top == 0
    canvas.show_decisions([DecisionSpan(0, 3000, "Rest", 7), DecisionSpan(3000, 6600, "Fist", 2)])
    assert canvas.band >= 12
    assert canvas.picture.lanes[0].top >= canvas.band - 1
    pixels = shown(canvas)
    x = int(4000 / canvas.feed.per_column)
    assert pixels[3, x] != pixels[3, 100]
    canvas.show_decisions(None)
    assert canvas.picture.lanes[0].top == 0


def test_a_mark_of_one_channel_stays_in_its_lane(canvas, stream) -> None:
    stream.push_noise(5000)
    canvas.show_stream(stream)
    before = shown(canvas)
    canvas.show_marks([TraceMark(2000, 3000, "bad", "check", channels=(2,))])
    changed = np.flatnonzero((shown(canvas) != before).any(axis=1))
    lane = canvas.picture.lanes[2]
    assert lane.top <= changed[0]
    assert changed[-1] <= lane.bottom + 1


def test_lamps_are_shapes_beside_names_and_words_for_a_screen_reader(canvas, stream) -> None:
    stream.push_noise(3000)
    canvas.show_stream(stream)
    before = canvas.grab().toImage()
    canvas.show_lamps({0: ("good", "good"), 1: ("check", "hum 12 µV"), 2: ("stop", "no contact")})
    assert canvas.grab().toImage() != before
    assert "Muscle 2: hum 12 µV; Muscle 3: no contact" in canvas.accessibleName()
    assert "no contact" in canvas.tip_at(QPointF(20, canvas.picture.lanes[2].top + 10))


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_a_page_holds_lines_and_words(canvas, stream, tmp_path, mode) -> None:
    theme().apply(mode)
    stream.push_noise(5000)
    stream.lose(300)
    stream.push_noise(500)
    stream.info = replace(stream.info, simulated=True)
    canvas.show_stream(stream)
    canvas.show_note("20–450 Hz")
    canvas.show_thresholds(np.full(4, 30.0))
    for ending in ("svg", "pdf", "png"):
        canvas.export(tmp_path / f"traces.{ending}", "A picture")
        assert (tmp_path / f"traces.{ending}").stat().st_size > 3000
    text = (tmp_path / "traces.svg").read_text(encoding="utf-8")
    assert "<image" not in text
    assert text.count("<polyline") >= 8
    for words in ("Muscle 4", "20–450 Hz", "1000 Hz", "DEMO", "10 s", "µV"):
        assert words in text
    with pytest.raises(EmgError):
        canvas.export(tmp_path / "traces.bmp")
    assert LIGHT.name == "light"


def test_below_twenty_pictures_a_second_it_draws_for_less_and_says_so(
    canvas, stream, monkeypatch
) -> None:
    spent = itertools.count(step=0.05)
    monkeypatch.setattr(trace_picture, "thread_time", lambda: next(spent))
    said: list[str] = []
    canvas.slowed.connect(said.append)
    canvas.show_options(TraceOptions(scroll=True, scale=300.0))
    canvas.show_stream(stream)
    for frame in range(25):
        stream.push_noise(100)
        canvas.advance(10.0 + frame / 10)
    assert "sweeps instead of scrolling" in said[0]
    assert canvas.scrolling is False
    assert canvas.options.scroll is True
    for frame in range(1000):
        stream.push_noise(33)
        canvas.advance(12.5 + frame / 30)
    assert said[-1] == ""
    assert canvas.scrolling is True


def test_pace_forgets_pauses() -> None:
    pace = Pace()
    changed = [pace.frame(now, scrolls=False, spent=now) for now in np.arange(0, 200, 1.5)]
    assert not any(changed)
    times = np.arange(300, 303, 0.1)
    assert any(pace.frame(now, scrolls=False, spent=now) for now in times)
    assert pace.lighter == 2


def test_a_window_that_others_keep_waiting_is_not_drawn_less_often() -> None:
    pace = Pace()
    times = np.arange(0, 30, 0.1)
    assert not any(pace.frame(now, scrolls=True, spent=0.2 * now) for now in times)
    assert any(pace.frame(now + 30, scrolls=True, spent=6 + 0.8 * now) for now in times)


def gutter(labels: list[LaneLabel], height: int) -> np.ndarray:
    """The rows of white in a painted gutter, ``(height,)`` pixels each."""
    image = QImage(120, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_gutter(painter, image.rect(), labels, DARK, QFont())
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, 120)
    return (pixels[:, 12:110] == rgb(DARK.text)).sum(axis=1)


def test_a_scale_stands_below_its_name_where_there_is_room_for_two_lines(qapp) -> None:
    line = QFontMetrics(QFont()).height()

    def ink(height: int, detail: str) -> int:
        return int(gutter([LaneLabel("EMG 1", detail, "#808080", 0, height)], height).sum())

    low, high = round(1.6 * line), 2 * line
    assert ink(low, "±500 µV") == ink(low, "")
    name_alone = gutter([LaneLabel("EMG 1", "", "#808080", 0, high)], high)
    with_scale = gutter([LaneLabel("EMG 1", "±500 µV", "#808080", 0, high)], high)
    assert with_scale.sum() == name_alone.sum()
    assert not np.array_equal(with_scale, name_alone)
