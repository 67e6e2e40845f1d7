"""The channel map in a device's card: edited, wrong, taken back, tapped; and device actions."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.worker import DeviceState
from emgstudio.gui.device_card import DeviceCard
from emgstudio.gui.devices.channel_fields import IMPEDANCE, LEVEL_ROLE, NAME, SIDE, SITE, USED
from emgstudio.gui.devices.channel_map import ChannelMap, StreamMap
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.devices import DevicesRoom
from emgstudio.session.tapping import Place
from tests.gui.led_time import LedTime


def card_for(qtbot: QtBot, window: MainWindow, uri: str) -> DeviceCard:
    """The device's card with its channel map open."""
    window.go_to("devices")
    room = window.room
    assert isinstance(room, DevicesRoom)
    device = window.session.connect(uri)
    worker = window.session.devices[device]
    qtbot.waitUntil(lambda: worker.state is DeviceState.STREAMING)
    qtbot.waitUntil(lambda: device in room.cards)
    card = room.cards[device]
    card.map_button.click()
    qtbot.waitUntil(lambda: len(card.map.streams) == len(worker.streams))
    return card


@pytest.fixture
def map_of_four(qtbot: QtBot, window: MainWindow) -> ChannelMap:
    return card_for(qtbot, window, "sim:clean?noise=0.5").map


def put(one: StreamMap, row: int, column: int, value: object) -> None:
    role = Qt.ItemDataRole.CheckStateRole if column == USED else Qt.ItemDataRole.EditRole
    one.model.setData(one.model.index(row, column), value, role)


def names(one: StreamMap) -> list[str]:
    return [channel.name for channel in one.stream.info.channels]


def editor(table: QTableView, row: int, column: int) -> QWidget:
    table.edit(table.model().index(row, column))
    made = table.viewport().findChildren(QLineEdit) + table.viewport().findChildren(QComboBox)
    assert made
    return made[0]


def test_what_is_typed_is_used_at_once(qtbot: QtBot, map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams
    line = editor(one.table, 0, SITE)
    assert isinstance(line, QLineEdit)
    assert "Channel 1, Muscle" in line.accessibleName()
    QTest.keyClicks(line, "lateralis")
    found = line.completer().completionModel()
    assert [found.index(k, 0).data() for k in range(found.rowCount())] == [
        "Vastus lateralis",
        "Gastrocnemius lateralis",
    ]
    line.setText("Vastus  lateralis ")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: one.stream.info.channels[0].site == "Vastus lateralis")
    put(one, 0, SIDE, "left")
    put(one, 0, NAME, "VL")
    assert (one.stream.info.channels[0].name, one.stream.info.channels[0].side) == ("VL", "left")
    assert map_of_four.status.word.text() == "Saved and in use."
    stored = map_of_four.session.sensors.notes(map_of_four.worker.uri, "EMG")
    assert (stored[0].name, stored[0].site, stored[0].side) == ("VL", "Vastus lateralis", "left")


