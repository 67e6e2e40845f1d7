"""Reading values off live traces: what is under the pointer, and between two cursors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Signal
from PySide6.QtWidgets import QWidget

from emgstudio.core.types import MICROVOLT
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.feed import Form, Streaming
from emgstudio.gui.plots.marks import Cursor
from emgstudio.gui.plots.measure import Measurement, between, measure
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.trace_picture import TracePicture

READ_AGAIN_S = 0.2
# More values than this are measured when a cursor is let go, not while it moves.
WHILE_MOVING = 2_000_000
GRAB = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of all lanes at one moment, as text with the unit."""

    seconds: float
    texts: dict[int, str]


class TraceReading(TracePicture):
    """``hovered`` carries a :class:`Reading`, ``measured`` a :class:`Measurement`, or None."""

    hovered = Signal(object)
    measured = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = ""
        self.measurement: Measurement | None = None
        self._pointer: QPointF | None = None
        self._cursor_shown: Cursor | None = None
        self._texts: dict[int, str] = {}
        self._read_at = 0.0
        self._calipers: list[float] = []

    @property
    def measuring(self) -> bool:
        """Whether the two cursors are on."""
        return bool(self._calipers)

    def show_note(self, text: str) -> None:
        """What the signal went through, e.g. "20–450 Hz": for measurements and exports."""
        self.note = text

    def show_stream(self, stream: Streaming | None) -> None:
        self._put_calipers([])
        super().show_stream(stream)

    def show_options(self, options: TraceOptions) -> None:
        before = self.options
        super().show_options(options)
        if self._calipers and (before.view, before.selected) != (options.view, options.selected):
            self._measure()

    def measure(self, on: bool) -> None:
        """Two cursors to measure between, at a third and two thirds of the picture; or none."""
        if on == self.measuring or self.feed is None:
            return
        wide = self.head - self.first_shown
        places = [self.first_shown + wide * share / 3 for share in (1, 2)]
        self._put_calipers([p * self.feed.per_column for p in places] if on else [])

    def measure_between(self, start: float, stop: float) -> None:
        """The two cursors at these sample indices."""
        self._put_calipers([start, stop])

    def _put_calipers(self, places: list[float], *, moving: bool = False) -> None:
        if places == self._calipers:
            return
        self._calipers = places
        self._measure(moving=moving)
        self.update()

    def _measure(self, *, moving: bool = False) -> None:
        """Measure from the samples that the ring still holds, all lanes if they are not many."""
        if not self._calipers or self._stream is None:
            if self.measurement is not None:
                self.measurement = None
                self.measured.emit(None)
            return
        lanes = self.lanes_shown
        start, stop = self._calipers
        if moving and abs(stop - start) * self._stream.info.n_channels > WHILE_MOVING:
            lanes = tuple(c for c in lanes if c == self.options.selected) or lanes[:1]
        form = Form(self._stream, self.options.view, self.references)
        self.measurement = measure(form, lanes, start, stop, self.note)
        self.measured.emit(self.measurement)

    def caliper_text(self) -> str:
        """What stands between the two cursors."""
        found = self.measurement
        if found is None or self._stream is None:
            return ""
        text = between(found.seconds)
        row = found.of(self.options.selected)
        if row is not None:
            text += f"   {row.name}: {row.text}".replace("\n", " · ")
        return text if found.complete else f"{text}   (partly no longer kept)"

    def caliper_near(self, x: float) -> int | None:
        """Which of the two cursors is under this place."""
        for i, x_of in self.calipers_shown():
            if abs(x_of - x) <= GRAB:
                return i
        return None

    def calipers_shown(self) -> Iterator[tuple[int, float]]:
        """Number and place of those cursors that are on the screen."""
        if self.feed is not None:
            for i, index in enumerate(self._calipers):
                column = index / self.feed.per_column
                if self.shows(column):
                    yield i, self.x_of(column)

    def index_at(self, x: float) -> float:
        """The sample index at a place on the widget."""
        assert self.feed is not None
        part = (x - self.plot.left()) * self.ratio
        return (self.column_at(x) + part - int(part)) * self.feed.per_column

    def lane_detail(self, channel: int) -> str | None:
        """What replaces a lane's scale while something is read off it."""
        if channel in self._texts:
            return self._texts[channel]
        row = self.measurement.of(channel) if self.measurement is not None else None
        return None if row is None else row.text

    def pieces(self, start: float, stop: float) -> Iterator[tuple[float, float]]:
        """Where the stretch between two sample indices is on the widget: nothing, one piece or two.

        Two where the sweep has wrapped around inside of it.
        """
        if self.feed is None:
            return
        begin = max(start / self.feed.per_column, self.first_shown)
        end = min(stop / self.feed.per_column, self.head)
        if end <= begin:
            return
        left, right = self.x_of(begin), self.x_of(end)
        area = self.picture_area
        if right > left:
            yield left, right
            return
        yield left, area.right() + 1
        yield area.left(), right

    def _cursor(self) -> Cursor | None:
        """What is under the pointer: the range of the trace in that column, and when."""
        at = self._pointer
        if at is None or self.feed is None or self._stream is None:
            return None
        if not QRectF(self.plot).contains(at):
            return None
        row, column = at.y() * self.ratio, self.column_at(at.x())
        lane = next((ln for ln in self.picture.lanes if ln.top <= row <= ln.bottom), None)
        if lane is None or not self.shows(column):
            return None
        value = self._values(column).get(lane.channel)
        if value is None:
            return None
        seconds = (column + 0.5) * self.feed.per_column / self.feed.rate
        text = f"{self._stream.info.channels[lane.channel].name}   {value}   {seconds:.2f} s"
        return Cursor(at.x(), at.y(), text, self.options.colour(lane.channel, self.palette_on))

    def _values(self, column: int) -> dict[int, str]:
        """The values of all lanes in one column."""
        assert self.feed is not None
        assert self._stream is not None
        source = self.feed.columns.span(column, column + 1)
        if self._moved_to is not None:
            window = self._window()
            at = column - window.first
            ends = window.ends[:, at] if 0 <= at < len(window) else None
        else:
            ends = source.ends[:, 0] if source.first == column and len(source) else None
        if ends is None:
            return {}
        channels, view = self._stream.info.channels, self.options.view
        return {
            c: "lost"
            if np.isnan(ends[0, c])
            else reading(float(ends[0, c]), float(ends[1, c]), view.unit(channels[c].unit))
            for c in self.lanes_shown
        }

    def _point_at(self, pointer: QPointF | None) -> None:
        self._pointer = pointer
        self._show_cursor()
        self._read_lanes()

    def _read_lanes(self) -> None:
        """The values at the pointer beside all lanes."""
        texts: dict[int, str] = {}
        column = 0
        if self._cursor_shown is not None and self._pointer is not None:
            column = self.column_at(self._pointer.x())
            texts = self._values(column)
        if texts == self._texts:
            return
        self._texts = texts
        self.update(QRect(0, 0, self.gutter, self.plot.bottom() + 1))
        assert self.feed is not None
        seconds = (column + 0.5) * self.feed.per_column / self.feed.rate
        self.hovered.emit(Reading(seconds, texts) if texts else None)

    def _show_cursor(self) -> None:
        """Paint what is under the pointer now, and away with what was there before."""
        before, self._cursor_shown = self._cursor_shown, self._cursor()
        if self._cursor_shown == before:
            return
        metrics = self.fontMetrics()
        for cursor in (before, self._cursor_shown):
            if cursor is not None:
                box = cursor.box(self.picture_area, metrics.horizontalAdvance, metrics.height())
                self.update(box.toAlignedRect().adjusted(-2, -2, 2, 2))
                self.update(QRect(int(cursor.x) - 2, 0, 5, self.plot.height()))

    def advance(self, now: float) -> None:
        super().advance(now)
        if self._pointer is not None:
            self._show_cursor()
            if now - self._read_at >= READ_AGAIN_S:
                self._read_at = now
                self._read_lanes()


def reading(lo: float, hi: float, unit: str) -> str:
    """The range of a trace within one column."""
    if hi - lo < 0.05 * max(abs(lo), abs(hi), 1e-9):
        return amount(float(lo + hi) / 2, unit)
    # Both ends in one unit, short enough for the place beside the trace.
    if unit == MICROVOLT and max(abs(lo), abs(hi)) >= 1000:
        lo, hi, unit = lo / 1000, hi / 1000, "mV"
    return f"{_short(lo)} … {_short(hi)} {unit}"


def _short(value: float) -> str:
    text = f"{value:.2g}" if abs(value) < 9.95 else f"{value:.0f}"
    return text.replace("-", "−")
