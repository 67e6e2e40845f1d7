"""Filters in blocks against scipy, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from emgstudio.dsp.block_filter import BLOCK, ROWS, BlockFilter, of_ratio, of_sections
from emgstudio.dsp.filters import butterworth, notches, settled_state, zero_phase

DESIGNS = [
    (order, edges, rate)
    for order in (1, 2, 3, 4)
    for edges in ((20.0, 90.0), (None, 6.0), (5.0, None), (20.0, 450.0))
    for rate in (200.0, 1000.0, 2048.0)
    if (edges[1] or 0.0) <= 0.45 * rate
]


def by_scipy(order, edges, rate):
    inside = [edge for edge in edges if edge]
    kind = "bandpass" if len(inside) == 2 else "highpass" if edges[0] else "lowpass"
    return signal.butter(order, np.squeeze(inside), kind, fs=rate, output="sos")


@pytest.mark.parametrize(("order", "edges", "rate"), DESIGNS)
def test_a_design_is_scipys(order, edges, rate):
    ours, theirs = butterworth(*edges, rate, order=order), by_scipy(order, edges, rate)
    _, expected = signal.sosfreqz(theirs, 200, fs=rate)
    _, got = signal.sosfreqz(ours, 200, fs=rate)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(np.abs(got), np.abs(expected), rtol=0, atol=1e-9)
    np.testing.assert_allclose(settled_state(ours), signal.sosfilt_zi(ours).ravel(), atol=1e-9)


def test_a_notch_is_scipys():
    for row, multiple in zip(notches(50.0, 1000.0, multiples=(1, 3), q=30.0), (1, 3), strict=True):
        expected = np.concatenate(signal.iirnotch(50.0 * multiple, 30.0 * multiple, fs=1000.0))
        np.testing.assert_allclose(row, expected, atol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 20, 500])
def test_forwards_and_backwards_is_scipys(length):
    x = np.random.default_rng(1).standard_normal((length, 2)) + 30.0
    sections = butterworth(20.0, 450.0, 1000.0, order=4)
    padding = min(3 * (2 * len(sections) + 1), length - 1)
    expected = signal.sosfiltfilt(sections, x, axis=0, padlen=padding)
    np.testing.assert_allclose(zero_phase(sections, x), expected, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    sizes=st.lists(
        st.sampled_from([0, 1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, ROWS + 5]),
        min_size=1,
        max_size=6,
    ),
    ratio=st.booleans(),
)
def test_any_cutting_is_scipys(seed, sizes, ratio):
    rng = np.random.default_rng(seed)
    sizes = [3, *sizes]
    x = rng.standard_normal((sum(sizes), 2))
    if ratio:
        b, a = rng.standard_normal(15), np.poly([0.9, 0.8, 0.7])
        filters, expected = BlockFilter(of_ratio(b, a)), signal.lfilter(b, a, x, axis=0)
    else:
        sos = signal.butter(4, (20.0, 450.0), "bandpass", fs=2000.0, output="sos")
        filters, expected = BlockFilter(of_sections(sos)), signal.sosfilt(sos, x, axis=0)
    state, got, first = np.zeros((filters.order, 2)), [], 0
    for size in sizes:
        before = state.copy()
        part, after = filters.run(x[first : first + size], state)
        np.testing.assert_array_equal(state, before)
        got, state, first = [*got, part], after, first + size
    np.testing.assert_allclose(np.concatenate(got), expected, rtol=0, atol=1e-9)


def test_no_sections_change_nothing():
    filters = BlockFilter(of_sections(np.empty((0, 6))))
    x = np.random.default_rng(0).standard_normal((3 * BLOCK + 1, 2))
    done, state = filters.run(x, np.zeros((0, 2)))
    np.testing.assert_array_equal(done, x)
    assert state.shape == (0, 2)
