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
        *(room.person.on, room.person.day, room.sites.look, room.sites.on, cues.back),
        *(cues.said.again, cues.rest_question.again, cues.rest_question.use),
        *(room.try_it.test_button, room.check.undo, room.check.pair.merge, room.check.pair.out),
        *(save.card, save.undo, room.day.keep, room.day.undo, room.day.again, room.day.away),
        *(room.day.full, room.person.models, room.misfit.other, room.misfit.again),
        *(room.models.use, room.models.day, room.models.look, room.models.export),
        *(room.models.delete, room.models.undo_button, room.models.away),
    )
    for made in buttons:
        made.ensurePolished()
    small = {made.text(): made.sizeHint().height() for made in buttons}
    assert {text: high for text, high in small.items() if high < THUMB} == {}
