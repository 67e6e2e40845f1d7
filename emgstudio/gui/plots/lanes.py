"""The picture of many traces one below the other, painted column by column into memory.

Column ``k`` of the signal always lies at ``x = k mod width``: shown as it is this is
a sweep, shown from the newest column on it scrolls. Nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emgstudio.core.types import FloatSamples
from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.raster import Pixels, draw_spans

LANE_FILL = 0.94
DASH_ON, DASH = 5, 9
# From this share of the picture on, painting row by row is cheaper than span by span.
SPANS_BELOW = 0.25
THICK_LANE = 12
HALF = 1 << 15
NOTHING_YET = -1
# Rows painted at once in a full redraw: what is made on the way stays in the cache.
ROWS_AT_ONCE = 96


@dataclass(frozen=True, slots=True)
class Ink:
    """Pixels (RGB32) of what is no trace; ``stripe`` lies behind every second lane."""

    ground: int
    stripe: int
    baseline: int
    line: int
    hole: int
    clipped: int
    threshold: int = 0xFFFFFFFF


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
    channels: Sequence[int],
    colours: Sequence[int],
    fills: Sequence[int],
    height: int,
    *,
    above: int = 0,
    headings: Mapping[int, int] | None = None,
) -> tuple[Lane, ...]:
    """Lanes of equal height for ``channels``, top to bottom, within ``height`` rows.

    ``above`` rows at the top stay empty, and those of each heading (by the number of
    the lane that it is above).
    """
    spared = np.zeros(len(channels), int)
    for lane, rows in (headings or {}).items():
        spared[lane] = rows
    room = max(1, height - above - int(spared.sum()))
    edges = np.linspace(0, room, len(channels) + 1).round().astype(int)
    down = above + np.cumsum(spared)
    # With more lanes than rows they lie on one another, the last one still inside.
    tops = np.minimum(edges[:-1] + down, height - 1).tolist()
    belows = (edges[1:] + down).tolist()
    return tuple(
        Lane(channel, colour, fill, top, max(top, below - 1))
        for channel, colour, fill, top, below in zip(
            channels, colours, fills, tops, belows, strict=True
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
        self._next = self._empty_to = NOTHING_YET
        self._columns_per_line = 0.0
        self._thresholds: NDArray[np.floating] | None = None
        self.ink = Ink(*[0xFF000000] * 6)
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
        self.lanes, self.ink, self.filled, self.thick = lanes, ink, filled, thick
        self._columns_per_line = columns_per_line
        self._channels = np.array([lane.channel for lane in lanes], int)
        self._some = self._channels.tolist() != list(range(channels))
        self._colours = np.array([lane.colour for lane in lanes], np.uint32)
        self._fill_colours = np.array([lane.fill for lane in lanes], np.uint32)
        self._floors = np.array([lane.bottom for lane in lanes], np.int64)
        # One value per span, column by column, lane by lane.
        self._span_colours = np.tile(self._colours, width)
        self._span_fills = np.tile(self._fill_colours, width if filled else 0)
        self._span_floors = np.tile(self._floors, width if filled or thick > 1 else 0)
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
            self._zero = (self.baselines() + self.centre * gain).astype(np.float32)

    def row(self, lane: int, value: float) -> float:
        """Where ``value`` lies, as a fractional row, not limited to the lane."""
        return float(self._zero[lane] - value * self._gain[lane])

    def set_thresholds(self, values: NDArray[np.floating] | None) -> None:
        """A dashed line per lane from the next column on; None or NaN for none."""
        self._thresholds = values

    def draw(self, span: Span, erase_ahead: int = 0) -> None:
        """Paint these columns anew, background included, and empty those ahead of them."""
        n = len(span)
        if n == 0 or not self.lanes:
            return
        if self._next != NOTHING_YET:
            # What the last frame emptied ahead of itself is still empty.
            empty_to = self._empty_to if span.first == self._next else span.first
            self.clear(max(span.first, empty_to), span.stop + erase_ahead)
        self._next, self._empty_to = span.stop, span.stop + erase_ahead
        x = np.arange(span.first, span.stop) % self.width
        self._draw_ground(x, span)
        if n < SPANS_BELOW * self.width or self._crowded:
            self._draw_traces(x, span)
        else:
            self._draw_dense(span)
        self._draw_thresholds(x)
        self.columns_drawn += n

    def _draw_ground(self, x: NDArray[np.int64], span: Span) -> None:
        if self._columns_per_line:
            lines = np.ceil(np.arange(span.first, span.stop + 1) / self._columns_per_line)
            if lines[-1] > lines[0]:
                self.pixels[:, x[lines[1:] > lines[:-1]]] = self._lined[:, None]
        if span.holed.any():
            self.pixels[:, x[span.holed]] = self.ink.hole

    def threshold_rows(self) -> NDArray[np.int64]:
        """The rows of the threshold lines, as many as lie within their lane."""
        if self._thresholds is None:
            return np.zeros(0, np.int64)
        rows = self._zero - self._thresholds * self._gain
        inside = (rows >= self._top) & (rows <= self._bottom)
        return np.round(rows[inside]).astype(np.int64)

    def heights(self, span: Span) -> NDArray[np.floating]:
        """Rows ``(2, n, lanes)`` of lowest and highest, kept within their lanes, NaN for none."""
        rows = self._zero - span.ends[:, :, self._channels] * self._gain
        return np.clip(rows, self._top, self._bottom) + 0.5

    def _draw_thresholds(self, x: NDArray[np.int64]) -> None:
        rows = self.threshold_rows()
        if len(rows):
            dashes = x[x % DASH < DASH_ON]
            self.pixels[rows[:, None], dashes] = self.ink.threshold

    def empty(self) -> None:
        """No column at all."""
        self._next = self._empty_to = NOTHING_YET
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
        bottom, top = self._rows(ends, (self._gain, self._zero), np.int64).reshape(2, -1)
        n = len(top)
        floor, colours = self._span_floors[:n], self._span_colours[:n]
        fills = self._span_fills[:n]
        if self.thick > 1:
            bottom = np.minimum(np.maximum(bottom, top + self.thick - 1), floor)
        xs = x.repeat(len(self.lanes))
        if marked.any():
            colours = np.where(marked.reshape(-1), np.uint32(self.ink.clipped), colours)
        missing = np.isnan(ends[1]).reshape(-1)
        if missing.any():
            seen = ~missing
            xs, top, bottom, colours = xs[seen], top[seen], bottom[seen], colours[seen]
            if self.filled:
                floor, fills = floor[seen], fills[seen]
        if self.filled:
            draw_spans(self.pixels, xs, top, floor, fills)
        draw_spans(self.pixels, xs, top, bottom, colours)

    @property
    def _crowded(self) -> bool:
        """More lanes than rows: they lie on one another."""
        return len(self.lanes) > 1 and bool((self._top[1:] <= self._bottom[:-1]).any())

    def _draw_dense(self, span: Span) -> None:
        """The same pixels row by row: for whole pictures, where spans cost several times more."""
        values = span.ends.transpose(0, 2, 1)
        values = np.ascontiguousarray(values[:, self._channels] if self._some else values)
        missing = np.isnan(values[1])
        rows = self._rows(values, (self._gain[:, None], self._zero[:, None]), np.int16)
        bottom, top = rows
        if self.thick > 1:
            reach = np.maximum(bottom, top + np.int16(self.thick - 1))
            bottom = np.minimum(reach, self._floors.astype(np.int16)[:, None])
        if missing.any():
            top[missing] = bottom[missing] = np.iinfo(np.int16).max
        # Row y is inside where 0 <= y - top <= length: one comparison in unsigned numbers.
        length = (bottom - top).astype(np.uint16)
        above = top.astype(np.uint16)
        marked = span.marked[:, self._channels].T if span.marked.any() else None
        for y, lane in self._row_blocks():
            below = y.astype(np.uint16)[:, None] - above[lane]
            inside = below <= length[lane]
            for at, part in self._pieces(span):
                pixels = self.pixels[y[0] : y[-1] + 1, at]
                if self.filled:
                    fill = self._fill_colours[lane][:, None]
                    np.copyto(pixels, fill, where=below[:, part] < HALF)
                np.copyto(pixels, self._colours[lane][:, None], where=inside[:, part])
                if marked is not None:
                    red = inside & marked[lane]
                    np.copyto(pixels, np.uint32(self.ink.clipped), where=red[:, part])

    def _row_blocks(self) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """Rows that follow each other, and the lane that they are in or that each is in."""
        thin: list[Lane] = []
        for i, lane in enumerate(self.lanes):
            if lane.height >= THICK_LANE:
                rows = np.arange(lane.top, lane.bottom + 1)
                for at in range(0, len(rows), ROWS_AT_ONCE):
                    yield rows[at : at + ROWS_AT_ONCE], slice(i, i + 1)
                continue
            thin.append(lane)
            after = self.lanes[i + 1 : i + 2]
            goes_on = after and after[0].top == lane.bottom + 1 and after[0].height < THICK_LANE
            if not goes_on or lane.bottom - thin[0].top >= ROWS_AT_ONCE:
                heights = [ln.height for ln in thin]
                first = i + 1 - len(thin)
                rows = np.arange(thin[0].top, lane.bottom + 1)
                yield rows, np.repeat(np.arange(first, i + 1), heights)
                thin = []

    def _pieces(self, span: Span) -> Iterator[tuple[slice, slice]]:
        """Where columns lie in the picture, and which of ``span`` they are: up to two pieces."""
        x, n = span.first % self.width, len(span)
        here = min(n, self.width - x)
        yield slice(x, x + here), slice(0, here)
        if here < n:
            yield slice(0, n - here), slice(here, n)

    def _rows(
        self,
        values: FloatSamples,
        scale: tuple[NDArray[np.floating], NDArray[np.floating]],
        kind: type[np.integer],
    ) -> NDArray[Any]:
        """Rows of ``values``, which may be lanes × columns or the other way round."""
        gain, zero = scale
        top, bottom = self._top.reshape(gain.shape), self._bottom.reshape(gain.shape)
        rows = values * -gain
        rows += zero
        # A NaN becomes the lane's upper edge: a whole number, and never drawn.
        np.fmax(rows, top, out=rows)
        np.fmin(rows, bottom, out=rows)
        rows += 0.5
        return rows.astype(kind)

    def baselines(self) -> NDArray[np.floating]:
        """The row of zero in each lane."""
        # On a whole row, so that a quiet trace stays one row thin.
        return self._bottom if self.filled else np.floor((self._top + self._bottom) / 2)

    def _background(self, ink: Ink) -> NDArray[np.uint32]:
        column = np.full(self.height, ink.ground, np.uint32)
        for i, lane in enumerate(self.lanes):
            if i % 2:
                column[lane.top : lane.bottom + 1] = ink.stripe
        for row in self.baselines():
            column[int(row)] = ink.baseline
        return column
