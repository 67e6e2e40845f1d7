"""Windows are views at the places that window_starts names."""

import numpy as np
import pytest

from emgstudio.dsp.windows import sliding, window_starts


@pytest.mark.parametrize(
    ("n", "length", "step", "starts"),
    [(10, 4, 3, [0, 3, 6]), (4, 4, 1, [0]), (3, 4, 1, []), (0, 1, 1, []), (5, 1, 2, [0, 2, 4])],
)
def test_starts_and_windows(n, length, step, starts):
    x = np.arange(2 * n).reshape(n, 2)
    assert window_starts(n, length, step).tolist() == starts
    windows = sliding(x, length, step)
    assert windows.shape == (len(starts), length, 2)
    for window, start in zip(windows, starts, strict=True):
        np.testing.assert_array_equal(window, x[start : start + length])


def test_a_view_that_cannot_be_written():
    x = np.zeros((10, 2))
    windows = sliding(x[::2], 3, 1)
    assert np.shares_memory(windows, x)
    with pytest.raises(ValueError, match="read-only"):
        windows[0, 0, 0] = 1.0


@pytest.mark.parametrize(("length", "step"), [(0, 1), (1, 0)])
def test_no_endless_windows(length, step):
    with pytest.raises(ValueError, match="at least one"):
        window_starts(5, length, step)
