"""The three ways to evaluate, on recordings where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.ml.evaluate import EvaluationReport, evaluate, parse_repetitions
from emgstudio.ml.trainer import train_with_evidence
from tests import labelled_emg as made

HOW: dict[str, Any] = {
    "window": WindowSpec(),
    "features": FeatureSpec(("logtd",)),
    "trim_start_s": 0.2,
    "trim_end_s": 0.1,
}

TRIM = {"trim_start_s": 0.2, "trim_end_s": 0.1}
WAMP = FeatureSpec(("wamp",))


def rolled(name: str, by: int, **how: Any) -> made.LabelledSamples:
    """A recording with the electrodes turned by ``by`` places."""
    part = made.recording(name, **how)
    samples = np.roll(part.samples, by, axis=1)
    return made.LabelledSamples(
        samples, part.rate, part.annotations, name, part.session, part.subject
    )


def test_repetitions_within_each_recording() -> None:
    parts = [made.recording("a"), rolled("b", 1, seed=1)]
    report = evaluate(parts, "repetition", train_reps=[1, 2], test_reps=[3], **HOW)
    assert [r.recording for r in report.per_recording] == ["a", "b"]
    assert report.balanced_accuracy > 0.95
    assert report.accuracy == pytest.approx(np.mean([r.accuracy for r in report.per_recording]))
    assert sum(map(sum, report.confusion)) == sum(r.windows for r in report.per_recording)


def test_only_test_repetitions_are_tested() -> None:
    part = made.recording(repetitions=4, wrong=("pinch", 4, "fist"))
    good = evaluate([part], "repetition", train_reps=[1, 2], test_reps=[3], **HOW)
    bad = evaluate([part], "repetition", train_reps=[1, 2, 3], test_reps=[4], **HOW)
    pinch, fist = good.classes.index("pinch"), good.classes.index("fist")
    assert good.confusion[pinch][fist] == 0
    assert bad.confusion[pinch][fist] > bad.confusion[pinch][pinch]
    assert bad.balanced_accuracy < 0.8 < good.balanced_accuracy


def test_without_lists_each_repetition_is_tested_once() -> None:
    report = evaluate([made.recording()], "repetition", **HOW)
    rest = evaluate([made.recording()], "repetition", train_reps=[1, 2], **HOW)
    assert report.per_recording[0].windows == 3 * rest.per_recording[0].windows


def test_sessions_stay_with_their_person() -> None:
    """P's electrodes are turned against Q's: own sessions help, other people's do not."""
    parts = [
        made.recording("p1", subject="P", session="1"),
        made.recording("p2", subject="P", session="2", seed=1),
        rolled("q1", 2, subject="Q", session="1", seed=2),
        rolled("q2", 2, subject="Q", session="2", seed=3),
    ]
    by_session = evaluate(parts, "session", **HOW)
    by_subject = evaluate(parts, "subject", **HOW)
    assert [r.recording for r in by_session.per_recording] == ["p1", "p2", "q1", "q2"]
    assert by_session.balanced_accuracy > 0.95
    pinch = by_subject.classes.index("pinch")
    assert by_subject.confusion[pinch][pinch] == 0, "the turned pinch is another pattern"


def test_f7_shuffled_labels_are_recognised_by_chance() -> None:
    """Leave one session out, five times: chance is a quarter, the holds are what is drawn."""
    draw = np.random.default_rng(1)
    parts = [made.recording(name, session=name, seed=k) for k, name in enumerate("ab")]
    assert evaluate(parts, "session", **HOW).accuracy > 0.95
    found = []
    for _ in range(5):
        mixed = []
        for part in parts:
            names = draw.permutation([a.label for a in part.annotations])
            labels = zip(part.annotations, names, strict=True)
            mixed.append(
                replace(part, annotations=tuple(replace(a, label=str(b)) for a, b in labels))
            )
        found.append(evaluate(mixed, "session", **HOW).accuracy)
    holds = 5 * sum(len(part.annotations) for part in parts)
    assert abs(np.mean(found) - 0.25) <= 1.96 * np.sqrt(0.25 * 0.75 / holds)


