"""Tests of control with decisions that were made up, against figures computed by hand."""

import csv
import io
import json
import math
from dataclasses import replace

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Decision
from emgstudio.session.calibration_test import MotionTest, Reached, TestResult
from emgstudio.session.evaluation_tests.axes import Axis, axes_of
from emgstudio.session.evaluation_tests.idle import IdleTest
from emgstudio.session.evaluation_tests.outcome import (
    idle_outcome,
    motion_outcome,
    reaching_outcome,
)
from emgstudio.session.evaluation_tests.reaching import Goal, Reaching, Rules
from emgstudio.session.evaluation_tests.tasks import fitts_test, tac_test

LINE = (Axis("open", "fist"),)
RULES = Rules("fitts", 1.0, hold_s=0.5, limit_s=4.0, break_s=0.0, home=True, limits=9.0)
HOP = 0.125
"""Exact in binary, so that hand-computed times need no tolerance."""


def decided(gesture, time, strength=1.0):
    return Decision(time, 0, gesture, 1.0, gesture, (1.0,), strength, 0.0)


def played(test, gestures, start=0.0):
    """One decision each hop; the list's last goes on until the test is over."""
    test.advance(start)
    test.advance(start)
    now, left = start, list(gestures)
    while test.result is None:
        now += HOP
        gesture = left.pop(0) if len(left) > 1 else left[0]
        test.advance(now, [decided(gesture, now)])
    return test.result


def obeyed(test):
    """As :func:`played` by a person who always does what would help."""
    now = 0.0
    while test.result is None:
        now += 0.05
        gesture, strength = test.advice
        test.advance(now, [decided(gesture, now, strength)])
    return test.result


def test_opposites_share_an_axis_and_what_is_left_over_is_taken_back_by_opening():
    assert axes_of(("fist", "open", "pinch", "rest")) == (
        Axis("fist", "open"),
        Axis("pinch", "open", both_sides=False),
    )
    assert axes_of(("rest", "fist")) == ()


def test_one_straight_trial_against_hand_computation():
    goal = Goal("far", (1.0,), 0.25)
    test = Reaching(LINE, [goal], RULES)
    (trial,) = played(test, ["rest", "rest", *["open"] * 8, "rest"]).trials
    assert trial.reached
    assert trial.reaction_s == 0.375
    # Entered at 0.75 of 1.0, the edge: two hops of rest and six of movement.
    assert trial.movement_s == 1.0
    assert trial.completed_s == 1.5
    assert trial.difficulty == pytest.approx(math.log2(1.0 / 0.5 + 1.0))
    assert trial.throughput == pytest.approx(trial.difficulty / 1.0)
    assert (trial.efficiency, trial.overshoots, trial.stopping) == (1.0, 0, 0.25)


def test_an_overshoot_costs_time_and_path_and_the_hold_begins_anew():
    test = Reaching(LINE, [Goal("far", (1.0,), 0.25)], replace(RULES, hold_s=0.75))
    (trial,) = played(test, [*["open"] * 12, *["fist"] * 3, "rest"]).trials
    assert trial.reached
    assert trial.overshoots == 1
    # Out at 1.375 after eleven hops, to 1.5, back in at 1.25.
    assert trial.path == pytest.approx(1.5 + 0.25)
    assert trial.movement_s == 14 * HOP
    assert trial.efficiency == pytest.approx(0.75 / 1.75)


def test_a_goal_that_is_not_reached_counts_in_the_rate_only():
    test = Reaching(LINE, [Goal("far", (1.0,), 0.25)], RULES)
    result = played(test, ["fist"])
    assert result.reached == 0
    outcome = reaching_outcome(result)
    rate, time = outcome.figures[:2]
    assert (rate.value, time.value, outcome.level) == (0.0, None, "stop")
    assert 0 < rate.high < 100
    assert outcome.words == "0 of 1 goals reached."


def test_both_tests_can_be_done_with_any_two_movements_and_are_told_apart_by_goals():
    for classes in (("fist", "open", "rest"), ("fist", "open", "pinch", "rest")):
        tac = obeyed(tac_test(classes, seed=1))
        assert (tac.reached, len(tac.trials)) == (2 * (len(classes) - 1),) * 2
        assert tac.mean("overshoots") == 0
        fitts = obeyed(fitts_test(classes, seed=1))
        assert fitts.reached == len(fitts.trials) == 10
        assert len(fitts.axes) == 1
    four = fitts_test(("fist", "open", "wrist_flexion", "wrist_extension"), seed=1)
    assert len(four.axes) == 2
    with pytest.raises(EmgError, match="two movements"):
        tac_test(("fist", "rest"), seed=1)


