"""Thousands of labels: panning and editing paint a part, and it looks as if all was painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Annotation, Source
from emgstudio.gui.plots.review_overview import colour_strip
from emgstudio.gui.review.annotate.tracks import BAD_TRACK
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.index import AnnotationIndex
from emgstudio.gui.review.listing import AnnotationTable
from emgstudio.gui.review.view import TimeView
from emgstudio.gui.theme import theme
from emgstudio.storage import annotation_columns as columns_module
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.recording import Recording
from tests.gui.review_recordings import make_recording

RATE, SECONDS = 500.0, 120.0


def labels() -> list[Annotation]:
    """Crowded, nested, pointed, suggested, bad, of some channels, and longer than the window."""
    made = [
        Annotation(0.05 * k, 0.05 * k + 0.03, f"label {k % 5}", "labels", id=f"{k:05}")
        for k in range(2400)
    ]
    made += [Annotation(3.0 * k, 3.0 * k, f"moment {k}", "markers") for k in range(40)]
    made += [Annotation(0.1 * k, 0.1 * k, "beat", "device") for k in range(1200)]
    made += [
        Annotation(2.0 * k, 2.0 * k + 1.3, "fist", "auto", Source.MODEL, confidence=0.9)
        for k in range(60)
    ]
    made += [Annotation(7.0 * k, 7.0 * k + 2.5, "bad data", BAD_TRACK) for k in range(17)]
    made.append(Annotation(5.0, 110.0, "a long one", "rater2", channels=(0, 2)))
    made += [Annotation(9.0 * k, 9.0 * k + 4.0, "pinch", "rater2") for k in range(13)]
    return made


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    path = make_recording(
        tmp_path / "r", seconds=SECONDS, channels=3, rate=RATE, annotations=labels()
    )
    document = Document(Recording.open(path), AnnotationLog.open(path), "")
    yield document
    document.close()


@pytest.fixture
def canvas(document: Document, qtbot: QtBot) -> ReviewCanvas:
    if QApplication.platformName() != "offscreen":
        pytest.skip("a window's memory can be read offscreen only")
    theme().apply("dark")
    view = TimeView()
    made = ReviewCanvas(view)
    qtbot.addWidget(made)
    made.resize(840, 620)
    stream = document.stream
    view.open(stream.rate, stream.start_s, stream.duration_s)
    made.show_document(document, ready=True)
    document.edited.connect(made.show_edits)
    document.chosen.connect(made.show_choice)
    made.show()
    QApplication.processEvents()
    return made


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1).copy()


def assert_as_if_painted_anew(widget: QWidget) -> None:
    """What the window holds, against a whole repaint."""
    QApplication.processEvents()
    held = QApplication.primaryScreen().grabWindow(widget.winId()).toImage()
    np.testing.assert_array_equal(pixels(held), pixels(widget.grab().toImage()))


@pytest.mark.parametrize("span", [1.0, 4.0, 30.0, SECONDS])
def test_panned_pictures_look_as_if_painted_anew(
    canvas: ReviewCanvas, document: Document, span: float
) -> None:
    view = canvas.view
    view.show_span(40.0, 40.0 + span)
    document.put_cursor(41.0)
    assert_as_if_painted_anew(canvas)
    for by in (20, 7, -33, 1, 150, -150, 260, -5, 3):
        view.pan_pixels(by)
        if by == 7:
            view.pan_pixels(4)
            document.select(document.index.tracks["auto"].items[21].id)
        assert_as_if_painted_anew(canvas)


def test_edits_and_choices_look_as_if_painted_anew(
    canvas: ReviewCanvas, document: Document
) -> None:
    view = canvas.view
    view.show_span(40.0, 46.0)
    QApplication.processEvents()
    steps = [
        lambda: document.add(41.0, 42.0, "pinch", "rater2"),
        lambda: document.change(replace(document.selected, stop=44.5)),  # type: ignore[type-var,arg-type]
        lambda: document.put_cursor(43.0),
        lambda: document.select_span(41.5, 42.5),
        lambda: document.select_span(41.5, 43.5),
        lambda: document.add(42.2, 42.2, "now", "markers"),
        lambda: document.remove(document.selected_id),
        document.undo,
        lambda: document.add(41.2, 45.0, "bad data", BAD_TRACK),
        lambda: document.relabel("a new one"),
        document.undo,
        lambda: document.hide("device"),
        lambda: document.select(document.index.tracks["labels"].items[850].id),
        lambda: document.use_track("labels"),
        document.redo,
    ]
    for step in steps:
        step()
        assert_as_if_painted_anew(canvas)
        view.pan_pixels(11)
    assert_as_if_painted_anew(canvas)


def test_the_strip_of_labels_follows_where_they_changed(
    canvas: ReviewCanvas, document: Document
) -> None:
    overview = canvas.overview

    def made_anew() -> np.ndarray:
        strip = np.zeros_like(overview._labels)
        colour_strip(strip, document, canvas.view, 0, len(strip))
        return strip

    QApplication.processEvents()
    before, changed = made_anew(), 0
    steps = [
        lambda: document.add(41.0, 62.0, "pinch", "rater2"),
        lambda: document.add(SECONDS - 0.1, SECONDS + 3.0, "fist", "rater2"),
        lambda: document.change(replace(document.selected, start=0.0)),  # type: ignore[type-var,arg-type]
        lambda: document.remove(document.selected_id),
        document.undo,
        lambda: document.hide("labels"),
        document.undo,
        document.undo,
    ]
    for step in steps:
        step()
        QApplication.processEvents()
        after = made_anew()
        np.testing.assert_array_equal(overview._labels, after)
        changed += not np.array_equal(after, before)
        before = after
    assert changed >= 4


class Painted(QObject):
    """What was asked to be painted of some widgets, by their class."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.rects: dict[str, QRect] = {}
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            name = type(watched).__name__
            self.rects[name] = self.rects.get(name, QRect()).united(event.rect())
        return False


