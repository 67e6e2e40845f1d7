"""The window as a whole: rooms by keyboard, recording, closing, and that all of it can be read."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.devices.worker import DeviceState
from emgstudio.gui import notices
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.devices import DevicesRoom
from emgstudio.gui.rooms.registry import ROOMS, Place, Rooms
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.session.recording_marks import MARK_TRACK
from emgstudio.session.session import Session
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recording import Recording
from tests.gui.reading import cut_off, nameless


@pytest.fixture(autouse=True)
def toasts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """They go when somebody dismisses them, however long a test takes to look at them."""
    monkeypatch.setattr(notices, "STAYS_S", dict.fromkeys(Level, 0.0))


def test_a3_every_room_is_reached_by_its_keys(qtbot: QtBot, window: MainWindow) -> None:
    for number, key in enumerate(window.rooms, start=1):
        digit = getattr(Qt.Key, f"Key_{number}")
        qtbot.keyClick(window, digit, Qt.KeyboardModifier.ControlModifier)
        assert window.room.key == key
        assert window._rail.buttons[key].isChecked()


def test_a_room_is_built_when_somebody_goes_there(window: MainWindow) -> None:
    assert [room.key for room in window.rooms.built] == ["home"]
    assert "review" in window.rooms
    window.go_to("devices")
    assert [room.key for room in window.rooms.built] == ["home", "devices"]
    for place in ROOMS:
        room = window.rooms[place.key]
        assert (room.key, room.title) == (place.key, place.title)
        assert room.icon_name == place.icon_name


class Refusing(Room):
    """A room that cannot look into its own folder."""

    key, title = "clients", "Clients"

    def entered(self) -> None:
        raise EmgError("The index cannot be opened.", "Look at its folder.")

    def open(self, thing: object) -> None:
        raise EmgError(f"There is no {thing}.")


class RefusingPlace(Place):
    """Where it is."""

    def build(self, session: Session, tick: Tick, parent: QWidget) -> Room:
        return Refusing(session, tick, parent)


def test_what_a_room_cannot_do_when_it_is_entered_is_a_notice(window: MainWindow) -> None:
    window.rooms = Rooms(
        [RefusingPlace("clients", "Clients", "person", "Refusing")], window._build_room
    )
    window.go_to("clients", "Jo")
    assert isinstance(window.room, Refusing)
    assert window._rail.buttons["clients"].isChecked()
    window.tick.beat()
    said = [entry.notice for entry in window.book.entries]
    assert [notice.text for notice in said] == ["The index cannot be opened.", "There is no Jo."]
    assert {(notice.level, notice.source) for notice in said} == {(Level.ERROR, "Clients")}


def test_the_log_of_a_device_begins_before_its_room_is_built(streaming: MainWindow) -> None:
    (device,) = streaming.session.devices
    streaming.tick.beat()
    room = streaming.rooms["devices"]
    assert isinstance(room, DevicesRoom)
    assert any("streaming: " in line for line in room.logs.lines(device))


def test_a3_tab_reaches_rail_bar_and_status(qtbot: QtBot, streaming: MainWindow) -> None:
    window = streaming
    qtbot.waitUntil(lambda: window._status_bar.lost.isVisible())
    seen = set()
    for _ in range(200):
        focus = QApplication.focusWidget()
        if focus in seen:
            break
        seen.add(focus)
        window.focusNextChild()
    # As in any group of which one is on, the arrow keys go on from there.
    expected = {
        window._rail.buttons["home"],
        window._session_bar.record,
        window._session_bar.devices,
        window._status_bar.lost,
    }
    assert expected <= seen


def test_arrow_keys_walk_the_rail(qtbot: QtBot, window: MainWindow) -> None:
    buttons = window._rail.buttons
    buttons["home"].setFocus()
    qtbot.keyClick(buttons["home"], Qt.Key.Key_Down)
    assert buttons["clients"].hasFocus()
    qtbot.keyClick(buttons["clients"], Qt.Key.Key_Space)
    assert window.room.key == "clients"


def test_a4_everything_that_can_be_used_has_a_name(qtbot: QtBot, streaming: MainWindow) -> None:
    for key in streaming.rooms:
        streaming.go_to(key)
        assert nameless(streaming) == [], f"in {key}"


@pytest.mark.parametrize("scale", [100, 150, 200])
def test_a5_no_word_is_cut_off_at_the_smallest_screen(
    qtbot: QtBot, streaming: MainWindow, scale: int
) -> None:
    theme().apply("dark", scale)
    streaming.toggle_record()
    for key in streaming.rooms if scale == 100 else ("home", "devices", "live"):
        streaming.go_to(key)
        # A text that has just changed gets its room with the next layout.
        qtbot.waitUntil(lambda: not cut_off(streaming))
        assert streaming.width() == 1280, f"{key} does not fit at {scale} %"
        assert streaming.height() == 720, f"{key} does not fit at {scale} %"


def test_recording_by_key_shows_time_and_size_and_survives_every_room(
    qtbot: QtBot, streaming: MainWindow
) -> None:
    window = streaming
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    recorder = window.session.recorder
    assert recorder is not None
    button = window._session_bar.record
    qtbot.waitUntil(lambda: "kB" in button.text())
    assert re.match(r"REC \d+:\d\d · ", button.text())
    assert button.accessibleName().startswith("Stop recording")
    assert window._session_bar.property("recording")
    for key in window.rooms:
        window.go_to(key)
        assert window.session.recorder is recorder
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert marks_in(recorder) == ["mark"]
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert marks_in(recorder) == []
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert marks_in(recorder) == ["mark"]
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.session.recorder is None
    assert button.text() == "Record"
    saved = Path(window.session.settings.recent.recordings[0])
    with Recording.open(saved) as recording:
        assert recording.duration_s > 0
    assert any("Recording saved" in entry.notice.text for entry in window.book.entries)


def marks_in(recorder: Recorder) -> list[str]:
    """What a person marked; lamps may have left labels of their own."""
    return [a.label for a in recorder.annotations.items if a.track == MARK_TRACK]


def test_without_a_device_the_record_button_says_so_and_the_key_explains(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert not window._session_bar.record.isEnabled()
    assert window._session_bar.record.text() == "No device to record"
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.book.entries[-1].notice.text == "Nothing streams yet."
    assert window._toasts.toasts[-1].notice.level == Level.ERROR


def test_single_keys_rest_while_somebody_types(qtbot: QtBot, streaming: MainWindow) -> None:
    window = streaming
    window.toggle_record()
    window.go_to("devices")
    line = window.rooms["devices"].address
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "sim:m?m")
    assert line.text() == "sim:m?m"
    assert window.session.recorder is not None
    assert marks_in(window.session.recorder) == []
    assert window.overlay is None


def test_closing_while_recording_asks_and_keeps_recording(
    qtbot: QtBot, streaming: MainWindow
) -> None:
    window = streaming
    window.toggle_record()
    recorder = window.session.recorder
    assert not window.close()
    assert window.question is not None
    assert window.question.keep.isDefault()
    window.question.keep.click()
    qtbot.waitUntil(lambda: window.question is None)
    assert window.isVisible()
    assert window.session.recorder is recorder
    assert recorder is not None
    assert recorder.status.state == "recording"


def test_stop_save_and_close_finishes_the_recording(qtbot: QtBot, streaming: MainWindow) -> None:
    window = streaming
    window.toggle_record()
    recorder = window.session.recorder
    assert recorder is not None
    received = window.session.streams[0].received
    qtbot.waitUntil(lambda: window.session.streams[0].received > received)
    window.close()
    assert window.question is not None
    window.question.stop.click()
    assert not window.isVisible()
    assert window.session.recorder is None
    assert window.session.devices == {}
    with Recording.open(recorder.path) as recording:
        assert recording.state == "finished"
        assert recording.main.samples > 0


def test_closing_without_a_recording_asks_nothing(qtbot: QtBot, streaming: MainWindow) -> None:
    assert streaming.close()
    assert streaming.question is None
    assert streaming.session.devices == {}


def test_status_cells_tell_rate_loss_delay_and_demo(qtbot: QtBot, streaming: MainWindow) -> None:
    status = streaming._status_bar
    qtbot.waitUntil(lambda: status.delay.text().endswith("ms"))
    assert status.rate.text().startswith("8 ch · ")
    assert status.rate.text().endswith("/1000 Hz")
    assert status.lost.text() == "lost 0 (0.00 %)"
    assert status.lost.accessibleName() == "Lost samples: none"
    assert status.demo.isVisible()
    assert not status.saved.isVisible()
    streaming.toggle_record()
    qtbot.waitUntil(status.saved.isVisible)


def test_a_figure_that_needs_a_look_has_room_for_bold_words(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.tick.stop()
    cell = window._status_bar.rate
    window._status_bar._row.want(cell, True)
    qtbot.waitUntil(cell.isVisible)
    cell.show_figure("8 ch · 1000/1000 Hz", "", "")
    qtbot.waitUntil(lambda: cell.width() >= cell.sizeHint().width())
    before = cell.width()
    cell.show_figure("8 ch · 1088/1000 Hz", "", "", "check")
    qtbot.waitUntil(lambda: cell.width() >= cell.sizeHint().width() > before)


def test_an_outage_is_no_delay(qtbot: QtBot, window: MainWindow) -> None:
    window.tick.stop()
    status = window._status_bar
    clean = SimpleNamespace(head=100)
    stream = SimpleNamespace(clean=clean, clock=SimpleNamespace(time=lambda _index: host_time()))
    device = SimpleNamespace(state=DeviceState.STREAMING)
    status._session = SimpleNamespace(main_stream=stream, device_of=lambda _stream: device)
    status._refreshed = 10.0
    status._frame(10.0)
    assert len(status._ages) == 1
    device.state = DeviceState.LOST
    status._frame(10.1)
    assert not status._ages
    # The newest sample is still the one before the outage: how old it is says nothing.
    device.state = DeviceState.STREAMING
    status._frame(10.1)
    assert not status._ages
    clean.head = 110
    status._frame(10.1)
    assert len(status._ages) == 1
    status._session = window.session


def test_a_row_folds_the_least_important_first_and_shows_the_dots(qtbot: QtBot) -> None:
    row = FoldingRow(spacing=0)
    qtbot.addWidget(row)
    parts = {rank: QPushButton(f"part {rank}") for rank in (2, 0, 3, 1)}
    for rank, part in parts.items():
        part.setFixedWidth(100)
        row.add(part, rank)
    dots = QPushButton("dots")
    dots.setFixedWidth(50)
    row.add_more(dots)
    row.show()
    row.resize(400, 40)
    assert row.folded == []
    assert dots.isHidden()
    row.resize(399, 40)
    assert row.folded == [parts[3]]
    assert not dots.isHidden()
    row.resize(260, 40)
    assert row.folded == [parts[2], parts[3]]
    row.resize(10, 40)
    assert row.folded == [parts[2], parts[3], parts[1]]
    row.want(parts[3], False)
    row.resize(300, 40)
    assert row.folded == []


def test_notices_become_toasts_count_up_and_stay_in_the_book(
    qtbot: QtBot, window: MainWindow
) -> None:
    outbox = window.session.outbox
    for _ in range(3):
        outbox.notice(Level.WARNING, "The sensor is asleep.", "Press its button.")
    qtbot.waitUntil(lambda: bool(window._toasts.toasts))
    assert len(window._toasts.toasts) == 1
    assert window.book.entries[-1].times == 3
    assert window._session_bar.bell.accessibleName() == "Notices, 1 unread"
    window._toasts.toasts[0].dismiss()
    assert window._toasts.toasts == []
    assert len(window.book.entries) == 1


def test_many_toasts_keep_the_errors(qtbot: QtBot, window: MainWindow) -> None:
    window.book.add(Notice(Level.ERROR, "The disk is full."))
    for number in range(5):
        window.book.add(Notice(Level.INFO, f"Something {number}"))
    texts = [toast.notice.text for toast in window._toasts.toasts]
    assert texts == ["The disk is full.", "Something 3", "Something 4"]


def test_theme_and_text_size_are_remembered(qtbot: QtBot, window: MainWindow) -> None:
    window._session_bar.theme.click()
    window.set_text_size(125)
    kept = Session().settings.appearance
    assert (kept.theme, kept.scale) == ("light", 125)


def test_the_keyboard_map_lists_the_keys_that_work(qtbot: QtBot, window: MainWindow) -> None:
    held = window._session_bar.bell
    held.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.overlay is not None
    words = {w.text() for w in window.overlay.findChildren(QLabel)}
    assert {"Ctrl+R", "M", "Ctrl+1", "Search again", "Mark this moment"} <= words
    qtbot.keyClick(window.overlay, Qt.Key.Key_Escape)
    assert window.overlay is None
    # The map builds every room; none of them may have taken the keys.
    assert window.focusWidget() is held
    qtbot.keyClick(window, "?")
    assert window.overlay is not None


def test_a2_about_shows_the_research_statement(qtbot: QtBot, window: MainWindow) -> None:
    window.show_about()
    assert window.overlay is not None
    words = " ".join(w.text() for w in window.overlay.findChildren(QLabel))
    assert "not a medical device" in words


def test_the_keys_of_a_room_outlive_leaving_it(qtbot: QtBot, window: MainWindow) -> None:
    keys = {key: [a.text() for a in room.actions()] for key, room in window.rooms.items()}
    for key in [*window.rooms, *window.rooms]:
        window.go_to(key)
    for key, room in window.rooms.items():
        assert [a.text() for a in room.actions()] == keys[key]
    assert keys["live"]
    assert keys["review"]


def test_no_toast_is_squeezed(qtbot: QtBot, window: MainWindow) -> None:
    for number in range(2):
        window.book.add(Notice(Level.INFO, f"Marked at 0:0{number}."), (("Undo", window.undo),))
        for toast in window._toasts.toasts:
            qtbot.waitUntil(
                lambda toast=toast: toast.height() >= toast.heightForWidth(toast.width()) > 40
            )


def test_a_silent_device_shows_no_old_rate(qtbot: QtBot, streaming: MainWindow) -> None:
    rate = streaming._status_bar.rate
    qtbot.waitUntil(lambda: "8 ch" in rate.text() and "no signal" not in rate.text())
    next(iter(streaming.session.devices.values())).stop()
    qtbot.waitUntil(lambda: "no signal" in rate.text())
