"""The part of the live traces that knows streams, columns and scales, but paints no words."""

from __future__ import annotations

from dataclasses import replace
from time import thread_time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.amplitude import LaneScales
from emgstudio.gui.plots.axes import gutter_width, tick_seconds
from emgstudio.gui.plots.canvas import ColumnCanvas
from emgstudio.gui.plots.feed import Form, Streaming, TraceFeed, View
from emgstudio.gui.plots.history import History, LookBack
from emgstudio.gui.plots.lanes import Ink, LanePicture, lay_out
from emgstudio.gui.plots.pace import Pace
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.plots.trace_options import ChannelGroup, TraceOptions
from emgstudio.gui.style import mix
from emgstudio.gui.theme import Palette

FOOTER_ROOM = 8
LOOK_AGAIN_S = 0.5
KEEP_UP_S = 2.0

__all__ = ["ChannelGroup", "TraceOptions", "TracePicture", "ink_of"]


class TracePicture(ColumnCanvas):
    """Pulls the stream shown, keeps its columns, and paints what is new into the picture."""

    frozen_changed = Signal(bool)
    looked = Signal(float)
    slowed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, parent)
        self.options = TraceOptions()
        self.picture = LanePicture()
        self.feed: TraceFeed | None = None
        self.scales = LaneScales((), fixed=None, each=False, floating=False)
        self.band = 0
        self._stream: Streaming | None = None
        self.references: NDArray[np.floating] | None = None
        self.thresholds: NDArray[np.floating] | None = None
        self.thresholds_movable = False
        self._looked = 0.0
        self._pace = Pace()
        self._odd = False
        self._frozen_at: int | None = None
        # Where a picture that was moved ends, in sample indices.
        self._moved_to: float | None = None
        self._history: History | None = None
        self._back: LookBack | None = None

    @property
    def stream(self) -> Streaming | None:
        return self._stream

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    @property
    def behind_s(self) -> float:
        """How far the right edge of a frozen picture lies before the moment of freezing."""
        if self._moved_to is None or self._frozen_at is None or self.feed is None:
            return 0.0
        return (self._frozen_at - self._moved_to) / self.feed.rate

    @property
    def right_edge(self) -> int | None:
        """The sample index at the right edge of a frozen picture; None while it runs."""
        return self._frozen_at if self._moved_to is None else round(self._moved_to)

    @property
    def lanes_shown(self) -> tuple[int, ...]:
        """The channels on the screen, top to bottom."""
        return () if self._stream is None else self.options.lanes(self._stream.info.n_channels)

    @property
    def axis_area(self) -> QRect:
        """Where the time axis is."""
        plot = self.plot
        return QRect(plot.left(), plot.bottom() + 1, self.width() - plot.left(), self.footer)

    @property
    def sliding_area(self) -> QRect:
        """The traces and the axis below them."""
        return self.plot.adjusted(0, 0, 0, self.footer)

    def show_stream(self, stream: Streaming | None) -> None:
        """Draw another stream, or nothing."""
        self._stream = stream
        self._frozen_at = self._moved_to = None
        self.scrolling = self._scrolls
        self.references = self.thresholds = None
        self._forget()
        self._new_scales()
        self.relayout()

    def show_options(self, options: TraceOptions) -> None:
        """Show the same signal in another way."""
        before, self.options = self.options, options
        if options == before:
            return
        if replace(before, selected=options.selected) == options:
            self.update()
            return
        if self._moved_to is not None and self.feed is not None:
            # Longer or shorter around the middle of what is looked at.
            self._moved_to += (options.seconds - before.seconds) / 2 * self.feed.rate
        self.scrolling = self._scrolls or self._moved_to is not None
        if before.view != options.view:
            self._forget()
        elif before.seconds != options.seconds:
            self.feed = None
        if replace(before, seconds=options.seconds, scroll=options.scroll) != options:
            self._new_scales()
        self.relayout()
        if self._moved_to is not None:
            self.look_at(self._moved_to)

    def show_references(self, references: NDArray[np.floating] | None) -> None:
        """What 100 % is, per channel in its unit, NaN where nobody knows."""
        self.references = references
        if self.options.view is View.PERCENT:
            self._forget()
            self.relayout()

    def has_reference(self, channel: int) -> bool:
        """Whether it is known what 100 % of a channel is."""
        return self.references is not None and bool(self.references[channel] > 0)

    @property
    def any_reference(self) -> bool:
        """Whether it is known of any of the channels shown what 100 % is."""
        return any(self.has_reference(channel) for channel in self.lanes_shown)

    def show_thresholds(
        self, thresholds: NDArray[np.floating] | None, movable: bool = False
    ) -> None:
        """A line in each lane at a value per channel in the unit of the view, NaN for none."""
        before, self.thresholds = self.thresholds, thresholds
        self.thresholds_movable = movable and thresholds is not None
        same = before is thresholds or (
            before is not None
            and thresholds is not None
            and np.array_equal(before, thresholds, equal_nan=True)
        )
        if not same:
            self._redraw()

    def freeze(self, on: bool) -> None:
        """Stop drawing; streaming and recording go on. Off shows the newest again."""
        if self.feed is None or on == self.frozen:
            return
        self._frozen_at = self.feed.columns.next_index if on else None
        self.feed.until = self._frozen_at
        if not on and self._moved_to is not None:
            self._moved_to = None
            self.scrolling = self._scrolls
            self._redraw()
        self.update()
        self.frozen_changed.emit(on)

    def back_to_now(self) -> None:
        """Go on with the newest."""
        self.freeze(False)

    def pan(self, share: float) -> None:
        """Move by ``share`` of the picture, negative to the past; freezes a running picture."""
        if self.feed is None:
            return
        self.freeze(True)
        at = self._moved_to if self._moved_to is not None else self._frozen_at
        assert at is not None
        self.look_at(at + share * self.options.seconds * self.feed.rate)

    def look_at(self, stop: float) -> None:
        """A frozen picture that ends at this sample index, as near as there is anything."""
        if self.feed is None or self._back is None:
            return
        self.freeze(True)
        assert self._frozen_at is not None
        first = self._back.oldest + self.options.seconds * self.feed.rate
        self._moved_to = min(max(stop, first), float(self._frozen_at))
        self.scrolling = True
        self._redraw()
        self.looked.emit(self.behind_s)

    def advance(self, now: float) -> None:
        """One frame at ``now`` seconds: draw the columns that became complete since the last."""
        if self.feed is None:
            return
        if self._frozen_at is not None:
            if now - self._looked >= KEEP_UP_S and self._back is not None:
                self._looked = now
                self._back.keep_up()
            return
        if self._pace.frame(now, scrolls=self.options.scroll, spent=thread_time()):
            self._use_pace()
        self._odd = not self._odd
        if self._pace.lighter == 2 and self._odd:
            return
        self.feed.pull()
        start = max(self.head, self.feed.columns.oldest)
        stop = self.reachable(self.feed.columns.head)
        if stop == start:
            return
        span = self.feed.columns.span(start, stop)
        changed = self.scales.take(span)
        if now - self._looked >= LOOK_AGAIN_S:
            self._looked = now
            changed |= self.scales.look_again(self._everything(), now)
            self._keep()
        if changed or stop - start >= self.columns_wide:
            self._redraw()
            return
        self.picture.draw(span, self.erased_ahead)
        self.move_head(stop)

    def moving_ticks(self, every: float) -> list[tuple[int, float]]:
        """Moments ``k * every`` seconds at the columns of the picture's lines, while it scrolls.

        With one on either side, of which half a text may be seen.
        """
        assert self.feed is not None
        apart = every * self.feed.rate / self.feed.per_column
        first = max(0, int((self.head - self.columns_wide) / apart) - 1)
        return [(k, self.x_of(int(k * apart))) for k in range(first, int(self.head / apart) + 3)]

    def relayout(self) -> None:
        """The picture anew for this size, options and theme; columns are kept if they fit."""
        self.use_footer(self.fontMetrics().height() + FOOTER_ROOM)
        stream = self._stream
        if stream is not None:
            names = [channel.name for channel in stream.info.channels]
            gutter = self.fitting_gutter(gutter_width(names, self.font()))
            if gutter != self.gutter:
                self.use_gutter(gutter)
                return
            self._prepare(stream)
        self._redraw()

    @property
    def _scrolls(self) -> bool:
        return self.options.scroll and self._pace.lighter == 0

    def _use_pace(self) -> None:
        """Draw at another cost than before, and say so."""
        if self.scrolling != self._scrolls:
            self.scrolling = self._scrolls
            self._redraw()
        self.slowed.emit(self._pace.words)

    def _forget(self) -> None:
        """Another signal: nothing that was kept belongs to it."""
        self.feed = None
        self._history = None
        self._back = None

    def _keep(self) -> None:
        """Hand over to the history what the picture's own columns will lose."""
        if self._history is not None and self.feed is not None:
            columns, history = self.feed.columns, self._history
            first = int(history.next * history.per_column / columns.per_column)
            history.take(columns.span(first, columns.head), columns.per_column)

    def _prepare(self, stream: Streaming) -> None:
        palette, options = self.palette_on, self.options
        width, height = self.picture_size
        if self.feed is None or self.feed.columns.capacity != width:
            self._keep()
            form = Form(stream, options.view, self.references)
            self.feed = TraceFeed(form, options.seconds, width, self._frozen_at)
            self.feed.pull()
        if self._back is None:
            self._history = History(stream.info.rate, stream.info.n_channels)
            form = Form(stream, options.view, self.references)
            self._back = LookBack(form, self._history)
        colours = [options.colour(c, palette) for c in self.lanes_shown]
        fills = [mix(c, palette.canvas, 0.35) for c in colours]
        every = tick_seconds(options.seconds)
        self.picture.prepare(
            (width, height),
            lay_out(
                self.lanes_shown,
                [*map(rgb, colours)],
                [*map(rgb, fills)],
                height,
                above=round(self.band * self.ratio),
                headings=self._heading_rows(height),
            ),
            self._ink(palette),
            channels=stream.info.n_channels,
            filled=options.view.from_zero,
            columns_per_line=every * self.feed.rate / self.feed.per_column,
            thick=max(1, int(self.ratio + 0.5)),
        )
        self.scales.look_again(self._everything(), 0.0)
        self.use_pixels(self.picture.pixels)

    def _ink(self, palette: Palette) -> Ink:
        ink = ink_of(palette)
        if self.options.view is View.PERCENT and not self.any_reference:
            # Nothing is missing where nothing could be shown.
            return replace(ink, hole=ink.ground)
        return ink

    def _heading_rows(self, height: int) -> dict[int, int]:
        """Room above the first lane of each group, unless lanes would become thinner than it."""
        lanes = self.lanes_shown
        rows = round((self.fontMetrics().height() + 2) * self.ratio)
        headings = [at for at, _ in self.options.headings(self._count)]
        if len(headings) * rows > height / 3 or len(lanes) * 3 * self.ratio > height:
            return {}
        return dict.fromkeys(headings, rows)

    @property
    def _count(self) -> int:
        return 0 if self._stream is None else self._stream.info.n_channels

    def _new_scales(self) -> None:
        options, view = self.options, self.options.view
        channels = () if self._stream is None else self._stream.info.channels
        self.scales = LaneScales(
            self.lanes_shown,
            fixed=options.scale,
            each=options.each,
            floating=view is View.RAW,
            units=[view.unit(channels[c].unit) for c in self.lanes_shown],
            own=dict(options.own_scales),
        )

    def _everything(self) -> Span:
        assert self.feed is not None
        if self._moved_to is not None:
            return self._window()
        return self.feed.columns.span(self.feed.columns.oldest, self.feed.columns.head)

    def _window(self) -> Span:
        """What a picture that was moved shows."""
        assert self.feed is not None
        assert self._back is not None
        assert self._moved_to is not None
        stop = int(self._moved_to / self.feed.per_column)
        return self._back.window(max(0, stop - self.columns_wide), stop, self.feed.per_column)

    def _redraw(self) -> None:
        """Everything anew, from columns, never from samples."""
        self.mark_dirty(self.rect())
        if self.feed is None:
            return
        self.picture.set_scale(self.scales.scale, self.scales.centre)
        lanes = [lane.channel for lane in self.picture.lanes]
        some = None if self.thresholds is None else np.asarray(self.thresholds, float)[lanes]
        self.picture.set_thresholds(some)
        self.picture.empty()
        self.head = self.feed.columns.head
        shown = self.shown_span()
        self.head = shown.stop
        self.picture.draw(shown, self.erased_ahead)

    def shown_span(self) -> Span:
        """The columns that are on the screen."""
        assert self.feed is not None
        if self._moved_to is not None:
            return self._window()
        return self.feed.columns.span(self.first_shown, self.head)


def ink_of(palette: Palette) -> Ink:
    """Everything in the picture that is no trace, in the palette's colours."""
    return Ink(
        ground=rgb(palette.canvas),
        stripe=rgb(mix(palette.text, palette.canvas, 0.025)),
        baseline=rgb(mix(palette.border, palette.canvas, 0.9)),
        line=rgb(mix(palette.grid, palette.canvas, 0.75)),
        hole=rgb(mix(palette.check, palette.canvas, 0.18)),
        # The light palette's stop is nearly black; beside dark traces it would not stand out.
        clipped=rgb(palette.stop if palette.dark else palette.record),
        threshold=rgb(palette.accent),
    )
