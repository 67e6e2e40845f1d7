"""The pages of the Devices room: teach a board, look into Bluetooth, send on, why is it missing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.devices.ble_presets import presets
from emgstudio.devices.drivers.ascii_options import AsciiOptions
from emgstudio.devices.drivers.ascii_teach import Use
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.packed import CONTROL, DATA, PackedEmulator
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.search import SeenPort
from emgstudio.devices.worker import DeviceState
from emgstudio.gui.devices import lsl_page
from emgstudio.gui.devices.lsl_page import LslPage
from emgstudio.gui.devices.missing_page import MissingPage
from emgstudio.gui.devices.scale_form import CONVERTER, FACTOR, NONE, POINTS, ScaleForm
from emgstudio.gui.devices.sniff_page import SniffPage
from emgstudio.gui.devices.teach_page import KEPT, TeachPage
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.devices import DevicesRoom
from emgstudio.gui.theme import theme
from emgstudio.session import search as search_module
from tests.own_lsl import own_lsl

# With rate and baud rate said, only the columns have to be found: half a second.
BOARD = "serial:emulated?driver=ascii&rate=500.0&baud=115200"
PASTED = "\n".join(f"{2 * k},{500 + (k * 37) % 90},{400 + (k * 53) % 70}" for k in range(40))


@pytest.fixture
def room(window: MainWindow) -> DevicesRoom:
    window.go_to("devices")
    made = window.room
    assert isinstance(made, DevicesRoom)
    return made


def streaming(qtbot: QtBot, room: DevicesRoom) -> Any:
    def first() -> bool:
        states = [w.state for w in room.session.devices.values()]
        return states == [DeviceState.STREAMING]

    qtbot.waitUntil(first)
    return next(iter(room.session.devices.values()))


def taught(qtbot: QtBot, room: DevicesRoom) -> TeachPage:
    room.session.connect(BOARD)
    streaming(qtbot, room)
    qtbot.waitUntil(lambda: bool(room.cards))
    (card,) = room.cards.values()
    card.teach_button.click()
    page = room.pages.page
    assert isinstance(page, TeachPage)
    assert page.worker is card.worker
    qtbot.waitUntil(lambda: page.lesson is not None)
    return page


def test_a_board_is_taught_while_it_streams(qtbot: QtBot, room: DevicesRoom) -> None:
    page = taught(qtbot, room)
    assert "column 1 counts" in page.guess.text()
    assert page.raw.isReadOnly()
    qtbot.waitUntil(lambda: "," in page.raw.toPlainText())
    assert page.table.uses == (Use.COUNTER, Use.EMG, Use.EMG)
    assert page.table.names[1:] == ("muscle1", "muscle2")
    box = page.table.rows[2].use
    box.setCurrentIndex(box.findData(Use.IGNORE))
    page.table.rows[1].name.setText("biceps")
    page.scale.way.setCurrentIndex(CONVERTER)
    assert page.table.isVisible()
    assert "24.4141" in page.scale.formula.text()
    assert "µV" in page.table.rows[1].words.text()
    page.apply_button.click()
    worker = streaming(qtbot, room)
    options = worker.driver.options
    assert (options.columns, options.names) == ("2", "biceps")
    assert (options.vref, options.gain) == (5.0, 200.0)
    (channel,) = worker.streams[0].info.channels
    assert (channel.name, channel.unit) == ("biceps", "µV")
    qtbot.waitUntil(lambda: page.result.text() == KEPT)
    page.back.click()
    assert room.pages.page is None
    qtbot.waitUntil(lambda: bool(room.cards))
    (card,) = room.cards.values()
    card.form.set_values({**card.form.values(), "gain": 400.0})
    card._apply()
    worker = streaming(qtbot, room)
    assert (worker.driver.options.gain, worker.driver.options.names) == (400.0, "biceps")
    assert "gain=400.0" in room.session.sensors.with_kept_options("serial:emulated?driver=ascii")
    room.found.choose("serial:emulated?driver=ascii")
    assert "names=biceps" in room.form.uri(), "it is kept for the next time"


def test_what_cannot_be_taught_is_said_and_not_applied(qtbot: QtBot, room: DevicesRoom) -> None:
    page = taught(qtbot, room)
    for row in page.table.rows:
        row.use.setCurrentIndex(row.use.findData(Use.IGNORE))
    assert "No column is EMG" in page.problem.text()
    assert page.problem.isVisible()
    assert not page.apply_button.isEnabled()
    row = page.table.rows[1]
    row.use.setCurrentIndex(row.use.findData(Use.EMG))
    assert not page.problem.isVisible()
    assert page.apply_button.isEnabled()
    page.scale.way.setCurrentIndex(FACTOR)
    page.scale.factor.setValue(0.0)
    assert "cannot be 0" in page.problem.text()


def test_a_recorded_board_is_not_disconnected(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow
) -> None:
    page = taught(qtbot, room)
    window.toggle_record()
    page.apply_button.click()
    assert "is being recorded" in page.problem.text()
    assert len(room.session.devices) == 1
    window.toggle_record()


def test_pasted_lines_teach_a_board_that_is_not_connected(qtbot: QtBot, room: DevicesRoom) -> None:
    room.pages.teach()
    page = room.pages.page
    assert isinstance(page, TeachPage)
    assert not page.raw.isReadOnly()
    assert not page.apply_button.isEnabled()
    page.raw.setPlainText(PASTED)
    assert "column 1 is a time" in page.guess.text()
    assert "500 Hz" in page.guess.text()
    page.apply_button.click()
    assert "At which port" in page.problem.text()
    page.port.setText("/dev/not-there-7")
    page.table.rows[1].name.setText("arm")
    page.apply_button.click()
    (worker,) = room.session.devices.values()
    assert worker.uri.startswith("serial:/dev/not-there-7?driver=ascii")
    assert worker.driver.options.names == "arm,Column 3"
    assert page.worker is worker, "its own lines are shown from now on"


@pytest.mark.parametrize(
    "options",
    [
        AsciiOptions(),
        AsciiOptions(vref=3.3, bits=12, gain=1000.0, middle=False),
        AsciiOptions(factor=0.25, zero=512.0),
    ],
)
def test_a_scale_is_shown_and_given_back(qtbot: QtBot, options: AsciiOptions) -> None:
    form = ScaleForm()
    qtbot.addWidget(form)
    form.show_options(options)
    assert form.put_into(AsciiOptions()) == options
    form.way.setCurrentIndex(NONE)
    assert form.put_into(options).factor == form.put_into(options).vref == 0.0
    assert "never guessed" in form.formula.text()


def test_two_points_and_an_amplifier_with_a_zero_of_its_own(qtbot: QtBot) -> None:
    form = ScaleForm()
    qtbot.addWidget(form)
    form.way.setCurrentIndex(POINTS)
    (raw_low, low), (raw_high, high) = form._points
    for field, value in ((raw_low, 100.0), (low, -500.0), (raw_high, 300.0), (high, 500.0)):
        field.setValue(value)
    scale = form.scale()
    assert scale is not None
    assert (scale.factor, scale.zero) == (5.0, 200.0)
    assert "(number − 200) × 5 µV" in form.formula.text()
    raw_high.setValue(100.0)
    assert form.scale() is None
    assert "same number" in form.formula.text()
    form.way.setCurrentIndex(CONVERTER)
    form._take_amplifier(1)
    gravity = form.scale()
    assert gravity is not None
    assert gravity.zero == pytest.approx(1.5 / 5.0 * 1024)
    assert gravity.factor == pytest.approx(5e6 / 1024 / 1000)


def sniffing(room: DevicesRoom, *emulators: type, name: str) -> SniffPage:
    air = EmulatedAir(*(AirDevice(emulator(Faults())) for emulator in emulators))
    page = SniffPage(lambda: (), lambda: None, lambda _uri: BleLink(name, air.backend()))
    page.connect_wanted.connect(room.pages._connect)
    room.pages.show_page(page)
    page.address.setEditText(name)
    page.listen_button.click()
    return page


def test_an_unknown_sensor_becomes_a_preset_and_a_device(qtbot: QtBot, room: DevicesRoom) -> None:
    page = sniffing(room, PackedEmulator, name="EMG-Packed")
    qtbot.waitUntil(lambda: page.write_to.count() == 1)
    qtbot.waitUntil(lambda: page.state.text().startswith("Listening to EMG-Packed"))
    assert not page.editor.isVisible()
    page.command.setText("01")
    qtbot.keyClick(page.command, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.editor.fits.level == "good")
    chosen = page.chosen
    assert chosen is not None
    assert (chosen.uuid, chosen.longest) == (DATA, 162)
    guessed = page.editor.form.values()
    assert (guessed["channels"], guessed["samples"], guessed["counter_width"]) == (8, 10, 2)
    assert "The counter goes on" in page.editor.counts.word.text()
    assert len(page.editor._lines) == 8
    page.editor.form.set_values({**guessed, "channels": 7})
    qtbot.waitUntil(lambda: page.editor.fits.level == "check")
    assert "162 come" in page.editor.fits.word.text()
    page.editor.form.set_values({**guessed, "title": "Our sleeve", "rate": 1000.0})
    wanted: list[str] = []
    page.connect_wanted.disconnect()
    page.connect_wanted.connect(wanted.append)
    page.connect_button.click()
    assert wanted == ["ble:EMG-Packed?driver=packed&preset=our_sleeve"]
    saved = presets()["our_sleeve"]
    assert (saved.characteristic, saved.channels, saved.rate) == (DATA, 8, 1000.0)
    assert saved.start == ((CONTROL, "01"),)
    assert saved.names == ("EMG-Packed",)
    assert page.sniffer is None, "the sensor is let go before it is connected"


def test_what_was_heard_can_be_copied_and_nonsense_is_not_written(
    qtbot: QtBot, room: DevicesRoom
) -> None:
    page = sniffing(room, MyoEmulator, name="My Myo")
    qtbot.waitUntil(lambda: page.write_to.count() > 0)
    page.command.setText("hello")
    page.write_button.click()
    assert "no bytes in hexadecimal" in page.problem.text()
    page.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("My Myo\n")
    assert "characteristic d5060105-a904-deb9-4748-2c7f4a124842: notify" in copied
    room.pages.leave_page()
    assert page.sniffer is None


def test_an_emulated_sensor_can_be_rehearsed_with(qtbot: QtBot, room: DevicesRoom) -> None:
    room.pages.tools.sniff.click()
    page = room.pages.page
    assert isinstance(page, SniffPage)
    page.listen_button.click()
    assert "Which sensor?" in page.problem.text()
    page.address.setCurrentIndex(page.address.findText("Rehearse: Bluetooth sensor with a preset"))
    page.listen_button.click()
    qtbot.waitUntil(lambda: page.write_to.count() == 1)
    page.command.setText("01")
    page.write_button.click()
    qtbot.waitUntil(lambda: page.editor.fits.level == "good")
    page.editor.form.set_values({**page.editor.form.values(), "rate": 1000.0})
    page.connect_button.click()
    assert room.pages.page is None
    worker = streaming(qtbot, room)
    assert worker.simulated
    assert worker.uri == "ble:emulated?driver=packed&preset=my_sensor"


def test_the_guide_says_what_was_looked_at(
    qtbot: QtBot, room: DevicesRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        search_module, "serial_ports", lambda: [SeenPort("/dev/none7", "Uno", 1, 2)]
    )
    room.seeker._list_ports = search_module.serial_ports
    room.search()
    qtbot.waitUntil(lambda: bool(room.seeker.seen_ports))
    room.pages.tools.missing.click()
    page = room.pages.page
    assert isinstance(page, MissingPage)
    qtbot.waitUntil(lambda: any("/dev/none7" in check.text for check in page.checks))
    assert any("no Bluetooth adapter" in check.text for check in page.checks)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: room.pages.page is None)


def test_without_the_library_one_sentence_says_how_to_get_it(
    room: DevicesRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lsl_page, "lsl_installed", lambda: False)
    room.pages.share()
    page = room.pages.page
    assert isinstance(page, LslPage)
    assert not page.box.isEnabled()
    assert 'pip install "emgstudio[lsl]"' in page.state.text()


def test_streams_go_out_until_they_are_switched_off(
    qtbot: QtBot, room: DevicesRoom, window: MainWindow
) -> None:
    pylsl = own_lsl()
    room.session.connect(f"sim:clean?seed={uuid.uuid4().int % 1000}")
    worker = streaming(qtbot, room)
    room.pages.share()
    page = room.pages.page
    assert isinstance(page, LslPage)
    page.box.click()
    name = f"EMG Studio {worker.streams[0].info.device} EMG"
    qtbot.waitUntil(lambda: name in [one.name for one in page._shown or ()])
    found = pylsl.resolve_byprop("name", name, 1, 60.0)
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(60.0)
    qtbot.waitUntil(lambda: [one.read for one in page._shown or () if one.name == name] == [True])
    inlet.close_stream()
    page.back.click()
    assert room.pages.switch.on, "it goes on while nobody looks at the page"
    assert "Sending" in room.pages.tools.share.text()
    room.pages.share()
    again = room.pages.page
    assert isinstance(again, LslPage)
    assert again.box.isChecked()
    again.box.click()
    assert not room.pages.switch.on


def test_a_failing_library_is_a_sentence_and_not_a_switch_that_lies(
    room: DevicesRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: object) -> None:
        raise EmgError("A part of the extra 'lsl' does not load.")

    monkeypatch.setattr(lsl_page, "lsl_installed", lambda: True)
    monkeypatch.setattr(lsl_page, "LslOutlet", broken)
    room.pages.share()
    page = room.pages.page
    assert isinstance(page, LslPage)
    page.box.click()
    assert "does not load" in page.problem.text()
    assert not page.box.isChecked()


def test_tools_without_room_are_in_a_menu(qtbot: QtBot, room: DevicesRoom) -> None:
    tools = room.pages.tools
    assert tools.teach.isVisible()
    theme().apply("light", 200)
    qtbot.waitUntil(lambda: not tools.teach.isVisible())
    assert tools.more is not None
    assert tools.more.isVisible()
    assert tools.teach in tools.folded


def test_lines_of_a_board_are_as_large_as_other_texts(qtbot: QtBot, room: DevicesRoom) -> None:
    room.pages.teach()
    page = room.pages.page
    assert isinstance(page, TeachPage)
    before = page.raw.font().pointSizeF(), page.raw.height()
    theme().apply("dark", 200)
    qtbot.waitUntil(lambda: page.raw.font().pointSizeF() == 2 * before[0])
    assert page.raw.height() > 1.5 * before[1]


@pytest.mark.parametrize("scale", [100, 200])
def test_pages_fit_and_all_their_fields_have_names(
    qtbot: QtBot, room: DevicesRoom, scale: int
) -> None:
    theme().apply("dark", scale)
    for opened in (room.pages.look_why, room.pages.teach, room.pages.sniff, room.pages.share):
        opened()
        page = room.pages.page
        assert page is not None
        if isinstance(page, TeachPage):
            page.raw.setPlainText(PASTED)
            page.scale.way.setCurrentIndex(CONVERTER)
        qtbot.wait(1)
        for area in page.findChildren(QScrollArea):
            inside = area.widget().minimumSizeHint().width()
            assert inside <= area.viewport().width(), f"{page.accessibleName()} at {scale} %"
        nameless = [
            widget
            for widget in page.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.isVisible()
            and not (widget.accessibleName() or widget.objectName() == "qt_spinbox_lineedit")
        ]
        assert nameless == []
