"""The level of each channel right now, with the recipe that makes the number repeatable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples

Floats = NDArray[np.float64]


def rms_level(x: Samples, valid: Mask | None = None) -> Floats:
    """RMS of ``x (n, channels)`` per channel in its unit; NaN where nothing is left.

    Rows that are not ``valid (n,)`` or not finite are left out.
    """
    present = np.isfinite(x).all(axis=1)
    if valid is not None:
        present &= valid
    kept = x[present]
    if not len(kept):
        return np.full(x.shape[1], np.nan)
    return np.asarray(np.sqrt(np.mean(np.square(kept, dtype=np.float64), axis=0)))


def rms_recipe(window_s: float, condition: str) -> str:
    """How a level was made, e.g. "RMS over 100 ms, 20–450 Hz"; ``condition`` says the filter."""
    return f"RMS over {window_s * 1000:g} ms, {condition}"
