"""Metrics against scikit-learn, and the honest report against planted faults."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.ml.dataset import Dataset, LabelledSamples, build_dataset
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.report import (
    HeldOut,
    TrainingReport,
    accuracy,
    balanced_accuracy,
    confusion,
    fit_temperature,
    hold_out,
    leave_one_repetition_out,
    light,
    wilson,
)
from tests import labelled_emg as made

WINDOW = WindowSpec()


def dataset(*parts: LabelledSamples) -> Dataset:
    return build_dataset(parts, WINDOW, FeatureSpec(), trim_start_s=0.2, trim_end_s=0.1)


def report_of(*parts: LabelledSamples) -> TrainingReport:
    return leave_one_repetition_out(dataset(*parts), ShrunkLDA, WINDOW)[0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_metrics_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    from sklearn import metrics

    truth, guess = zip(*pairs, strict=True)
    counts = confusion(truth, guess, 4)
    want = metrics.confusion_matrix(truth, guess, labels=range(4))
    np.testing.assert_array_equal(counts, want)
    assert accuracy(counts) == pytest.approx(metrics.accuracy_score(truth, guess))
    recalls = metrics.recall_score(
        truth, guess, labels=sorted(set(truth)), average="macro", zero_division=0
    )
    assert balanced_accuracy(counts) == pytest.approx(recalls)


def test_no_windows_have_no_accuracy() -> None:
    nothing = np.zeros((2, 2), np.int64)
    assert np.isnan(accuracy(nothing))
    assert np.isnan(balanced_accuracy(nothing))


def test_wilson_interval() -> None:
    """18 of 20: 69.9–97.2 % (Brown, Cai and DasGupta 2001)."""
    assert wilson(0.9, 20) == (pytest.approx(0.699, abs=1e-3), pytest.approx(0.972, abs=1e-3))
    assert wilson(1.0, 10)[1] == 1.0
    assert wilson(0.0, 10)[0] == 0.0
    assert wilson(0.5, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("recall", "colour"),
    [(0.9, "green"), (0.899, "amber"), (0.75, "amber"), (0.749, "red"), (None, "untested")],
)
def test_traffic_light(recall: float | None, colour: str) -> None:
    assert light(recall) == colour


def test_clean_data_work_reliably() -> None:
    report = report_of(made.recording())
    assert report.balanced_accuracy
    assert report.balanced_accuracy > 0.97
    assert {g.light for g in report.gestures} == {"green"}
    assert report.summary == "All 4 gestures work reliably."
    fist = report.gestures[report.classes.index("fist")]
    assert fist.recall is not None
    assert fist.low is not None
    assert fist.low < fist.recall
    assert [r.repetition for r in fist.repetitions] == [1, 2, 3]
    assert sum(map(sum, report.confusion)) == len(dataset(made.recording()))


def test_a_wrong_repetition_is_found_and_named() -> None:
    report = report_of(made.recording(repetitions=4, wrong=("pinch", 2, "fist")))
    pinch = report.gestures[report.classes.index("pinch")]
    assert [r.repetition for r in pinch.repetitions if r.redo] == [2]
    assert pinch.taken_for == "fist"
    assert pinch.light in ("red", "amber")
    assert pinch.verdict.startswith("Pinch is taken for Fist ")
    others = [r for g in report.gestures if g is not pinch for r in g.repetitions]
    assert not any(r.redo for r in others)


def test_labels_without_any_pattern_score_at_chance() -> None:
    """What was trained on is never what is tested: noise must not look like skill."""
    d = dataset(made.recording(repetitions=4))
    rng = np.random.default_rng(3)
    noise = Dataset(**{
        **{c: getattr(d, c) for c in ("y", "repetition", "recording", "session", "subject")},
        "x": rng.normal(size=(len(d), 80)),
        "amplitude": d.amplitude,
    })  # fmt: skip
    report, _ = leave_one_repetition_out(noise, ShrunkLDA, WINDOW)
    resubstitution = (ShrunkLDA().fit(noise.x, noise.y).predict(noise.x) == noise.y).mean()
    assert resubstitution > 0.5
    assert report.balanced_accuracy == pytest.approx(0.25, abs=0.07)


def test_one_repetition_gives_no_figure() -> None:
    report = report_of(made.recording(repetitions=1))
    assert report.accuracy is None
    assert {g.light for g in report.gestures} == {"untested"}
    assert "twice" in report.summary


def test_a_gesture_recorded_once_is_said_to_be_untested() -> None:
    part = made.recording(repetitions=2)
    kept = tuple(a for a in part.annotations if (a.label, a.repetition) != ("open", 2))
    report = report_of(LabelledSamples(part.samples, part.rate, kept, "a"))
    opened = report.gestures[report.classes.index("open")]
    assert (opened.light, opened.recall) == ("untested", None)
    assert report.accuracy is not None


def test_hold_out_never_scores_what_it_learnt() -> None:
    d = dataset(made.recording("a"), made.recording("b", seed=5))

    class Watch(ShrunkLDA):
        def fit(self, x: np.ndarray, y: np.ndarray) -> ShrunkLDA:
            self.seen = {row.tobytes() for row in x}
            return super().fit(x, y)

        def scores(self, x: np.ndarray) -> np.ndarray:
            assert not self.seen & {row.tobytes() for row in x}
            return super().scores(x)

    for by in ("repetition", "recording"):
        assert len(hold_out(d, Watch, by).dataset) == len(d)


def test_temperature_is_found_again() -> None:
    """Posteriors made four times too sure need a temperature of four."""
    rng = np.random.default_rng(0)
    true_scores = rng.normal(size=(6000, 3)) * 1.5
    p = np.exp(true_scores) / np.exp(true_scores).sum(1, keepdims=True)
    y = np.array([rng.choice(["a", "b", "c"], p=row) for row in p])
    text, zero = np.full(len(y), ""), np.zeros(len(y))
    d = Dataset(zero[:, None], y, zero.astype(np.int64), text, text, text, zero)
    assert fit_temperature(HeldOut(d, ("a", "b", "c"), true_scores * 4)) == pytest.approx(
        4, rel=0.1
    )


def test_report_survives_json() -> None:
    report = report_of(made.recording(wrong=("pinch", 2, "fist")))
    assert TrainingReport.from_json(json.loads(json.dumps(report.to_json()))) == report
