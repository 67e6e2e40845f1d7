"""min_max against the obvious loop."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.dsp.decimate import min_max


def slow(x, starts):
    edges = [*starts, len(x)]
    lo, hi = [], []
    for a, b in itertools.pairwise(edges):
        columns = [column[~np.isnan(column)] for column in x[a:b].T]
        lo.append([c.min() if len(c) else np.nan for c in columns])
        hi.append([c.max() if len(c) else np.nan for c in columns])
    return np.array(lo), np.array(hi)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_same_as_the_loop_with_holes(data):
    n = data.draw(st.integers(1, 60))
    rng = np.random.default_rng(data.draw(st.integers(0, 9999)))
    x = rng.standard_normal((n, data.draw(st.integers(1, 3)))).astype(np.float32)
    x[rng.random(n) < data.draw(st.sampled_from([0.0, 0.3, 0.9]))] = np.nan
    starts = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1))))
    for got, expected in zip(min_max(x, starts), slow(x, starts), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, expected.astype(np.float32))


def test_integers_stay_integers():
    lo, hi = min_max(np.array([[3], [-7], [5]], np.int16), np.array([0, 2]))
    assert lo.dtype == np.int16
    assert lo.tolist() == [[-7], [5]]
    assert hi.tolist() == [[3], [5]]


def test_no_stretches():
    lo, hi = min_max(np.zeros((4, 2), np.float32), np.array([], int))
    assert lo.shape == hi.shape == (0, 2)


def test_more_columns_than_samples_repeat_the_sample():
    lo, hi = min_max(np.array([[3.0], [-7.0]]), np.array([0, 0, 1, 1]))
    assert lo[:, 0].tolist() == hi[:, 0].tolist() == [3.0, 3.0, -7.0, -7.0]


@pytest.mark.parametrize("starts", [[3, 1], [0, 9], [-1, 2]])
def test_starts_that_make_no_stretches_are_refused(starts):
    with pytest.raises(ValueError, match="must not fall"):
        min_max(np.zeros((4, 2)), np.array(starts))
