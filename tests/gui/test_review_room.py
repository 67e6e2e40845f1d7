"""The Review room as a person uses it: with mouse and keys, on real recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Annotation, Notice
from emgstudio.dsp.signal_view import Shown
from emgstudio.gui.plots.review_axis import gutter
from emgstudio.gui.rooms.review import ReviewRoom
from emgstudio.gui.tick import Tick
from emgstudio.storage.annotations import read_annotations
from tests.gui.review_recordings import cued, make_recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session

Wait = Callable[..., None]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A minute of four channels with a gap at 13 s, twelve cues and one label."""
    label = Annotation(21.0, 22.5, "fist", track="labels")
    return make_recording(
        tmp_path / "minute",
        seconds=60.0,
        channels=4,
        rate=1000.0,
        gap_at=13.0,
        annotations=[*cued(12), label],
    )


@pytest.fixture
def room(session: Session, tick: Tick, qtbot: QtBot, recording: Path) -> Iterator[ReviewRoom]:
    """The room on the screen with the recording open and the keyboard in its plots."""
    made = ReviewRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1100, 620)
    made.show()
    made.entered()
    made.open(recording)
    qtbot.waitUntil(lambda: made._overview_task is None)
    made.activateWindow()
    made.canvas.setFocus()
    yield made
    made.close_room()


def labels(room: ReviewRoom) -> list[Annotation]:
    assert room.document is not None
    return [a for a in room.document.index.items if a.track == "labels"]