def test_the_table_has_the_names_of_libemg():
    outcome = reaching_outcome(obeyed(fitts_test(("fist", "open"), seed=2)))
    rows = list(csv.DictReader(io.StringIO(outcome.csv())))
    assert list(rows[0]) == [
        "time_stamp", "trial_number", "goal_target", "global_clock", "cursor_position",
        "class_label", "current_direction",
    ]  # fmt: skip
    assert {row["trial_number"] for row in rows} == {str(k) for k in range(10)}
    assert len(outcome.trials_csv().splitlines()) == 11


def test_false_activations_are_counted_per_hour_with_the_interval_of_a_count():
    said = [*["rest"] * 8, "fist", "fist", "open", *["rest"] * 9, "fist", "rest"]
    test = IdleTest(seconds=10.0)
    result = played(test, said)
    assert [a.gesture for a in result.activations] == ["fist", "open", "fist"]
    assert result.activations[0].duration_s == 2 * HOP
    assert result.per_hour == pytest.approx(3 * 360)
    # Garwood's interval of a count of three is 0.6187 to 8.7673.
    assert result.interval == pytest.approx((0.6187 * 360, 8.7673 * 360), rel=1e-4)
    assert result.steadiness == pytest.approx(1 - 4 * HOP / 10)
    outcome = idle_outcome(result)
    assert outcome.words == "3 false activations in 10 s, most often Fist."
    json.dumps(outcome.to_json(), allow_nan=False)


def test_none_in_a_minute_does_not_mean_none_in_an_hour():
    result = played(IdleTest(seconds=60.0), ["rest"])
    assert result.per_hour == 0
    assert result.interval[1] == pytest.approx(3.689 * 60, rel=1e-3)
    assert idle_outcome(result).words == "No false activations in 60 s."


def test_the_motion_test_has_intervals_too():
    missed = Reached("open", False, None, None, None)
    result = TestResult((Reached("fist", True, 0.5, 2.5, 0.9),) * 3 + (missed,))
    outcome = motion_outcome(result)
    rate, selection = outcome.figures[:2]
    # Wilson's interval of three in four.
    assert (rate.value, rate.low, rate.high) == pytest.approx((75, 30.06, 95.44), abs=0.01)
    assert selection.value == 0.5
    assert outcome.words.endswith("Missed: Open hand.")
    assert outcome.csv().splitlines()[1] == "fist,True,0.5,2.5,0.9,"


def test_the_first_decision_for_any_movement_is_where_biopatrec_begins():
    test = MotionTest(["fist"], seed=0, times=1, hold_s=0.5, break_s=0.0)
    outcome = motion_outcome(played(test, ["rest", "open", "open", "fist"]), 0.5, 5.0)
    figures = {figure.name: figure.value for figure in outcome.figures}
    assert figures["Selection time"] == 4 * HOP
    assert figures["Selection after onset"] == 2 * HOP
    assert outcome.figures[0].recipe.startswith("0.5 s of right decisions within 5 s")


def test_an_interruption_asks_again_and_forgets_what_was_half_done():
    goal = Goal("far", (1.0,), 0.25)
    reaching = Reaching(LINE, [goal], RULES)
    reaching.advance(0.0)
    for k in range(4):
        reaching.advance(k * HOP, [decided("open", (k + 1) * HOP)])
    reaching.interrupt()
    assert reaching.goal is None
    (trial,) = played(reaching, [*["open"] * 8, "rest"], start=60.0).trials
    assert trial.movement_s == 6 * HOP
    assert len(reaching.result.samples) == 10, "those before the interruption are gone"

    motion = MotionTest(["fist"], seed=0, times=1, hold_s=0.5, break_s=0.0)
    motion.advance(0.0)
    motion.advance(HOP, [decided("fist", HOP)])
    motion.interrupt()
    assert motion.held == 0
    assert played(motion, ["fist"], start=60.0).targets[0].completed_s == 0.5

    idle = IdleTest(seconds=1.0, break_s=3.0)
    idle.advance(0.0)
    idle.advance(2.0, [decided("fist", 2.0)])
    assert not idle.watching
    idle.advance(3.0)
    idle.advance(3.125, [decided("rest", 3.125)])
    idle.interrupt()
    idle.advance(50.0)
    idle.advance(51.0, [decided("fist", 51.0)])
    assert (idle.activations, idle.watched_s) == (0, 0.125)
