"""The coach listens to takes as they end, on the simulated armband, and touches none of them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from emgstudio.core.tasks import Task
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_coach import Coach
from emgstudio.session.calibration_training import Lesson, begin_to_learn
from emgstudio.session.session import Session
from tests.flow.session.sampled_time import SampledTime

PLAN = CuePlan(
    ("rest", "fist", "open"), repetitions=1, hold_s=1.2, pause_s=0.8, countdown_s=0.1, rest_s=1.6
)
MISSED = list(PLAN.order())[-1][0]


def follow(calibration: Calibration, coach: Coach, made_time: SampledTime) -> None:
    """Until every take is done and judged."""

    def judged() -> bool:
        calibration.advance()
        coach.listen()
        moving = [take for take in calibration.takes if take.label != "rest"]
        done = calibration.finished and all(coach.mark(take.id) for take in moving)
        return done and len(moving) == 2 * calibration.plan.repetitions

    made_time.until(judged)


def test_e4_a_movement_that_was_not_made_is_named_and_offered_again(made_time: SampledTime) -> None:
    with Session() as session:
        made_time.connect(session, "sim:gestures?person=A&rate=400")
        calibration = session.start_calibration(PLAN)
        device = calibration.device
        asked = device.perform
        # The person looks elsewhere while this one is asked for.
        device.perform = lambda gesture, strength=1.0: asked(  # type: ignore[method-assign]
            "rest" if gesture == MISSED else gesture, strength
        )
        coach = Coach(calibration, lambda: begin_to_learn(session, calibration))
        follow(calibration, coach, made_time)
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
        follow(calibration, coach, made_time)
        again = next(take for take in calibration.takes if take.label == MISSED)
        mark = coach.mark(again.id)
        assert again.id != takes[MISSED].id
        assert mark is not None
        assert [take.id for take in calibration.replaced(MISSED, 1)] == [takes[MISSED].id]
        session.stop_calibration()
        session.stop_recording()


def test_e2_a_redone_take_touches_no_other_and_the_old_one_comes_back(
    made_time: SampledTime,
) -> None:
    """E2: what was recorded and labelled stays byte for byte, and the journal tells both takes."""
    with Session() as session:
        made_time.connect(session, "sim:gestures?person=A&rate=400")
        calibration = session.start_calibration(replace(PLAN, repetitions=2))
        begun: list[int] = []

        def learn() -> Task[Lesson]:
            begun.append(len(calibration.takes))
            return begin_to_learn(session, calibration)

        coach = Coach(calibration, learn)
        follow(calibration, coach, made_time)
        calibration.wait_until_written()
        folder = calibration.path
        grow = (".i16", ".i32", ".f32", ".idx", ".jsonl")
        written = {p: p.read_bytes() for p in folder.iterdir() if p.suffix in grow}
        before = {(take.label, take.repetition): take for take in calibration.takes}
        calibration.redo("fist", 1)
        follow(calibration, coach, made_time)
        after = {(take.label, take.repetition): take for take in calibration.takes}
        assert {take for take in after if after[take] != before[take]} == {("fist", 1)}
        assert begun == [], "the wizard learns after the last take; the coach need not as well"
        assert calibration.bring_back("fist", 1)
        back = {(take.label, take.repetition): take for take in calibration.takes}
        assert back == before
        session.stop_calibration()
        session.stop_recording()
        assert len([p for p in written if p.suffix in grow[:3]]) == 1, "the samples"
        assert folder / "events.jsonl" in written
        for path, earlier in written.items():
            kept = path.read_bytes()[: len(earlier)]
            assert sha256(kept).digest() == sha256(earlier).digest(), path.name
        with session.open_recording(folder) as recording:
            of_fist = [a for a in recording.annotations if a.label == "fist"]
        assert sorted(a.track for a in of_fist) == ["cue", "cue", "replaced"]
        assert before["fist", 1] in of_fist
