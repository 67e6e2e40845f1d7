"""Protocols as data, goals, and an exercise driven by hand: times, success, suggestions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.session.reference import Method
from emgstudio.session.therapy.exercise import PREPARE_S, Exercise, Phase, timetable
from emgstudio.session.therapy.goal import Goal, goal_of
from emgstudio.session.therapy.protocol import Kind, Protocol, Protocols, Step

FRAME = 0.05


@pytest.fixture
def protocols(tmp_path: Path) -> Protocols:
    return Protocols(tmp_path)


def short(**changes: object) -> Protocol:
    plain = Protocol(
        "own", "Own", Kind.UP, (Step("", 5, 4.0, 4.0),), reference=Method.MVC, goals=(60.0,)
    )
    return replace(plain, **changes)


class Runner:
    """An exercise with a clock of its own."""

    def __init__(self, protocol: Protocol, goal: Goal | None = None) -> None:
        self.exercise = Exercise(protocol, goal or goal_of(protocol), percent=True, seed=1)
        self.now = 100.0
        self.exercise.resume(self.now)

    def run(self, seconds: float, *levels: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.now += FRAME
            self.exercise.advance(self.now, levels)

    def set(self, work: float, rest: float = 5.0) -> None:
        for _ in range(5):
            self.run(4.0, work)
            self.run(4.0, rest)


def test_the_fourteen_protocols_are_there_and_can_be_run(protocols: Protocols) -> None:
    found = {p.id: p for p in protocols.all()}
    assert len(found) == 14
    assert found["up_5_5"].duration_s == 150.0
    assert found["reciprocal"].goals == (40, 15)
    for protocol in found.values():
        assert protocol.text
        assert protocol.source
        goal = goal_of(protocol, rest=3.0)
        exercise = Exercise(protocol, goal, percent=True, seed=1)
        exercise.resume(0.0)
        for k in range(1, 5000):
            exercise.advance(0.4 * k, (50.0, 10.0))
        assert exercise.part.phase is (Phase.WORK if protocol.id == "free" else Phase.DONE)
    assert goal_of(found["relax"], rest=3.0).high == 4.5
    with pytest.raises(EmgError, match="level at rest"):
        goal_of(found["relax"])


def test_own_protocols_are_kept_and_shipped_ones_come_back(
    protocols: Protocols, tmp_path: Path
) -> None:
    changed = replace(protocols.get("tempo"), title="Slow", band=(20.0, 40.0), own=True)
    protocols.keep(changed)
    protocols.keep(short())
    again = Protocols(tmp_path)
    assert again.get("tempo").title == "Slow"
    assert again.get("tempo").own
    assert again.get("own") == short()
    assert len(again.all()) == 15
    again.drop("tempo")
    assert Protocols(tmp_path).get("tempo").title == "Hold in a band"
    with pytest.raises(EmgError, match="no protocol"):
        again.get("nothing")
    (tmp_path / "protocols.json").write_text('{"protocols": [{"id": "x"}]}')
    assert len(Protocols(tmp_path).all()) == 14
    assert (tmp_path / "protocols.json.bad").exists()


@pytest.mark.parametrize(
    "changes",
    [{"title": " "}, {"sets": 0}, {"goals": (400.0,)}, {"goals": ()}, {"kind": Kind.BAND},
     {"kind": Kind.RECIPROCAL}],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(EmgError):
        short(**changes)


def test_times_that_cannot_be_are_refused() -> None:
    for values in ((0, 5.0, 5.0), (1, 0.0, 0.0), (1, -1.0, 5.0), (1, 1.0, 4000.0)):
        with pytest.raises(EmgError, match="times"):
            Step("", *values)


@pytest.mark.parametrize(
    ("goal", "levels", "met"),
    [
        (Goal(Kind.UP, 60), (61,), True), (Goal(Kind.UP, 60), (59,), False),
        (Goal(Kind.UP, 60), (math.nan,), False),
        (Goal(Kind.DOWN, high=5), (4,), True), (Goal(Kind.DOWN, high=5), (6,), False),
        (Goal(Kind.BAND, 30, 50), (40,), True), (Goal(Kind.BAND, 30, 50), (55,), False),
        (Goal(Kind.RECIPROCAL, 40, 15), (45, 10), True),
        (Goal(Kind.RECIPROCAL, 40, 15), (45, 20), False),
        (Goal(Kind.COMPARE, 40), (50, 45), True), (Goal(Kind.COMPARE, 40), (90, 45), False),
    ],
)  # fmt: skip
def test_goals(goal: Goal, levels: tuple[float, ...], met: bool) -> None:
    assert goal.met(levels) is met
    score = goal.score(levels)
    assert 0 <= score <= 1
    if met:
        assert score == 1


def test_a_goal_moves_within_what_can_be() -> None:
    assert Goal(Kind.UP, 60).moved(5).low == 65
    assert Goal(Kind.UP, 5).moved(-5).low == 5
    assert Goal(Kind.UP, 148).moved(5).low == 150
    assert Goal(Kind.DOWN, high=10).moved(-5).high == 5
    band = Goal(Kind.BAND, 30, 50).moved(5)
    assert (band.low, band.high) == (35, 55)
    assert Goal(Kind.BAND, 3, 23).moved(-5).low == 0


def test_a_set_goes_by_its_timetable_and_counts_what_was_reached() -> None:
    runner = Runner(short())
    assert runner.exercise.part.phase is Phase.PREPARE
    runner.run(PREPARE_S, 5.0)
    assert runner.exercise.part == timetable(short(), 1)[1]
    runner.set(70.0)
    assert runner.exercise.part.phase is Phase.DONE
    assert [r.success for r in runner.exercise.repetitions] == [True] * 5
    first = runner.exercise.repetitions[0]
    assert first.relaxed
    assert first.mean[0] == pytest.approx(70)
    assert (first.start, first.stop) == pytest.approx((3.0, 7.0))
    assert first.hold_s == pytest.approx(4.0)
    assert runner.exercise.success_share == 1


def test_eighty_per_cent_of_the_time_after_the_grace_is_success() -> None:
    for late, success in ((1.1, True), (1.4, False)):
        runner = Runner(short())
        runner.run(PREPARE_S, 5.0)
        runner.run(late, 10.0)
        runner.run(4.0 - late, 70.0)
        (done,) = runner.exercise.repetitions
        assert done.success is success
        assert done.to_goal_s == pytest.approx(late, abs=2 * FRAME)


def test_a_muscle_that_stays_tense_is_not_relaxed() -> None:
    runner = Runner(short())
    runner.run(PREPARE_S + 4.0, 70.0)
    runner.run(2.0, 70.0)
    runner.run(2.0, 25.0)
    assert runner.exercise.repetitions[0].relaxed is False


def test_suggestions_come_after_five_and_are_never_taken_silently() -> None:
    runner = Runner(short(sets=3))
    runner.run(PREPARE_S, 5.0)
    runner.set(70.0)
    assert runner.exercise.goal.low == 60
    assert runner.exercise.suggestion == Goal(Kind.UP, 65)
    runner.exercise.accept()
    assert runner.exercise.goal.low == 65
    runner.set(30.0)
    assert runner.exercise.suggestion == Goal(Kind.UP, 60)
    runner.exercise.decline()
    assert (runner.exercise.suggestion, runner.exercise.goal.low) == (None, 65)
    runner.exercise.move_goal(5)
    assert runner.exercise.goal.low == 70


def test_a_pause_stops_the_timer_and_nothing_else() -> None:
    runner = Runner(short())
    runner.run(PREPARE_S + 1.0, 70.0)
    runner.exercise.pause(runner.now, (70.0,))
    left = runner.exercise.left_s
    runner.run(60.0, 70.0)
    assert runner.exercise.left_s == left == pytest.approx(3.0)
    runner.exercise.resume(runner.now)
    runner.run(3.0, 70.0)
    assert runner.exercise.repetitions[0].success


def test_an_outage_counts_neither_for_nor_against() -> None:
    runner = Runner(short())
    runner.run(PREPARE_S, 5.0)
    runner.run(1.0, 70.0)
    runner.run(2.0, math.nan)
    runner.run(1.0, 70.0)
    assert runner.exercise.repetitions[0].success
    assert runner.exercise.repetitions[0].hold_s == pytest.approx(1.0)


def test_skipping_repeating_and_finishing() -> None:
    runner = Runner(short(sets=2))
    runner.run(PREPARE_S + 1.0, 70.0)
    assert runner.exercise.skip().phase is Phase.REST
    assert runner.exercise.repetitions == []
    runner.run(4.0, 5.0)
    runner.run(4.0, 70.0)
    assert len(runner.exercise.repetitions) == 1
    part = runner.exercise.repeat_set()
    assert (part.set_number, part.repetition, part.phase) == (1, 1, Phase.WORK)
    runner.run(3.0, 70.0)
    runner.exercise.finish()
    assert runner.exercise.part.phase is Phase.DONE
    assert len(runner.exercise.repetitions) == 2
    assert runner.exercise.skip().phase is Phase.DONE


def test_rests_by_chance_follow_their_seed(protocols: Protocols) -> None:
    react = protocols.get("react")
    rests = [p.seconds for p in timetable(react, 7) if p.phase is Phase.REST]
    assert rests == [p.seconds for p in timetable(react, 7) if p.phase is Phase.REST]
    assert rests != [p.seconds for p in timetable(react, 8) if p.phase is Phase.REST]
    assert all(2 <= rest <= 5 for rest in rests)
