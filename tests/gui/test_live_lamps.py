"""Quality lamps in the Live room: at every place where channels are, with what to do about them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from emgstudio.core.types import Notice
from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.gui.panels.live_toolbar import Picture
from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.session.quality import ChannelQuality

HUM = Lamp(
    "Q-HUM",
    LampLevel.CHECK,
    "Mains hum",
    "14 µV of hum.",
    "Look at the reference electrode.",
    "filter-hum",
    "Filter it",
)
OFF = Lamp("Q-OFF", LampLevel.STOP, "No contact", "Nothing touches the skin.", "Press it on.")


@pytest.fixture
def room(qtbot, session, tick, monkeypatch) -> LiveRoom:
    made = LiveRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    session.connect("sim:gestures?rate=1000")
    qtbot.waitUntil(lambda: made.traces.head > 20)
    monkeypatch.setattr(session.quality, "lamps", lambda _stream: LAMPS)
    made.lamps.refresh(0.0)
    return made


def quality(channel: int, *lamps: Lamp, level: LampLevel = LampLevel.GOOD) -> ChannelQuality:
    level = lamps[0].level if lamps else level
    return ChannelQuality(channel, f"EMG {channel + 1}", level, lamps, {"hum_hz": 50.0})


LAMPS = (
    quality(0),
    quality(1, HUM),
    quality(2, OFF),
    *(quality(n) for n in range(3, 7)),
    quality(7, level=LampLevel.OFF),
)


def test_lamps_are_in_the_list_as_shape_and_word(room) -> None:
    model = room.side.list.channels
    assert model.lamps[1][:2] == ("check", "Mains hum")
    assert 7 not in model.lamps
    spoken = model.data(model.index(2), Qt.ItemDataRole.AccessibleTextRole)
    assert str(spoken).endswith(", No contact")
    tip = str(model.data(model.index(1), Qt.ItemDataRole.ToolTipRole))
    assert "14 µV of hum. Look at the reference electrode." in tip


def test_what_has_no_contact_is_crossed_out_in_the_array(room) -> None:
    assert room.page.grid.bad == {2}


def test_the_table_says_what_the_lamp_says(qtbot, room) -> None:
    room.pictures.show(Picture.VALUES)
    model = room.page.values.values
    qtbot.waitUntil(lambda: model.rowCount() == 8)
    assert [model.rows[n].state for n in (0, 1, 2)] == ["good", "Mains hum", "No contact"]


def test_the_chip_opens_what_to_do_and_the_button_does_it(qtbot, room) -> None:
    told: list[Notice] = []
    room.said.connect(lambda notice, _actions: told.append(notice))
    assert "No contact" in room.toolbar.lamps.text()
    qtbot.mouseClick(room.toolbar.lamps, Qt.MouseButton.LeftButton)
    panel = room.lamps.panel
    assert panel.isVisible()
    panel.action_wanted.emit("filter-hum", LAMPS[1])
    assert room.stream.condition.notch_hz == 50.0
    assert "50 Hz" in told[0].text
    panel.channel_wanted.emit(LAMPS[2])
    assert room.options.selected == 2
    qtbot.waitUntil(lambda: room.lamps.panel is None)


def test_what_the_room_cannot_do_leads_to_the_devices(qtbot, room) -> None:
    room.lamps.open()
    with qtbot.waitSignal(room.wanted) as asked:
        room.lamps.panel.action_wanted.emit("doctor", LAMPS[2])
    assert asked.args[0] == "devices"
