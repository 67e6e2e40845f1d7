"""The part of the live traces that knows streams, columns and scales, but paints no words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from emgstudio.dsp.columns import Span
from emgstudio.gui.plots.amplitude import LaneScales
from emgstudio.gui.plots.axes import gutter_width, tick_seconds
from emgstudio.gui.plots.canvas import ColumnCanvas
from emgstudio.gui.plots.feed import Streaming, TraceFeed, View
from emgstudio.gui.plots.lanes import Ink, LanePicture, lay_out
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.style import mix
from emgstudio.gui.theme import Palette

FOOTER_ROOM = 8
LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """How the traces are shown.

    ``scale`` is what reaches from the baseline to a lane's edge, in the
    channel's unit; None follows the signal, for all lanes together or ``each``
    on its own. ``solo`` shows one channel alone whatever is ``hidden``.
    """

    view: View = View.CONDITIONED
    seconds: float = 10.0
    scroll: bool = False
    scale: float | None = None
    each: bool = False
    hidden: frozenset[int] = frozenset()
    solo: int | None = None
    selected: int = 0


class TracePicture(ColumnCanvas):
    """Pulls the stream shown, keeps its columns, and paints what is new into the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, parent)
        self.options = TraceOptions()
        self.picture = LanePicture()
        self.feed: TraceFeed | None = None
        self.scales = LaneScales((), fixed=None, each=False, floating=False)
        self._stream: Streaming | None = None
        self._looked = 0.0
        self._frozen_at: int | None = None

    @property
    def stream(self) -> Streaming | None:
        return self._stream

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    @property
    def lanes_shown(self) -> tuple[int, ...]:
        """The channels on the screen, top to bottom."""
        if self._stream is None:
            return ()
        count = self._stream.info.n_channels
        if self.options.solo is not None and self.options.solo < count:
            return (self.options.solo,)
        return tuple(c for c in range(count) if c not in self.options.hidden)

    @property
    def axis_area(self) -> QRect:
        """Where the time axis is."""
        plot = self.plot
        return QRect(plot.left(), plot.bottom() + 1, self.width() - plot.left(), self.footer)

    def show_stream(self, stream: Streaming | None) -> None:
        """Draw another stream, or nothing."""
        self._stream = stream
        self._frozen_at = None
        self.feed = None
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
        self.scrolling = options.scroll
        if (before.view, before.seconds) != (options.view, options.seconds):
            self.feed = None
        if replace(before, seconds=options.seconds, scroll=options.scroll) != options:
            self._new_scales()
        self.relayout()

    def freeze(self, on: bool) -> None:
        """Stop drawing; streaming and recording go on. Off shows the newest again."""
        if self.feed is None or on == self.frozen:
            return
        self._frozen_at = self.feed.columns.next_index if on else None
        self.feed.until = self._frozen_at
        self.update()

    def advance(self, now: float) -> None:
        """One frame at ``now`` seconds: draw the columns that became complete since the last."""
        if self.feed is None or self._frozen_at is not None:
            return
        start, stop = self.feed.pull()
        if stop == start:
            return
        span = self.feed.columns.span(start, stop)
        changed = self.scales.take(span)
        if now - self._looked >= LOOK_AGAIN_S:
            self._looked = now
            changed |= self.scales.look_again(self._everything(), now)
        if changed or stop - start >= self.columns_wide:
            self._redraw()
            return
        self.picture.draw(span, self.erased_ahead)
        self.move_head(stop)
        if self.scrolling:
            self.mark_dirty(self.axis_area, more=True)

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

    def _prepare(self, stream: Streaming) -> None:
        palette, options = self.palette_on, self.options
        width, height = self.picture_size
        if self.feed is None or self.feed.columns.capacity != width:
            self.feed = TraceFeed(stream, options.view, options.seconds, width, self._frozen_at)
            self.feed.pull()
        colours = [palette.trace(c) for c in self.lanes_shown]
        fills = [mix(c, palette.canvas, 0.35) for c in colours]
        every = tick_seconds(options.seconds)
        self.picture.prepare(
            (width, height),
            lay_out(self.lanes_shown, [*map(rgb, colours)], [*map(rgb, fills)], height),
            ink_of(palette),
            channels=stream.info.n_channels,
            filled=options.view is View.ENVELOPE,
            columns_per_line=every * self.feed.rate / self.feed.per_column,
            thick=max(1, int(self.ratio + 0.5)),
        )
        self.scales.look_again(self._everything(), 0.0)
        self.use_pixels(self.picture.pixels)

    def _new_scales(self) -> None:
        self.scales = LaneScales(
            self.lanes_shown,
            fixed=self.options.scale,
            each=self.options.each,
            floating=self.options.view is View.RAW,
        )

    def _everything(self) -> Span:
        assert self.feed is not None
        return self.feed.columns.span(self.feed.columns.oldest, self.feed.columns.head)

    def _redraw(self) -> None:
        """Everything anew, from columns, never from samples."""
        self.mark_dirty(self.rect())
        if self.feed is None:
            return
        self.picture.set_scale(self.scales.scale, self.scales.centre)
        self.picture.empty()
        self.head = self.feed.columns.head
        shown = self.feed.columns.span(self.first_shown, self.head)
        self.picture.draw(shown, self.erased_ahead)


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
    )
