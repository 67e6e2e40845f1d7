"""Takes in several positions of the arm: the cues wait until the arm is there."""

from __future__ import annotations

from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard.flow import Flow
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration_person import CueStyle
from emgstudio.session.session import Session
from tests.gui.led_time import LedTime

TWICE = CuePlan(
    ("fist", "open"), repetitions=2, hold_s=0.3, pause_s=0.05, countdown_s=0.3, rest_s=0.0
)


def test_the_cues_wait_while_the_arm_is_brought_to_another_position(
    session: Session, tick: Tick, led_time: LedTime
) -> None:
    flow = Flow(session)
    tick.frame.connect(lambda _now: flow.frame_cues())
    session.connect("sim:gestures?person=A&rate=400")
    led_time.until(lambda: flow.ready)
    flow.style = CueStyle("same", positions=2)
    flow.choose(TWICE)
    flow.start()
    led_time.until(lambda: "Another position" in flow.hint)
    view = flow.view()
    assert view is not None
    assert (view.phase, view.repetition) == ("paused", 2)
    assert "Bend the elbow" in flow.hint
    assert {repetition for _, repetition in flow.takes()} == {1}
    flow.toggle_pause()
    led_time.until(lambda: len(flow.takes()) == 4 or bool(flow.hint))
    assert flow.hint == "", "asked for once"
    flow.redo("fist", 1)
    led_time.until(lambda: "Let the arm hang down" in flow.hint)
    flow.toggle_pause()
    led_time.until(lambda: not flow.running)
    flow.finish_recording()
