"""The level of muscles at rest, from ten seconds in which a person does nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask
from emgstudio.dsp.envelope import moving_rms

REST_S = 10.0
QUIET_S = 5.0
WINDOW_S = 0.1

# A muscle that should stay soft works from so many standard deviations above rest on: levels
# of a calm muscle scatter by far less, and the next muscle's noise is heard a little.
LIMIT_SD = 5.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Mean and standard deviation of the level at rest, in the unit of the signal."""

    mean: float
    sd: float

    @property
    def limit(self) -> float:
        """Above this level a muscle is not at rest any more."""
        return self.mean + LIMIT_SD * self.sd


def level_at_rest(x: NDArray[np.floating], valid: Mask, rate: float) -> Floats:
    """Median of 100 ms RMS over the quietest 5 s in a row, per channel of ``x (n, channels)``.

    In the unit of ``x``; people stir, so that only the quietest half counts. EmgError
    when less than 5 s arrived.
    """
    levels, length = _levels(x, valid, rate, WINDOW_S)
    return np.array([float(np.median(_quietest(column, length))) for column in levels])


def baselines(
    x: NDArray[np.floating], valid: Mask, rate: float, window_s: float
) -> tuple[Baseline, ...]:
    """How RMS of ``window_s`` lies over the quietest 5 s, per channel of ``x (n, channels)``.

    EmgError when less than 5 s arrived.
    """
    levels, length = _levels(x, valid, rate, window_s)
    quiet = [_quietest(column, length) for column in levels]
    return tuple(Baseline(float(q.mean()), float(q.std())) for q in quiet)


def _levels(
    x: NDArray[np.floating], valid: Mask, rate: float, window_s: float
) -> tuple[list[Floats], int]:
    """Known levels of each channel, and how many of them are the quiet stretch."""
    whole = np.asarray(x, dtype=np.float64).copy()
    whole[~valid] = np.nan
    levels = moving_rms(whole, rate, window_s, centred=False)[round(window_s * rate) :]
    length = round(QUIET_S * rate)
    if not len(levels) or (np.isfinite(levels).sum(axis=0) < length).any():
        raise EmgError(
            "Too little signal arrived to measure rest.", "Look at the sensor, then do it again."
        )
    return [levels[np.isfinite(levels[:, k]), k] for k in range(x.shape[1])], length


def _quietest(levels: Floats, length: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(levels)])
    first = int(np.argmin(sums[length:] - sums[:-length]))
    return levels[first : first + length]
