"""Smallest and largest value per pixel column, kept up sample by sample for live traces.

Column ``k`` covers the stretch ``[k, k + 1) * per_column`` of sample indices, counted
since the stream began. The grid is absolute, so a sample lands in the same column
in every frame and a moving trace does not shimmer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import FloatSamples, Mask
from emgstudio.dsp.decimate import min_max

GAP_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``[first, first + len(lo))``: ``lo``, ``hi``, ``marked`` are ``(n, channels)``.

    NaN means that there is nothing to draw. ``holed`` ``(n,)`` is True where at
    least one sample of the column was lost.
    """

    first: int
    lo: FloatSamples
    hi: FloatSamples
    marked: Mask
    holed: Mask

    @property
    def stop(self) -> int:
        return self.first + len(self.lo)


class Columns:
    """The newest ``capacity`` complete columns of ``channels`` traces, fed in any block size.

    ``per_column`` is samples per column and may be below 1. A column spans the
    straight lines between samples, so neighbours meet at the value interpolated
    at their common edge (0.2 % of the full polyline's pixels missing, measured);
    no line is drawn across a lost sample.
    """

    def __init__(self, capacity: int, channels: int, per_column: float) -> None:
        if capacity < 1 or channels < 1 or not per_column > 0:
            raise ValueError(f"no columns: {capacity=} {channels=} {per_column=}")
        self.capacity = capacity
        self.per_column = per_column
        self._lo = np.full((capacity, channels), np.nan, np.float32)
        self._hi = self._lo.copy()
        self._marked = np.zeros((capacity, channels), bool)
        self._holed = np.zeros(capacity, bool)
        self.restart(0)

    @property
    def channels(self) -> int:
        return int(self._lo.shape[1])

    @property
    def oldest(self) -> int:
        """The first column that is still here."""
        return max(self._began, self.head - self.capacity)

    def restart(self, index: int) -> None:
        """Forget everything; the next sample to come is ``index``."""
        self.next_index = index
        self.head = self._began = self._column_of(index)
        self._last = np.full(self.channels, np.nan, np.float32)
        self._edge = self._last.copy()
        self._open_partial()

    def feed(self, first: int, x: FloatSamples, marked: Mask | None = None) -> int:
        """Take ``x (n, channels)``, NaN where lost, and say how many columns got complete.

        Samples missing before ``first`` count as lost, samples seen before are
        passed over. ``marked (n, channels)`` flags samples to be shown as clipped.
        """
        began = self.head
        while first > self.next_index:
            n = min(GAP_ROWS, first - self.next_index)
            self._take(np.full((n, self.channels), np.nan, np.float32), None)
        seen = self.next_index - first
        if seen < len(x):
            self._take(x[seen:], None if marked is None else marked[seen:])
        return self.head - began

    def span(self, start: int, stop: int) -> Span:
        """Columns ``[start, stop)`` as far as they are here, oldest first."""
        stop = min(stop, self.head)
        start = min(max(start, self.oldest), stop)
        at = start % self.capacity
        if at + stop - start <= self.capacity:
            rows: Any = slice(at, at + stop - start)
        else:
            rows = np.arange(start, stop) % self.capacity
        return Span(start, self._lo[rows], self._hi[rows], self._marked[rows], self._holed[rows])

    def _column_of(self, index: int) -> int:
        column = int(index // self.per_column)
        # Division may round past an edge that lies on a sample; the product decides.
        while column * self.per_column > index:
            column -= 1
        while (column + 1) * self.per_column <= index:
            column += 1
        return column

    def _open_partial(self) -> None:
        self._part_lo = np.full(self.channels, np.nan, np.float32)
        self._part_hi = self._part_lo.copy()
        self._part_marked = np.zeros(self.channels, bool)
        self._part_holed = False

    def _take(self, x: FloatSamples, marked: Mask | None) -> None:
        at = self.next_index
        head = self._column_of(at + len(x) - 1)
        new = head - self.head
        edges = np.arange(self.head, head + 1) * self.per_column
        starts = np.maximum(np.ceil(edges).astype(np.int64) - at, 0)
        lo, hi = min_max(x, starts)
        holed = np.zeros(len(starts), bool)
        # A sum is NaN if any of it is: the usual block, with nothing lost, is told by one number.
        if np.isnan(x.sum()):
            holed = np.logical_or.reduceat(np.isnan(x).any(axis=1), starts)
        flags = np.zeros(lo.shape, bool)
        if marked is not None and marked.any():
            flags = np.logical_or.reduceat(marked, starts, axis=0)
        # More columns than samples: a column without a sample of its own is a
        # piece of a straight line and lives from its edges alone.
        empty = np.flatnonzero(starts[:-1] == starts[1:])
        if len(empty):
            lo[empty] = hi[empty] = np.nan
            holed[empty] = flags[empty] = False
        lo[0] = np.fmin(lo[0], self._part_lo)
        hi[0] = np.fmax(hi[0], self._part_hi)
        flags[0] |= self._part_marked
        holed[0] |= self._part_holed
        if new:
            joined = self._values_at(edges[1:], at, x)
            left = np.concatenate([self._edge[None], joined[:-1]])
            self._store(
                np.fmin(lo[:new], np.fmin(left, joined)),
                np.fmax(hi[:new], np.fmax(left, joined)),
                flags[:new],
                holed[:new],
            )
            self._edge = joined[-1]
        self._part_lo, self._part_hi = lo[new].copy(), hi[new].copy()
        self._part_marked, self._part_holed = flags[new].copy(), bool(holed[new])
        self._last = x[-1].copy()
        self.next_index = at + len(x)

    def _values_at(self, edges: NDArray[np.floating], at: int, x: FloatSamples) -> FloatSamples:
        """The straight line through the samples at ``edges``, NaN beside a lost sample."""
        below = np.floor(edges).astype(np.int64)
        share = (edges - below).astype(np.float32)[:, None]
        before = x[np.maximum(below - at, 0)]
        before[below < at] = self._last
        after = x[np.minimum(below - at + 1, len(x) - 1)]
        between: FloatSamples = np.where(share > 0, before + share * (after - before), before)
        return between

    def _store(self, lo: FloatSamples, hi: FloatSamples, marked: Mask, holed: Mask) -> None:
        new = len(lo)
        keep = min(new, self.capacity)
        rows = np.arange(self.head + new - keep, self.head + new) % self.capacity
        self._lo[rows], self._hi[rows] = lo[-keep:], hi[-keep:]
        self._marked[rows] = marked[-keep:]
        self._holed[rows] = holed[-keep:] | np.isnan(lo[-keep:]).all(axis=1)
        self.head += new
