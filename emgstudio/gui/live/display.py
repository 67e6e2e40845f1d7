"""How the signals are shown: view, time, amplitude, channels. Every choice goes through here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from emgstudio.core.settings import Live
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.gui.live.choices import Choices, Group, first_choices, groupings_of
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.live_toolbar import TIMES
from emgstudio.gui.plots.amplitude import step
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.trace_options import ChannelGroup, TraceOptions
from emgstudio.gui.theme import current

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


# Percent are compared between days, so their scale stands still (product design, Live).
PERCENT_SCALE = 120.0


class LiveDisplay(LivePart):
    """The :class:`TraceOptions` of the room; ``attempt`` tells what could not be saved."""

    def __init__(
        self, session: Session, page: LivePage, attempt: Callable[[Callable[[], None]], None]
    ) -> None:
        self._session = session
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        self._chosen: dict[str, Choices] = {}
        self._views: dict[str, View] = {}
        self.choices = Choices()
        self._scale_before: tuple[float | None, bool] = (None, False)
        live = session.settings.live
        self.show(replace(self.options, seconds=live.seconds))
        self.use_view(View(live.view))
        self._connect(page)

    @property
    def options(self) -> TraceOptions:
        """How the traces are shown."""
        return self._page.traces.options

    def use_stream(self, stream: Stream | None) -> None:
        """Another stream in the way in which it was shown last."""
        before, self._stream = self._stream, stream
        if before is not None:
            self._views[key_of(before.info)] = self.options.view
        page, view = self._page, self.options.view
        if stream is not None:
            key = key_of(stream.info)
            page.side.show_info(stream.info)
            page.toolbar.show_unit(stream.info.channels[0].unit)
            view = self._views.get(key, first_view(stream.info, View(self._kept.view)))
            first = first_choices(stream.info)
            self.choices = self._chosen.get(key, first).with_unused(first.unused)
        page.traces.show_stream(stream)
        selected = min(set(self.choices.order) - self.choices.hidden, default=0)
        self.show(replace(self._chosen_options(), solo=None, selected=selected))
        self.use_view(view)

    @property
    def groupings(self) -> dict[str, tuple[Group, ...]]:
        """In which ways the channels of the stream can be put together."""
        return groupings_of(self._stream.info.channels) if self._stream is not None else {}

    def use_grouping(self, name: str) -> None:
        """Keep channels together under headings; "" for no groups."""
        self.choose(replace(self.choices, grouping=name))

    def channel(self, number: int) -> Channel:
        """What is known of a channel. IndexError without a stream."""
        channels = self._stream.info.channels if self._stream is not None else ()
        return channels[number]

    def colour_of(self, channel: int) -> str:
        """The colour of a channel."""
        return self.options.colour(channel, current())

    def choose(self, choices: Choices) -> None:
        """Other choices for this stream; kept until the app ends."""
        self.choices = choices
        if self._stream is not None:
            self._chosen[key_of(self._stream.info)] = choices
            self.show(self._chosen_options())

    def show(self, options: TraceOptions) -> None:
        """Show the signals like this, everywhere."""
        before, page = self.options, self._page
        page.traces.show_options(options)
        page.strip.show_time(options.seconds, scrolling=page.traces.scrolling)
        page.toolbar.show_options(options)
        page.side.show_motion(options.scroll)
        if self._stream is not None:
            count = self._stream.info.n_channels
            everything = replace(options, hidden=frozenset(), solo=None).lanes(count)
            colours = tuple(options.colour(c, current()) for c in range(count))
            page.side.show_order(everything, colours)
            page.side.show_channels(options.hidden, options.selected)
        if (before.view, before.seconds) != (options.view, options.seconds):
            self._keep()

    def select(self, channel: int) -> None:
        """The channel that the spectrogram and the channel keys are about."""
        if channel != self.options.selected:
            self.show(replace(self.options, selected=channel))

    def show_channel(self, channel: int) -> None:
        """Select a channel and see to it that it is on the screen."""
        if channel in self.choices.hidden:
            self.choose(replace(self.choices, hidden=self.choices.hidden - {channel}))
        if self.options.solo not in (None, channel):
            self._leave_solo()
        self.select(channel)

    def toggle_channel(self, channel: int) -> None:
        """Hide a channel or show it again; one always stays."""
        hidden = self.choices.hidden ^ {channel}
        if self._stream is not None and len(hidden) < self._stream.info.n_channels:
            self._leave_solo()
            self.choose(replace(self.choices, hidden=hidden))

    def solo(self, channel: int) -> None:
        """One channel alone; the same again brings the others back."""
        alone = None if self.options.solo is not None else channel
        self.show(replace(self.options, solo=alone, selected=channel))

    def show_all(self) -> None:
        """No channel hidden."""
        self._leave_solo()
        self.choose(replace(self.choices, hidden=frozenset()))

    def show_only(self, channels: tuple[int, ...]) -> None:
        """These channels and no others."""
        if self._stream is not None and channels:
            others = frozenset(range(self._stream.info.n_channels)) - set(channels)
            self._leave_solo()
            self.choose(replace(self.choices, hidden=others))

    def use_order(self, order: tuple[int, ...]) -> None:
        """Channels in another order, top to bottom."""
        self.choose(replace(self.choices, order=order))

    def reset_order(self) -> None:
        """Channels in the order in which the device sends them."""
        self.use_order(tuple(sorted(self.choices.order)))

    def use_colour(self, channel: int, colour: int | None) -> None:
        """Another of the theme's trace colours for a channel; None is its own again."""
        self.choose(self.choices.with_colour(channel, colour))

    def use_own_scale(self, channel: int, scale: float | None) -> None:
        """An amplitude scale for one channel alone; None is that of the others."""
        self.choose(self.choices.with_scale(channel, scale))

    def step_scale(self, direction: int) -> None:
        """The next larger or smaller amplitude scale, from what is shown now."""
        scales = self._page.traces.scales.scale
        if len(scales):
            self.use_scale(step(float(np.max(scales)), direction), False)

    def use_scale(self, scale: float | None, each: bool) -> None:
        """A fixed amplitude scale, or one that follows the signal: common or ``each``."""
        self.show(replace(self.options, scale=scale, each=each))

    def step_time(self, direction: int) -> None:
        """The next longer or shorter time."""
        at = min(range(len(TIMES)), key=lambda i: abs(TIMES[i] - self.options.seconds))
        self.use_time(TIMES[min(max(at + direction, 0), len(TIMES) - 1)])

    def use_time(self, seconds: float) -> None:
        """How much time is shown."""
        self.show(replace(self.options, seconds=seconds))

    def use_view(self, view: View) -> None:
        """Raw, conditioned, envelope …"""
        before, options = self.options, replace(self.options, view=view)
        if view is View.PERCENT and before.view is not View.PERCENT:
            self._scale_before = (before.scale, before.each)
            options = replace(options, scale=PERCENT_SCALE, each=False)
        elif before.view is View.PERCENT and view is not View.PERCENT:
            scale, each = self._scale_before
            options = replace(options, scale=scale, each=each)
        self.show(options)

    def next_view(self) -> None:
        """The view after the one that is shown."""
        views = list(View)
        self.use_view(views[(views.index(self.options.view) + 1) % len(views)])

    def turn_motion(self) -> None:
        """From sweep to scroll or back."""
        self.use_motion(not self.options.scroll)

    def use_motion(self, scroll: bool) -> None:
        """Scroll, or sweep."""
        self.show(replace(self.options, scroll=scroll))

    def step_channel(self, by: int) -> None:
        """Select the channel above or below."""
        shown = self._page.traces.lanes_shown
        if shown:
            at = shown.index(self.options.selected) if self.options.selected in shown else 0
            self.select(shown[min(max(at + by, 0), len(shown) - 1)])

    def _connect(self, page: LivePage) -> None:
        bar, traces, side = page.toolbar, page.traces, page.side
        bar.view_wanted.connect(self.use_view)
        bar.time_wanted.connect(self.use_time)
        bar.scale_wanted.connect(self.use_scale)
        traces.chosen.connect(self.select)
        traces.solo_wanted.connect(self.solo)
        traces.hide_wanted.connect(self.toggle_channel)
        traces.all_wanted.connect(self.show_all)
        traces.scale_stepped.connect(self.step_scale)
        traces.time_stepped.connect(self.step_time)
        side.list.chosen.connect(self.select)
        side.list.toggled.connect(self.toggle_channel)
        side.list.solo_wanted.connect(self.solo)
        side.all_wanted.connect(self.show_all)
        side.list.moved.connect(self.use_order)
        page.themed.connect(lambda: self.show(self.options))
        side.motion_wanted.connect(self.use_motion)

    def _chosen_options(self) -> TraceOptions:
        chosen = self.choices
        return replace(
            self.options,
            hidden=chosen.hidden,
            order=chosen.order,
            colours=chosen.colours,
            own_scales=chosen.own_scales,
            groups=self._headings(),
        )

    def _headings(self) -> tuple[ChannelGroup, ...]:
        groups = self.groupings.get(self.choices.grouping, ())
        return tuple(ChannelGroup(group.name, group.channels) for group in groups)

    def _leave_solo(self) -> None:
        if self.options.solo is not None:
            self.show(replace(self.options, solo=None))

    @property
    def _kept(self) -> Live:
        return self._session.settings.live

    def _keep(self) -> None:
        """Remember the way of showing for the next start; a view of EMG only for EMG."""
        values: dict[str, object] = {"seconds": self.options.seconds}
        if self._stream is None or shows_emg(self._stream.info):
            values["view"] = self.options.view.value
        new = self._session.settings.changed("live", **values)
        if new != self._session.settings:
            self._attempt(lambda: self._session.update_settings(new))


def key_of(info: StreamInfo) -> str:
    """Tells streams of the same device apart, and knows them again."""
    return f"{info.device}/{info.device_id}/{info.name}/{info.n_channels}"


def shows_emg(info: StreamInfo) -> bool:
    """Whether a stream has any EMG in it."""
    return any(channel.kind == "EMG" for channel in info.channels)


def first_view(info: StreamInfo, wanted: View) -> View:
    """Motion and auxiliary signals live below the EMG band: they are shown raw."""
    return wanted if shows_emg(info) else View.RAW
