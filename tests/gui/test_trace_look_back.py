"""Freeze, look back through minutes, and measure between two cursors from the samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.history import PER_SECOND, History
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from tests.gui.streams import HandStream
from tests.gui.test_traces import run, shown


@pytest.fixture
def canvas(qtbot) -> TraceCanvas:
    made = TraceCanvas()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


def test_looking_back_shows_the_samples_of_that_time(canvas) -> None:
    stream = HandStream()
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 900)
    looked: list[float] = []
    canvas.looked.connect(looked.append)
    canvas.pan(-1.0)
    assert canvas.frozen
    assert looked == [pytest.approx(10.0)]
    span = canvas.shown_span()
    per = canvas.feed.per_column
    assert span.stop * per == pytest.approx(canvas.feed.columns.next_index - 10_000, abs=per)
    x = stream.clean.read(0, stream.clean.head).data
    at = span.first + 77
    inside = x[int(np.ceil(at * per)) : int(np.ceil((at + 1) * per))]
    assert (span.hi[77] >= inside.max(axis=0)).all()
    assert (span.hi[77] <= inside.max(axis=0) + 200).all()
    still = shown(canvas)
    run(canvas, stream, 60)
    np.testing.assert_array_equal(shown(canvas), still)
    canvas.back_to_now()
    run(canvas, stream, 1)
    assert canvas.head == int((stream.clean.head - 1) / per)
    assert not canvas.scrolling


def test_small_moves_make_only_what_came_into_sight_and_the_same_picture(canvas) -> None:
    stream = HandStream()
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    run(canvas, stream, 900)
    canvas.pan(-0.8)
    for share in (-0.13, 0.27, -0.4):
        canvas.pan(share)
    stepwise = canvas.shown_span()
    canvas._back._shown = None
    afresh = canvas.shown_span()
    assert stepwise.first == afresh.first
    np.testing.assert_allclose(stepwise.ends[:, 1:], afresh.ends[:, 1:])


def test_beyond_the_ring_there_are_columns(canvas) -> None:
    stream = HandStream(seconds=15.0)
    canvas.show_options(TraceOptions(scale=300.0))
    canvas.show_stream(stream)
    loud = range(900, 906)
    for frame in range(2400):
        stream.push_noise(33, level=200.0 if frame in loud else 5.0)
        canvas.advance(frame / 30)
    assert stream.clean.tail > 33 * 1500
    canvas.look_at(33 * 906 + 2000)
    span = canvas.shown_span()
    seconds = np.arange(span.first, span.stop) * canvas.feed.per_column / 1000.0
    high = seconds[np.nanmax(span.hi, axis=1) > 100]
    # A column of the history is 20 ms: at most one more on either side.
    assert high.min() == pytest.approx(33 * 900 / 1000, abs=1.2 / PER_SECOND)
    assert high.max() == pytest.approx(33 * 906 / 1000, abs=1.2 / PER_SECOND)
    canvas.pan(-1e9)
    assert canvas.behind_s == pytest.approx(2400 * 0.033 - 10, abs=0.5)


def test_history_never_loses_a_peak_and_forgets_after_five_minutes() -> None:
    from emgstudio.dsp.columns import Columns

    random = np.random.default_rng(3)
    columns, history = Columns(5000, 2, 7.3), History(1000.0, 2)
    x = random.normal(0, 10, (20_000, 2)).astype(np.float32)
    for at in range(0, 20_000, 500):
        columns.feed(at, x[at : at + 500])
        first = int(history.next * history.per_column / 7.3)
        history.take(columns.span(first, columns.head), 7.3)
    kept = history.span(10, 200, 80.0)
    for k in range(10, 200):
        peak = x[int(k * 80.0) : int((k + 1) * 80.0)].max(axis=0)
        assert (kept.hi[k - 10] >= peak - 1e-4).all()
    assert history.oldest < 100
    assert np.isnan(history.span(5000, 5010, 80.0).hi).all()


def test_keys_and_wheel_move_a_frozen_picture(canvas, qtbot) -> None:
    stream = HandStream()
    canvas.show_stream(stream)
    run(canvas, stream, 900)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert not canvas.frozen
    qtbot.keyClick(canvas, Qt.Key.Key_PageUp)
    assert canvas.behind_s == pytest.approx(9.0)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.behind_s == pytest.approx(10.0)
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.behind_s == 0.0
    assert canvas.right_edge == canvas._frozen_at
    place = canvas.plot.center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseMove(canvas, place + QPoint(100, 0))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place + QPoint(100, 0))
    assert canvas.behind_s == pytest.approx(100 * canvas.feed.per_column / 1000, rel=0.02)
    canvas.show_options(replace(canvas.options, seconds=60.0))
    assert canvas.behind_s == 0.0


def test_two_cursors_measure_the_samples_between_them(canvas) -> None:
    stream = HandStream()
    x = stream.push_noise(4000)
    canvas.show_options(TraceOptions(scale=300.0, selected=2))
    canvas.show_stream(stream)
    canvas.show_note("20–450 Hz")
    got: list[object] = []
    canvas.measured.connect(got.append)
    canvas.measure(True)
    canvas.measure_between(3000, 1000)
    found = got[-1]
    inside = x[1000:3001]
    assert found.seconds == pytest.approx(2.0)
    assert [row.peak_to_peak for row in found.rows] == pytest.approx(
        list(inside.max(axis=0) - inside.min(axis=0))
    )
    assert [row.rms for row in found.rows] == pytest.approx(list(np.sqrt((inside**2).mean(axis=0))))
    assert (found.rows[0].samples, found.rows[0].lost, found.complete) == (2001, 0, True)
    assert "20–450 Hz" in found.recipe
    assert found.text().count("\n") == 5
    assert canvas.caliper_text().startswith("Δt 2.000 s (0.5 Hz)   Muscle 3: p-p ")
    assert canvas._labels()[1].detail == found.rows[1].text
    stream.lose(500)
    stream.push_noise(100)
    canvas.advance(1.0)
    canvas.measure_between(3900, 4550)
    assert (got[-1].rows[0].lost, got[-1].rows[0].samples) == (500, 151)
    canvas.show_options(TraceOptions(scale=300.0, view=View.RECTIFIED))
    assert got[-1].rows[0].mean > 20
    canvas.measure(False)
    assert got[-1] is None


def test_the_gutter_shows_all_values_under_the_pointer(canvas) -> None:
    from PySide6.QtCore import QPointF

    stream = HandStream()
    x = np.zeros((6000, 4))
    x[2500:2600] = [10.0, 20.0, 30.0, 40.0]
    stream.push(x)
    canvas.show_options(TraceOptions(scale=200.0))
    canvas.show_stream(stream)
    heard: list[object] = []
    canvas.hovered.connect(heard.append)
    canvas._point_at(QPointF(canvas.x_of(2550 / canvas.feed.per_column), 30.0))
    assert [label.detail for label in canvas._labels()] == ["10 µV", "20 µV", "30 µV", "40 µV"]
    assert heard[-1].texts[3] == "40 µV"
    canvas._point_at(None)
    assert heard[-1] is None
    assert canvas._labels()[0].detail == "±200 µV"
