"""Offline figures against scikit-learn, and those that it does not have against counting."""

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from emgstudio.ml.lda import softmax
from emgstudio.ml.metrics import area_under_curve, bootstrap_interval, calibrated, metrics

CLASSES = ("fist", "open", "rest")


def made_up(n=300, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    scores = rng.standard_normal((n, 3)) + 1.5 * np.eye(3)[truth]
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    names = np.array(CLASSES)
    return names[truth].tolist(), names[p.argmax(axis=1)].tolist(), p


def test_scikit_learn_gives_the_same():
    truth, guess, p = made_up()
    ours = metrics(truth, guess, CLASSES, runs=[0] * 300, probabilities=p)
    assert ours.accuracy == pytest.approx(reference.accuracy_score(truth, guess))
    assert ours.balanced_accuracy == pytest.approx(reference.balanced_accuracy_score(truth, guess))
    assert ours.kappa == pytest.approx(reference.cohen_kappa_score(truth, guess))
    assert ours.nll == pytest.approx(reference.log_loss(truth, p, labels=CLASSES))
    assert ours.auc == pytest.approx(
        reference.roc_auc_score(truth, p, multi_class="ovr", labels=CLASSES)
    )
    per_class = reference.precision_recall_fscore_support(truth, guess, labels=CLASSES)
    for i, one in enumerate(ours.per_class):
        assert (one.precision, one.recall, one.f1, one.support) == pytest.approx(
            tuple(column[i] for column in per_class)
        )
    # Several classes: the sum of the scores of each class against the others.
    each = [
        reference.brier_score_loss([t == c for t in truth], p[:, k]) for k, c in enumerate(CLASSES)
    ]
    assert ours.brier == pytest.approx(sum(each))
    f1 = [one.f1 for one in ours.per_class]
    assert np.mean(f1) == pytest.approx(reference.f1_score(truth, guess, average="macro"))


def test_the_calibration_error_is_that_of_scikit_learns_curve():
    truth, guess, p = made_up(seed=3)
    ours = metrics(truth, guess, CLASSES, runs=[0] * 300, probabilities=p)
    right = np.array([t == g for t, g in zip(truth, guess, strict=True)])
    share, sure = calibration_curve(right, p.max(axis=1), n_bins=10)
    counts = np.histogram(p.max(axis=1), np.linspace(0.0, 1.0, 11))[0]
    gaps = np.abs(share - sure) * counts[counts > 0]
    assert ours.ece == pytest.approx(gaps.sum() / 300)


def test_sureness_is_scaled_by_what_other_groups_ask_for():
    rng = np.random.default_rng(5)
    truth = rng.integers(3, size=900)
    honest = rng.standard_normal((900, 3)) + 1.5 * np.eye(3)[truth]
    # Log posteriors of two unit normals 1.5 apart.
    scores = 1.5 * honest
    groups = [k // 100 for k in range(900)]
    for factor in (1.0, 8.0):
        p = calibrated(factor * scores, truth, groups)
        assert np.abs(p - softmax(scores)).max() < 0.1, "however boastful the classifier is"
    once = calibrated(8.0 * scores, truth, groups)
    spoilt = truth.copy()
    spoilt[:100] = (spoilt[:100] + 1) % 3
    # Groups 0 and 5 are one fold: their truth does not touch their own sureness.
    assert np.array_equal(once[:100], calibrated(8.0 * scores, spoilt, groups)[:100])


def test_sureness_that_is_true_has_no_calibration_error():
    truth = ["fist"] * 8 + ["open"] * 2
    p = np.tile([0.8, 0.2, 0.0], (10, 1))
    assert metrics(truth, ["fist"] * 10, CLASSES, runs=[0] * 10, probabilities=p).ece == (
        pytest.approx(0.0)
    )
    assert metrics(["open"] * 10, ["fist"] * 10, CLASSES, runs=[0] * 10, probabilities=p).ece == (
        pytest.approx(0.8)
    )


def test_the_calibration_error_of_two_bins_is_that_counted_by_hand():
    """Four decisions 95 % sure, three right: gap 0.2; six 65 % sure, three right: gap 0.15."""
    truth = ["fist"] * 3 + ["open"] + ["fist"] * 3 + ["open"] * 3
    p = np.array([[0.95, 0.03, 0.02]] * 4 + [[0.65, 0.2, 0.15]] * 6)
    ours = metrics(truth, ["fist"] * 10, CLASSES, runs=[0] * 10, probabilities=p)
    assert ours.ece == pytest.approx(0.4 * 0.2 + 0.6 * 0.15)


def test_active_error_instability_and_rejection():
    truth = ["fist"] * 4 + ["rest"] * 4
    guess = ["fist", "rest", "fist", "open", "rest", "rest", "open", "rest"]
    runs = [1] * 4 + [2] * 4
    ours = metrics(truth, guess, CLASSES, runs=runs)
    # Four decisions are for a movement, two of them wrong.
    assert ours.active_error == pytest.approx(2 / 4)
    # Three changes in the first run, two in the second; that between them is none.
    assert ours.instability == pytest.approx(5 / 6)
    refused = [False, True] + [False] * 6
    without = metrics(truth, guess, CLASSES, runs=runs, refused=refused)
    assert without.rejected == pytest.approx(1 / 8)
    assert without.accuracy == pytest.approx(5 / 7)
    assert without.instability == pytest.approx(3 / 4)


def test_ties_count_half():
    assert area_under_curve(np.array([1.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(0.875)
    assert np.isnan(area_under_curve(np.array([]), np.array([1.0])))


def test_a_bootstrap_interval_holds_the_mean_and_narrows():
    rng = np.random.default_rng(0)
    few, many = rng.normal(0.9, 0.05, 5), rng.normal(0.9, 0.05, 200)
    low, high = bootstrap_interval(many, 1)
    assert low < many.mean() < high
    wide = bootstrap_interval(few, 1)
    assert high - low < wide[1] - wide[0]
