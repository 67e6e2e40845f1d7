"""Deciding on recordings: the same rules as live, without a thread."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from emgstudio.ml.decide import Decider, Ramp, decide_recording, rest_decision
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.trainer import train
from tests import labelled_emg as made


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train(
        [made.recording()],
        channels=made.CHANNELS,
        condition=made.CONDITION,
        repetitions=[1, 2],
    )


def test_decisions_lie_on_the_hop_grid_and_leave_out_gaps(model: GestureModel) -> None:
    samples = made.burst("fist", 2.0, 5)
    samples[430] = np.nan
    decisions = list(decide_recording(model, samples))
    ends = [d.index + 1 for d in decisions]
    assert ends == [*range(100, 430, 25), *range(550, 1001, 25)]
    assert [d.time for d in decisions] == [(end - 1) / made.RATE for end in ends]
    assert decisions[-1].gesture == "fist"


def test_a_gap_forgets_the_votes(model: GestureModel) -> None:
    decider = Decider(model, PostprocessSpec(votes=9))
    fist, opened = made.burst("fist", 0.2, 1), made.burst("open", 0.2, 2)
    for i in range(9):
        decider.step(fist, i, 0.0)
    held = decider.step(opened, 9, 0.0)
    assert held
    assert (held.raw_gesture, held.gesture) == ("open", "fist")
    assert decider.step(fist * np.inf, 10, 0.0) is None
    after = decider.step(opened, 11, 0.0)
    assert after
    assert after.gesture == "open"


def test_rest_is_empty_handed(model: GestureModel) -> None:
    rest = rest_decision(model, 3, 1.0)
    assert (rest.gesture, rest.proportional, sum(rest.probabilities)) == ("rest", 0.0, 0.0)
    assert len(rest.probabilities) == len(model.classes)


def test_an_unknown_movement_does_nothing() -> None:
    known = recorded_without("pinch")
    decider = Decider(known, PostprocessSpec(votes=1, refuse=0.1))
    made_up = decide_recording(known.with_postprocess(decider.spec), made.burst("pinch", 4.0, 5))
    settled = list(made_up)[8:]
    assert np.mean([d.gesture == "rest" for d in settled]) > 0.9
    assert all(d.confidence == 0.0 for d in settled if d.rejected)
    fists = list(decide_recording(known.with_postprocess(decider.spec), made.burst("fist", 4.0, 5)))
    assert np.mean([d.gesture == "fist" for d in fists]) > 0.9
    forced = list(decide_recording(known, made.burst("pinch", 4.0, 5)))
    assert {d.gesture for d in forced} <= {"fist", "open", "rest"}
    assert np.mean([d.gesture != "rest" for d in forced]) > 0.9


def recorded_without(gesture: str) -> GestureModel:
    part = made.recording()
    fewer = replace(part, annotations=tuple(a for a in part.annotations if a.label != gesture))
    return train([fewer], channels=made.CHANNELS, condition=made.CONDITION)


def test_a_gesture_can_need_more_sureness_than_others(model: GestureModel) -> None:
    strict = replace(model, sureness={"fist": 1.1})
    decider = Decider(strict, PostprocessSpec(votes=1))
    opened = decider.step(made.burst("open", 0.2, 1), 0, 0.0)
    fist = decider.step(made.burst("fist", 0.2, 2), 1, 0.0)
    assert opened
    assert fist
    assert (opened.gesture, opened.rejected) == ("open", False)
    assert (fist.gesture, fist.raw_gesture, fist.rejected) == ("open", "fist", True)


def test_the_sureness_that_counts_is_that_of_what_wins(model: GestureModel) -> None:
    """A window that alone looks like another gesture lends none of its own."""
    strict = replace(model, sureness={"fist": 1.1})
    decider = Decider(strict, PostprocessSpec(votes=1, smoothing=0.95))
    fist, opened = made.burst("fist", 0.2, 2), made.burst("open", 0.2, 1)
    for i in range(9):
        decider.step(fist, i, 0.0)
    after = decider.step(opened, 9, 0.0)
    assert after
    assert after.raw_gesture == "open"
    assert (after.gesture, after.rejected) == ("rest", True)


def test_what_the_gate_takes_for_rest_is_no_unknown_movement(model: GestureModel) -> None:
    unsure = replace(model, lda=copy.copy(model.lda), familiar={name: (-1e9,) * 11 for name in
                     model.classes})  # fmt: skip
    unsure.lda.temperature = 1e6
    weak = made.burst("fist", 0.2, 3) * 0.01
    for gate, rejected in ((0.0, True), (1.0, False)):
        spec = PostprocessSpec(votes=1, rest_gate=gate, refuse=0.1)
        decision = Decider(unsure, spec).step(weak, 0, 0.0)
        assert decision
        assert decision.raw_gesture != "rest"
        assert (decision.gesture, decision.rejected) == ("rest", rejected)


def test_unsure_windows_below_the_gate_are_rest(model: GestureModel) -> None:
    unsure = replace(model, lda=copy.copy(model.lda))
    unsure.lda.temperature = 1e6
    weak = made.burst("rest", 0.2, 3) * 0.5
    for gate, confidence in ((0.0, 0.25), (1.0, 1.0)):
        decision = Decider(unsure, PostprocessSpec(votes=1, rest_gate=gate)).step(weak, 0, 0.0)
        assert decision
        assert decision.confidence == pytest.approx(confidence, abs=0.01)
    strong = Decider(unsure, PostprocessSpec(votes=1, rest_gate=1.0)).step(
        made.burst("fist", 0.2, 3), 0, 0.0
    )
    assert strong
    assert strong.confidence < 0.3


def test_strength_grows_after_a_change_and_ends_at_rest() -> None:
    ramp = Ramp(PostprocessSpec(ramp_s=0.2, dead_band=0.1, gain=2.0), 0.05)
    steps = [ramp.step("fist", 0.55) for _ in range(5)]
    np.testing.assert_allclose(steps, [0.25, 0.5, 0.75, 1.0, 1.0])
    assert ramp.step("open", 1.0) == pytest.approx(0.25)
    assert ramp.step("open", 0.05) == 0.0
    plain = Ramp(PostprocessSpec(), 0.05)
    assert [plain.step("fist", e) for e in (0.3, 1.0)] == [0.3, 1.0]
