"""Smoothing, trust and vote on posteriors written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.ml.gestures import REST
from emgstudio.ml.postprocess import BALANCED, FAST, STEADY, Postprocess, PostprocessSpec

CLASSES = ("fist", "open", "rest")
FIST, OPEN, RESTING = (np.array(p) for p in ([0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]))
UNSURE = np.array([0.4, 0.35, 0.25])


def gestures(spec: PostprocessSpec, rows: list[np.ndarray]) -> list[str]:
    post = Postprocess(spec, CLASSES)
    return [post.step(row)[0] for row in rows]


def test_majority_of_three_ignores_one_stray_decision() -> None:
    spec = PostprocessSpec(votes=3)
    assert gestures(spec, [FIST, FIST, OPEN, FIST, OPEN, OPEN]) == [
        "fist", "fist", "fist", "fist", "open", "open",
    ]  # fmt: skip


def test_of_equal_votes_the_newest_wins() -> None:
    assert gestures(PostprocessSpec(votes=2), [FIST, OPEN, RESTING]) == ["fist", "open", "rest"]


def test_one_vote_is_the_winner_itself() -> None:
    assert gestures(PostprocessSpec(votes=1), [FIST, OPEN, FIST]) == ["fist", "open", "fist"]


def test_untrusted_winners_hold_the_last_trusted_gesture() -> None:
    post = Postprocess(PostprocessSpec(votes=1, min_confidence=0.6), CLASSES)
    assert post.step(UNSURE) == (REST, 0.25, True)
    assert post.step(OPEN) == ("open", 0.8, False)
    assert post.step(UNSURE) == ("open", 0.35, True)


def test_rest_that_is_no_class_is_held_without_confidence() -> None:
    post = Postprocess(PostprocessSpec(min_confidence=0.9), ("fist", "open"))
    assert post.step(np.array([0.6, 0.4])) == (REST, 0.0, True)


def test_smoothing_is_an_exponential_average() -> None:
    post = Postprocess(PostprocessSpec(votes=1, smoothing=0.7), CLASSES)
    post.step(FIST)
    gesture, confidence, _ = post.step(OPEN)
    assert (gesture, confidence) == ("fist", pytest.approx(0.7 * 0.8 + 0.3 * 0.1))


def test_reset_forgets_votes_average_and_what_was_held() -> None:
    post = Postprocess(PostprocessSpec(votes=5, min_confidence=0.6, smoothing=0.5), CLASSES)
    for _ in range(5):
        post.step(FIST)
    post.reset()
    assert post.step(UNSURE) == (REST, 0.25, True)
    assert post.step(OPEN)[0] == REST
    post.reset()
    assert post.step(OPEN) == ("open", 0.8, False)


def test_the_sticky_filter_is_bayes_rule_by_hand() -> None:
    post = Postprocess(PostprocessSpec(votes=1, stay=0.9), CLASSES)
    first = np.sqrt(FIST) / np.sqrt(FIST).sum()
    assert post.step(FIST)[1] == pytest.approx(first[0])
    expected = 0.9 * first + 0.1 * (1 - first) / 2
    joint = expected * np.sqrt(OPEN)
    gesture, confidence, rejected = post.step(OPEN)
    assert (gesture, rejected) == ("open", False)
    assert confidence == pytest.approx(joint[1] / joint.sum())


def test_a_stray_decision_does_not_move_the_sticky_filter_but_lasting_ones_do() -> None:
    rows = [FIST] * 6 + [OPEN] + [FIST] * 3 + [OPEN] * 8
    found = gestures(BALANCED, rows)
    assert found[:10] == ["fist"] * 10
    assert found[-1] == "open"
    assert found.count("open") >= 2


def test_steadier_is_slower() -> None:
    rows = [FIST] * 20 + [OPEN] * 20
    first = [gestures(spec, rows).index("open") for spec in (FAST, BALANCED, STEADY)]
    assert first == sorted(first)
    assert first[0] <= 21


def test_certainty_of_nothing_does_not_stop_the_filter() -> None:
    post = Postprocess(BALANCED, CLASSES)
    for _ in range(100):
        post.step(np.array([1.0, 0.0, 0.0]))
    found = [post.step(np.array([0.0, 1.0, 0.0]))[0] for _ in range(10)]
    assert found[-1] == "open"


def test_a_change_needs_agreeing_decisions() -> None:
    spec = PostprocessSpec(votes=1, agree=3)
    rows = [FIST, FIST, FIST, OPEN, FIST, OPEN, OPEN, OPEN]
    assert gestures(spec, rows) == [REST, REST, "fist", "fist", "fist", "fist", "fist", "open"]


def test_unknown_windows_hold_and_then_rest() -> None:
    post = Postprocess(PostprocessSpec(votes=1), CLASSES)
    post.step(FIST)
    held = [post.step(FIST, unknown=True) for _ in range(7)]
    assert [g for g, _, _ in held] == ["fist"] * 5 + [REST] * 2
    assert all(rejected for _, _, rejected in held)
    assert post.step(OPEN) == ("open", 0.8, False)
