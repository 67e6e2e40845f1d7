"""What is measured over a selected stretch of time, per channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.gui.review.source import TraceSource

LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Measures:
    """Values per channel ``(channels,)`` in the channels' unit; NaN where all was lost.

    ``rms`` is taken about the mean, so that an offset of the amplifier does not count.
    """

    seconds: float
    valid_samples: int
    rms: NDArray[np.float64]
    mean_rectified: NDArray[np.float64]
    peak_to_peak: NDArray[np.float64]


def measure(source: TraceSource, start: int, stop: int) -> Measures | None:
    """Measure samples ``[start, stop)`` as shown; None if longer than a minute or empty."""
    rate = source.stream.info.rate
    start, stop = max(0, start), min(stop, source.stream.samples)
    if not 0 < stop - start <= LONGEST_S * rate:
        return None
    x = source.samples(start, stop).astype(np.float64)
    x = x[~np.isnan(x).any(axis=1)]
    if not len(x):
        nothing = np.full(source.stream.info.n_channels, np.nan)
        return Measures((stop - start) / rate, 0, nothing, nothing, nothing)
    centred = x - x.mean(axis=0)
    return Measures(
        (stop - start) / rate,
        len(x),
        np.sqrt((centred**2).mean(axis=0)),
        np.abs(centred).mean(axis=0),
        np.ptp(x, axis=0),
    )
