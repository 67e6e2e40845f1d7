"""The coach listens to takes as they end, on the simulated armband, and touches none of them."""

from __future__ import annotations

from collections.abc import Callable

from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_coach import Coach
from emgstudio.session.calibration_training import begin_to_learn
from emgstudio.session.session import Session

WaitUntil = Callable[..., None]
PLAN = CuePlan(
    ("rest", "fist", "open"), repetitions=1, hold_s=1.2, pause_s=0.1, countdown_s=0.1, rest_s=1.6
)
MISSED = list(PLAN.order())[-1][0]


def follow(calibration: Calibration, coach: Coach, wait_until: WaitUntil) -> None:
    """Until every take is done and judged."""

    def judged() -> bool:
        calibration.advance()
        coach.listen()
        moving = [take for take in calibration.takes if take.label != "rest"]
        done = calibration.finished and all(coach.mark(take.id) for take in moving)
        return done and len(moving) == 2

    wait_until(judged)


def test_e4_a_movement_that_was_not_made_is_named_and_offered_again(wait_until: WaitUntil) -> None:
    with Session() as session:
        session.connect("sim:gestures?person=A&rate=400")
        wait_until(lambda: session.main_stream is not None)
        calibration = session.start_calibration(PLAN)
        device = calibration.device
        asked = device.perform
        # The person looks elsewhere while this one is asked for.
        device.perform = lambda gesture, strength=1.0: asked(  # type: ignore[method-assign]
            "rest" if gesture == MISSED else gesture, strength
        )
        coach = Coach(calibration, lambda: begin_to_learn(session, calibration))
        follow(calibration, coach, wait_until)
        takes = {take.label: take for take in calibration.takes if take.label != "rest"}
        mark = coach.mark(takes[MISSED].id)
        assert mark is not None
        assert mark.level != "good"
        assert coach.advice is not None
        assert coach.advice.take == (MISSED, 1)
        assert {take.label for take in calibration.takes} == {"rest", "fist", "open"}, "kept"
        assert coach.lesson is None, "nothing is compared after one repetition"
        device.perform = asked  # type: ignore[method-assign]
        calibration.redo(MISSED, 1)
        follow(calibration, coach, wait_until)
        again = next(take for take in calibration.takes if take.label == MISSED)
        mark = coach.mark(again.id)
        assert again.id != takes[MISSED].id
        assert mark is not None
        assert [take.id for take in calibration.replaced(MISSED, 1)] == [takes[MISSED].id]
        session.stop_calibration()
        session.stop_recording()
