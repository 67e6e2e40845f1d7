"""The bootstrap of repetitions: any mixture gives what the figures give on such windows."""

from dataclasses import replace

import numpy as np
import pytest

from emgstudio.ml.intervals import RESAMPLES, RepetitionSums, figure_intervals
from emgstudio.ml.lda import softmax
from emgstudio.ml.metrics import held_out_metrics, metrics, runs_of
from emgstudio.ml.trainer import train_with_evidence
from tests.labelled_emg import CHANNELS, CONDITION, recording

NAMES = (
    "accuracy", "balanced_accuracy", "active_error", "instability", "kappa", "auc", "nll",
    "brier", "ece",
)  # fmt: skip


@pytest.fixture(scope="module")
def trained():
    """Three movements and rest, one take of which was another movement."""
    part = recording(wrong=("pinch", 2, "fist"))
    return train_with_evidence([part], channels=CHANNELS, condition=CONDITION)


def test_any_mixture_of_repetitions_has_the_figures_of_its_windows(trained):
    model, held = trained
    sums = RepetitionSums(held, model.temperature)
    runs = runs_of(held.dataset)
    order = list(dict.fromkeys(runs))
    rng = np.random.default_rng(0)
    mixtures = [np.ones(len(order), int), *rng.integers(0, 3, (3, len(order)))]
    found = sums.figures(np.array(mixtures, float))
    p, names = softmax(held.scores / model.temperature), np.array(held.classes)
    for b, times in enumerate(mixtures):
        rows, copies = [], []
        for at, run in enumerate(order):
            here = [i for i, r in enumerate(runs) if r == run]
            for copy in range(times[at]):
                rows += here
                copies += [(at, copy)] * len(here)
        ours = metrics(
            held.dataset.y[rows].tolist(),
            names[held.winners[rows]].tolist(),
            held.classes,
            runs=copies,
            probabilities=p[rows],
        )
        for name in NAMES:
            assert found[name][b] == pytest.approx(getattr(ours, name), abs=1e-12), name


def test_intervals_hold_the_figures_and_come_with_the_model(trained):
    model, held = trained
    found = figure_intervals(held, model.temperature)
    figures = held_out_metrics(held, model.temperature)
    assert set(found) == set(NAMES)
    for name, (low, high) in found.items():
        assert low <= getattr(figures, name) <= high, name
    assert found["accuracy"][1] - found["accuracy"][0] > 0.02, "one take in sixteen was wrong"
    kept = {name: tuple(pair) for name, pair in model.report.figures["intervals"].items()}
    assert kept == found


def test_the_interval_is_that_of_takes_right_or_wrong():
    """One of four takes of one class wrong: Binomial(4, 1/4) / 4 wrong, 0 to 3/4 in 95 %."""
    _, held = train_with_evidence(
        [recording(repetitions=4)], channels=CHANNELS, condition=CONDITION
    )
    scores = np.where(np.eye(len(held.classes))[held.truth] > 0, 0.0, -50.0)
    fist = held.classes.index("fist")
    wrong = (held.truth == fist) & (held.dataset.repetition == 2)
    scores[wrong] = np.where(np.arange(len(held.classes)) == fist, -50.0, 0.0)
    low, high = figure_intervals(replace(held, scores=scores), 1.0)["balanced_accuracy"]
    classes = len(held.classes)
    assert high == pytest.approx(1.0)
    assert low == pytest.approx(1.0 - 0.75 / classes, abs=1e-9)
    assert RESAMPLES >= 500


def test_nothing_is_told_where_a_gesture_was_made_once(trained):
    _, held = trained
    keep = ~((held.dataset.y == "fist") & (held.dataset.repetition != 1))
    few = replace(held, dataset=held.dataset._rows(keep), scores=held.scores[keep])
    assert figure_intervals(few, 1.0) == {}
