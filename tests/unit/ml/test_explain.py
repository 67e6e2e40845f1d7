"""Shares of electrodes and features in a decision, and the map of gestures."""

import numpy as np
import pytest

from emgstudio.ml.explain import contributions, electrode_shares, feature_shares, map_2d
from emgstudio.ml.trainer import train
from tests.labelled_emg import CHANNELS, CONDITION, recording


@pytest.fixture(scope="module")
def model():
    return train([recording(repetitions=3)], channels=CHANNELS, condition=CONDITION)


def test_contributions_sum_exactly_to_the_lead(model):
    x = np.stack([s.mean for s in model.lda.statistics.values()])
    scores = model.lda.scores(x) - model.lda.scores(model.lda.solution.centre[None])
    fist, pinch = model.classes.index("fist"), model.classes.index("pinch")
    others = [k for k in range(4) if k != fist]
    np.testing.assert_allclose(
        contributions(model.lda, x, "fist", "pinch").sum(axis=1),
        scores[:, fist] - scores[:, pinch],
        atol=1e-9,
    )
    np.testing.assert_allclose(
        contributions(model.lda, x, "fist").sum(axis=1),
        scores[:, fist] - scores[:, others].mean(axis=1),
        atol=1e-9,
    )


def test_shares_sum_to_one_and_the_electrode_that_differs_leads(model):
    shares = electrode_shares(model, "fist", "open")
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares) == [c.name for c in CHANNELS]
    # Fist is strong on the first electrode and the third, open on the others.
    assert all(share > 0.02 for share in shares.values())
    rows = feature_shares(model, "fist")
    assert sum(rows.values()) == pytest.approx(1)
    assert set(rows) <= {"logcov", "logcov_diff", "logrms", "logwl", "zc", "ssc", "ar4"}


def test_the_map_keeps_what_lies_apart_apart(model):
    plane = map_2d(model.lda)
    assert set(plane.means) == set(model.classes)
    for key, statistics in model.lda.statistics.items():
        point = plane.project(statistics.mean[None])[0]
        nearest = min(plane.means, key=lambda g: np.hypot(*(plane.means[g] - point)))
        assert nearest == key.gesture
