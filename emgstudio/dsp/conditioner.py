"""The clean view of a stream: causal filters with state, safe against gaps.

A stream is filtered once, with state, and never window by window: overlapping
windows filtered anew leave 24 times more mains hum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec, FloatSamples, Mask, Samples
from emgstudio.dsp.filters import HIGHEST_EDGE, Sections, butterworth, notches, settled_state

# Shorter gaps are bridged by holding the last sample: 20 ms is one period of
# the lowest frequency in the band. After a longer one the filters start anew.
BRIDGE_S = 0.020
# Smaller states are set to 0: as denormal numbers they would, after some
# seconds of exact zeros, make every chunk 2.4 times as dear for ever.
NEGLIGIBLE = 1e-30


def effective(spec: ConditionSpec, rate: float) -> ConditionSpec:
    """What of ``spec`` is really done at ``rate`` Hz; EmgError for a spec that makes no sense.

    An edge or mains frequency above 0.45 × rate is left out, not moved
    (docs/decisions/0006-upper-edge.md): a stream of 200 Hz gets the high-pass only.
    """
    if rate <= 0:
        raise EmgError(f"A sampling rate of {rate:g} Hz makes no sense.")
    if spec.order < 1 or spec.notch_q <= 0 or spec.notch_harmonics < 1:
        raise EmgError(
            "The filter's order, notch quality and harmonics must be positive.",
            "Use for example order 4, quality 30 and 3 harmonics.",
        )
    edges = (spec.low_hz, spec.high_hz, spec.notch_hz)
    if any(edge is not None and edge <= 0 for edge in edges):
        raise EmgError("Filter frequencies must be above 0 Hz.", "Switch the step off instead.")
    if spec.low_hz and spec.high_hz and spec.low_hz >= spec.high_hz:
        raise EmgError(
            f"The band {spec.low_hz:g}–{spec.high_hz:g} Hz is empty.",
            "The lower edge must lie below the upper one.",
        )
    low, high, notch = (e if e and e <= HIGHEST_EDGE * rate else None for e in edges)
    return replace(spec, low_hz=low, high_hz=high, notch_hz=notch)


def sections(spec: ConditionSpec, rate: float) -> Sections:
    """All second-order sections of ``spec`` at ``rate`` Hz, ``(s, 6)``."""
    done = effective(spec, rate)
    rows = [butterworth(done.low_hz, done.high_hz, rate, order=done.order)]
    if done.notch_hz:
        rows.append(notches(done.notch_hz, rate, harmonics=done.notch_harmonics, q=done.notch_q))
    return np.concatenate(rows)


class Conditioner:
    """Filters one stream chunk by chunk; any cutting into chunks gives the same result.

    Starts, and starts again after a long gap, as if the first sample had been
    there for ever: no start transient from the electrode's offset. A NaN or a
    gap never stays in the filters. Not safe for several threads.
    """

    def __init__(self, spec: ConditionSpec, rate: float, channels: int) -> None:
        from scipy.signal import sosfilt

        self._filter = sosfilt
        self._sections = sections(spec, rate)
        self._settled = settled_state(self._sections)[:, :, None]
        self._longest_bridge = int(BRIDGE_S * rate + 1e-6)
        self._channels = channels
        self.effective = effective(spec, rate)
        self.reset()

    def reset(self) -> None:
        """Forget the past; the next sample is a first sample."""
        self._state = np.zeros((len(self._sections), 2, self._channels))
        self._last: NDArray[np.float64] | None = None
        self._missing = 0

    def process(self, x: Samples, valid: Mask) -> FloatSamples:
        """The next samples ``x (n, channels)`` filtered, float32 of the same shape.

        Rows that are not ``valid (n,)`` come out as 0 (the caller keeps the
        mask). Rows with a NaN or infinity are treated as gaps too, but come
        out as NaN where they were called valid.
        """
        return self.process64(x, valid).astype(np.float32)

    def process64(self, x: Samples, valid: Mask) -> NDArray[np.float64]:
        """``process`` before rounding to float32."""
        out = np.asarray(x, np.float64)
        finite = np.isfinite(out).all(axis=1)
        good = finite & valid
        if len(good) and good.all():
            return self._run(out)
        out = out.copy()
        edges = np.flatnonzero(np.diff(good, prepend=False, append=False))
        end = 0
        for start, stop in edges.reshape(-1, 2):
            self._missing += int(start) - end
            out[start:stop] = self._run(out[start:stop])
            end = int(stop)
        self._missing += len(out) - end
        out[~good] = 0.0
        out[valid & ~finite] = np.nan
        return out

    def _run(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Filter good rows (at least one) that follow ``self._missing`` missing ones."""
        if self._last is None or self._missing > self._longest_bridge:
            self._state = self._settled * x[0]
        elif self._missing:
            self._filtered(np.repeat(self._last[None], self._missing, axis=0))
        self._missing = 0
        self._last = x[-1].copy()
        return self._filtered(x)

    def _filtered(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if len(self._sections) == 0:
            return x
        y, state = self._filter(self._sections, x, axis=0, zi=self._state)
        state[np.abs(state) < NEGLIGIBLE] = 0.0
        self._state = state
        return np.asarray(y)
