"""Smallest and largest value per pixel column of a recorded stream, raw or as a view shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from emgstudio.core.types import ConditionSpec, FloatSamples, Mask, Samples, StreamInfo
from emgstudio.dsp.columns import Columns
from emgstudio.dsp.signal_view import RecordedView, Shown, SignalView

BLOCKS_FROM = 4.0
"""Samples per column from which edges may lie up to a quarter of a column off."""
READ_UP_TO = 32.0
"""Samples per column up to which the samples themselves are read; the pyramid begins there."""
CONDITION_UP_TO_S = 30.0


class RecordedSamples(Protocol):
    """What is needed of a recorded stream (storage.recording.RecordedStream)."""

    info: StreamInfo
    samples: int

    def raw(self, start: int, stop: int) -> tuple[Samples, Mask]:
        """Samples as the device gave them, and which are there."""
        ...

    def physical(self, start: int, stop: int) -> FloatSamples:
        """Samples in channel units, NaN where lost."""
        ...

    def min_max(self, start: int, stop: int, columns: int) -> tuple[FloatSamples, FloatSamples]:
        """Smallest and largest per column, from the pyramid where that helps."""
        ...


class TraceSource:
    """Columns of one stream. All views but raw need the samples: they are for narrow spans only.

    ``read`` counts the samples that were read one by one, which must stay in
    proportion to what is visible.
    """

    def __init__(self, stream: RecordedSamples, condition: ConditionSpec) -> None:
        self.stream = stream
        self.condition = condition
        self.read = 0
        self.show(SignalView())

    def show(self, view: SignalView) -> None:
        """Give columns and samples of another view from here on."""
        self.view = view
        self._recorded = self._as(view)
        self._kept: tuple[int, FloatSamples] = (
            0,
            np.empty((0, self.stream.info.n_channels), np.float32),
        )

    @property
    def raw(self) -> bool:
        """Whether samples are shown as they were recorded."""
        return self.view.shown is Shown.RAW

    @property
    def recipe(self) -> str:
        """What is done to what is shown, in words."""
        return self.view.recipe(self.condition, self.stream.info.rate)

    @property
    def key(self) -> tuple[int, int, SignalView]:
        """Differs whenever the same columns may look different."""
        return (id(self.stream), self.stream.samples, self.view)

    def can_condition(self, seconds: float) -> bool:
        """True where a view of this many seconds can be filtered without waiting."""
        return seconds <= CONDITION_UP_TO_S

    def columns(
        self, first: int, stop: int, per_column: float
    ) -> tuple[FloatSamples, FloatSamples]:
        """Columns ``[first, stop)`` of ``per_column`` samples, two ``(stop - first, channels)``."""
        if not self.raw or per_column < BLOCKS_FROM:
            return self._exact(first, stop, per_column)
        if per_column <= READ_UP_TO:
            return self._blocked(first, stop, per_column)
        return self._summed(first, stop, per_column)

    def samples(self, start: int, stop: int) -> FloatSamples:
        """Samples ``[start, stop)`` as they are shown, NaN where lost."""
        start, stop = max(0, start), min(stop, self.stream.samples)
        if self.raw:
            return self._physical(start, stop)
        return self._filtered(start, stop)

    def signed(self) -> Callable[[int, int], FloatSamples]:
        """How to read what is shown with its sign, as spectra need it."""
        view = self.view.before_rectifying()
        return self.samples if view == self.view else self._as(view).stretch

    def _as(self, view: SignalView) -> RecordedView:
        stream = self.stream
        return RecordedView(self._physical, stream.samples, stream.info.rate, self.condition, view)

    def _physical(self, start: int, stop: int) -> FloatSamples:
        self.read += max(0, stop - start)
        return self.stream.physical(start, stop)

    def _exact(self, first: int, stop: int, per_column: float) -> tuple[FloatSamples, FloatSamples]:
        start = max(0, int(first * per_column) - 2)
        end = min(self.stream.samples, int(stop * per_column) + 3)
        grid = Columns(stop - first + 8, self.stream.info.n_channels, per_column)
        grid.restart(start)
        if end > start:
            grid.feed(start, self.samples(start, end))
        span = grid.span(first, stop)
        return _padded(span.lo, first, stop, span.first), _padded(span.hi, first, stop, span.first)

    def _summed(
        self, first: int, stop: int, per_column: float
    ) -> tuple[FloatSamples, FloatSamples]:
        # One column more on the left, so that the first new one can be joined to it.
        before = max(0, first - 1)
        last = min(stop, int(np.ceil(self.stream.samples / per_column)))
        if last <= before:
            empty = np.full((stop - first, self.stream.info.n_channels), np.nan, np.float32)
            return empty, empty.copy()
        end = min(self.stream.samples, round(last * per_column))
        lo, hi = self.stream.min_max(round(before * per_column), end, last - before)
        lo, hi = _joined(lo.astype(np.float32), hi.astype(np.float32), first - before)
        return _padded(lo, first, stop, first), _padded(hi, first, stop, first)

    def _blocked(
        self, first: int, stop: int, per_column: float
    ) -> tuple[FloatSamples, FloatSamples]:
        """Extremes of small blocks of raw samples, then of columns: a third of the exact cost."""
        info = self.stream.info
        size = 2 ** int(np.log2(per_column / 2))
        before = max(0, first - 1)
        edges = np.floor(np.arange(before, stop + 1) * (per_column / size)).astype(np.int64)
        begin = int(edges[0])
        end = min(int(edges[-1]), -(-self.stream.samples // size))
        starts = edges[:-1][edges[:-1] < end] - begin
        raw, valid = self.stream.raw(begin * size, end * size)
        self.read += len(raw)
        if not len(starts) or not valid.all():
            return self._exact(first, stop, per_column)
        rows = np.minimum(np.arange(len(raw), -(-len(raw) // size) * size), len(raw) - 1)
        blocks = np.concatenate([raw, raw[rows]]) if len(rows) else raw
        parts = blocks.reshape(-1, size, info.n_channels)
        lo, hi = parts[:, 0].copy(), parts[:, 0].copy()
        for k in range(1, size):
            np.minimum(lo, parts[:, k], out=lo)
            np.maximum(hi, parts[:, k], out=hi)
        lo = np.minimum.reduceat(lo, starts, axis=0)
        hi = np.maximum.reduceat(hi, starts, axis=0)
        a, b = info.to_physical(lo), info.to_physical(hi)
        lo, hi = _joined(np.minimum(a, b), np.maximum(a, b), first - before)
        return _padded(lo, first, stop, first), _padded(hi, first, stop, first)

    def _filtered(self, start: int, stop: int) -> FloatSamples:
        at, kept = self._kept
        if not (at <= start and stop <= at + len(kept)):
            margin = (stop - start) // 2
            at = max(0, start - margin)
            kept = self._recorded.stretch(at, stop + margin)
            self._kept = (at, kept)
        return kept[start - at : stop - at]


def _joined(lo: FloatSamples, hi: FloatSamples, skip: int) -> tuple[FloatSamples, FloatSamples]:
    """Columns that reach to their left neighbour, the first ``skip`` of them left out."""
    joined_lo = np.where(lo[1:] > hi[:-1], hi[:-1], lo[1:])
    joined_hi = np.where(hi[1:] < lo[:-1], lo[:-1], hi[1:])
    lo, hi = np.concatenate([lo[:1], joined_lo]), np.concatenate([hi[:1], joined_hi])
    return lo[skip:], hi[skip:]


def _padded(x: FloatSamples, first: int, stop: int, at: int) -> FloatSamples:
    """``x``, whose first row is column ``at``, as columns ``[first, stop)``."""
    if at == first and len(x) == stop - first:
        return x
    out = np.full((stop - first, x.shape[1]), np.nan, np.float32)
    out[at - first : at - first + len(x)] = x[: stop - at]
    return out
