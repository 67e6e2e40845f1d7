"""Hints about repetitions: activity inside holds, leave-one-repetition-out, and the verdict."""

from dataclasses import replace

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.ml.coach import (
    all_hints,
    hold_hints,
    recognition_hints,
    separability,
    verdict,
)
from emgstudio.ml.dataset import build_dataset
from emgstudio.ml.holds import Hold, holds_of, look_at_hold, rest_noise
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.report import hold_out
from tests.labelled_emg import RATE, burst, recording

NOISE = rest_noise(burst("rest", 5.0, 1), RATE)


def held_of(*parts):
    data = build_dataset(
        parts, WindowSpec(), FeatureSpec(("logtd",)), trim_start_s=0.3, trim_end_s=0.1
    )
    return hold_out(data, ShrunkLDA, "repetition")


def hold(samples):
    return look_at_hold(samples, RATE, NOISE, gesture="fist", repetition=1, recording="a")


def problems(found):
    return [hint.problem for hint in found]


def parts(*pieces):
    return np.concatenate([burst(g, s, seed) for seed, (g, s) in enumerate(pieces, 7)])


def test_a_whole_hold_is_seen_and_has_no_hint():
    seen = hold(parts(("fist", 3.0)))
    assert seen.onset_s == 0
    assert seen.active == 1
    assert seen.strength > 5
    assert hold_hints(seen) == ()


@pytest.mark.parametrize(
    ("pieces", "problem", "redo"),
    [
        ((("rest", 3.0),), "none", True),
        ((("rest", 1.2), ("fist", 1.8)), "late", True),
        ((("fist", 1.0), ("rest", 2.0)), "early", True),
        ((("fist", 1.9), ("rest", 1.1)), "early", False),
        # The tail of the movement before is no beginning of this one.
        ((("open", 0.25), ("rest", 1.3), ("fist", 1.45)), "late", True),
    ],
)
def test_e4_what_is_wrong_with_a_hold_has_its_hint(pieces, problem, redo):
    first = hold_hints(hold(parts(*pieces)))[0]
    assert (first.problem, first.redo) == (problem, redo)
    assert first.take == ("a", "fist", 1)


def test_e4_a_soft_hold_and_one_unlike_the_others_are_told():
    assert problems(hold_hints(hold(burst("rest", 3.0, 3) * 1.7))) == ["soft"]
    others = [hold(burst("fist", 3.0, seed)) for seed in (1, 2, 3)]
    strong, weak = (hold(burst("fist", 3.0, 9) * times) for times in (3.0, 0.3))
    assert problems(hold_hints(strong, others)) == ["strong"]
    assert problems(hold_hints(weak, others)) == ["weak"]
    assert hold_hints(strong, others[:1]) == ()


def test_e4_lost_samples_are_told_and_are_no_missing_movement():
    samples = burst("fist", 3.0, 1).copy()
    samples[:150] = np.nan
    assert problems(hold_hints(hold(samples))) == ["dropped"]
    samples[:] = np.nan
    only = hold_hints(hold(samples))
    assert problems(only) == ["dropped"]
    assert only[0].redo


def test_rest_is_needed_to_compare_with():
    with pytest.raises(EmgError, match="too little rest"):
        rest_noise(burst("rest", 0.5, 1), RATE)
    part = recording()
    moves = replace(part, annotations=tuple(a for a in part.annotations if a.label != "rest"))
    with pytest.raises(EmgError, match="too little rest"):
        holds_of(moves)


@pytest.mark.parametrize("rate", [70.0, 128.0, 200.0, 1111.0])
def test_times_within_a_hold_are_seconds_at_every_rate(rate):
    """A step of 20 ms is 23 ms at 128 Hz, and 14 ms at 70 Hz."""
    rng = np.random.default_rng(3)
    rest = rng.standard_normal((round(5 * rate), 4))
    hold = rng.standard_normal((round(4 * rate), 4))
    hold[round(2 * rate) : round(3 * rate)] *= 12.0
    found = look_at_hold(hold, rate, rest_noise(rest, rate))
    assert found.onset_s == pytest.approx(2.0, abs=0.08)
    # The last window that holds some of the movement ends up to 0.1 s after it.
    assert found.release_s == pytest.approx(0.93, abs=0.08)


def test_a_dead_electrode_makes_nothing_strong():
    dead = burst("rest", 3.0, 1).copy()
    dead[:, 2] = 0.0
    noise = rest_noise(dead, RATE)
    later = burst("rest", 3.0, 2).copy()
    later[:, 2] = 0.0
    later[700, 2] = 0.2
    assert look_at_hold(later, RATE, noise).onset_s is None


def test_a_good_calibration_has_no_hints():
    part = recording(repetitions=3)
    holds = holds_of(part)
    assert len(holds) == 9
    assert not all_hints(holds, held_of(part))


def test_a_wrong_movement_is_found_and_named():
    part = recording(repetitions=4, wrong=("fist", 2, "open"))
    hints = all_hints(holds_of(part), held_of(part))
    assert set(hints) == {("a", "fist", 2)}
    found = hints["a", "fist", 2]
    assert (found.problem, found.redo, found.other) == ("wrong", True, "open")
    assert found.sentence == "This Fist looked like Open hand."


def test_what_others_recognise_is_not_asked_for_again():
    part = recording(repetitions=3)
    bad = Hold("fist", 1, "a", 2.0, 1.2, 0.0, 1.0, 8.0, 0.0)
    assert hold_hints(bad)[0].redo
    assert not all_hints([bad], held_of(part))["a", "fist", 1].redo
    assert all_hints([bad], None)["a", "fist", 1].redo


def test_the_verdict_says_how_many_and_the_worst():
    part = recording(repetitions=4)
    good = verdict(held_of(part))
    assert (good.right, good.tried, good.worst) == (16, 16, None)
    assert good.sentence == "16 of 16 right."
    assert good.low < 1.0 == good.high
    bad = verdict(held_of(recording(repetitions=4, wrong=("fist", 2, "open"))))
    assert (bad.right, bad.tried, bad.worst) == (15, 16, ("fist", "open"))
    assert bad.sentence == "15 of 16 right; Fist is taken for Open hand."
    held = held_of(part)
    scores = held.scores.copy()
    # Four of ten windows of each Fist: every take is right, and Fist still is not reliable.
    early = (held.truth == held.classes.index("fist")) & (np.arange(len(scores)) % 10 < 4)
    scores[early] = np.where(np.array(held.classes) == "open", 0.0, -9.0)
    torn = verdict(replace(held, scores=scores))
    assert torn.sentence == "16 of 16 right; Fist is sometimes taken for Open hand."
    none = verdict(held_of(recording(repetitions=1)))
    assert (none.tried, none.low, none.high) == (0, 0.0, 1.0)


def test_pairs_that_look_alike_come_first_and_lose_one():
    part = recording(repetitions=4, seed=3)
    samples = part.samples.copy()
    for a in part.annotations:
        if a.label == "pinch":
            span = slice(round(a.start * RATE), round(a.stop * RATE))
            samples[span] = burst("fist", a.stop - a.start, 900 + a.repetition)
    held = held_of(replace(part, samples=samples))
    worst = separability(held)[0]
    assert {worst.a, worst.b} == {"fist", "pinch"}
    assert worst.light == "red"
    assert "look alike" in worst.advice
    assert worst.half_distance < 0.5 < 3 < separability(held)[-1].half_distance
    assert recognition_hints(held)
