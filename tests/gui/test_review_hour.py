"""An hour costs what a second costs: reads and draws stay in proportion to the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Annotation, Samples
from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.gui.plots.review_lane_paint import LanePainter
from emgstudio.gui.plots.review_lanes import LaneView
from emgstudio.gui.plots.review_traces import TraceView
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.source import READ_UP_TO, TraceSource
from emgstudio.gui.review.view import TimeView
from emgstudio.storage.annotation_columns import AnnotationColumns
from emgstudio.storage.recording import RecordedStream, Recording
from tests.gui.review_recordings import make_recording

RATE = 1000.0
HOUR = 3600.0
ROUNDING = 1e-3
EDGE = 1024
"""Columns may end on the next block of the pyramid."""


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of two channels with its pyramid and 5 000 labels."""
    labels = [
        Annotation(0.7 * i, 0.7 * i + 0.5, f"label {i % 7}", track="labels") for i in range(5000)
    ]
    folder = tmp_path_factory.mktemp("hour") / "hour"
    return make_recording(
        folder, seconds=HOUR, channels=2, rate=RATE, annotations=labels, pyramid=True
    )


@pytest.fixture
def document(hour: Path, qapp: QApplication) -> Iterator[Document]:
    with Recording.open(hour) as recording:
        yield Document(recording, None, "read-only")


