"""Amplitude over time: moving RMS (live and offline) and the linear envelope."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples
from emgstudio.dsp.filters import butterworth, corrected_cutoff, zero_phase

Floats = NDArray[np.float64]

# Rows summed at once offline: bounds memory and the rounding error of running sums.
BLOCK = 1 << 14


class MovingRms:
    """Root mean square of the last ``window_s`` seconds at every sample, causal and with state.

    Missing samples are left out of the mean; at the start the window is as
    long as there are samples. Any cutting into chunks gives the same result.
    """

    def __init__(self, window_s: float, rate: float, channels: int) -> None:
        self.length = max(1, round(window_s * rate))
        self._squares = np.zeros((self.length - 1, channels))
        self._present = np.zeros(self.length - 1)

    def process(self, x: Samples, valid: Mask | None = None) -> Floats:
        """RMS at each row of ``x (n, channels)`` in its unit, float64, same shape.

        Rows that are not ``valid (n,)`` or not finite are missing. NaN where
        the whole window is missing.
        """
        present = np.isfinite(x).all(axis=1)
        if valid is not None:
            present &= valid
        squares = np.square(x, dtype=np.float64)
        if not present.all():
            squares[~present] = 0.0
        squares = np.concatenate([self._squares, squares])
        counts = np.concatenate([self._present, present])
        first = len(squares) - self.length + 1
        self._squares, self._present = squares[first:].copy(), counts[first:].copy()
        number = self._sums(counts)[:, None]
        mean = np.full(x.shape, np.nan)
        # Rounding of the running sum can leave a tiny negative power after a large artefact.
        np.divide(np.maximum(self._sums(squares), 0.0), number, out=mean, where=number > 0.5)
        return np.asarray(np.sqrt(mean))

    def _sums(self, values: Floats) -> Floats:
        """Sum of each stretch of ``length`` rows."""
        total = np.cumsum(values, axis=0)
        sums: Floats = total[self.length - 1 :]
        sums[1:] -= total[: -self.length]
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