def lane_point(room: ReviewRoom, time: float, track: str = "labels") -> QPoint:
    assert room.document is not None
    lane, high = room.document.tracks.index(track), room.canvas.lanes.lane
    return QPoint(round(room.canvas.lanes.x_of(time)), lane * high + high // 2)


def drag(room: ReviewRoom, qtbot: QtBot, start: QPoint, stop: QPoint) -> None:
    lanes = room.canvas.lanes
    qtbot.mousePress(lanes, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        between = start + (stop - start) * share
        qtbot.mouseMove(lanes, between)
    qtbot.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=stop)


def press(room: ReviewRoom, qtbot: QtBot, *keys: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    for key in keys:
        qtbot.keyClick(room.canvas, key, modifier)


NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_opening_shows_signals_names_and_the_gap(room: ReviewRoom) -> None:
    assert room.document is not None
    assert room.view.span == pytest.approx(10.0)
    assert "ch1" in room.canvas.traces.accessibleName()
    (gap,) = room.document.stream.gaps
    assert (gap.at, gap.count) == (13_000, 500)
    room.view.show_span(12.9, 13.6)
    lo, _hi = room.document.source.columns(
        room.view.first, room.view.first + room.view.columns, room.view.per_column
    )
    in_gap = round((13.25 - 12.9) / 0.7 * len(lo))
    assert (lo[in_gap] != lo[in_gap]).all()
    assert not (lo[2] != lo[2]).any()


def test_an_undo_that_the_disk_refuses_is_said_and_changes_nothing(
    room: ReviewRoom, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    assert room.document is not None
    room.document.add(2.0, 3.5, "open")
    before = labels(room)
    monkeypatch.setattr("emgstudio.storage.annotations.sync_data", full)
    room.toolbar.undo.click()
    told = [item for item in room.session.outbox.drain() if isinstance(item, Notice)]
    assert "could not be saved" in told[0].text
    assert labels(room) == before


def test_drag_in_a_lane_adds_and_undo_takes_it_back(room: ReviewRoom, qtbot: QtBot) -> None:
    assert room.document is not None
    drag(room, qtbot, lane_point(room, 2.0), lane_point(room, 3.5))
    (added, _old) = labels(room)
    assert added.start == pytest.approx(2.0, abs=0.03)
    assert added.stop == pytest.approx(3.5, abs=0.03)
    assert room.document.selected == added
    assert read_annotations(room.document.path) == room.document.index.items
    assert room.undo() is not None
    assert len(labels(room)) == 1
    assert room.redo() is not None
    assert labels(room)[0] == added


def test_the_mouse_moves_and_resizes_the_selected_one(room: ReviewRoom, qtbot: QtBot) -> None:
    room.view.show_span(18.0, 26.0)
    drag(room, qtbot, lane_point(room, 21.7), lane_point(room, 23.7))
    (moved,) = labels(room)
    assert moved.start == pytest.approx(23.0, abs=0.03)
    assert moved.duration == pytest.approx(1.5, abs=1e-6)
    drag(room, qtbot, lane_point(room, moved.stop), lane_point(room, 25.5))
    (longer,) = labels(room)
    assert longer.stop == pytest.approx(25.5, abs=0.03)
    assert longer.start == moved.start
    room.undo()
    room.undo()
    assert labels(room)[0].start == 21.0


def test_edges_of_an_annotation_that_is_not_selected_do_not_resize(
    room: ReviewRoom, qtbot: QtBot
) -> None:
    room.view.show_span(18.0, 26.0)
    drag(room, qtbot, lane_point(room, 21.02), lane_point(room, 20.02))
    (moved,) = labels(room)
    assert moved.duration == pytest.approx(1.5, abs=1e-6)


def test_number_keys_relabel_and_label_spans(room: ReviewRoom, qtbot: QtBot) -> None:
    assert room.document is not None
    room._jump(labels(room)[0].id)
    press(room, qtbot, Qt.Key.Key_2, modifier=NONE)
    assert labels(room)[0].label == room.document.labels[1] == "open"
    room.document.select_span(30.0, 31.0)
    press(room, qtbot, Qt.Key.Key_0, modifier=NONE)
    assert [(a.label, a.start) for a in labels(room)][-1] == ("rest", 30.0)
    room.undo()
    room.undo()
    assert [a.label for a in labels(room)] == ["fist"]


def test_keys_for_start_end_nudge_split_join_delete(room: ReviewRoom, qtbot: QtBot) -> None:
    assert room.document is not None
    room.document.put_cursor(40.0)
    press(room, qtbot, Qt.Key.Key_I, modifier=NONE)
    room.document.put_cursor(42.0)
    press(room, qtbot, Qt.Key.Key_O, modifier=NONE)
    made = room.document.selected
    assert made is not None
    assert (made.start, made.stop) == (40.0, 42.0)
    press(room, qtbot, Qt.Key.Key_BracketLeft, modifier=NONE)
    press(room, qtbot, Qt.Key.Key_Period, Qt.Key.Key_Period, modifier=NONE)
    nudged = room.document.selected
    assert nudged is not None
    assert nudged.start == pytest.approx(39.99)
    assert nudged.stop == pytest.approx(42.02)
    room.document.move_cursor(41.0)
    press(room, qtbot, Qt.Key.Key_K, modifier=NONE)
    assert [a.stop for a in labels(room)][-2:] == [41.0, pytest.approx(42.02)]
    press(room, qtbot, Qt.Key.Key_J, modifier=NONE)
    assert labels(room)[-1].duration == pytest.approx(2.03)
    press(room, qtbot, Qt.Key.Key_Delete, modifier=NONE)
    assert len(labels(room)) == 1
    for _ in range(7):
        room.undo()
    assert [a.start for a in labels(room)] == [21.0]


def test_tab_steps_through_annotations_and_enter_checks_them(
    room: ReviewRoom, qtbot: QtBot
) -> None:
    assert room.document is not None
    qtbot.keyClick(room.canvas, Qt.Key.Key_Tab)
    first = room.document.selected
    assert first is not None
    qtbot.keyClick(room.canvas, Qt.Key.Key_Return)
    second = room.document.selected
    assert second is not None
    assert second.start > first.start
    checked = room.document.index.get(first.id)
    assert checked is not None
    assert checked.reviewed
    qtbot.keyClick(room.canvas, Qt.Key.Key_Tab, SHIFT)
    assert room.document.selected_id == first.id


def test_f5_single_keys_typed_into_the_note_do_not_label(room: ReviewRoom, qtbot: QtBot) -> None:
    assert room.document is not None
    (before,) = labels(room)
    room._jump(before.id)
    press(room, qtbot, Qt.Key.Key_F2, modifier=NONE)
    assert QApplication.focusWidget() is room.panel.details.note
    version = room.document.index
    qtbot.keyClicks(room.panel.details.note, "2 x d 10 k,.[u")
    qtbot.keyClick(room.panel.details.note, Qt.Key.Key_Backspace)
    assert room.document.index is version
    qtbot.keyClick(room.panel.details.note, Qt.Key.Key_Return)
    (after,) = labels(room)
    assert after.note == "2 x d 10 k,.["
    assert (after.label, after.start, after.reviewed) == (before.label, before.start, False)
    assert QApplication.focusWidget() is room.canvas
    room.undo()
    assert labels(room)[0].note == ""


def test_details_change_times_and_refuse_nonsense(room: ReviewRoom, qtbot: QtBot) -> None:
    room._jump(labels(room)[0].id)
    details = room.panel.details
    details.stop.setText("0:23.250")
    details.stop.editingFinished.emit()
    assert labels(room)[0].stop == 23.25
    details.stop.setText("soon")
    details.stop.editingFinished.emit()
    assert labels(room)[0].stop == 23.25
    assert details.stop.property("wrong") is True


def test_list_filters_and_jumps(room: ReviewRoom, qtbot: QtBot) -> None:
    assert room.document is not None
    panel = room.panel.list
    assert len(panel.model.rows) == 13
    panel.filter.setText("cue pinch")
    assert [a.label for a in panel.model.rows] == ["pinch"] * 4
    panel.table.selectRow(3)
    chosen = room.document.selected
    assert chosen is not None
    assert chosen.start == 44.0
    assert room.view.start < 44.0 < room.view.stop


def test_measures_of_a_selection(room: ReviewRoom) -> None:
    assert room.document is not None
    room.document.select_span(8.0, 10.0)
    room.panel.measures.measure_now()
    measured = room.panel.measures.measures
    assert measured is not None
    x = room.document.stream.physical(8_000, 10_000).astype(float)
    rms = [measured.of(f"ch{k + 1}", "RMS").value for k in range(x.shape[1])]
    assert rms == pytest.approx(x.std(axis=0), rel=1e-6)
    room.document.select_span(12.0, 14.0)
    room.panel.measures.measure_now()
    assert room.panel.measures.measures is not None
    assert "500 samples lost" in room.panel.measures.measures.flags("ch1")


def test_conditioned_view_leaves_the_file_alone_and_yields_when_too_wide(
    room: ReviewRoom, qtbot: QtBot
) -> None:
    assert room.document is not None
    before = room.document.stream.physical(0, 1000)
    press(room, qtbot, Qt.Key.Key_F, modifier=NONE)
    assert room.document.source.view.shown is Shown.CONDITIONED
    room.view.show_span(room.view.begin, room.view.end)
    assert room.document.source.raw
    assert (room.document.stream.physical(0, 1000) == before).all()


def test_wheel_pans_zooms_and_scales(room: ReviewRoom, qtbot: QtBot) -> None:
    room.view.go(20.0)
    span, start, amplitude = room.view.span, room.view.start, room.canvas.traces.amplitude
    wheel(room, -120, NONE)
    assert room.view.start == pytest.approx(start + 0.1 * span, rel=1e-3)
    held = room.canvas.traces.time_at(gutter() + 300)
    wheel(room, 120, Qt.KeyboardModifier.ControlModifier)
    assert room.view.span == pytest.approx(span / 1.25, rel=1e-3)
    assert room.canvas.traces.time_at(gutter() + 300) == pytest.approx(held, abs=0.02)
    wheel(room, 120, SHIFT)
    assert room.canvas.traces.amplitude < amplitude


def wheel(room: ReviewRoom, angle: int, modifier: Qt.KeyboardModifier) -> None:
    at = QPointF(gutter() + 300, 50)
    event = QWheelEvent(
        at,
        room.canvas.traces.mapToGlobal(at),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(room.canvas.traces, event)


def test_overview_goes_where_it_is_clicked(room: ReviewRoom, qtbot: QtBot) -> None:
    overview = room.canvas.overview
    x = gutter() + round((overview.width() - gutter()) * 0.75)
    qtbot.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert room.view.start + room.view.span / 2 == pytest.approx(45.0, abs=0.2)


def test_a_recording_that_is_being_written_is_read_only(
    room: ReviewRoom, recording: Path, qtbot: QtBot
) -> None:
    from emgstudio.storage.lock import FolderLock

    lock = FolderLock(recording)
    assert lock.take()
    try:
        room.open(recording)
        assert room.document is not None
        assert room.document.locked
        room.document.select_span(1.0, 2.0)
        press(room, qtbot, Qt.Key.Key_1, modifier=NONE)
        assert len(labels(room)) == 1
        assert room.message.text() == room.document.why_locked
    finally:
        lock.release()


def test_opening_what_is_no_recording_is_a_notice_and_keeps_what_is_open(
    room: ReviewRoom, tmp_path: Path, session: Session
) -> None:
    arrived: list[object] = []
    room.tick.arrived.connect(arrived.append)
    document = room.document
    room.open(tmp_path / "nothing")
    assert room.document is document
    room.tick.beat()
    assert any("nothing" in getattr(item, "text", "") for item in arrived)


def test_undo_survives_closing_the_recording(
    room: ReviewRoom, recording: Path, qtbot: QtBot
) -> None:
    assert room.document is not None
    room.document.select(labels(room)[0].id)
    press(room, qtbot, Qt.Key.Key_Delete, modifier=NONE)
    assert labels(room) == []
    room.open(recording)
    assert labels(room) == []
    room.undo()
    assert [a.label for a in labels(room)] == ["fist"]


def test_hidden_tracks_take_no_room(room: ReviewRoom) -> None:
    assert room.document is not None
    height = room.canvas.lanes.height()
    room.document.hide("cue")
    assert room.canvas.lanes.height() == height - room.canvas.lanes.lane
    assert "cue" not in room.document.tracks
    room.document.hide("cue", hidden=False)
    assert room.canvas.lanes.height() == height


def test_tracks_and_label_set_are_as_they_were_left(
    room: ReviewRoom, session: Session, tick: Tick, qtbot: QtBot
) -> None:
    assert room.document is not None
    room.document.lock("cue")
    room.document.add_track("rater2")
    room.document.hide("labels")
    room.editor.use_set("Gestures")
    path = room.document.path
    room.close_room()
    another = ReviewRoom(session, tick)
    qtbot.addWidget(another)
    another.open(path)
    document = another.document
    assert document is not None
    assert document.is_locked("cue")
    assert not document.is_locked("rater2")
    assert document.tracks == ("cue", "rater2")
    assert document.track == "rater2"
    assert document.choice.name == "Gestures"
    document.lock("cue", False)
    another.open(path)
    assert another.document is not None
    assert not another.document.is_locked("cue")
    another.close_room()
