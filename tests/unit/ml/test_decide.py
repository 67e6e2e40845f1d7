"""Deciding on recordings: the same rules as live, without a thread."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.ml.decide import Decider, decide_recording, evaluate_model, rest_decision
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


def test_a_model_is_tested_on_repetitions_it_has_not_seen(model: GestureModel) -> None:
    how = {"trim_start_s": 0.2, "trim_end_s": 0.1}
    good = evaluate_model(model, [made.recording()], repetitions=[3], **how)
    assert good.balanced_accuracy > 0.95
    planted = made.recording(wrong=("pinch", 3, "fist"))
    bad = evaluate_model(model, [planted], repetitions=[3], **how)
    assert bad.balanced_accuracy == pytest.approx(0.75, abs=0.05)
    with pytest.raises(EmgError, match="none of the repetitions"):
        evaluate_model(model, [made.recording()], repetitions=[7], **how)
    with pytest.raises(EmgError, match="There is no recording"):
        evaluate_model(model, [], **how)
