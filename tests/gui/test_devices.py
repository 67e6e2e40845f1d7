"""Devices: connect, see how it goes, change settings, let go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from emgstudio.devices.registry import find_devices
from emgstudio.devices.worker import DeviceState
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.devices import DevicesRoom


@pytest.fixture
def room(window: MainWindow) -> DevicesRoom:
    window.go_to("devices")
    made = window.room
    assert isinstance(made, DevicesRoom)
    return made


def card_of(room: DevicesRoom):
    assert len(room.cards) == 1
    return next(iter(room.cards.values()))


def connected(qtbot: QtBot, room: DevicesRoom):
    qtbot.waitUntil(
        lambda: [w.state for w in room.session.devices.values()] == [DeviceState.STREAMING],
    )
    qtbot.waitUntil(lambda: bool(room.cards))
    return card_of(room)


def choose(room: DevicesRoom, uri: str) -> None:
    room.found.choose(uri)
    assert room.found.chosen is not None
    assert room.found.chosen.uri == uri


def test_everything_that_can_be_found_is_listed(room: DevicesRoom) -> None:
    assert sorted(d.uri for d in room.found.devices) == sorted(d.uri for d in find_devices())
    assert len(find_devices()) > 10
    assert room.connect_button.accessibleName() == f"Connect {find_devices()[0].title}"


def test_enter_connects_and_the_card_shows_how_it_goes(qtbot: QtBot, room: DevicesRoom) -> None:
    choose(room, "sim:gestures")
    qtbot.keyClick(room.found, Qt.Key.Key_Return)
    card = connected(qtbot, room)
    # The card looks again with each frame; the device may have begun since the last one.
    qtbot.waitUntil(lambda: card.lamp._name == "icons/good")
    assert card.figures.text("Lost") == "0 (0.00 %)"
    assert "8 channels in µV" in card.channels.text()
    assert card.figures.text("Last packet").endswith("ago")
    qtbot.waitUntil(lambda: bool(room.session.settings.recent.devices))


def test_readings_of_the_device_are_shown(qtbot: QtBot, room: DevicesRoom) -> None:
    room.address.setText("sim:battery")
    qtbot.keyClick(room.address, Qt.Key.Key_Return)
    card = connected(qtbot, room)
    qtbot.waitUntil(lambda: "Battery" in card.figures)
    assert card.figures.text("Battery").endswith("%")
    assert room.address.text() == ""
    assert room.address.hasFocus()


def test_a_signal_leads_on_to_the_rooms_that_use_it(qtbot: QtBot, room: DevicesRoom) -> None:
    room.refresh()
    assert not room.places_to_go.isVisible()
    room.session.connect("sim:clean")
    connected(qtbot, room)
    qtbot.waitUntil(room.places_to_go.isVisible)
    rooms = []
    room.wanted.disconnect()
    room.wanted.connect(lambda key, _thing: rooms.append(key))
    for button in room.places_to_go.findChildren(QPushButton):
        button.click()
    assert rooms == ["live", "therapy", "calibrate"]


def test_settings_go_into_the_connection(qtbot: QtBot, room: DevicesRoom) -> None:
    choose(room, "sim:clean")
    room.settings_button.click()
    assert room.form.options is not None
    room.form.options.set_values({"rate": 2000.0, "channels": 6, "person": "B"})
    room.connect_button.click()
    connected(qtbot, room)
    stream = room.session.main_stream
    assert stream is not None
    assert (stream.info.rate, stream.info.n_channels) == (2000.0, 6)


def test_new_settings_reconnect_the_device(qtbot: QtBot, room: DevicesRoom) -> None:
    room.session.connect("sim:clean")
    card = connected(qtbot, room)
    card.settings_button.click()
    assert card.settings.isVisible()
    box = card.form.editors["rate"]
    assert isinstance(box, QDoubleSpinBox)
    box.setValue(500.0)
    card._apply()
    connected(qtbot, room)
    stream = room.session.main_stream
    assert stream is not None
    assert stream.info.rate == 500.0
    qtbot.waitUntil(lambda: card_of(room).worker.uri.endswith("?rate=500.0"))


def test_a_device_that_is_recorded_cannot_be_let_go(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow
) -> None:
    room.session.connect("sim:clean")
    card = connected(qtbot, room)
    window.toggle_record()
    card.disconnect_button.click()
    qtbot.waitUntil(lambda: any("is being recorded" in e.notice.text for e in window.book.entries))
    assert len(room.session.devices) == 1
    window.toggle_record()
    card.disconnect_button.click()
    assert room.session.devices == {}
    qtbot.waitUntil(lambda: room.cards == {})
    assert room._nothing.isVisible()


def test_a_wrong_address_is_explained(qtbot: QtBot, room: DevicesRoom, window: MainWindow) -> None:
    room.address.setText("sim:nowhere")
    qtbot.keyClick(room.address, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.book.entries))
    assert "nowhere" in window.book.entries[-1].notice.text
    assert room.address.text() == "sim:nowhere", "so that it can be put right"
    assert room.session.devices == {}


def test_a_recording_is_played_and_can_be_played_again_after_its_end(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.session.connect("sim:clean")
    card = connected(qtbot, room)
    window.toggle_record()
    recorder = window.session.recorder
    assert recorder is not None
    qtbot.waitUntil(lambda: recorder.status.bytes > 2 * 4 * 500)
    path = window.session.stop_recording()
    card.disconnect_button.click()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(path))
    room._choose_replay()
    qtbot.waitUntil(
        lambda: [w.state for w in room.session.devices.values()] == [DeviceState.CLOSED],
    )
    qtbot.waitUntil(lambda: card_of(room).again.isVisible())
    card = card_of(room)
    assert card.disconnect_button.text() == "Remove"
    before = next(iter(room.session.devices))
    card.again.click()
    assert before not in room.session.devices
    assert len(room.session.devices) == 1


def test_the_simulated_person_does_what_is_asked(qtbot: QtBot, room: DevicesRoom) -> None:
    room.session.connect("sim:gestures")
    card = connected(qtbot, room)
    qtbot.waitUntil(card.gestures.isVisible)
    fist = next(b for b in card._performed.buttons() if b.text() == "Fist")
    fist.click()
    assert fist.isChecked()
    stream = room.session.main_stream
    assert stream is not None

    def loud() -> bool:
        return bool(abs(stream.clean.latest(300).data).mean() > 20)

    qtbot.waitUntil(loud)
