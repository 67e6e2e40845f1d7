"""Smallest and largest value per pixel column, kept up sample by sample for live traces.

Column ``k`` covers the stretch ``[k, k + 1) * per_column`` of sample indices, counted
since the stream began. The grid is absolute, so a sample lands in the same column
in every frame and a moving trace does not shimmer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import FloatSamples, Mask

GAP_ROWS = 8192
WIDE, FEW = 48, 32


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``[first, first + n)``: ``ends (2, n, channels)`` holds lowest and highest.

    NaN means that there is nothing to draw. ``marked`` is ``(n, channels)``; ``holed``
    ``(n,)`` is True where at least one sample of the column was lost in all channels.
    """

    first: int
    ends: FloatSamples
    marked: Mask
    holed: Mask

    def __len__(self) -> int:
        return len(self.holed)

    @property
    def lo(self) -> FloatSamples:
        lowest: FloatSamples = self.ends[0]
        return lowest

    @property
    def hi(self) -> FloatSamples:
        highest: FloatSamples = self.ends[1]
        return highest

    @property
    def stop(self) -> int:
        return self.first + len(self.holed)


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
        self._ends = np.full((2, capacity, channels), np.nan, np.float32)
        self._marked = np.zeros((capacity, channels), bool)
        self._holed = np.zeros(capacity, bool)
        self.restart(0)

    @property
    def channels(self) -> int:
        return int(self._ends.shape[2])

    @property
    def oldest(self) -> int:
        """The first column that is still here."""
        return max(self._began, self.head - self.capacity)

    def restart(self, index: int) -> None:
        """Forget everything; the next sample to come is ``index``."""
        self.began_at = self.next_index = index
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
        if seen:
            x, marked = x[seen:], None if marked is None else marked[seen:]
        if len(x) and not (marked is None and self._take_plain(x)):
            self._take(x, marked)
        return self.head - began

    def span(self, start: int, stop: int) -> Span:
        """Columns ``[start, stop)`` as far as they are here, oldest first."""
        stop = min(stop, self.head)
        start = min(max(start, self.oldest), stop)
        rows = self._rows(start, stop - start)
        return Span(start, self._ends[:, rows], self._marked[rows], self._holed[rows])

    def _rows(self, first: int, count: int) -> Any:
        """Where columns are in the ring: a slice, or an index array around its end."""
        at = first % self.capacity
        if at + count <= self.capacity:
            return slice(at, at + count)
        return np.arange(at, at + count) % self.capacity

    def _column_of(self, index: int) -> int:
        column = int(index // self.per_column)
        # Division may round past an edge that lies on a sample; the product decides.
        while column * self.per_column > index:
            column -= 1
        while (column + 1) * self.per_column <= index:
            column += 1
        return column

    def _open_partial(self) -> None:
        """Nothing is known of the column that comes next."""
        self._part = np.full((2, self.channels), np.nan, np.float32)
        self._part_marked = np.zeros(self.channels, bool)
        self._part_holed = False
        self._whole = False

    def _take_plain(self, x: FloatSamples) -> bool:
        """The usual block: nothing lost, nothing marked, columns of a sample or more.

        Each call of numpy costs as much as its work on so little, so that there are few.
        Returns False, with nothing taken, for any other block.
        """
        if not self._whole or self.per_column < 1:
            return False
        at, first = self.next_index, self.head
        head = self._column_of(at + len(x) - 1)
        new = head - first
        edges = [k * self.per_column for k in range(first + 1, head + 1)]
        above = [ceil(edge) for edge in edges]
        starts = [0, *(i - at for i in above)]
        rows = self._edge[None]
        if new:
            after = np.array(starts[1:])
            short = np.array([i - edge for i, edge in zip(above, edges, strict=True)], np.float32)
            rows = np.concatenate([rows, self._between(x, after, short)])
        ends = np.empty((2, new + 1, self.channels), np.float32)
        self._reduce(x, starts, ends)
        if new and starts[1] == 0:
            # The open column ends before this block.
            ends[:, 0] = self._part
        for end, part, how in zip(ends, self._part, (np.minimum, np.maximum), strict=True):
            how(end[0], part, out=end[0])
            how(end, rows, out=end)
            how(end[:-1], rows[1:], out=end[:-1])
        # A NaN anywhere makes its column NaN, and their sum.
        if isnan(float(ends[0].sum())):
            return False
        if new:
            keep = min(new, self.capacity)
            here = self._rows(head - keep, keep)
            self._ends[:, here] = ends[:, new - keep : new]
            self._marked[here] = False
            self._holed[here] = False
            self.head, self._edge = head, rows[-1]
        self._part = ends[:, new]
        self._last = x[-1].copy()
        self.next_index = at + len(x)
        return True

    def _between(
        self, x: FloatSamples, after: NDArray[np.int64], short: NDArray[np.float32]
    ) -> FloatSamples:
        """The line ``short`` samples before row ``after`` of ``x``."""
        right = x.take(after, axis=0)
        values: FloatSamples = x.take(after - 1, axis=0)
        if after[0] == 0:
            values[0] = self._last
        values -= right
        values *= short[:, None]
        values += right
        return values

    @staticmethod
    def _reduce(x: FloatSamples, starts: list[int], ends: FloatSamples) -> None:
        """Lowest and highest between ``starts``, one of which may lie on row 0 twice."""
        if x.shape[1] < WIDE or len(starts) > FEW:
            np.minimum.reduceat(x, starts, axis=0, out=ends[0])
            np.maximum.reduceat(x, starts, axis=0, out=ends[1])
            return
        # Many channels: reduceat takes four times as long as a reduction of each stretch.
        for k, (start, stop) in enumerate(zip(starts, [*starts[1:], len(x)], strict=True)):
            rows = x[start : max(stop, start + 1)]
            np.minimum.reduce(rows, axis=0, out=ends[0, k])
            np.maximum.reduce(rows, axis=0, out=ends[1, k])

    def _take(self, x: FloatSamples, marked: Mask | None) -> None:
        at = self.next_index
        head = self._column_of(at + len(x) - 1)
        new = head - self.head
        edges = np.arange(self.head, head + 1) * self.per_column
        above = np.ceil(edges)
        after = above.astype(np.int64) - at
        starts = after.copy()
        # The open column began before this block; all others begin in it.
        starts[0] = 0
        # A sum is NaN if any of it is: the usual block, with nothing lost, is told by one
        # number, and the plain minimum and maximum cost half of those that pass over NaN.
        whole = self._whole and not np.isnan(x.sum())
        least, most = (np.minimum, np.maximum) if whole else (np.fmin, np.fmax)
        # As decimate.min_max, without its checks: right by construction, and this is each frame.
        ends = np.empty((2, new + 1, self.channels), np.float32)
        least.reduceat(x, starts, axis=0, out=ends[0])
        most.reduceat(x, starts, axis=0, out=ends[1])
        flags = self._flags(marked, starts)
        holed = np.zeros(new + 1, bool)
        if not whole:
            holed = np.logical_or.reduceat(np.isnan(x).all(axis=1), starts)
        if new and (starts[1] == 0 or self.per_column < 1):
            # A column without a sample of its own in this block is a piece of a straight
            # line and lives from its edges and from what it had before.
            empty = np.flatnonzero(starts[:-1] == starts[1:])
            ends[:, empty] = np.nan
            holed[empty] = flags[empty] = False
            least, most = np.fmin, np.fmax
        flags[0] |= self._part_marked
        holed[0] |= self._part_holed
        least(ends[0, 0], self._part[0], out=ends[0, 0])
        most(ends[1, 0], self._part[1], out=ends[1, 0])
        if new:
            joined = np.empty((new + 1, self.channels), np.float32)
            joined[0] = self._edge
            joined[1:] = self._values_at(after[1:], (above - edges)[1:], x, whole=whole)
            self._widen(ends[:, :new], joined, least, most)
            self._store(ends[:, :new], flags[:new], holed[:new], whole=whole)
            self._edge = joined[-1]
        self._part = ends[:, new].copy()
        self._part_marked, self._part_holed = flags[new].copy(), bool(holed[new])
        self._last = x[-1].copy()
        self.next_index = at + len(x)
        if new or not whole:
            # Only a column that was whole from its left edge on may do without the NaN checks.
            self._whole = not (
                self._part_holed
                or self._part_marked.any()
                or np.isnan(self._part).any()
                or np.isnan(self._edge).any()
            )

    def _flags(self, marked: Mask | None, starts: NDArray[np.int64]) -> Mask:
        """Which column and channel holds a marked sample."""
        if marked is not None:
            flags: Mask = np.logical_or.reduceat(marked, starts, axis=0)
            return flags
        return np.zeros((len(starts), self.channels), bool)

    @staticmethod
    def _widen(ends: FloatSamples, joined: FloatSamples, least: np.ufunc, most: np.ufunc) -> None:
        """Let lowest and highest ``(2, n, …)`` reach to the values at both of their edges."""
        for edge in (joined[:-1], joined[1:]):
            least(ends[0], edge, out=ends[0])
            most(ends[1], edge, out=ends[1])

    def _values_at(
        self,
        after: NDArray[np.int64],
        short: NDArray[np.floating],
        x: FloatSamples,
        *,
        whole: bool,
    ) -> FloatSamples:
        """The line ``short`` samples before row ``after`` of ``x``; NaN beside a lost sample."""
        share = short.astype(np.float32)[:, None]
        right = x[after]
        left = x[after - 1]
        if after[0] == 0:
            left[after == 0] = self._last
        values: FloatSamples = left
        values -= right
        values *= share
        values += right
        if not whole:
            # Nothing times NaN is NaN, but an edge that lies on a sample has that sample's value.
            on_sample = share[:, 0] == 0
            values[on_sample] = right[on_sample]
        return values

    def _store(self, ends: FloatSamples, marked: Mask, holed: Mask, *, whole: bool) -> None:
        new = len(holed)
        keep = min(new, self.capacity)
        rows = self._rows(self.head + new - keep, keep)
        self._ends[:, rows] = ends[:, -keep:]
        self._marked[rows] = marked[-keep:]
        self._holed[rows] = False if whole else holed[-keep:] | np.isnan(ends[0, -keep:]).all(1)
        self.head += new