class Reads:
    """Counts the rows that are read one by one."""

    def __init__(self, stream: RecordedStream, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        read = stream.raw

        def counted(start: int, stop: int) -> tuple[Samples, np.ndarray]:
            data, valid = read(start, stop)
            self.rows += len(data)
            return data, valid

        monkeypatch.setattr(stream, "raw", counted)


def shown(document: Document, qtbot: QtBot) -> tuple[TraceView, TimeView]:
    view = TimeView()
    view.open(RATE, 0.0, HOUR)
    traces = TraceView(view)
    qtbot.addWidget(traces)
    traces.resize(900, 300)
    traces.show_document(document)
    traces.show()
    traces.grab()
    return traces, view


@pytest.mark.parametrize("span", [0.5, 10.0, 25.0, 600.0, HOUR])
def test_f2_a_page_of_an_hour_reads_no_more_than_the_window(
    document: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, span: float
) -> None:
    traces, view = shown(document, qtbot)
    view.show_span(1000.0, 1000.0 + span)
    reads = Reads(document.stream, monkeypatch)
    view.go(2000.0)
    traces.grab()
    window = view.columns * view.per_column
    if view.per_column <= READ_UP_TO:
        assert 0 < reads.rows <= window + 2 * view.per_column + 40
    else:
        assert reads.rows == 0


def test_panning_draws_only_what_is_new(document: Document, qtbot: QtBot) -> None:
    traces, view = shown(document, qtbot)
    view.go(100.0)
    traces.grab()
    assert traces.columns_drawn == view.columns
    view.pan_pixels(20)
    traces.grab()
    assert traces.columns_drawn == 20 * view.ratio
    view.pan_pixels(-7)
    traces.grab()
    assert traces.columns_drawn == 7 * view.ratio


@pytest.mark.parametrize("span", [0.4, 10.0])
def test_a_panned_picture_is_the_same_as_a_fresh_one(
    document: Document, qtbot: QtBot, span: float
) -> None:
    traces, view = shown(document, qtbot)
    view.show_span(500.0, 500.0 + span)
    traces.grab()
    for step in (13, 250, -90, -401, 30):
        view.pan_pixels(step)
        traces.grab()
    panned = traces.grab().toImage()
    traces._raster.forget()
    assert traces.grab().toImage() == panned


@pytest.mark.parametrize("span", [4.0, 20.0, 40.0, 600.0])
def test_columns_hold_the_extremes_of_their_samples(
    document: Document, qtbot: QtBot, span: float
) -> None:
    per_column = span * RATE / 700
    first = int(1200.0 * RATE / per_column)
    lo, hi = document.source.columns(first, first + 700, per_column)
    begin, end = round(first * per_column), round((first + 700) * per_column)
    least = document.stream.physical(begin + EDGE, end - EDGE)
    most = document.stream.physical(begin - EDGE, end + EDGE)
    assert most.min() - ROUNDING <= np.nanmin(lo) <= least.min() + ROUNDING
    assert least.max() - ROUNDING <= np.nanmax(hi) <= most.max() + ROUNDING
    assert (lo <= hi).all()


def test_neighbouring_columns_touch(document: Document) -> None:
    for per_column in (0.3, 3.0, 20.0, 500.0):
        lo, hi = document.source.columns(4000, 4200, per_column)
        assert (lo[1:] <= hi[:-1] + 1e-4).all()
        assert (lo[:-1] <= hi[1:] + 1e-4).all()


def test_beyond_the_end_there_is_nothing(document: Document) -> None:
    for per_column in (2.0, 100.0):
        last = int(document.stream.samples / per_column)
        lo, _hi = document.source.columns(last - 5, last + 50, per_column)
        assert np.isnan(lo[10:]).all()
        assert not np.isnan(lo[:3]).any()


def test_conditioning_reads_a_few_windows_and_is_kept(document: Document) -> None:
    source = TraceSource(document.stream, document.stream.condition)
    source.show(SignalView(Shown.CONDITIONED))
    source.columns(1000, 1900, 10.0)
    once = source.read
    assert once <= 3 * 9000 + 2 * RATE
    source.columns(1100, 1950, 10.0)
    assert source.read == once


def test_f2_a_view_of_five_thousand_labels_paints_those_in_sight(
    document: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = TimeView()
    view.open(RATE, 0.0, HOUR)
    lanes = LaneView(view)
    qtbot.addWidget(lanes)
    lanes.resize(1000, 60)
    view.set_width(lanes.plot_rect().width(), 1.0)
    lanes.show_document(document)
    painted: list[Annotation] = []
    paint = LanePainter.paint_all

    def counted(self: LanePainter, items: AnnotationColumns, *others: object) -> None:
        painted.extend(items)
        paint(self, items, *others)

    monkeypatch.setattr(LanePainter, "paint_all", counted)
    view.show_span(1800.0, 1810.0)
    lanes.grab()
    assert 14 <= len(painted) <= 16
    assert all(a.stop >= 1800.0 and a.start <= 1810.0 for a in painted)
    painted.clear()
    view.show_span(0.0, HOUR)
    lanes.grab()
    assert view.columns / 2 < len(painted) <= view.columns + 1


def test_zooming_keeps_the_time_under_the_pointer() -> None:
    view = TimeView()
    view.open(RATE, 2.5, HOUR)
    view.set_width(1000, 2.0)
    view.show_span(100.0, 110.0)
    for factor in (0.5, 0.3, 1.9, 4.0):
        view.zoom(factor, 104.0)
        assert view.time(view.x(104.0)) == pytest.approx(104.0)
        assert view.x(104.0) == pytest.approx(400.0, abs=1.5)


def test_the_view_stays_inside_the_recording() -> None:
    view = TimeView()
    view.open(RATE, 2.5, 60.0)
    view.set_width(800, 1.0)
    view.go(-50.0)
    assert view.start == 2.5
    view.go(500.0)
    assert view.stop == pytest.approx(62.5)
    view.show_span(-10.0, 500.0)
    assert (view.start, view.stop) == (2.5, pytest.approx(62.5))
    view.zoom(1e-9)
    assert view.span == pytest.approx(0.02)


def test_low_rows_tell_their_scale_too(document: Document, qtbot: QtBot) -> None:
    traces, _view = shown(document, qtbot)
    traces.setMinimumHeight(0)
    traces.resize(900, 60)
    assert traces.height() / 2 < 2.6 * traces.fontMetrics().height()

    def gutter() -> QImage:
        return traces.grab(QRect(0, 0, traces.gutter, 30)).toImage()

    traces.set_amplitude(500.0)
    before = gutter()
    assert gutter() == before
    traces.set_amplitude(1000.0)
    assert gutter() != before
