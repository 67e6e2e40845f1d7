"""The level of muscles at rest, from ten seconds in which a person does nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask
from emgstudio.dsp.envelope import moving_rms

REST_S = 10.0
QUIET_S = 5.0
WINDOW_S = 0.1

Floats = NDArray[np.float64]


def level_at_rest(x: NDArray[np.floating], valid: Mask, rate: float) -> Floats:
    """Median of 100 ms RMS over the quietest 5 s in a row, per channel of ``x (n, channels)``.

    In the unit of ``x``; people stir, so that only the quietest half counts. EmgError
    when less than 5 s arrived.
    """
    whole = np.asarray(x, dtype=np.float64).copy()
    whole[~valid] = np.nan
    levels = moving_rms(whole, rate, WINDOW_S, centred=False)[round(WINDOW_S * rate) :]
    length = round(QUIET_S * rate)
    if not len(levels) or (np.isfinite(levels).sum(axis=0) < length).any():
        raise EmgError(
            "Too little signal arrived to measure rest.", "Look at the sensor, then do it again."
        )
    found = [_quietest(levels[np.isfinite(levels[:, k]), k], length) for k in range(x.shape[1])]
    return np.array(found)


def _quietest(levels: Floats, length: int) -> float:
    sums = np.concatenate([[0.0], np.cumsum(levels)])
    first = int(np.argmin(sums[length:] - sums[:-length]))
    return float(np.median(levels[first : first + length]))