def test_a_pan_paints_the_strip_that_came_into_sight(
    canvas: ReviewCanvas, document: Document
) -> None:
    canvas.view.show_span(40.0, 44.0)
    QApplication.processEvents()
    painted = Painted(canvas.traces, canvas.axis, canvas.lanes)
    canvas.view.pan_pixels(20)
    QApplication.processEvents()
    assert 0 < painted.rects["TraceView"].width() <= 20 + 1
    assert 0 < painted.rects["TimeAxis"].width() <= 20 + 1
    painted.rects.clear()
    short = document.index.items.get("00820")
    assert short is not None
    document.change(replace(short, stop=short.stop + 0.01))
    QApplication.processEvents()
    assert painted.rects["TraceView"].width() < canvas.width() / 8
    assert painted.rects["LaneView"].width() < canvas.width() / 2


def test_f2_opening_and_actions_make_objects_of_those_in_sight_only(
    canvas: ReviewCanvas, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = columns_module.made_of

    def counted(row: tuple[object, ...], texts: list[str]) -> Annotation:
        made.append(str(texts[row[5]]))  # type: ignore[call-overload]
        return make(row, texts)

    document.index.items.stock.made.clear()
    monkeypatch.setattr(columns_module, "made_of", counted)
    document.reload()
    canvas.view.show_span(0.0, SECONDS)
    canvas.grab()
    in_words = 60 + 17 + 13 + 40 + 1
    assert len(made) <= in_words
    made.clear()
    canvas.view.show_span(40.0, 45.0)
    document.add(41.0, 42.0, "open", "mine")
    document.change(replace(document.selected, stop=42.5))  # type: ignore[type-var,arg-type]
    document.undo()
    document.index.after(100.0, unreviewed=True)
    canvas.grab()
    assert len(made) <= 5.0 / 0.05 + 20


def test_an_action_among_thousands_counts_nothing_anew(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.add(50.0, 51.0, "open", "mine")
    built: list[int] = []
    build = AnnotationIndex.__init__

    def counted(self: AnnotationIndex, items: tuple[Annotation, ...] = ()) -> None:
        built.append(len(items))
        build(self, items)

    monkeypatch.setattr(AnnotationIndex, "__init__", counted)
    before = document.index.tracks["labels"]
    document.change(replace(document.selected, stop=51.5))  # type: ignore[type-var,arg-type]
    document.undo()
    assert sum(built) == 0
    assert document.index.tracks["labels"] is before


def test_the_list_is_filtered_by_columns(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.index.items.stock.made.clear()
    made: list[object] = []
    monkeypatch.setattr(columns_module, "made_of", lambda *row: made.append(row))
    table = AnnotationTable()
    table.show(document, "LABEL 3")
    assert len(table.rows) == 480
    table.show(document, "bad data")
    assert (len(table.rows), table.row_of("00003")) == (17, -1)
    table.show(document, "auto fist pinch")
    assert len(table.rows) == 0
    assert made == []
