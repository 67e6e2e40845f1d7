"""The conditioned view of recorded samples: as it was live, or better where the future is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import ConditionSpec, FloatSamples, Mask
from emgstudio.dsp.conditioner import Conditioner, effective
from emgstudio.dsp.ecg import AFTER_S, BEFORE_S, SEARCH_HZ, HeartbeatRemover
from emgstudio.dsp.filters import HIGHEST_EDGE
from emgstudio.dsp.heart_shape import (
    LIKELY_OFF_S,
    REFINE_S,
    SMOOTH_S,
    STANDS_OUT,
    TAPER_S,
    fit,
    shift_of,
    shifted,
    smoothed,
    taper,
)

Floats = NDArray[np.float64]
Read = Callable[[int, int], tuple[FloatSamples, Mask]]

FILTERS_SETTLE_S, HEART_LEARNS_S = 2.0, 20.0
LEARN_FROM_S = 30.0
# Beats on each side whose average stands for one.
NEIGHBOURS = 12


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

    Of every beat the average of the 24 around it is subtracted, each weighed by
    its noise, fitted in time and size. No delay and nothing to learn first.
    Unchanged where no heart is found.
    """
    beats = beats_of(y, slow, rate)
    before, after = round(BEFORE_S * rate), round(AFTER_S * rate)
    beats = [at for at in beats if at >= before and at + after <= len(y)]
    out = y.copy()
    if len(beats) < 4:
        return out
    off, likely = max(1, round(REFINE_S * rate)), LIKELY_OFF_S * rate
    cut = [y[at - before : at + after] for at in beats]
    rough = np.median(np.array(cut[:: max(1, len(cut) // 40)]), axis=0)
    edges = taper(before + after, round(TAPER_S * rate))[:, None]
    smooth = max(1, round(SMOOTH_S * rate))
    around: deque[tuple[int, Floats, Floats]] = deque(maxlen=2 * NEIGHBOURS + 1)
    done = 0
    for number in range(len(beats) + NEIGHBOURS):
        if number < len(beats):
            noise = np.maximum(np.square(cut[number] - rough).mean(axis=0), 1e-12)
            moved = shifted(cut[number], -shift_of(rough, cut[number], noise, off, likely))
            around.append((number, moved, 1.0 / noise))
        if done > number - NEIGHBOURS:
            continue
        shape = _average(around, done, smooth) * edges
        noise = np.maximum(np.square(cut[done] - shape).mean(axis=0), 1e-12)
        at = beats[done]
        out[at - before : at + after] -= fit(shape, cut[done], noise, off, likely)
        done += 1
    return out


def beats_of(y: Floats, slow: Floats, rate: float) -> list[int]:
    """Rows at which the heart beats; its shape is learnt first, so that none is missed."""
    remover = HeartbeatRemover(rate, y.shape[1])
    learn = min(len(y), round(LEARN_FROM_S * rate))
    remover.process(y[:learn], slow[:learn])
    if not remover.learnt:
        remover.process(y[learn:], slow[learn:])
        return list(remover.found)
    found: list[int] = []
    block = round(10.0 * rate)
    for start in range(0, len(y), block):
        remover.process(y[start : start + block], slow[start : start + block])
        newest = found[-1] + learn if found else learn - 1
        found += [at - learn for at in remover.found if at > newest]
    return found


def _average(around: deque[tuple[int, Floats, Floats]], of: int, smooth: int) -> Floats:
    """The weighed average of the beats beside beat ``of``; 0 in channels with noise alone."""
    others = [(x, w) for number, x, w in around if number != of]
    weight = np.sum([w for _, w in others], axis=0)
    mean = smoothed(np.sum([x * w for x, w in others], axis=0) / weight, smooth)
    return np.where(np.square(mean).mean(axis=0) > STANDS_OUT / weight, mean, 0.0)
