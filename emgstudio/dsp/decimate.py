"""Smallest and largest value per stretch of samples: what traces and pyramids are drawn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Samples


def min_max(x: Samples, starts: NDArray[np.integer]) -> tuple[Samples, Samples]:
    """Smallest and largest of ``x (n, channels)`` per stretch, two ``(len(starts), channels)``.

    Stretch i is ``x[starts[i]:starts[i + 1]]``, the last one reaches to the end
    of ``x``; where two starts are equal (more columns than samples) the first
    of them is the one sample there. NaN counts as missing: a stretch is NaN
    only where all of it is. The dtype of ``x`` is kept. ValueError if starts
    fall or lie outside ``[0, n)``: ``reduceat`` would answer with nonsense.
    """
    if len(starts) == 0:
        empty = np.empty((0, *x.shape[1:]), x.dtype)
        return empty, empty.copy()
    if starts[0] < 0 or starts[-1] >= len(x) or np.any(np.diff(starts) < 0):
        raise ValueError(f"starts must not fall and must lie within [0, {len(x)})")
    return np.fmin.reduceat(x, starts, axis=0), np.fmax.reduceat(x, starts, axis=0)