def test_recordings_without_session_names_are_sessions() -> None:
    report = evaluate([made.recording("a"), made.recording("b", seed=4)], "session", **HOW)
    assert len(report.per_recording) == 2


@pytest.mark.parametrize(
    ("split", "how", "words"),
    [
        ("repetition", {"train_reps": [1, 2], "test_reps": [2, 3]}, "both trained and tested"),
        ("repetition", {"train_reps": [1], "test_reps": [9]}, "none of the repetitions"),
        ("repetition", {"train_reps": [9], "test_reps": [1]}, "fewer than two gestures"),
        ("session", {}, "only one session"),
        ("subject", {}, "only one subject"),
    ],
)
def test_what_cannot_be_evaluated_is_said(split: Any, how: dict[str, Any], words: str) -> None:
    with pytest.raises(EmgError, match=words):
        evaluate([made.recording()], split, **how, **HOW)


@pytest.mark.parametrize("trained", [[1, 2], None])
def test_what_is_tested_does_not_move_thresholds(trained: list[int] | None) -> None:
    how = {**HOW, "features": FeatureSpec(("wamp",)), "train_reps": trained, "test_reps": [3]}
    part = made.recording()
    loud = replace(part, samples=part.samples.copy())
    for a in part.annotations:
        if (a.label, a.repetition) == ("rest", 3):
            loud.samples[round(a.start * part.rate) : round(a.stop * part.rate)] *= 20
    plain, spoilt = (evaluate([p], "repetition", **how) for p in (part, loud))
    others = [k for k, name in enumerate(plain.classes) if name != "rest"]
    assert [plain.confusion[k] for k in others] == [spoilt.confusion[k] for k in others]
    assert plain.confusion != spoilt.confusion


def test_rest_that_is_left_out_does_not_move_its_own_thresholds() -> None:
    """Neither in a training's report nor in an evaluation that leaves one repetition out."""
    part = made.recording()
    loud = replace(part, samples=part.samples.copy())
    for a in part.annotations:
        if (a.label, a.repetition) == ("rest", 3):
            loud.samples[round(a.start * part.rate) : round(a.stop * part.rate)] *= 20
    how: dict[str, Any] = {
        "channels": made.CHANNELS,
        "condition": made.CONDITION,
        "features": WAMP,
        **TRIM,
    }
    scores = []
    for one in (part, loud):
        model, held = train_with_evidence([one], **how)
        rows = (held.dataset.repetition == 3) & (held.dataset.y != "rest")
        scores.append(held.scores[rows])
        evaluated = evaluate([one], "repetition", **{**HOW, "features": WAMP})
        assert evaluated.confusion == model.report.confusion
    np.testing.assert_array_equal(*scores)


def test_no_recording_is_an_error() -> None:
    for split in ("repetition", "session"):
        with pytest.raises(EmgError, match="There is no recording"):
            evaluate([], split, **HOW)  # type: ignore[arg-type]


def test_report_is_json() -> None:
    report = evaluate([made.recording()], "repetition", **HOW)
    assert isinstance(report, EvaluationReport)
    value = json.loads(json.dumps(report.to_json()))
    assert {"accuracy", "balanced_accuracy", "classes", "confusion", "per_recording"} <= set(value)
    found = value["metrics"]
    assert found["accuracy"] == pytest.approx(value["accuracy"])
    assert [row["name"] for row in found["per_class"]] == value["classes"]
    assert sum(row["support"] for row in found["per_class"]) == np.sum(value["confusion"])
    assert found["instability"] <= found["nll"] < 0.5
    assert 0.9 < found["auc"] <= 1


@pytest.mark.parametrize(
    ("text", "numbers"), [("1-4", {1, 2, 3, 4}), ("2", {2}), ("1,3,5-6", {1, 3, 5, 6})]
)
def test_repetition_lists(text: str, numbers: set[int]) -> None:
    assert parse_repetitions(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "0-3", "4-2", "1-"])
def test_bad_repetition_lists(text: str) -> None:
    with pytest.raises(EmgError, match="repetitions"):
        parse_repetitions(text)
