"""While a model decodes, the Live room says what it decides."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.gui.tick import Tick
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.trainer import train
from emgstudio.session.session import Session
from tests.labelled_emg import recording


def test_the_newest_decision_is_shown_and_decoding_can_be_stopped(
    session: Session, tick: Tick, qtbot: QtBot
) -> None:
    room = LiveRoom(session, tick)
    qtbot.addWidget(room)
    room.resize(1280, 720)
    room.show()
    session.connect("sim:gestures?channels=4&rate=1000")
    qtbot.waitUntil(lambda: room.stream is not None)
    assert room.stream is not None
    # What was learnt does not matter here, only that it fits the device.
    learnt = replace(recording(repetitions=2, hold_s=1.0), rate=1000.0)
    labels = tuple(replace(a, start=a.start / 2, stop=a.stop / 2) for a in learnt.annotations)
    model = train(
        [replace(learnt, annotations=labels)],
        channels=room.stream.info.channels,
        condition=room.stream.condition,
        trim_start_s=0.0,
        trim_end_s=0.0,
    )
    panel = room.decision
    assert not panel.isVisible()

    session.start_decoding(model)
    qtbot.waitUntil(lambda: panel.isVisible() and bool(panel.gesture.text()))
    assert panel.gesture.text() in {gesture_title(name) for name in model.classes}
    qtbot.waitUntil(lambda: panel.sureness.value() > 0)

    qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert session.decoder is None
    qtbot.waitUntil(lambda: not panel.isVisible())
