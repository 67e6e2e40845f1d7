"""The Calibrate room shows a calibration that the demo or a script runs, and leaves it alone."""

from __future__ import annotations

from typing import cast

from pytestqt.qtbot import QtBot

from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.wizard.flow import CHECK, PERSON, RECORDING, RESTING
from emgstudio.ml.protocol import CuePlan

SHORT = CuePlan(
    ("fist", "open"), repetitions=2, hold_s=0.9, pause_s=0.1, countdown_s=0.1, rest_s=1.6
)


def test_cues_and_result_of_another_are_shown(streaming: MainWindow, qtbot: QtBot) -> None:
    session = streaming.session
    theirs = session.start_calibration(SHORT)
    # The room is built for it although nobody has been there.
    qtbot.waitUntil(lambda: len(streaming.rooms.built) == 2)
    room = cast("CalibrateRoom", streaming.rooms.built[1])
    qtbot.waitUntil(lambda: room.flow.calibration is theirs)
    assert room.flow.plan == SHORT
    assert room.flow.step in (RESTING, RECORDING)
    streaming.go_to("calibrate")

    def finished() -> bool:
        if theirs.view().phase == "paused":
            # The machine stood still for a second: to the room that is a sensor that stopped.
            theirs.resume()
        return theirs.finished

    qtbot.waitUntil(finished)
    assert session.training is None

    task = session.train_calibration(trim_start_s=0.4, trim_end_s=0.0)
    qtbot.waitUntil(lambda: room.flow.step == CHECK and room.flow.model is not None)
    assert room.flow.model is task.result()


def test_other_cues_are_not_the_wizards_business(streaming: MainWindow, qtbot: QtBot) -> None:
    room = cast("CalibrateRoom", streaming.rooms["calibrate"])
    theirs = streaming.session.start_calibration(SHORT, track="test")
    qtbot.waitUntil(lambda: bool(theirs.takes))
    assert room.flow.calibration is None
    assert room.flow.step == PERSON
