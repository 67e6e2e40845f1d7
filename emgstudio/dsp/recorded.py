"""The conditioned view of recorded samples: as it was live, or better where the future is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import ConditionSpec, FloatSamples, Mask
from emgstudio.dsp.conditioner import Conditioner, effective
from emgstudio.dsp.ecg import SEARCH_HZ, HeartbeatRemover
from emgstudio.dsp.filters import HIGHEST_EDGE

Floats = NDArray[np.float64]
Read = Callable[[int, int], tuple[FloatSamples, Mask]]

FILTERS_SETTLE_S, HEART_LEARNS_S = 2.0, 20.0
LEARN_FROM_S = 30.0


def settle_s(spec: ConditionSpec, rate: float) -> float:
    """Seconds before a wanted stretch from which conditioning has to begin."""
    return HEART_LEARNS_S if effective(spec, rate).ecg else FILTERS_SETTLE_S


class LiveAgain:
    """Recorded samples conditioned exactly as the live view was, in order, row by row.

    ``read`` gives physical samples and which are there, for rows within
    ``[first, stop)``. ``at`` is the next row.
    """

    def __init__(
        self, read: Read, spec: ConditionSpec, rate: float, channels: int, first: int, stop: int
    ) -> None:
        self._read = read
        self._conditioner = Conditioner(spec, rate, channels)
        self._fed, self._stop = first, stop
        self.at = first
        self._ready = np.empty((0, channels), np.float32)

    def upto(self, stop: int) -> FloatSamples:
        """The next rows, up to row ``stop``; 0 where samples are not there."""
        wanted = stop - self.at
        while len(self._ready) < wanted:
            if self._fed < self._stop:
                end = min(self._stop, stop + self._conditioner.delay)
                x, valid = self._read(self._fed, end)
                more = self._conditioner.process(x, valid)
                self._fed = end
            else:
                more = self._conditioner.finish()
            self._ready = np.concatenate([self._ready, more]) if len(self._ready) else more
        out, self._ready = self._ready[:wanted], self._ready[wanted:]
        self.at = stop
        return out


def conditioned(x: FloatSamples, valid: Mask, spec: ConditionSpec, rate: float) -> FloatSamples:
    """A whole stretch ``x (n, channels)``: live filters, and the heartbeat out as is best.

    Rows that are not ``valid (n,)`` come out as NaN.
    """
    asked = effective(spec, rate)
    y = Conditioner(replace(asked, ecg=False), rate, x.shape[1]).process64(x, valid)
    if asked.ecg:
        high = min(SEARCH_HZ[1], HIGHEST_EDGE * rate)
        search = ConditionSpec(SEARCH_HZ[0], high, order=2)
        y = heartbeat_out(
            np.nan_to_num(y),
            np.nan_to_num(Conditioner(search, rate, x.shape[1]).process64(x, valid)),
            rate,
        )
    out = y.astype(np.float32)
    out[~(valid & np.asarray(np.isfinite(x).all(axis=1)))] = np.nan
    return out


def heartbeat_out(y: Floats, slow: Floats, rate: float) -> Floats:
    """``y (n, channels)``, high-passed, without the heartbeat; ``slow`` as in ``HeartbeatRemover``.

    The live way, but the heart is learnt first, so that no beat stays in, and
    no row is late. Unchanged where no heart is found.
    """
    remover = HeartbeatRemover(rate, y.shape[1])
    learn = min(len(y), round(LEARN_FROM_S * rate))
    remover.process(y[:learn], slow[:learn])
    remover.finish()
    return np.concatenate([remover.process(y, slow), remover.finish()])
