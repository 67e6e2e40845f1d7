"""Sliding windows over sample arrays, as views."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from emgstudio.core.types import Samples


def window_starts(n: int, length: int, step: int) -> NDArray[np.int64]:
    """First sample of each whole window of ``length`` in ``n`` samples, every ``step`` samples."""
    if length < 1 or step < 1:
        raise ValueError("window length and step are at least one sample")
    return np.arange(0, n - length + 1, step, dtype=np.int64)


def sliding(x: Samples, length: int, step: int) -> Samples:
    """Whole windows of ``x (n, channels)`` as a read-only view ``(windows, length, channels)``.

    Window i starts at sample ``i * step``; samples after the last whole window
    are left out, and there may be no window at all.
    """
    count = len(window_starts(len(x), length, step))
    if count == 0:
        return np.empty((0, length, x.shape[1]), x.dtype)
    row, column = x.strides
    return as_strided(x, (count, length, x.shape[1]), (step * row, row, column), writeable=False)
