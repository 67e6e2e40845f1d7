"""Which picture is in the middle of the room: traces, bars, electrode array or values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from emgstudio.core.types import StreamInfo
from emgstudio.gui.live.display import LiveDisplay
from emgstudio.gui.live.levels import SILENT_AFTER_S
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.live_toolbar import Picture
from emgstudio.gui.panels.values_table import ValueRow
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.grid_shape import GridShape, likely_shape

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

VALUES_EVERY_S = 1.0
VALUES_OVER_S = 1.0
ARRAY_FROM = 32
ARRAYS_KEPT = 16


class LivePictures(LivePart):
    """Feeds the picture that is seen and no other; an array is offered from 32 channels on."""

    def __init__(
        self,
        session: Session,
        page: LivePage,
        display: LiveDisplay,
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        self._session = session
        self._display = display
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        self._frozen = False
        self.word: Callable[[int], str | None] = lambda _channel: None
        self._valued = 0.0
        self._head, self._moved = 0, 0.0
        self.picture = Picture.TRACES
        page.toolbar.picture_wanted.connect(self.show)
        page.side.grid.shape_wanted.connect(self.use_shape)
        for picture in (page.bars, page.grid):
            picture.chosen.connect(display.select)
            picture.solo_wanted.connect(self.show_alone)
        page.values.chosen.connect(display.select)
        page.side.grid.smooth_wanted.connect(page.grid.show_smooth)
        self.show(Picture.TRACES)

    def use_stream(self, stream: Stream | None) -> None:
        """The same picture of another stream."""
        self._stream, self._frozen = stream, False
        self._valued = self._moved = 0.0
        page = self._page
        electrodes = emg_channels(stream.info) if stream is not None else ()
        page.grid.show_stream(stream, electrodes)
        page.bars.show_stream(stream)
        if stream is not None:
            shape = self._remembered(stream.info) or likely_shape(len(electrodes))
            page.grid.show_shape(shape)
            page.side.grid.show_shape(shape, len(electrodes))

    @property
    def stream(self) -> Stream | None:
        """The stream that is shown."""
        return self._stream

    def show(self, picture: Picture) -> None:
        """Another picture."""
        self.picture = picture
        page = self._page
        page.pictures.setCurrentWidget(page.picture(picture))
        page.toolbar.show_picture(picture)
        page.side.show_picture(picture)
        self._valued = 0.0
        self.follow()

    def show_alone(self, channel: int) -> None:
        """The trace of one channel."""
        self.show(Picture.TRACES)
        if self._page.traces.options.solo != channel:
            self._display.solo(channel)

    def show_best_place(self) -> None:
        """What helps to find the best place of an electrode: the array, or the traces."""
        electrodes = emg_channels(self._stream.info) if self._stream is not None else ()
        self.show(Picture.GRID if len(electrodes) >= ARRAY_FROM else Picture.TRACES)

    def toggle_values(self) -> None:
        """The table of values, or the traces again."""
        self.toggle(Picture.VALUES)

    def toggle(self, picture: Picture) -> None:
        """This picture, or the traces again."""
        self.show(Picture.TRACES if self.picture is picture else picture)

    def freeze(self, on: bool) -> None:
        """Hold every picture, or go on."""
        self._frozen = on
        self._page.grid.freeze(on)
        self._page.bars.freeze(on)

    def use_shape(self, shape: GridShape) -> None:
        """Another electrode array; it is remembered for this device."""
        page = self._page
        page.grid.show_shape(shape)
        if self._stream is None:
            return
        info = self._stream.info
        page.side.grid.show_shape(shape, len(emg_channels(info)))
        key = f"{info.device}/{info.name}="
        kept = [text for text in self._session.settings.live.arrays if not text.startswith(key)]
        new = self._session.settings.changed(
            "live", arrays=(key + shape.to_text(), *kept)[:ARRAYS_KEPT]
        )
        self._attempt(lambda: self._session.update_settings(new))

    def frame(self, now: float) -> None:
        """Draw what is new in the picture that is seen."""
        page = self._page
        if self.picture is Picture.TRACES:
            page.traces.advance(now)
        elif self.picture is Picture.BARS:
            self.follow()
            page.bars.advance(now)
        elif self.picture is Picture.GRID:
            self.follow()
            page.grid.advance(now)

    def refresh(self, now: float) -> None:
        """Levels that stand still are no levels; the table is read, so once a second does."""
        stream = self._stream
        if stream is None:
            return
        if stream.clean.head != self._head or not self._moved:
            self._head, self._moved = stream.clean.head, now
        elif now - self._moved > SILENT_AFTER_S and not self._frozen:
            self._page.grid.forget_levels()
            self._page.bars.forget_levels()
        if self.picture is not Picture.VALUES or self._frozen:
            return
        self.follow()
        if now - self._valued >= VALUES_EVERY_S:
            self._valued = now
            silent = now - self._moved > SILENT_AFTER_S
            self._page.values.values.show_rows(
                value_rows(stream, self._channels(), silent, self.word)
            )
            self._page.values.select(self._page.traces.options.selected)

    def follow(self) -> None:
        """Selection, channels and scale as the traces have them."""
        page, options = self._page, self._page.traces.options
        level = None if options.scale is None else options.scale / 2
        if self.picture is Picture.GRID:
            page.grid.select(options.selected)
            page.grid.show_scale(level)
        elif self.picture is Picture.BARS:
            page.bars.select(options.selected)
            page.bars.show_scale(level)
            channels = self._channels()
            page.bars.show_channels(channels, [self._display.colour_of(c) for c in channels])
        elif self.picture is Picture.VALUES:
            page.values.select(options.selected)

    def _channels(self) -> tuple[int, ...]:
        return self._page.traces.lanes_shown

    def _remembered(self, info: StreamInfo) -> GridShape | None:
        key = f"{info.device}/{info.name}="
        for text in self._session.settings.live.arrays:
            if text.startswith(key):
                try:
                    return GridShape.from_text(text.removeprefix(key))
                except ValueError:
                    return None
        return None


def emg_channels(info: StreamInfo) -> tuple[int, ...]:
    """The channels of an electrode array: EMG that is in use, all where none says so."""
    found = tuple(n for n, c in enumerate(info.channels) if c.kind == "EMG" and c.used)
    return found or tuple(range(info.n_channels))


def value_rows(
    stream: Stream,
    channels: tuple[int, ...],
    silent: bool,
    word: Callable[[int], str | None],
) -> list[ValueRow]:
    """The numbers of the last second, as text; ``word`` is what a channel's lamp says."""
    count = round(VALUES_OVER_S * stream.info.rate)
    clean, raw = stream.clean.latest(count), stream.raw.latest(count)
    x = clean.data[clean.valid]
    there = bool(len(x)) and not silent
    rows = []
    if there:
        rms = np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0))
        span = x.max(axis=0) - x.min(axis=0)
        mean = stream.info.to_physical(raw.data[raw.valid]).mean(axis=0, dtype=np.float64)
    for number in channels:
        channel = stream.info.channels[number]
        if not there:
            rows.append(ValueRow(number, channel.name, "no signal"))
            continue
        level, reach, middle = (
            amount(float(f"{v[number]:.3g}"), channel.unit) for v in (rms, span, mean)
        )
        rows.append(
            ValueRow(number, channel.name, word(number) or "received", level, reach, middle)
        )
    return rows
