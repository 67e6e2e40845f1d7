"""Smallest and largest value per pixel column, kept up sample by sample for live traces.

Column ``k`` covers the stretch ``[k, k + 1) * per_column`` of sample indices, counted
since the stream began. The grid is absolute, so a sample lands in the same column
in every frame and a moving trace does not shimmer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import FloatSamples, Mask

GAP_ROWS = 8192
WIDE, FEW = 48, 32
MOST_OPEN = 256


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``[first, first + n)``: ``ends (2, n, channels)`` holds lowest and highest.

    NaN means that there is nothing to draw. ``marked`` is ``(n, channels)``; ``holed``
    ``(n,)`` is True where at least one sample of the column was lost in all channels.
    ``plain`` promises that there is nothing of the three.
    """

    first: int
    ends: FloatSamples
    marked: Mask
    holed: Mask
    plain: bool = False

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
        self._plain_from = self.head
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
        rows, plain = self._rows(start, stop - start), start >= self._plain_from
        return Span(start, self._ends[:, rows], self._marked[rows], self._holed[rows], plain)

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
        self._open: FloatSamples | None = None

    def _take_plain(self, x: FloatSamples) -> bool:
        """The usual block: nothing lost, nothing marked, columns of a sample or more.

        Each call of numpy costs as much as its work on so little, so that there are few: the
        rows of the open column are kept, beside each sample stands its negative, and one
        maximum finds both ends. Returns False, with nothing taken, for any other block.
        """
        if not self._whole or self.per_column < 1 or not isfinite(np.add.reduce(x, axis=None)):
            return False
        n, opened = self.channels, self._opened()
        shift = len(opened)
        rows = np.empty((shift + len(x), 2 * n), np.float32)
        rows[:shift] = opened
        rows[shift:, :n] = x
        np.negative(x, out=rows[shift:, n:])
        shift -= self.next_index
        self.next_index += len(x)
        begins, short, edge = [], [], (self.head + 1) * self.per_column
        while edge <= self.next_index - 1:
            above = ceil(edge)
            begins.append(above + shift)
            short.append(above - edge)
            edge = (self.head + 1 + len(begins)) * self.per_column
        self._open = rows
        if begins:
            edges = self._between(rows, begins, short)
            self._store_plain(self._highest(rows, begins, edges))
            self._open = np.concatenate([edges[-1:], rows[begins[-1] :]])
        if len(self._open) > MOST_OPEN:
            self._close()
        return True

    def _opened(self) -> FloatSamples:
        """The open column as rows of values and their negatives: left edge first, newest last."""
        if self._open is None:
            made = np.array([self._edge, self._part[1], self._last], np.float32)
            below = np.array([self._edge, self._part[0], self._last], np.float32)
            self._open = np.concatenate([made, -below], axis=1)
        return self._open

    def _close(self) -> None:
        """Of the rows of the open column only what any block needs."""
        if self._open is None:
            return
        n, highest = self.channels, self._open.max(axis=0)
        self._part = np.stack([-highest[n:], highest[:n]])
        self._edge, self._last = self._open[0, :n].copy(), self._open[-1, :n].copy()
        self._open = None

    @staticmethod
    def _between(rows: FloatSamples, begins: list[int], short: list[float]) -> FloatSamples:
        """The line ``short`` samples before the rows ``begins``."""
        after = np.array(begins)
        values, right = rows.take((after - 1, after), axis=0)
        values -= right
        values *= np.array(short, np.float32)[:, None]
        values += right
        lines: FloatSamples = values
        return lines

    @staticmethod
    def _highest(rows: FloatSamples, begins: list[int], edges: FloatSamples) -> FloatSamples:
        """The maximum of each column that ends before a row of ``begins``, at its ``edges``."""
        highest = np.empty((len(begins), rows.shape[1]), np.float32)
        starts = [0, *begins[:-1]]
        if rows.shape[1] < WIDE or len(begins) > FEW:
            np.maximum.reduceat(rows[: begins[-1]], starts, axis=0, out=highest)
        else:
            # Many channels: reduceat takes four times as long as a reduction of each stretch.
            for k, (start, stop) in enumerate(zip(starts, begins, strict=True)):
                np.maximum.reduce(rows[start:stop], axis=0, out=highest[k])
        np.maximum(highest, edges, out=highest)
        np.maximum(highest[1:], edges[:-1], out=highest[1:])
        return highest

    def _store_plain(self, highest: FloatSamples) -> None:
        """Keep complete columns of which :meth:`_highest` has both ends."""
        n, new = self.channels, len(highest)
        keep = min(new, self.capacity)
        here = self._rows(self.head + new - keep, keep)
        self._ends[0, here] = -highest[-keep:, n:]
        self._ends[1, here] = highest[-keep:, :n]
        if self._plain_from > self.head - self.capacity:
            self._marked[here] = False
            self._holed[here] = False
        self.head += new

    def _take(self, x: FloatSamples, marked: Mask | None) -> None:
        self._close()
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
                or np.isnan(self._last).any()
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
        self._plain_from = self.head
