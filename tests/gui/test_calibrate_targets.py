"""Calibrate is used with one hand, the other one wears the sensor: buttons are large."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session

THUMB = 44


def test_the_buttons_that_lead_on_are_large_enough_for_a_thumb(
    qtbot: QtBot, session: Session, tick: Tick
) -> None:
    room = CalibrateRoom(session, tick)
    qtbot.addWidget(room)
    cues, save = room.cues, room.save
    buttons = (
        *(room.no_device.demo, room.no_device.devices, room.choose.start, room.choose.saved),
        *(cues.pause, cues.redo, cues.stop, cues.stop_now, cues.go_on, room.check.try_it),
        *(room.try_it.again, room.try_it.on, save.save, save.live, save.anew),
    )
    for made in buttons:
        made.ensurePolished()
    small = {made.text(): made.sizeHint().height() for made in buttons}
    assert {text: high for text, high in small.items() if high < THUMB} == {}
