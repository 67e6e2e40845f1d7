"""The picture of many traces one below the other, painted column by column into memory.

Column ``k`` of the signal always lies at ``x = k mod width``: shown as it is this is
a sweep, shown from the newest column on it scrolls. Nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emgstudio.core.types import FloatSamples, Mask
from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.raster import Pixels, blank, draw_spans

LANE_FILL = 0.94
DASH_ON, DASH = 5, 9
# Rows; in thinner lanes the lines of zero alone would fill the picture.
LEAST_WITH_LINE = 3
HALF = 1 << 15
NOTHING_YET = -1
# Columns painted at once, all rows of each: as many as stay in the cache.
STRIP = 256
# A row number that no trace reaches: for rows that belong to no lane.
NO_ROW = 60_000


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
        self.pixels: Pixels = blank(1, 1)
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
            self.pixels = blank(height, width)
        self.lanes, self.ink, self.filled, self.thick = lanes, ink, filled, thick
        self._columns_per_line = columns_per_line
        self._channels = np.array([lane.channel for lane in lanes], int)
        self._some = self._channels.tolist() != list(range(channels))
        self._colours = np.array([lane.colour for lane in lanes], np.uint32)
        self._fill_colours = np.array([lane.fill for lane in lanes], np.uint32)
        self._floors = np.array([lane.bottom for lane in lanes], np.uint16)
        self._top = np.array([lane.top for lane in lanes], np.float32)
        self._bottom = np.array([lane.bottom for lane in lanes], np.float32)
        self._half_below_top = self._top + np.float32(0.5)
        self._half_below_bottom = self._bottom + np.float32(0.5)
        self._crowded = bool((self._top[1:] <= self._bottom[:-1]).any())
        self._plain = self._background(ink)
        self._lined = np.where(self._plain == np.uint32(ink.baseline), self._plain, ink.line)
        self._lined = self._lined.astype(np.uint32)
        self._number_rows()
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
            self._slope, self._half_below_zero = -self._gain, self._zero + np.float32(0.5)

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
        # What the last frame emptied ahead of itself is still empty; so is all of a new picture.
        if self._next != NOTHING_YET:
            empty_to = self._empty_to if span.first == self._next else span.first
            self.clear(max(span.first, empty_to), span.stop + erase_ahead)
        self._next, self._empty_to = span.stop, span.stop + erase_ahead
        self._draw_ground(span)
        ends, marked = span.ends, span.marked
        if self._some:
            ends, marked = ends[:, :, self._channels], marked[:, self._channels]
        clipped = marked if not span.plain and marked.any() else None
        if self._crowded:
            self._draw_spans(np.arange(span.first, span.stop) % self.width, ends, clipped)
        else:
            for at, part in self._pieces(span):
                red = None if clipped is None else clipped[part]
                self._draw_traces(self.pixels[:, at].T, ends[:, part], red, whole=span.plain)
        if self._thresholds is not None:
            self._draw_thresholds(np.arange(span.first, span.stop) % self.width)
        self.columns_drawn += n

    def _draw_ground(self, span: Span) -> None:
        """Lines of the time grid and holes, in columns that are empty otherwise."""
        lines = self._lines(span.first, span.stop)
        if lines:
            self.pixels[:, [at % self.width for at in lines]] = self._lined[:, None]
        if not span.plain and span.holed.any():
            holes = np.arange(span.first, span.stop)[span.holed] % self.width
            self.pixels[:, holes] = self.ink.hole

    def _lines(self, start: int, stop: int) -> list[int]:
        """Which of these columns have a line of the time grid."""
        every = self._columns_per_line
        if not every:
            return []
        # One early, since a division may be rounded past the line.
        numbers = range(max(0, ceil(start / every) - 1), ceil(stop / every) + 1)
        return [at for at in (int(k * every) for k in numbers) if start <= at < stop]

    def _draw_traces(
        self, pixels: Pixels, ends: FloatSamples, clipped: Mask | None, *, whole: bool
    ) -> None:
        """Traces into empty columns ``pixels (n, height)``, all rows of all of them at once.

        Costs the same for any number of channels and any amplitude.
        """
        rows = self._rows(ends)
        bottom, top = rows
        if self.thick > 1:
            thick = np.uint16(self.thick - 1)
            np.minimum(np.maximum(bottom, top + thick), self._floors, out=bottom)
        bottom -= top
        if not whole:
            missing = np.isnan(ends[1])
            top[missing], bottom[missing] = HALF - 1, 0
        length, top = self._spread(rows)
        # Row y is inside where 0 <= y - top <= length: one comparison in unsigned numbers.
        below = self._row_numbers - top
        inside = below <= length
        if self.filled:
            np.copyto(pixels, self._row_fills, where=below < HALF)
        np.copyto(pixels, self._row_colours, where=inside)
        if clipped is not None:
            np.copyto(pixels, np.uint32(self.ink.clipped), where=inside & self._spread(clipped))

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

    def _spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """What holds per lane ``(…, lanes)`` for every row ``(…, height)``."""
        return values.repeat(self._rows_of_lane, axis=-1)

    def _draw_spans(self, x: NDArray[np.int64], ends: FloatSamples, clipped: Mask | None) -> None:
        """Traces of lanes that lie on one another, in their order."""
        n, floors = len(x), self._floors.astype(np.int64)
        bottom, top = self._rows(ends).astype(np.int64)
        if self.thick > 1:
            bottom = np.minimum(np.maximum(bottom, top + self.thick - 1), floors)
        colours = np.tile(self._colours, (n, 1))
        if clipped is not None:
            colours[clipped] = self.ink.clipped
        seen = ~np.isnan(ends[1])
        columns = np.repeat(x, len(self.lanes)).reshape(seen.shape)[seen]
        if self.filled:
            fills = np.tile(self._fill_colours, (n, 1))[seen]
            draw_spans(self.pixels, columns, top[seen], np.tile(floors, (n, 1))[seen], fills)
        draw_spans(self.pixels, columns, top[seen], bottom[seen], colours[seen])

    def _pieces(self, span: Span) -> Iterator[tuple[slice, slice]]:
        """Where columns lie in the picture, and which of ``span`` they are: few at a time."""
        done, n = 0, len(span)
        while done < n:
            x = (span.first + done) % self.width
            here = min(n - done, self.width - x, STRIP)
            yield slice(x, x + here), slice(done, done + here)
            done += here

    def _rows(self, values: FloatSamples) -> NDArray[np.uint16]:
        """The rows of ``values (…, lanes)``, limited to their lanes."""
        rows = values * self._slope
        rows += self._half_below_zero
        # A NaN becomes the lane's upper edge: a whole number, and never drawn.
        np.fmax(rows, self._half_below_top, out=rows)
        np.fmin(rows, self._half_below_bottom, out=rows)
        return rows.astype(np.uint16)

    def baselines(self) -> NDArray[np.floating]:
        """The row of zero in each lane."""
        # On a whole row, so that a quiet trace stays one row thin.
        return self._bottom if self.filled else np.floor((self._top + self._bottom) / 2)

    def _number_rows(self) -> None:
        """Which lane each row of the picture belongs to, if any, and its colours there."""
        lane_of_row = np.full(self.height, -1)
        for i, lane in enumerate(self.lanes):
            lane_of_row[lane.top : lane.bottom + 1] = i
        numbers = np.where(lane_of_row >= 0, np.arange(self.height), NO_ROW)
        self._row_numbers = numbers.astype(np.uint16)
        # Rows between lanes count to the lane above, where nothing of it is drawn.
        self._lane_of_row = np.maximum.accumulate(np.maximum(lane_of_row, 0))
        self._rows_of_lane = np.bincount(self._lane_of_row, minlength=len(self.lanes))
        if self.lanes:
            self._row_colours = self._colours[self._lane_of_row]
            self._row_fills = self._fill_colours[self._lane_of_row]

    def _background(self, ink: Ink) -> NDArray[np.uint32]:
        column = np.full(self.height, ink.ground, np.uint32)
        for i, lane in enumerate(self.lanes):
            if i % 2:
                column[lane.top : lane.bottom + 1] = ink.stripe
        if self.lanes and min(lane.height for lane in self.lanes) >= LEAST_WITH_LINE:
            for row in self.baselines():
                column[int(row)] = ink.baseline
        return column
