"""The Devices room as its list fills, and what its cards say about connections in trouble."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.devices.doctor import Advice
from emgstudio.devices.health import health_of
from emgstudio.devices.links.ble_scan import Advertiser
from emgstudio.devices.search import SeenPort
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.gui.device_card import named
from emgstudio.gui.devices.doctor_view import DoctorView, SafetyCard
from emgstudio.gui.devices.figures import figures_of
from emgstudio.gui.devices.found_list import FOUND, FoundList, Heading, Remark, bars
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.devices import DevicesRoom
from emgstudio.gui.theme import theme
from emgstudio.session import search as search_module
from emgstudio.session.search import AIR, PORTS, REHEARSE, SIMULATED, FoundGroup

UNO = SeenPort("/dev/ttyACM7", "Arduino Uno", 0x2341, 0x0043)


class Air:
    """A scan that hears what the test says."""

    problem: EmgError | None = None
    running = True

    def __init__(self, *advertisers: Advertiser) -> None:
        self.seen = advertisers

    def stop(self) -> None:
        self.running = False


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[SeenPort]:
    there: list[SeenPort] = []
    monkeypatch.setattr(search_module, "serial_ports", lambda: list(there))
    monkeypatch.setattr(search_module, "PORTS_EVERY_S", 0.02)
    monkeypatch.setattr(search_module, "LOOK_EVERY_S", 0.01)
    return there


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Air:
    made = Air()
    monkeypatch.setattr(search_module, "BluetoothScan", lambda _seconds: made)
    return made


@pytest.fixture
def room(ports: list[SeenPort], air: Air, window: MainWindow) -> DevicesRoom:
    window.go_to("devices")
    made = window.room
    assert isinstance(made, DevicesRoom)
    return made


def lines(found: FoundList) -> list[str]:
    return [found.item(row).text() for row in range(found.count())]


def uris(room: DevicesRoom) -> list[str]:
    return [device.uri for device in room.found.devices]


def test_what_is_plugged_in_appears_and_the_choice_stays(
    qtbot: QtBot, room: DevicesRoom, ports: list[SeenPort], air: Air
) -> None:
    qtbot.waitUntil(lambda: any("No port was found" in text for text in lines(room.found)))
    room.found.choose("sim:clean")
    ports.append(UNO)
    air.seen = (Advertiser("E1:7A:00:00:00:01", "My Myo", -58.0, ()),)
    qtbot.waitUntil(lambda: "ble:E1:7A:00:00:00:01?driver=myo" in uris(room))
    qtbot.waitUntil(lambda: any("/dev/ttyACM7" in uri for uri in uris(room)))
    assert room.found.chosen is not None
    assert room.found.chosen.uri == "sim:clean"
    titles = [t for t in lines(room.found) if t in (PORTS, AIR, SIMULATED, REHEARSE)]
    assert titles == [PORTS, AIR, SIMULATED, REHEARSE]


def test_a_radio_that_cannot_search_says_why(qtbot: QtBot, room: DevicesRoom, air: Air) -> None:
    air.problem = EmgError("Bluetooth is switched off on this computer.", "Switch it on.")
    air.running = False
    qtbot.waitUntil(lambda: any("switched off" in text for text in lines(room.found)))
    qtbot.waitUntil(lambda: room.again.text() == "Search again")


def test_the_search_ends_when_nobody_looks(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow, air: Air
) -> None:
    qtbot.waitUntil(lambda: room.seeker.scanning)
    window.go_to("home")
    assert not air.running
    assert room.seeker._thread is None


def test_a_port_can_be_read_in_several_ways(
    qtbot: QtBot, room: DevicesRoom, ports: list[SeenPort]
) -> None:
    ports.append(UNO)
    qtbot.waitUntil(lambda: any("ttyACM7" in uri for uri in uris(room)))
    room.found.choose("serial:/dev/ttyACM7?driver=ascii")
    room.settings_button.click()
    assert room.form.uri() == "serial:/dev/ttyACM7?driver=ascii"
    room.form.driver.setCurrentIndex(room.form.driver.findText("OpenBCI Cyton"))
    assert room.form.options is not None
    room.form.options.set_values({"gain": 12})
    assert room.form.uri() == "serial:/dev/ttyACM7?driver=cyton&gain=12"
    room.connect_button.click()
    known = room.session.sensors.with_kept_options
    assert known("serial:/dev/ttyACM7?driver=cyton") == "serial:/dev/ttyACM7?driver=cyton&gain=12"
    assert known("serial:/dev/ttyACM7?driver=ascii") == "serial:/dev/ttyACM7?driver=ascii"


def test_an_unknown_advertiser_asks_what_it_is(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow, air: Air
) -> None:
    air.seen = (Advertiser("AA:BB", "Kitchen lamp", -70.0, ()),)
    qtbot.waitUntil(lambda: "ble:AA:BB" in uris(room))
    room.found.choose("ble:AA:BB")
    room.connect_button.click()
    assert room.settings_button.isChecked()
    assert room.session.devices == {}
    qtbot.waitUntil(lambda: any("Which device" in e.notice.text for e in window.book.entries))
    assert "?driver=" not in window.book.entries[-1].notice.hint


def test_a_typed_port_asks_for_its_driver_then_connects(qtbot: QtBot, room: DevicesRoom) -> None:
    room.address.setText("/dev/not-there-7")
    qtbot.waitUntil(room._typed_place.isVisible)
    qtbot.keyClick(room.address, Qt.Key.Key_Return)
    assert room.session.devices == {}, "it is not guessed"
    form = room.typed_form
    form.driver.setCurrentIndex(form.driver.findText("OpenBCI Cyton"))
    qtbot.waitUntil(lambda: room._typed_place.height() >= 150)
    bar = room._typed_place.horizontalScrollBar()
    assert bar.maximum() == 0, "nothing of the form is cut off"
    qtbot.keyClick(room.address, Qt.Key.Key_Return)
    (worker,) = room.session.devices.values()
    assert worker.uri == "serial:/dev/not-there-7?driver=cyton"
    assert room.address.text() == ""
    assert not room._typed_place.isVisible()


def test_a_missing_port_is_explained_on_its_card_and_in_its_log(
    qtbot: QtBot, room: DevicesRoom
) -> None:
    device_id = room.session.connect("serial:/dev/not-there-7?driver=chords")
    worker = room.session.devices[device_id]
    qtbot.waitUntil(lambda: worker.state is DeviceState.WAITING)
    qtbot.waitUntil(lambda: bool(room.cards))
    card = room.cards[device_id]
    qtbot.waitUntil(lambda: [a.key for a in card.doctor.said] == ["trouble"])
    assert "no port /dev/not-there-7" in card.doctor.said[0].text
    assert "search again" in card.doctor.said[0].hint
    card.log_button.click()
    assert card.log.isVisible()
    assert "opening: Connecting to" in card.log.text.toPlainText()
    card.log.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert "serial:/dev/not-there-7?driver=chords" in copied
    assert "opening: Connecting to" in copied


def test_a_board_at_a_cable_shows_the_safety_card_until_it_is_confirmed(
    qtbot: QtBot, room: DevicesRoom, own_home: Path
) -> None:
    uri = "serial:/dev/not-there-7?driver=chords"
    first = room.session.connect(uri)
    qtbot.waitUntil(lambda: first in room.cards)
    card = room.cards[first]
    qtbot.waitUntil(card.safety.isVisible)
    card.safety.confirm_button.click()
    assert not card.safety.isVisible()
    room.session.disconnect(first)
    again = room.session.connect(f"{uri}&gain=100")
    qtbot.waitUntil(lambda: again in room.cards)
    qtbot.waitUntil(room.cards[again].isVisible)
    assert not room.cards[again].safety.isVisible(), "it is remembered, options or not"
    other = room.session.connect("serial:/dev/not-there-8?driver=chords")
    radio = room.session.connect("serial:/dev/not-there-9?driver=cyton")
    qtbot.waitUntil(lambda: {other, radio} <= set(room.cards))
    qtbot.waitUntil(room.cards[other].safety.isVisible)
    qtbot.waitUntil(room.cards[radio].isVisible)
    assert not room.cards[radio].safety.isVisible(), "on batteries, over radio"


def test_the_safety_card_fits_its_column_where_texts_are_large(qtbot: QtBot) -> None:
    try:
        theme().apply("dark", 200)
        card = SafetyCard(lambda: None)
        qtbot.addWidget(card)
        # What a device's card has inside of a window of 1280 pixels.
        assert card.minimumSizeHint().width() <= 480
    finally:
        theme().apply("dark", 100)


def test_a_card_names_all_of_a_few_channels_and_the_ends_of_many() -> None:
    names = [str(k) for k in range(1, 385)]
    assert named(names[:8]) == "1, 2, 3, 4, 5, 6, 7, 8"
    assert named(names) == "1, 2, 3 … 384"


def test_too_slow_for_muscles_is_said_once(qtbot: QtBot, room: DevicesRoom) -> None:
    device_id = room.session.connect("sim:clean?rate=250")
    worker = room.session.devices[device_id]
    qtbot.waitUntil(lambda: worker.state is DeviceState.STREAMING)
    qtbot.waitUntil(lambda: device_id in room.cards)
    card = room.cards[device_id]
    qtbot.waitUntil(lambda: card.doctor.isVisible() and card.doctor.findings[0].isVisible())
    said = [w.text() for w in card.findChildren(QLabel) if w.isVisible()]
    assert len([text for text in said if "too slow" in text]) == 1
    assert any("250 Hz" in text for text in said)


def test_what_is_over_is_not_shown_as_if_it_went_on(qtbot: QtBot, room: DevicesRoom) -> None:
    device_id = room.session.connect("sim:clean?rate=1000")
    worker = room.session.devices[device_id]
    qtbot.waitUntil(lambda: worker.state is DeviceState.STREAMING)
    qtbot.waitUntil(lambda: "Sampling rate" in shown(worker))
    assert shown(worker)["Sampling rate"] != "– / 1000 Hz"
    room.session.disconnect(worker.device_id)
    assert shown(worker)["Sampling rate"] == "– / 1000 Hz"
    assert shown(worker)["Lost"] == "0 (0.00 %)"


def shown(worker: DeviceWorker) -> dict[str, str]:
    return dict(figures_of(worker, [health_of(stream) for stream in worker.streams], None))


def test_a_finding_with_other_figures_stays_in_its_place(qtbot: QtBot) -> None:
    view = DoctorView()
    qtbot.addWidget(view)
    view.show_advice([Advice("loss", Level.WARNING, "EMG has lost 1.0 %.", "Come nearer.")])
    first = view.findings[0]
    view.show_advice([Advice("loss", Level.WARNING, "EMG has lost 1.1 %.", "Come nearer.")])
    assert view.findings == [first]
    assert first.text.text() == "EMG has lost 1.1 %."
    assert "1.1 %" in first.accessibleName()
    view.show_advice([Advice("rate", Level.WARNING, "EMG comes at 499 Hz.")])
    assert view.findings != [first]
    view.show_advice([])
    assert view.isHidden()


def test_headings_and_remarks_cannot_be_chosen(qtbot: QtBot) -> None:
    found = FoundList()
    qtbot.addWidget(found)
    found.show_groups([FoundGroup("Serial ports", (), "No port was found.")])
    assert found.chosen is None
    kinds = [type(found.item(row).data(FOUND)) for row in range(2)]
    assert kinds == [Heading, Remark]
    assert not any(found.item(row).flags() & Qt.ItemFlag.ItemIsSelectable for row in range(2))


def test_a_signal_fills_bars() -> None:
    assert [bars(dbm) for dbm in (-100.0, -90.0, -75.0, -50.0)] == [0, 1, 2, 3]