def test_a_click_on_its_box_or_space_leaves_a_channel_unused(map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams
    box = one.table.visualRect(one.model.index(2, USED))
    QTest.mouseClick(
        one.table.viewport(),
        Qt.MouseButton.LeftButton,
        pos=QPoint(box.left() + 18, box.center().y()),
    )
    assert [channel.used for channel in one.stream.info.channels] == [True, True, False, True]
    one.table.setCurrentIndex(one.model.index(2, USED))
    QTest.keyClick(one.table, Qt.Key.Key_Space)
    assert all(channel.used for channel in one.stream.info.channels)


def test_levels_move_in_the_channels_unit(qtbot: QtBot, map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams

    def shown() -> list[float]:
        levels = [one.model.index(k, 1).data(LEVEL_ROLE) for k in range(4)]
        assert all(level.text.endswith(("V", "–")) for level in levels)
        return [level.share for level in levels]

    first = shown()
    map_of_four.worker.perform("contract_2")
    qtbot.waitUntil(lambda: shown()[1] > 0.8 and shown() != first)


def test_one_name_twice_is_marked_and_kept_but_not_stored(map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams
    put(one, 0, NAME, "A")
    put(one, 3, NAME, "A")
    assert names(one) == ["A", "EMG 2", "EMG 3", "EMG 4"]
    assert set(one.model.problems) == {(0, NAME), (3, NAME)}
    assert map_of_four._problems.text().startswith("Channel 1: Two channels are named “A”.")
    assert "\n" not in map_of_four._problems.text(), "said once"
    assert "Not saved yet" in map_of_four.status.word.text()
    assert one.model.index(3, NAME).data() == "A", "nothing is lost"
    spoken = one.model.index(3, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Two channels are named" in spoken
    put(one, 3, NAME, "B")
    assert names(one) == ["A", "EMG 2", "EMG 3", "B"]
    assert map_of_four._problems.isHidden()


def test_two_sensors_at_one_muscle_are_told_at_both(qtbot: QtBot, map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams
    for row in (0, 1):
        put(one, row, SITE, "Biceps brachii")
        put(one, row, SIDE, "left")
    assert set(one.model.problems) == {(0, SITE), (1, SITE)}
    assert "Two sensors claim “Biceps brachii left”" in map_of_four._problems.text()
    put(one, 1, SIDE, "right")
    assert one.model.problems == {}
    put(one, 1, SIDE, "left")

    def choice() -> dict[str, QAbstractButton]:
        made = map_of_four._choices.findChildren(QAbstractButton)
        return {b.text(): b for b in made if b.isVisible()}

    qtbot.waitUntil(lambda: list(choice()) == ["Channel 1 keeps it", "Channel 2 keeps it"])
    choice()["Channel 2 keeps it"].click()
    assert [c.site for c in one.stream.info.channels] == ["", "Biceps brachii", "", ""]
    assert map_of_four._choices.isHidden()
    map_of_four.undo_button.click()
    assert [c.site for c in one.stream.info.channels][:2] == ["Biceps brachii"] * 2


def test_changes_are_taken_back_one_by_one(window: MainWindow, map_of_four: ChannelMap) -> None:
    (one,) = map_of_four.streams
    put(one, 0, NAME, "A")
    put(one, 1, NAME, "B")
    map_of_four.reset_button.click()
    assert names(one) == ["EMG 1", "EMG 2", "EMG 3", "EMG 4"]
    map_of_four.undo_button.click()
    assert names(one) == ["A", "B", "EMG 3", "EMG 4"]
    map_of_four.undo_button.click()
    map_of_four.undo_button.click()
    assert names(one)[0] == "EMG 1"
    assert not map_of_four.undo_button.isEnabled()
    assert map_of_four.undo() is None


def test_a_running_recording_keeps_its_names(
    qtbot: QtBot, window: MainWindow, map_of_four: ChannelMap
) -> None:
    (one,) = map_of_four.streams
    window.toggle_record()
    put(one, 0, NAME, "A")
    assert names(one)[0] == "EMG 1"
    assert map_of_four.status.word.text().startswith("Saved. A recording needs the channels")
    window.toggle_record()
    qtbot.waitUntil(lambda: map_of_four.status.word.text() == "Saved and in use.")
    assert names(one)[0] == "A"


def test_four_sensors_are_assigned_by_tapping_them(
    map_of_four: ChannelMap, led_time: LedTime
) -> None:
    (one,) = map_of_four.streams
    map_of_four.tap_button.click()
    part = map_of_four.tapping
    assert part is not None
    part.begin_button.click()
    assert part.hint.word.text() == "Name at least one muscle."
    part.muscle.setText("Soleus")
    part.side.setCurrentText("left and right")
    part.add_button.click()
    part.muscle.setText("Tibialis anterior")
    part.begin_button.click()
    assert [place.words for place in part.places] == [
        "Soleus left",
        "Soleus right",
        "Tibialis anterior left",
        "Tibialis anterior right",
    ]
    watch, given = part._watch, part.assignment
    assert watch is not None
    assert given is not None
    for k, electrode in enumerate((4, 2, 1, 3)):
        assert part.prompt.text() == f"Tap the sensor for {part.places[k].words}"
        assert part.progress.text().startswith(f"{k + 1} of 4")
        led_time.until(lambda: watch.listening)
        map_of_four.worker.act("tap", {"channel": electrode})
        led_time.until(partial(lambda asked: given.done > asked, k))
    assert part.prompt.text() == "4 of 4 sensors are assigned."
    places = [Place(c.site, c.side).words for c in one.stream.info.channels]
    assert places == [
        "Tibialis anterior left",
        "Soleus right",
        "Tibialis anterior right",
        "Soleus left",
    ]
    part.back_button.click()
    assert one.stream.info.channels[2].site == ""
    part.skip_button.click()
    assert part.prompt.text() == "3 of 4 sensors are assigned."
    part.stop_button.click()
    assert map_of_four.tapping is None
    assert not map_of_four.tap_button.isChecked()


def test_an_armband_vibrates_from_its_card_and_its_motion_is_folded(
    qtbot: QtBot, window: MainWindow
) -> None:
    card = card_for(qtbot, window, "ble:emulated?driver=myo&vibrate=no")
    assert [one.model.info.name for one in card.map.streams] == ["EMG", "ORI", "ACC", "GYR"]
    assert [one.table.isHidden() for one in card.map.streams] == [False, True, True, True]
    card.map.streams[2].head.click()
    qtbot.waitUntil(lambda: card.map.streams[2].model.index(2, 1).data().endswith("g"))
    qtbot.waitUntil(lambda: list(card.actions_row.buttons) == ["identify", "vibrate"])
    card.actions_row.buttons["identify"].click()
    link = card.worker._link
    assert isinstance(link, LoopbackLink)
    emulator = link.emulator
    assert isinstance(emulator, MyoEmulator)
    qtbot.waitUntil(lambda: emulator.vibrations == [2])
    card.actions_row.buttons["vibrate"].click()
    form = card.actions_row.form
    assert form is not None
    form.set_values({"length": "short"})
    popover = form.parentWidget()
    assert popover is not None
    go = next(b for b in popover.findChildren(QAbstractButton) if b.text() == "Vibrate")
    go.click()
    qtbot.waitUntil(lambda: emulator.vibrations == [2, 1])
    qtbot.waitUntil(lambda: any("vibrates" in e.notice.text for e in window.book.entries))


def test_every_setting_of_a_cyton_is_in_its_card(qtbot: QtBot, window: MainWindow) -> None:
    card = card_for(qtbot, window, "serial:emulated?driver=cyton&gain=8")
    card.settings_button.click()
    wanted = {"gain", "input", "bias", "srb2", "channels", "extras", "impedance"}
    assert set(card.form.editors) == wanted
    assert all(editor.isVisible() for editor in card.form.editors.values())
    assert card.form.values()["gain"] == 8
    assert card.map.streams[0].model.info.name == "EMG"


def test_impedances_stand_beside_their_channels(qtbot: QtBot, window: MainWindow) -> None:
    card = card_for(qtbot, window, "ble:emulated?driver=ganglion")
    emg = card.map.streams[0]
    assert emg.model.columnCount() == IMPEDANCE
    qtbot.waitUntil(lambda: "impedance" in card.actions_row.buttons)
    card.actions_row.buttons["impedance"].click()
    qtbot.waitUntil(lambda: emg.model.columnCount() == IMPEDANCE + 1)
    assert emg.model.index(0, IMPEDANCE).data() == "5 kΩ"
    qtbot.waitUntil(lambda: "impedance off" in card.actions_row.buttons)


def test_everything_in_the_map_has_a_name(qtbot: QtBot, map_of_four: ChannelMap) -> None:
    map_of_four.tap_button.click()
    part = map_of_four.tapping
    assert part is not None
    qtbot.waitUntil(part.isVisible)
    kinds = (QAbstractButton, QLineEdit, QComboBox, QTableView)
    widgets = [w for kind in kinds for w in map_of_four.findChildren(kind)]
    seen = [w for w in widgets if w.isVisibleTo(map_of_four)]
    assert len(seen) > 8
    assert [
        w for w in seen if not w.accessibleName() and not w.objectName().startswith("qt_")
    ] == []
    small = [w.accessibleName() for w in seen if w.height() < 24]
    assert small == []
