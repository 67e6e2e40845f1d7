"""Pixel columns of the last minutes, for looking back further than the rings hold samples."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.feed import Form, stretch

KEPT_S = 300.0
PER_SECOND = 50.0


class History:
    """The newest five minutes of one view in columns of 20 ms, on their own absolute grid.

    Taken over from the columns of the picture, so that no sample is read twice:
    300 s × 50 × 9 bytes are 2 MB for 16 channels, 52 MB for 384. ``next`` is the
    column after the newest.
    """

    def __init__(self, rate: float, channels: int) -> None:
        self.per_column = rate / PER_SECOND
        count = round(KEPT_S * PER_SECOND)
        self._ends = np.full((2, count, channels), np.nan, np.float32)
        self._marked = np.zeros((count, channels), bool)
        self._holed = np.zeros(count, bool)
        # Which column each row holds now; one that was passed over holds none.
        self._number = np.full(count, -1, np.int64)
        self.next = 0

    def take(self, span: Span, per_column: float) -> None:
        """Keep complete columns of ``per_column`` samples each."""
        if not len(span):
            return
        first = ceil(span.first * per_column / self.per_column - 1e-9)
        stop = floor(span.stop * per_column / self.per_column + 1e-9)
        stop = max(first, stop)
        first = max(first, stop - len(self._number))
        if stop == first:
            return
        made = regrid(span, per_column, first, stop, self.per_column)
        rows = np.arange(first, stop) % len(self._number)
        self._ends[:, rows] = made.ends
        self._marked[rows], self._holed[rows] = made.marked, made.holed
        self._number[rows] = np.arange(first, stop)
        self.next = stop

    def span(self, start: int, stop: int, per_column: float) -> Span:
        """Columns ``[start, stop)`` of another grid; holes where nothing was kept."""
        first = floor(start * per_column / self.per_column)
        last = max(first + 1, ceil(stop * per_column / self.per_column))
        rows = np.arange(first, last) % len(self._number)
        gone = self._number[rows] != np.arange(first, last)
        ends = self._ends[:, rows]
        ends[:, gone] = np.nan
        kept = Span(first, ends, self._marked[rows] & ~gone[:, None], self._holed[rows] & ~gone)
        return regrid(kept, self.per_column, start, stop, per_column)

    @property
    def oldest(self) -> float:
        """The first sample index that something is kept of; inf for nothing at all."""
        known = self._number[self._number >= 0]
        return float(known.min() * self.per_column) if len(known) else float("inf")


def regrid(span: Span, from_: float, first: int, stop: int, to: float) -> Span:
    """Columns ``[first, stop)`` of ``to`` samples each out of those of ``from_`` samples.

    Each takes in all that it overlaps: never less than what was there, at most one old
    column more on either side.
    """
    edges = np.arange(first, stop + 1) * to / from_
    begin = np.clip(np.floor(edges[:-1] + 1e-9).astype(np.int64) - span.first, 0, len(span) - 1)
    end = np.clip(np.ceil(edges[1:] - 1e-9).astype(np.int64) - span.first, begin + 1, len(span))
    # Overlapping stretches: each second entry of reduceat is the stretch between, left out.
    pairs = np.stack([begin, end], axis=1).reshape(-1)

    def folded(how: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        padded = np.concatenate([values, values[-1:]])
        return np.asarray(how.reduceat(padded, pairs, axis=0)[::2])

    ends = np.stack([folded(np.fmin, span.ends[0]), folded(np.fmax, span.ends[1])])
    marked = folded(np.logical_or, span.marked)
    return Span(first, ends.astype(np.float32), marked, folded(np.logical_or, span.holed))


def join(before: Span, after: Span) -> Span:
    """Two spans of one grid, the second beginning where the first ends."""
    return Span(
        before.first,
        np.concatenate([before.ends, after.ends], axis=1),
        np.concatenate([before.marked, after.marked]),
        np.concatenate([before.holed, after.holed]),
    )


def part(span: Span, start: int, stop: int) -> Span:
    """Columns ``[start, stop)`` of a span that has them."""
    rows = slice(start - span.first, stop - span.first)
    return Span(start, span.ends[:, rows], span.marked[rows], span.holed[rows])


class LookBack:
    """Windows of what was, from the samples as far as the ring holds them, else from history."""

    def __init__(self, form: Form, history: History) -> None:
        self._form = form
        self._history = history
        self._shown: tuple[float, Span] | None = None

    @property
    def oldest(self) -> float:
        """The first sample index that can be shown."""
        return min(float(self._form.ring.tail), self._history.oldest)

    def window(self, start: int, stop: int, per_column: float) -> Span:
        """Columns ``[start, stop)``; after a small move only what came into sight is made."""
        old = self._shown[1] if self._shown and self._shown[0] == per_column else None
        if old is None or start >= old.stop or stop <= old.first:
            made = self._make(start, stop, per_column)
        else:
            made = part(old, max(start, old.first), min(stop, old.stop))
            if start < old.first:
                made = join(self._make(start, old.first, per_column), made)
            if stop > old.stop:
                made = join(made, self._make(old.stop, stop, per_column))
        self._shown = (per_column, made)
        return made

    def keep_up(self) -> None:
        """Take into the history what the ring will lose, while nobody draws."""
        history = self._history
        stop = floor(self._form.ring.head / history.per_column)
        if stop > history.next:
            first = max(history.next, ceil(self._form.ring.tail / history.per_column))
            made = stretch(self._form, first, stop, history.per_column)
            history.take(made, history.per_column)

    def _make(self, start: int, stop: int, per_column: float) -> Span:
        exact = stretch(self._form, start, stop, per_column)
        first = exact.first if len(exact) else stop
        if first > start:
            kept = self._history.span(start, first, per_column)
            exact = join(kept, exact) if len(exact) else kept
        if exact.stop < stop:
            exact = join(exact, nothing(exact.stop, stop, exact.marked.shape[1]))
        return exact


def nothing(start: int, stop: int, channels: int) -> Span:
    """Columns with nothing to draw."""
    n = stop - start
    ends = np.full((2, n, channels), np.nan, np.float32)
    return Span(start, ends, np.zeros((n, channels), bool), np.zeros(n, bool))
