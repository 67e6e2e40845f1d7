"""Where in a recording one looks, on a grid of pixel columns that never moves.

Column ``k`` covers the samples ``[k, k + 1) * per_column``, counted from the first
sample, so a column looks the same however one came to it, and panning by whole
columns leaves the picture as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

SHORTEST_S = 0.02
FIRST_SPAN_S = 10.0
FAR = 1e15


class TimeView(QObject):
    """The visible stretch of a recording; times are seconds of recording time.

    ``moved`` follows every change. ``width`` and x are logical pixels, a column
    is one device pixel.
    """

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rate = 1000.0
        self.begin = 0.0
        self.duration = SHORTEST_S
        self.columns = 1
        self.ratio = 1.0
        self.per_column = 1.0
        self.first = 0

    def open(self, rate: float, begin: float, duration: float) -> None:
        """Another recording: ``begin`` is when its first sample was taken, both in s."""
        self.rate, self.begin, self.duration = rate, begin, max(duration, SHORTEST_S)
        self.first = 0
        self.show_span(begin, begin + min(FIRST_SPAN_S, self.duration))

    def set_width(self, width: float, ratio: float) -> None:
        """The plots are ``width`` logical pixels wide; what is seen stays the same."""
        columns = max(1, round(width * ratio))
        if columns == self.columns and ratio == self.ratio:
            return
        start, stop = self.start, self.stop
        self.columns, self.ratio = columns, ratio
        self.show_span(start, stop)

    @property
    def span(self) -> float:
        """Seconds that are visible."""
        return self.columns * self.per_column / self.rate

    @property
    def start(self) -> float:
        return self.begin + self.first * self.per_column / self.rate

    @property
    def stop(self) -> float:
        return self.start + self.span

    @property
    def end(self) -> float:
        """When the recording ends."""
        return self.begin + self.duration

    def x(self, time: float) -> float:
        """Where ``time`` lies, in logical pixels from the left edge of the plot."""
        column = (time - self.begin) * self.rate / self.per_column - self.first
        return column / self.ratio

    def columns_at(self, times: NDArray[np.float64], finer: int = 1) -> NDArray[np.int64]:
        """In which column from the left times begin; in ``finer`` parts of a column if given.

        They lie on the grid, so that panning changes all by the same whole number.
        """
        places = (np.asarray(times) - self.begin) * (self.rate * finer / self.per_column)
        # Far away is as good as outside, and fits a whole number.
        places = np.minimum(np.maximum(np.rint(places), -FAR), FAR)
        return places.astype(np.int64) - self.first * finer

    def time(self, x: float) -> float:
        """What time lies at ``x`` logical pixels."""
        return self.begin + (self.first + x * self.ratio) * self.per_column / self.rate

    def snap(self, time: float) -> float:
        """The nearest sample's time within the recording."""
        index = round((time - self.begin) * self.rate)
        return self.begin + min(max(index, 0), round(self.duration * self.rate)) / self.rate

    def show_span(self, start: float, stop: float) -> None:
        """Look at ``start`` to ``stop``, as far as the recording and the finest zoom allow."""
        span = min(max(stop - start, SHORTEST_S), self.duration)
        start += ((stop - start) - span) / 2
        self.per_column = span * self.rate / self.columns
        self._go((start - self.begin) * self.rate / self.per_column)

    def go(self, start: float) -> None:
        """Keep the zoom and look from ``start``."""
        self._go((start - self.begin) * self.rate / self.per_column)

    def centre(self, time: float) -> None:
        """Keep the zoom and bring ``time`` to the middle."""
        self.go(time - self.span / 2)

    def reveal(self, time: float, share: float = 0.3) -> None:
        """Bring ``time`` to ``share`` of the width unless it is well visible already."""
        if not self.start + 0.05 * self.span <= time <= self.stop - 0.1 * self.span:
            self.go(time - share * self.span)

    def pan(self, share: float) -> None:
        """Move by a share of what is visible."""
        self._go(self.first + share * self.columns)

    def pan_pixels(self, dx: float) -> None:
        """Move by logical pixels."""
        self._go(self.first + dx * self.ratio)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """See ``factor`` times as much; the time ``at`` (else the middle) stays in its place."""
        at = self.start + self.span / 2 if at is None else at
        span = min(max(self.span * factor, SHORTEST_S), self.duration)
        share = (at - self.start) / self.span
        self.show_span(at - share * span, at - share * span + span)

    def _go(self, first: float) -> None:
        last = self.duration * self.rate / self.per_column - self.columns
        self.first = round(min(max(first, 0.0), max(last, 0.0)))
        self.moved.emit()
