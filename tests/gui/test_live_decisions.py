"""While a model decodes, the Live room says what it decides."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.protocol import CuePlan

SHORT = CuePlan(
    ("fist", "open"), repetitions=2, hold_s=0.9, pause_s=0.1, countdown_s=0.1, rest_s=1.6
)


def test_the_newest_decision_is_shown_and_decoding_can_be_stopped(
    streaming: MainWindow, qtbot: QtBot
) -> None:
    session = streaming.session
    room = cast("LiveRoom", streaming.rooms["live"])
    run = session.start_calibration(SHORT)
    qtbot.waitUntil(lambda: run.finished)
    model = session.train_calibration(trim_start_s=0.4, trim_end_s=0.0).result()
    streaming.go_to("live")
    panel = room.decision
    assert not panel.isVisible()

    session.start_decoding(model)
    qtbot.waitUntil(lambda: panel.isVisible() and bool(panel.gesture.text()))
    assert panel.gesture.text() in {gesture_title(name) for name in model.classes}
    qtbot.waitUntil(lambda: panel.sureness.value() > 0)

    qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert session.decoder is None
    qtbot.waitUntil(lambda: not panel.isVisible())
