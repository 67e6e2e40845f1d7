"""The Calibrate room shows a calibration that the demo or a script runs, and leaves it alone."""

from __future__ import annotations

from typing import cast

from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.wizard.flow import CHECK, PERSON, RECORDING, RESTING
from emgstudio.ml.protocol import CuePlan
from tests.gui.led_time import LedTime

SHORT = CuePlan(
    ("fist", "open"), repetitions=2, hold_s=0.9, pause_s=0.1, countdown_s=0.1, rest_s=1.6
)


def test_cues_and_result_of_another_are_shown(streaming: MainWindow, led_time: LedTime) -> None:
    session = streaming.session
    theirs = session.start_calibration(SHORT)
    # The room is built for it although nobody has been there.
    led_time.until(lambda: len(streaming.rooms.built) == 2)
    room = cast("CalibrateRoom", streaming.rooms.built[1])
    led_time.until(lambda: room.flow.calibration is theirs)
    assert room.flow.plan == SHORT
    assert room.flow.step in (RESTING, RECORDING)
    streaming.go_to("calibrate")

    led_time.until(lambda: theirs.finished)
    # Its last samples come a packet later, and nobody leads time while they are waited for.
    led_time.go(0.1)
    assert session.training is None

    task = session.train_calibration(trim_start_s=0.4, trim_end_s=0.0)
    led_time.until(lambda: room.flow.step == CHECK and room.flow.model is not None)
    assert room.flow.model is task.result()


def test_other_cues_are_not_the_wizards_business(streaming: MainWindow, led_time: LedTime) -> None:
    room = cast("CalibrateRoom", streaming.rooms["calibrate"])
    theirs = streaming.session.start_calibration(SHORT, track="test")
    led_time.until(lambda: bool(theirs.takes))
    assert room.flow.calibration is None
    assert room.flow.step == PERSON
