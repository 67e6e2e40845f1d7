"""Amplitude over time: moving RMS (live and offline) and the linear envelope."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples
from emgstudio.dsp.filters import butterworth, corrected_cutoff, zero_phase

Floats = NDArray[np.float64]

# Rows summed at once offline: bounds memory.
BLOCK = 1 << 14


class MovingRms:
    """Root mean square of the last ``window_s`` seconds at every sample, causal and with state.

    Missing samples are left out of the mean; at the start the window is as
    long as there are samples. Any cutting into chunks gives the same result.
    """

    def __init__(self, window_s: float, rate: float, channels: int) -> None:
        self.length = max(1, round(window_s * rate))
        # Squares, and in the last column whether they are there at all.
        self._rows = np.zeros((self.length - 1, channels + 1))

    def process(self, x: Samples, valid: Mask | None = None) -> Floats:
        """RMS at each row of ``x (n, channels)`` in its unit, float64, same shape.

        Rows that are not ``valid (n,)`` or not finite are missing. NaN where
        the whole window is missing.
        """
        if len(x) == 0:
            return np.empty(x.shape)
        present = np.isfinite(x).all(axis=1)
        if valid is not None:
            present &= valid
        rows = np.empty((len(x), x.shape[1] + 1))
        np.square(x, out=rows[:, :-1], dtype=np.float64)
        if not present.all():
            rows[~present] = 0.0
        rows[:, -1] = present
        rows = np.concatenate([self._rows, rows])
        self._rows = rows[len(rows) - self.length + 1 :].copy()
        sums = self._sums(rows)
        number = sums[:, -1:]
        mean = np.full(x.shape, np.nan)
        np.divide(sums[:, :-1], number, out=mean, where=number > 0.5)
        return np.asarray(np.sqrt(mean))

    def _sums(self, values: Floats) -> Floats:
        """Sum of each stretch of ``length`` rows.

        Nothing is subtracted, so a large artefact leaves no rounding error behind.
        """
        count = len(values) - self.length + 1
        if count > self.length:
            return _sums_by_blocks(values, self.length)
        # Every stretch has the middle; before it the first one has most, after it the last.
        sums = np.repeat(values[count - 1 : self.length].sum(axis=0, keepdims=True), count, axis=0)
        sums[:-1] += np.cumsum(values[: count - 1][::-1], axis=0)[::-1]
        sums[1:] += np.cumsum(values[self.length :], axis=0)
        return sums


def _sums_by_blocks(values: Floats, length: int) -> Floats:
    """Sum of each stretch: the end of one block of ``length`` rows, the beginning of the next.

    As van Herk (1992) and Gil and Werman (1993) find running maxima.
    """
    count, blocks = len(values) - length + 1, -(-len(values) // length)
    padded = np.zeros((blocks * length, values.shape[1]))
    padded[: len(values)] = values
    shape = (blocks, length, values.shape[1])
    begun = padded.reshape(shape).cumsum(axis=1).reshape(padded.shape)
    left = padded.reshape(shape)[:, ::-1].cumsum(axis=1)[:, ::-1].reshape(padded.shape)
    sums: Floats = left[:count] + begun[length - 1 : length - 1 + count]
    sums[::length] = left[:count:length]
    return sums


def moving_rms(x: Samples, rate: float, window_s: float, *, centred: bool) -> Floats:
    """Moving RMS of a whole signal ``x (n, channels)``, NaN rows missing, in its unit.

    Causal: the same as ``MovingRms``. Centred: no lag; at both ends the
    window is as long as there are samples.
    """
    stream = MovingRms(window_s, rate, x.shape[1])
    ahead = (stream.length - 1) // 2 if centred else 0
    padded = np.concatenate([x, np.full((ahead, x.shape[1]), np.nan)]) if ahead else x
    parts = [stream.process(padded[i : i + BLOCK]) for i in range(0, len(padded), BLOCK)]
    return np.concatenate(parts)[ahead:] if parts else np.empty(x.shape)


def linear_envelope(
    x: Samples, rate: float, *, cutoff_hz: float = 6.0, corrected: bool = False
) -> Floats:
    """Rectified ``x (n, channels)``, low-passed without lag, in its unit; NaN rows stay NaN.

    Second-order Butterworth forwards and backwards (Winter 2009): −6 dB at
    ``cutoff_hz``, or −3 dB if ``corrected``. 6 Hz suits movement, 1–2 Hz
    posture, 10 Hz running. Stretches between gaps are filtered on their own.
    """
    design = corrected_cutoff(cutoff_hz, passes=2, order=2) if corrected else cutoff_hz
    sections = butterworth(None, design, rate, order=2)
    out = np.full(x.shape, np.nan)
    finite = np.isfinite(x).all(axis=1)
    edges = np.flatnonzero(np.diff(finite, prepend=False, append=False))
    for start, stop in edges.reshape(-1, 2):
        out[start:stop] = zero_phase(sections, np.abs(x[start:stop]))
    return out
