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
from emgstudio.dsp.block_filter import BlockFilter, of_sections
from emgstudio.dsp.ecg import LOWEST_EDGE_HZ, LOWEST_RATE, SEARCH_HZ, HeartbeatRemover
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
    if spec.order < 1 or spec.notch_q <= 0 or min(spec.notch_multiples, default=0) < 1:
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
    ecg = spec.ecg and low is not None and low >= LOWEST_EDGE_HZ and rate >= LOWEST_RATE
    return replace(spec, low_hz=low, high_hz=high, notch_hz=notch, ecg=ecg)


def left_out(spec: ConditionSpec, rate: float) -> tuple[str, ...]:
    """What of ``spec`` is not done at ``rate`` Hz, each in a sentence with the reason."""
    done = effective(spec, rate)
    highest = f"this sensor samples at {rate:g} Hz and holds up to {HIGHEST_EDGE * rate:g} Hz"
    reasons = [
        f"The {name} ({asked:g} Hz) is left out: {highest}."
        for name, asked, kept in (
            ("lower edge", spec.low_hz, done.low_hz),
            ("upper edge", spec.high_hz, done.high_hz),
            ("notch", spec.notch_hz, done.notch_hz),
        )
        if asked and not kept
    ]
    if done.notch_hz:
        missing = [
            f"{k * done.notch_hz:g}"
            for k in done.notch_multiples
            if len(notches(done.notch_hz, rate, multiples=[k], q=done.notch_q)) == 0
        ]
        if missing:
            reasons.append(f"No notch at {', '.join(missing)} Hz: {highest}.")
    if spec.ecg and not done.ecg:
        why = (
            f"it needs a lower edge of {LOWEST_EDGE_HZ:g} Hz or more"
            if rate >= LOWEST_RATE
            else f"it needs {LOWEST_RATE:g} samples a second"
        )
        reasons.append(f"The heartbeat stays in: {why}.")
    return tuple(reasons)


def badge(spec: ConditionSpec, rate: float) -> str:
    """What is really on at ``rate`` Hz in a few words; says where the band is cut short."""
    done = effective(spec, rate)
    if spec.high_hz and done.low_hz and not done.high_hz:
        rest = replace(done, low_hz=None, high_hz=None)
        more = [rest.summary()] if rest.notch_hz or rest.ecg else []
        return ", ".join([f"{done.low_hz:g} Hz–, reduced band", *more])
    return done.summary()


def sections(spec: ConditionSpec, rate: float) -> Sections:
    """All second-order sections of ``spec`` at ``rate`` Hz, ``(s, 6)``."""
    done = effective(spec, rate)
    rows = [butterworth(done.low_hz, done.high_hz, rate, order=done.order)]
    if done.notch_hz:
        rows.append(notches(done.notch_hz, rate, multiples=done.notch_multiples, q=done.notch_q))
    return np.concatenate(rows)


