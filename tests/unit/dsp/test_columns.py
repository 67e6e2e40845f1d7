"""Pixel columns against a slow model that looks at every sample for every column."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.dsp.columns import Columns

PER_COLUMN = st.one_of(
    st.sampled_from([0.13, 0.5, 1.0, 4 / 3, 2.0, 13.037, 20.0]),
    st.floats(0.05, 40.0, allow_nan=False),
)


def value_at(x: np.ndarray, edge: float) -> float:
    """The straight line through the samples at a fractional index."""
    below = math.floor(edge)
    if not 0 <= below < len(x):
        return math.nan
    share = np.float32(edge - below)
    if share == 0:
        return float(x[below])
    if below + 1 >= len(x):
        return math.nan
    return float(x[below] + share * (x[below + 1] - x[below]))


def slow(x: np.ndarray, per_column: float) -> tuple[np.ndarray, np.ndarray]:
    """Every complete column of one channel, one column after the other."""
    lo, hi = [], []
    column = 0
    while (column + 1) * per_column <= len(x) - 1:
        left, right = column * per_column, (column + 1) * per_column
        inside = [float(v) for v in x[math.ceil(left) : math.ceil(right)]]
        values = [v for v in (*inside, value_at(x, left), value_at(x, right)) if not math.isnan(v)]
        lo.append(min(values, default=math.nan))
        hi.append(max(values, default=math.nan))
        column += 1
    return np.array(lo, np.float32), np.array(hi, np.float32)


def signal(seed: int, n: int, channels: int, holes: list[tuple[int, int]]) -> np.ndarray:
    x = np.random.default_rng(seed).normal(0, 100, (n, channels)).astype(np.float32)
    for at, count in holes:
        x[at : at + count] = np.nan
    return x


@given(
    seed=st.integers(0, 1000),
    n=st.integers(2, 300),
    per_column=PER_COLUMN,
    holes=st.lists(st.tuples(st.integers(0, 290), st.integers(1, 60)), max_size=3),
    cuts=st.lists(st.integers(1, 299), max_size=8),
)
def test_any_block_size_gives_the_slow_model(seed, n, per_column, holes, cuts) -> None:
    x = signal(seed, n, 2, holes)
    columns = Columns(10_000, 2, per_column)
    edges = sorted({0, n, *(c for c in cuts if c < n)})
    for start, stop in itertools.pairwise(edges):
        columns.feed(start, x[start:stop])
    got = columns.span(0, columns.head)
    for channel in range(2):
        lo, hi = slow(x[:, channel], per_column)
        np.testing.assert_allclose(got.lo[:, channel], lo, rtol=1e-5, atol=1e-3)
        np.testing.assert_allclose(got.hi[:, channel], hi, rtol=1e-5, atol=1e-3)


@given(per_column=PER_COLUMN, at=st.integers(1, 120), count=st.integers(1, 120))
def test_lost_samples_are_holes_however_they_are_told(per_column, at, count) -> None:
    x = signal(1, 400, 1, [(at, count)])
    told = Columns(9000, 1, per_column)
    told.feed(0, x)
    missing = Columns(9000, 1, per_column)
    missing.feed(0, x[:at])
    missing.feed(at + count, x[at + count :])
    a, b = told.span(0, told.head), missing.span(0, missing.head)
    np.testing.assert_array_equal(a.lo, b.lo)
    np.testing.assert_array_equal(a.hi, b.hi)
    np.testing.assert_array_equal(a.holed, b.holed)
    inside = [
        k for k in range(told.head) if k * per_column > at - 1 and (k + 1) * per_column < at + count
    ]
    assert np.isnan(a.lo[inside]).all()
    assert a.holed[inside].all()
    whole = [k for k in range(told.head) if (k + 1) * per_column < at - 1]
    assert not np.isnan(a.lo[whole]).any()
    assert not a.holed[whole].any()


def test_neighbours_meet_at_their_edge() -> None:
    x = signal(3, 500, 4, [])
    columns = Columns(1000, 4, 6.4)
    columns.feed(0, x)
    got = columns.span(0, columns.head)
    assert (got.hi[:-1] >= got.lo[1:]).all()
    assert (got.lo[:-1] <= got.hi[1:]).all()


def test_the_ring_keeps_the_newest_and_passes_over_what_it_saw() -> None:
    x = signal(4, 1000, 3, [])
    whole, ring = Columns(1000, 3, 5.0), Columns(20, 3, 5.0)
    whole.feed(0, x)
    for start in range(0, 1000, 37):
        ring.feed(max(0, start - 11), x[max(0, start - 11) : start + 37])
    assert ring.head == whole.head == 199
    assert ring.oldest == 179
    np.testing.assert_array_equal(ring.span(0, 999).lo, whole.span(179, 199).lo)
    np.testing.assert_array_equal(ring.span(181, 193).hi, whole.span(181, 193).hi)


def test_a_grid_begun_later_is_the_same_grid() -> None:
    x = signal(5, 4000, 1, [])
    early, late = Columns(900, 1, 7.3), Columns(900, 1, 7.3)
    early.feed(0, x)
    late.restart(1234)
    late.feed(1234, x[1234:])
    assert late.head == early.head
    shared = late.oldest + 1
    np.testing.assert_array_equal(
        early.span(shared, early.head).lo, late.span(shared, late.head).lo
    )


def test_marks_belong_to_their_column_and_channel() -> None:
    x = signal(6, 100, 2, [])
    marked = np.zeros((100, 2), bool)
    marked[[9, 55], [0, 1]] = True
    columns = Columns(50, 2, 10.0)
    for start in range(0, 100, 7):
        columns.feed(start, x[start : start + 7], marked[start : start + 7])
    got = columns.span(0, columns.head).marked
    assert np.argwhere(got).tolist() == [[0, 0], [5, 1]]


def test_a_grid_needs_room() -> None:
    for bad in ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.0), (1, 1, math.nan)):
        with pytest.raises(ValueError, match="no columns"):
            Columns(*bad)
