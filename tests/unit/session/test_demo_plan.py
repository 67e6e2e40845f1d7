"""The demo's plans fit the time that was asked for."""

from __future__ import annotations

import pytest

from emgstudio.session.demo import OVERHEAD_S, demo_plans


@pytest.mark.parametrize("seconds", [30.0, 60.0, 90.0, 120.0])
def test_plans_take_about_the_time_that_was_asked_for(seconds: float) -> None:
    calibration, test = demo_plans(seconds, seed=1)
    total = calibration.duration_s + test.duration_s + OVERHEAD_S
    assert 0.6 * seconds <= total <= 1.1 * seconds


def test_a_hurry_ends_at_what_training_needs() -> None:
    calibration, test = demo_plans(1.0, seed=1)
    assert calibration.repetitions >= 2
    assert len(calibration.movements) >= 3
    assert calibration.hold_s >= 1.4
    assert calibration.duration_s + test.duration_s < 30.0


def test_the_test_cues_come_in_another_order_than_the_calibration() -> None:
    calibration, test = demo_plans(120.0, seed=3)
    first_round = [gesture for gesture, repetition in calibration.order() if repetition == 1]
    assert [gesture for gesture, _ in test.order()] != first_round
    assert test.classes == calibration.classes