class Conditioner:
    """Filters one stream chunk by chunk; any cutting into chunks gives the same result.

    Starts, and starts again after a long gap, as if the first sample had been
    there for ever: no start transient from the electrode's offset. A NaN or a
    gap never stays in the filters. Not safe for several threads.

    With the heartbeat taken out, rows come out up to ``delay`` rows late: a beat
    has to be seen before its beginning can be taken out. They come in order
    and none is left out, so that the k-th row out is always the k-th row in.
    """

    def __init__(self, spec: ConditionSpec, rate: float, channels: int) -> None:
        self._rate = rate
        self._longest_bridge = int(BRIDGE_S * rate + 1e-6)
        self._channels = channels
        self.effective = effective(spec, rate)
        self._sections = sections(spec, rate)
        self._heart_sections = np.empty((0, 6))
        if self.effective.ecg:
            high = min(SEARCH_HZ[1], HIGHEST_EDGE * rate)
            self._heart_sections = butterworth(SEARCH_HZ[0], high, rate, order=2)
        self.reset()

    @property
    def delay(self) -> int:
        """How many rows may be held back; 0 where the heartbeat stays in."""
        return self._heart.delay if self._heart else 0

    @property
    def heart_learnt(self) -> bool:
        """Whether the heartbeat is known by now and is being taken out."""
        return self._heart is not None and self._heart.learnt

    def reset(self) -> None:
        """Forget the past; the next sample is a first sample. What was held back is lost."""
        self._bank = _Bank(self._sections, self._channels)
        self._heart: HeartbeatRemover | None = None
        if len(self._heart_sections):
            self._heart = HeartbeatRemover(self._rate, self._channels)
            self._heart_bank = _Bank(self._heart_sections, self._channels)
            self._marks = np.empty(0)
        self._last: NDArray[np.float64] | None = None
        self._missing = 0

    def process(self, x: Samples, valid: Mask) -> FloatSamples:
        """Filter the next samples ``x (n, channels)``; float32 ``(n, channels)``.

        Rows that are not ``valid (n,)`` come out as 0 (the caller keeps the
        mask). Rows with a NaN or infinity are treated as gaps too, but come
        out as NaN where they were called valid. With a ``delay`` more or
        fewer rows than ``n`` come out: those that are finished by now.
        """
        return self.process64(x, valid).astype(np.float32)

    def process64(self, x: Samples, valid: Mask) -> NDArray[np.float64]:
        """``process`` before rounding to float32."""
        x = np.asarray(x, np.float64)
        finite = np.isfinite(x).all(axis=1)
        good = finite & valid
        slow = np.zeros_like(x) if self._heart else None
        if len(good) and good.all():
            out = self._run(x, slow)
        else:
            out = np.zeros_like(x)
            edges = np.flatnonzero(np.diff(good, prepend=False, append=False))
            end = 0
            for start, stop in edges.reshape(-1, 2):
                self._missing += int(start) - end
                part = None if slow is None else slow[start:stop]
                out[start:stop] = self._run(x[start:stop], part)
                end = int(stop)
            self._missing += len(out) - end
        marks = np.where(good, 1.0, np.where(valid, np.nan, 0.0))
        if self._heart is None or slow is None:
            return out if good.all() else _marked(out, marks)
        self._marks = np.concatenate([self._marks, marks])
        return self._with_marks(self._heart.process(out, slow))

    def finish(self) -> FloatSamples:
        """The rows that are still held back; what comes next follows them."""
        if self._heart is None:
            return np.empty((0, self._channels), np.float32)
        return self._with_marks(self._heart.finish()).astype(np.float32)

    def skip(self, count: int) -> FloatSamples:
        """``count`` rows are lost; the rows held back before them."""
        held = self.finish()
        self.process64(np.zeros((count, self._channels)), np.zeros(count, bool))
        self.finish()
        return held

    def _run(self, x: NDArray[np.float64], slow: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Filter good rows (at least one) that follow ``self._missing`` missing ones."""
        banks = [self._bank] if slow is None else [self._bank, self._heart_bank]
        outs = []
        for bank in banks:
            if self._last is None or self._missing > self._longest_bridge:
                bank.settle(x[0])
            elif self._missing:
                bank.run(np.repeat(self._last[None], self._missing, axis=0))
            outs.append(bank.run(x))
        if slow is not None:
            slow[:] = outs[1]
        self._missing = 0
        self._last = x[-1].copy()
        return outs[0]

    def _with_marks(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Finished ``rows`` with gaps and NaN in the places that they had."""
        marks, self._marks = self._marks[: len(rows)], self._marks[len(rows) :]
        return rows if (marks == 1.0).all() else _marked(rows, marks)


class _Bank:
    """Second-order sections with their state."""

    def __init__(self, sections: Sections, channels: int) -> None:
        self._blocks = BlockFilter(of_sections(sections))
        self._settled = settled_state(sections)[:, None]
        self._state = np.zeros((len(self._settled), channels))

    def settle(self, first: NDArray[np.float64]) -> None:
        """As if ``first (channels,)`` had been there for ever."""
        self._state = self._settled * first

    def run(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next rows filtered."""
        y, state = self._blocks.run(x, self._state)
        state[np.abs(state) < NEGLIGIBLE] = 0.0
        self._state = state
        return y


def _marked(rows: NDArray[np.float64], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows whose mark is 0 or NaN become that."""
    bad = marks != 1.0
    out = rows.copy()
    out[bad] = marks[bad, None]
    return out
