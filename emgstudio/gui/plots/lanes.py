"""The picture of many traces one below the other, painted column by column into memory.

Column ``k`` of the signal always lies at ``x = k mod width``: shown as it is this is
a sweep, shown from the newest column on it scrolls. Nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emgstudio.core.types import FloatSamples
from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.raster import Pixels, draw_spans

LANE_FILL = 0.94


@dataclass(frozen=True, slots=True)
class Ink:
    """Pixels (RGB32) of what is no trace; ``stripe`` lies behind every second lane."""

    ground: int
    stripe: int
    baseline: int
    line: int
    hole: int
    clipped: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One trace: which channel, in which colours, on which rows ``[top, bottom]``."""

    channel: int
    colour: int
    fill: int
    top: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1


def lay_out(
    channels: Sequence[int], colours: Sequence[int], fills: Sequence[int], height: int
) -> tuple[Lane, ...]:
    """Lanes of equal height for ``channels``, top to bottom, within ``height`` rows."""
    edges = np.linspace(0, height, len(channels) + 1).round().astype(int).tolist()
    return tuple(
        Lane(channel, colour, fill, top, max(top, below - 1))
        for channel, colour, fill, top, below in zip(
            channels, colours, fills, edges[:-1], edges[1:], strict=True
        )
    )


class LanePicture:
    """``pixels (height, width)`` and how values become rows in them.

    ``filled`` draws from the lane's floor upwards (envelopes), otherwise zero is
    in the middle of the lane. ``thick`` is the thickness of a line in pixels.
    """

    def __init__(self) -> None:
        self.pixels: Pixels = np.zeros((1, 1), np.uint32)
        self.lanes: tuple[Lane, ...] = ()
        self.filled = False
        self.thick = 1
        self.columns_drawn = 0
        self._next = self._empty_to = -1
        self._columns_per_line = 0.0
        self._ink = Ink(*[0xFF000000] * 6)
        self.set_scale(1.0, 0.0)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    def prepare(
        self,
        size: tuple[int, int],
        lanes: tuple[Lane, ...],
        ink: Ink,
        *,
        channels: int,
        filled: bool,
        columns_per_line: float,
        thick: int = 1,
    ) -> None:
        """A new layout of ``(width, height)`` pixels, empty, at scale 1.

        ``channels`` is how many the columns have. ``columns_per_line`` is how far the
        lines of the time grid are apart; 0 for none.
        """
        width, height = size
        if self.pixels.shape != (height, width):
            self.pixels = np.zeros((height, width), np.uint32)
        self.lanes, self._ink, self.filled, self.thick = lanes, ink, filled, thick
        self._columns_per_line = columns_per_line
        self._channels = np.array([lane.channel for lane in lanes], int)
        self._some = self._channels.tolist() != list(range(channels))
        # One value per span of a whole picture, column by column, lane by lane.
        self._inks = np.tile(np.array([lane.colour for lane in lanes], np.uint32), width)
        self._fills = np.tile(np.array([lane.fill for lane in lanes], np.uint32), width)
        self._floor = np.tile(np.array([lane.bottom for lane in lanes], np.int64), width)
        self._top = np.array([lane.top for lane in lanes], np.float32)
        self._bottom = np.array([lane.bottom for lane in lanes], np.float32)
        self._plain = self._background(ink)
        self._lined = np.where(self._plain == np.uint32(ink.baseline), self._plain, ink.line)
        self._lined = self._lined.astype(np.uint32)
        self.set_scale(1.0)
        self.empty()

    def set_scale(self, scale: ArrayLike, centre: ArrayLike = 0.0) -> None:
        """Per lane or for all: ``scale`` reaches from the baseline to the lane's edge."""
        n = len(self.lanes)
        self.scale = np.broadcast_to(np.asarray(scale, float), n)
        self.centre = np.broadcast_to(np.asarray(centre, float), n)
        if n:
            room = (self._bottom - self._top) * LANE_FILL
            gain = (room if self.filled else room / 2) / self.scale
            self._gain = gain.astype(np.float32)
            self._zero = (self._baselines() + self.centre * gain).astype(np.float32)

    def row(self, lane: int, value: float) -> float:
        """Where ``value`` lies, as a fractional row, not limited to the lane."""
        return float(self._zero[lane] - value * self._gain[lane])

    def draw(self, span: Span, erase_ahead: int = 0) -> None:
        """Paint these columns anew, background included, and empty those ahead of them."""
        n = len(span)
        if n == 0 or not self.lanes:
            return
        # What the last frame emptied ahead of itself is still empty.
        empty_to = self._empty_to if span.first == self._next else span.first
        self.clear(max(span.first, empty_to), span.stop + erase_ahead)
        self._next, self._empty_to = span.stop, span.stop + erase_ahead
        at = np.arange(span.first, span.stop)
        x = at % self.width
        if self._columns_per_line:
            lines = np.ceil(np.arange(span.first, span.stop + 1) / self._columns_per_line)
            if lines[-1] > lines[0]:
                self.pixels[:, x[lines[1:] > lines[:-1]]] = self._lined[:, None]
        if span.holed.any():
            self.pixels[:, x[span.holed]] = self._ink.hole
        self._draw_traces(x, span)
        self.columns_drawn += n

    def empty(self) -> None:
        """No column at all."""
        self._next = self._empty_to = -1
        self.pixels[:] = self._plain[:, None]

    def clear(self, start: int, stop: int) -> None:
        """Empty the columns ``[start, stop)``, at most once around."""
        x = start % self.width
        n = min(stop - start, self.width)
        if n <= 0:
            return
        self.pixels[:, x : x + n] = self._plain[:, None]
        if x + n > self.width:
            self.pixels[:, : x + n - self.width] = self._plain[:, None]

    def _draw_traces(self, x: NDArray[np.int64], span: Span) -> None:
        ends, marked = span.ends, span.marked
        if self._some:
            ends, marked = ends[:, :, self._channels], marked[:, self._channels]
        bottom, top = self._rows(ends).reshape(2, -1)
        if self.thick > 1:
            bottom = np.minimum(np.maximum(bottom, top + self.thick - 1), self._floor[: len(top)])
        xs = x.repeat(len(self.lanes))
        colours, fills, floor = (
            self._inks[: len(xs)],
            self._fills[: len(xs)],
            self._floor[: len(xs)],
        )
        if marked.any():
            colours = np.where(marked.reshape(-1), np.uint32(self._ink.clipped), colours)
        missing = np.isnan(ends[1]).reshape(-1)
        if missing.any():
            seen = ~missing
            xs, top, bottom, floor = xs[seen], top[seen], bottom[seen], floor[seen]
            colours, fills = colours[seen], fills[seen]
        if self.filled:
            draw_spans(self.pixels, xs, top, floor, fills)
        draw_spans(self.pixels, xs, top, bottom, colours)

    def _rows(self, values: FloatSamples) -> NDArray[np.int64]:
        rows = values * -self._gain
        rows += self._zero
        # A NaN becomes the lane's upper edge: a whole number, and never drawn.
        np.fmax(rows, self._top, out=rows)
        np.fmin(rows, self._bottom, out=rows)
        rows += 0.5
        return rows.astype(np.int64)

    def _baselines(self) -> NDArray[np.floating]:
        # On a whole row, so that a quiet trace stays one row thin.
        return self._bottom if self.filled else np.floor((self._top + self._bottom) / 2)

    def _background(self, ink: Ink) -> NDArray[np.uint32]:
        column = np.full(self.height, ink.ground, np.uint32)
        for i, lane in enumerate(self.lanes):
            if i % 2:
                column[lane.top : lane.bottom + 1] = ink.stripe
        for row in self._baselines():
            column[int(row)] = ink.baseline
        return column
