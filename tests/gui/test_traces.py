"""Live traces: what is on the screen is what is in the ring, for no more work than is new."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.marks import TraceMark
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.plots.trace_picture import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import LIGHT, current, theme
from tests.gui.streams import HandStream


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


def shown(canvas: TraceCanvas) -> np.ndarray:
    """The pixels of the plot as they are on the screen, ``(height, width)``."""
    image = canvas.grab().toImage().convertToFormat(canvas.grab().toImage().Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    plot = canvas.plot
    return pixels[plot.top() : plot.bottom() + 1, plot.left() : plot.right() + 1].copy()


def rows_of(pixels: np.ndarray, colour: str) -> np.ndarray:
    return np.flatnonzero((pixels == rgb(colour)).any(axis=1))


def run(canvas: TraceCanvas, stream: HandStream, frames: int, per_frame: int = 33) -> None:
    for frame in range(frames):
        stream.push_noise(per_frame)
        canvas.advance(100.0 + frame / 30)


def all_painted(canvas: TraceCanvas) -> int:
    """Let the window paint until it has nothing left to paint; how often it has."""
    before = -1
    while canvas.painted > before:
        before = canvas.painted
        QApplication.processEvents()
    return before


@pytest.mark.parametrize("view", [View.RAW, View.CONDITIONED])
def test_extremes_on_the_screen_are_those_of_the_data(canvas, stream, view) -> None:
    x = stream.push_noise(8000)
    canvas.show_options(TraceOptions(view=view, scale=500.0))
    canvas.show_stream(stream)
    pixels = shown(canvas)
    for lane in canvas.picture.lanes:
        rows = rows_of(pixels, current().trace(lane.channel))
        gain = (lane.bottom - lane.top) * 0.94 / 2 / 500.0
        middle = (lane.top + lane.bottom) // 2 + canvas.scales.centre[lane.channel] * gain
        high, low = (middle - rows[0]) / gain, (middle - rows[-1]) / gain
        span = x[:, lane.channel].max() - x[:, lane.channel].min()
        # Within 1 % and the half pixel on either side that a picture cannot resolve.
        assert high - low == pytest.approx(span, abs=0.01 * span + 1.0 / gain)
        assert high == pytest.approx(x[:, lane.channel].max(), abs=0.01 * span + 0.5 / gain)


def test_a_gap_is_a_hole_in_every_lane(canvas, stream) -> None:
    stream.push_noise(3000)
    stream.lose(1000)
    stream.push_noise(3000)
    canvas.show_stream(stream)
    pixels = shown(canvas)
    per_second = pixels.shape[1] / 10
    traces = np.isin(pixels, [rgb(current().trace(c)) for c in range(4)])
    inside = slice(int(3.02 * per_second), int(3.98 * per_second))
    assert not traces[:, inside].any()
    assert (pixels[:, inside] == canvas.picture.ink.hole).all()
    for side in (int(2.9 * per_second), int(4.1 * per_second)):
        assert traces[:, side : side + 5].any()


def test_one_lost_sample_can_be_seen(canvas, stream) -> None:
    stream.push_noise(3000)
    stream.lose(1)
    stream.push_noise(3000)
    canvas.show_stream(stream)
    holes = (shown(canvas) == canvas.picture.ink.hole).any(axis=0)
    assert holes.sum() == 1


@pytest.mark.parametrize("view", list(View))
def test_frame_by_frame_and_at_once_give_the_same_picture(canvas, stream, view) -> None:
    canvas.show_options(TraceOptions(view=view, scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 200)
    stream.lose(200)
    run(canvas, stream, 120)
    swept = shown(canvas)
    canvas._redraw()
    np.testing.assert_array_equal(shown(canvas), swept)


def test_scrolling_shows_the_same_columns_with_the_newest_on_the_right(canvas, stream) -> None:
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 340)
    ring = canvas.picture.pixels.copy()
    canvas.show_options(TraceOptions(scale=300.0, scroll=True))
    turned = np.roll(ring, -(canvas.head % ring.shape[1]), axis=1)
    pixels = shown(canvas)
    # What a sweep keeps empty ahead of itself is on the left when scrolling.
    np.testing.assert_array_equal(pixels[:, 12:], turned[:, 12:])


def test_work_per_frame_is_what_is_new(canvas, stream, qtbot) -> None:
    canvas.show_options(TraceOptions(scale=400.0))
    canvas.show_stream(stream)
    run(canvas, stream, 40)
    read, drawn = canvas.feed.samples_read, canvas.picture.columns_drawn
    whole = canvas.width() * canvas.height()
    for _ in range(400):
        stream.push_noise(33)
        canvas.advance(200.0)
        dirty = sum(rect.width() * rect.height() for rect in canvas.dirty)
        assert dirty <= 0.022 * whole
    new = 400 * 33
    assert canvas.feed.samples_read - read <= 1.2 * new
    assert canvas.picture.columns_drawn - drawn <= 1.2 * new / canvas.feed.per_column


def test_one_paint_per_frame(canvas, stream, qtbot) -> None:
    canvas.show_options(TraceOptions(scale=400.0))
    canvas.show_stream(stream)
    before = all_painted(canvas)
    for frame in range(10):
        run(canvas, stream, 1)
        qtbot.waitUntil(lambda frame=frame: canvas.painted > before + frame)
        assert all_painted(canvas) == before + frame + 1


def test_whoever_comes_late_sees_the_newest_window_only(canvas, stream) -> None:
    canvas.show_stream(stream)
    run(canvas, stream, 10)
    stream.push_noise(40_000)
    read = canvas.feed.samples_read
    canvas.advance(300.0)
    assert canvas.feed.samples_read - read <= 10_000
    assert canvas.head == int((stream.clean.head - 1) / canvas.feed.per_column)


def test_freeze_holds_the_picture_through_every_change(canvas, stream) -> None:
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 300)
    canvas.freeze(True)
    still = shown(canvas)
    run(canvas, stream, 60)
    np.testing.assert_array_equal(shown(canvas), still)
    canvas.show_options(TraceOptions(scale=300.0, seconds=5.0))
    canvas.show_options(TraceOptions(scale=300.0))
    np.testing.assert_array_equal(shown(canvas)[:, :-15], still[:, :-15])
    canvas.freeze(False)
    run(canvas, stream, 1)
    assert canvas.head == int((stream.clean.head - 1) / canvas.feed.per_column)
    assert not np.array_equal(shown(canvas), still)


def test_hidden_channels_leave_and_solo_shows_one(canvas, stream) -> None:
    stream.push_noise(5000)
    canvas.show_stream(stream)
    canvas.show_options(TraceOptions(hidden=frozenset({1, 2})))
    pixels = shown(canvas)
    assert [len(rows_of(pixels, current().trace(c))) > 0 for c in range(4)] == [
        True,
        False,
        False,
        True,
    ]
    assert canvas.lanes_shown == (0, 3)
    canvas.show_options(TraceOptions(hidden=frozenset({1, 2}), solo=2))
    assert canvas.lanes_shown == (2,)
    assert len(rows_of(shown(canvas), current().trace(2))) > 100
    assert "Muscle 3" in canvas.accessibleName()


def test_another_theme_is_another_picture_of_the_same(canvas, stream) -> None:
    stream.push_noise(5000)
    canvas.show_stream(stream)
    dark = shown(canvas)
    lit = rows_of(dark, current().trace(0))
    theme().apply("light")
    light = shown(canvas)
    assert (light == rgb(LIGHT.canvas)).mean() > 0.3
    np.testing.assert_array_equal(rows_of(light, LIGHT.trace(0)), lit)


def test_clipped_samples_are_red_in_every_view(canvas, stream) -> None:
    x = np.full((6000, 4), 10.0)
    x[3000:3005, 2] = 5000.0
    stream.push(x)
    for view in (View.RAW, View.CONDITIONED):
        canvas.show_options(TraceOptions(view=view, scale=1500.0))
        canvas.show_stream(stream)
        red = shown(canvas) == rgb(current().stop)
        lane = canvas.picture.lanes[2]
        assert 1 <= red.any(axis=0).sum() <= 3
        rows = np.flatnonzero(red.any(axis=1))
        assert lane.top <= rows[0] <= rows[-1] <= lane.bottom


def test_auto_scale_grows_at_once_and_shrinks_later(canvas, stream) -> None:
    canvas.show_options(TraceOptions(seconds=1.0))
    canvas.show_stream(stream)
    stream.push(stream.random.normal(0, 1, (900, 4)))
    canvas.advance(0.0)
    quiet = canvas.scales.scale[0]
    assert 3 < quiet < 8
    stream.push(np.tile([[700.0], [-700.0]], (50, 4)))
    canvas.advance(0.03)
    loud = canvas.scales.scale[0]
    assert loud == 800.0
    shrunk_at = None
    for frame in range(1, 400):
        stream.push(stream.random.normal(0, 1, (33, 4)))
        canvas.advance(0.03 + frame / 30)
        if shrunk_at is None and canvas.scales.scale[0] < loud:
            shrunk_at = frame / 30
    assert 3.0 <= shrunk_at <= 6.0
    assert canvas.scales.scale[0] < 10


def test_each_channel_may_have_its_own_scale(canvas, stream) -> None:
    stream.push(stream.random.normal(0, [1.0, 10.0, 100.0, 300.0], (5000, 4)))
    canvas.show_options(TraceOptions(each=True))
    canvas.show_stream(stream)
    scales = canvas.scales.scale
    assert (np.diff(scales) > 0).all()
    pixels = shown(canvas)
    heights = [len(rows_of(pixels, current().trace(c))) for c in range(4)]
    assert min(heights) > 0.6 * max(heights)


def test_a_raw_signal_that_rests_elsewhere_is_centred(canvas, stream) -> None:
    stream.push(stream.random.normal([600.0, -400.0, 0.0, 0.0], 5, (5000, 4)))
    canvas.show_options(TraceOptions(view=View.RAW))
    canvas.show_stream(stream)
    assert canvas.scales.scale[0] < 50
    np.testing.assert_allclose(canvas.scales.centre[:2], [600, -400], atol=5)


def test_marks_lie_at_their_sample_and_leave_with_it(canvas, stream) -> None:
    stream.push_noise(5000)
    canvas.show_stream(stream)
    canvas.show_marks([TraceMark(2500.0, 2500.0, "")])
    column = int(2500 / canvas.feed.per_column)
    accent = (shown(canvas) == rgb(current().accent)).all(axis=0)
    assert accent[column]
    run(canvas, stream, 235)
    assert not canvas.shows(column)
    assert not (shown(canvas) == rgb(current().accent)).all(axis=0)[column]


def test_the_cursor_reads_value_and_time(canvas, stream) -> None:
    x = np.zeros((6000, 4))
    x[2500:2600, 1] = 123.0
    stream.push(x)
    canvas.show_options(TraceOptions(scale=200.0))
    canvas.show_stream(stream)
    lane = canvas.picture.lanes[1]
    canvas._point_at(QPointF(canvas.x_of(2550 / canvas.feed.per_column), lane.top + 5))
    assert canvas._cursor().text.split("   ")[:2] == ["Muscle 2", "123 µV"]
    assert float(canvas._cursor().text.split("   ")[2].split()[0]) == pytest.approx(2.55, abs=0.02)


def test_the_cursor_follows_the_signal_under_a_still_pointer(canvas, stream) -> None:
    stream.push(np.full((5000, 4), 10.0))
    canvas.show_options(TraceOptions(scale=200.0))
    canvas.show_stream(stream)
    canvas._point_at(QPointF(canvas.x_of(6000 / canvas.feed.per_column), 30.0))
    assert canvas._cursor_shown is None
    for frame in range(60):
        stream.push(np.full((33, 4), 80.0))
        canvas.advance(frame / 30)
    assert "80 µV" in canvas._cursor_shown.text


def test_mouse_and_wheel_choose_and_step(canvas, stream, qtbot) -> None:
    stream.push_noise(3000)
    canvas.show_stream(stream)
    place = QPointF(40, canvas.picture.lanes[2].top + 20).toPoint()
    with qtbot.waitSignal(canvas.chosen) as chosen:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [2]
    with qtbot.waitSignal(canvas.solo_wanted) as solo:
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    assert solo.args == [2]


@pytest.mark.parametrize("seconds", [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0])
def test_every_time_base_at_every_rate(canvas, seconds) -> None:
    for rate in (200.0, 1925.93, 4000.0):
        stream = HandStream(2, rate)
        canvas.show_options(TraceOptions(seconds=seconds, scale=200.0))
        canvas.show_stream(stream)
        stream.push_noise(int(rate * seconds * 0.8))
        for _ in range(5):
            stream.push_noise(int(rate / 30))
            canvas.advance(1.0)
        assert canvas.head == pytest.approx(
            stream.clean.head / rate / seconds * canvas.columns_wide, abs=1 + 1 / 0.1
        )
        assert len(rows_of(shown(canvas), current().trace(0))) > 20
