"""Bars, electrode array and values in the Live room: only what is seen is computed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from emgstudio.core.types import Notice
from emgstudio.gui.panels.live_toolbar import Picture
from emgstudio.gui.plots.grid_shape import GridShape, Order
from emgstudio.gui.rooms.live import LiveRoom

DEMO = "sim:gestures?rate=1000&channels=32"
pytestmark = pytest.mark.usefixtures("drawn_as_chosen")


@pytest.fixture
def room(qtbot, session, tick) -> LiveRoom:
    made = LiveRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    session.connect(DEMO)
    qtbot.waitUntil(lambda: made.traces.head > 20)
    return made


def choose(room: LiveRoom, text: str) -> None:
    room.toolbar.view.activated.emit(room.toolbar.view.findText(text))


def test_the_view_list_leads_to_every_picture_and_back(room) -> None:
    for text, picture in (("Bars", Picture.BARS), ("Values", Picture.VALUES)):
        choose(room, text)
        assert room.pictures.picture is picture
        assert room.toolbar.view.currentText() == text
        assert room.page.picture(picture).isVisible()
        assert not room.traces.isVisible()
    choose(room, "Raw")
    assert room.traces.isVisible()
    assert room.toolbar.view.currentText() == "Raw"


def test_only_the_picture_that_is_seen_is_computed(qtbot, room) -> None:
    assert room.page.grid.frames_computed <= 5
    choose(room, "Electrode array")
    read, frames = room.traces.feed.samples_read, room.page.grid.frames_computed
    qtbot.waitUntil(lambda: room.page.grid.frames_computed > frames + 5)
    assert room.traces.feed.samples_read == read


def test_keys_show_a_picture_and_the_traces_again(qtbot, room) -> None:
    room.activateWindow()
    room.traces.setFocus()
    qtbot.waitUntil(room.traces.hasFocus)
    for key, picture in (
        (Qt.Key.Key_F6, Picture.VALUES),
        (Qt.Key.Key_F7, Picture.BARS),
        (Qt.Key.Key_F8, Picture.GRID),
    ):
        qtbot.keyClick(room.traces, key)
        assert room.pictures.picture is picture
        qtbot.keyClick(room.page.picture(picture), key)
        assert room.pictures.picture is Picture.TRACES


def test_values_are_the_text_alternative(qtbot, room) -> None:
    room.pictures.toggle_values()
    model = room.page.values.values
    qtbot.waitUntil(lambda: model.rowCount() == 32)
    row = model.rows[0]
    assert row.name == "EMG 1"
    assert row.rms.endswith("µV")
    assert row.span.endswith("V")
    spoken = model.data(model.index(3, 2), Qt.ItemDataRole.AccessibleTextRole)
    assert str(spoken).startswith("EMG 4, RMS: ")
    room.page.values.setCurrentIndex(model.index(5, 0))
    assert room.options.selected == 5


def test_an_array_shape_is_remembered_for_the_device(qtbot, session, tick, room) -> None:
    assert room.page.grid.shape == GridShape(8, 4)
    choose(room, "Electrode array")
    form = room.side.grid
    form.size_box.setCurrentIndex(form.size_box.findText("4 × 8"))
    form.size_box.activated.emit(form.size_box.currentIndex())
    form.order.setCurrentIndex(3)
    form.order.activated.emit(3)
    assert room.page.grid.shape == GridShape(4, 8, Order.SNAKE_COLUMNS)
    again = LiveRoom(session, tick)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.stream is not None)
    assert again.page.grid.shape == GridShape(4, 8, Order.SNAKE_COLUMNS)


def test_a_click_in_the_array_selects_and_a_double_click_shows_the_trace(qtbot, room) -> None:
    choose(room, "Electrode array")
    place = room.page.grid.place_of(9).center().toPoint()
    qtbot.mouseClick(room.page.grid, Qt.MouseButton.LeftButton, pos=place)
    assert room.options.selected == 9
    qtbot.mouseDClick(room.page.grid, Qt.MouseButton.LeftButton, pos=place)
    assert room.traces.lanes_shown == (9,)
    assert room.traces.isVisible()


def test_freeze_holds_every_picture(qtbot, room) -> None:
    choose(room, "Electrode array")
    room.freeze(True)
    frames, received = room.page.grid.frames_computed, room.stream.received
    qtbot.waitUntil(lambda: room.stream.received > received + 200)
    assert room.page.grid.frames_computed == frames
    room.freeze(False)
    qtbot.waitUntil(lambda: room.page.grid.frames_computed > frames)


def test_a_picture_is_saved_beside_the_recordings_and_said(qtbot, session, room) -> None:
    told: list[tuple[Notice, tuple]] = []
    room.said.connect(lambda notice, actions: told.append((notice, actions)))
    room.saving.save_now()
    files = list((session.recordings_folder() / "pictures").glob("*.png"))
    assert len(files) == 1
    assert QImage(str(files[0])).width() > 500
    notice, actions = told[0]
    assert files[0].name in notice.text
    assert actions[0][0] == "Show in folder"


def test_pictures_of_lines_and_text(room, tmp_path) -> None:
    for picture in ("Bars", "Electrode array", "Conditioned"):
        choose(room, picture)
        for ending, begins in (("svg", b"<?xml"), ("pdf", b"%PDF")):
            path = tmp_path / "new folder" / f"{picture}.{ending}"
            room.saving.save(path)
            assert path.read_bytes().startswith(begins), path
            assert path.stat().st_size > 3000, path


def test_a_picture_that_cannot_be_saved_is_said(qtbot, session, tick, room, tmp_path) -> None:
    told: list[str] = []
    tick.arrived.connect(lambda item: isinstance(item, Notice) and told.append(item.source))
    (tmp_path / "file").write_text("")
    for path in (Path(tmp_path / "file" / "a.png"), Path(tmp_path / "a.bmp")):
        room.saving.save(path)
    qtbot.waitUntil(lambda: told.count(room.title) == 2)
    assert not (tmp_path / "a.bmp").exists()


def test_the_dialog_asks_without_stopping_anything(qtbot, room, tmp_path) -> None:
    room.saving.ask()
    dialog = room.saving.dialog
    qtbot.waitUntil(dialog.isVisible)
    head = room.traces.head
    qtbot.waitUntil(lambda: room.traces.head > head)
    dialog.fileSelected.emit(str(tmp_path / "mine.png"))
    assert (tmp_path / "mine.png").exists()
    dialog.reject()
