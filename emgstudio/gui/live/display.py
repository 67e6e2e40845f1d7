"""How the signals are shown: view, time, amplitude, channels. Every choice goes through here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.live_toolbar import TIMES
from emgstudio.gui.plots.amplitude import step
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.trace_picture import TraceOptions

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class LiveDisplay(LivePart):
    """The :class:`TraceOptions` of the room; ``attempt`` tells what could not be saved."""

    def __init__(
        self, session: Session, page: LivePage, attempt: Callable[[Callable[[], None]], None]
    ) -> None:
        self._session = session
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        live = session.settings.live
        self.show(replace(self.options, view=View(live.view), seconds=live.seconds))
        self._connect(page)

    @property
    def options(self) -> TraceOptions:
        """How the traces are shown."""
        return self._page.traces.options

    def use_stream(self, stream: Stream | None) -> None:
        """All channels of another stream, the first one selected."""
        self._stream = stream
        if stream is not None:
            self._page.side.show_info(stream.info)
            self._page.toolbar.show_unit(stream.info.channels[0].unit)
        self._page.traces.show_stream(stream)
        self.show(replace(self.options, hidden=frozenset(), solo=None, selected=0))

    def frame(self, now: float) -> None:
        """Draw what is new."""
        self._page.traces.advance(now)

    def show(self, options: TraceOptions) -> None:
        """Show the signals like this, everywhere."""
        before, page = self.options, self._page
        page.traces.show_options(options)
        page.strip.show_time(options.seconds, scrolling=options.scroll)
        page.toolbar.show_options(options)
        page.side.show_motion(options.scroll)
        if self._stream is not None:
            page.side.show_channels(options.hidden, options.selected)
        if (before.view, before.seconds) != (options.view, options.seconds):
            self._keep()

    def select(self, channel: int) -> None:
        """The channel that the spectrogram and the channel keys are about."""
        if channel != self.options.selected:
            self.show(replace(self.options, selected=channel))

    def toggle_channel(self, channel: int) -> None:
        """Hide a channel or show it again; one always stays."""
        hidden = self.options.hidden ^ {channel}
        if self._stream is not None and len(hidden) < self._stream.info.n_channels:
            self.show(replace(self.options, hidden=hidden, solo=None))

    def solo(self, channel: int) -> None:
        """One channel alone; the same again brings the others back."""
        alone = None if self.options.solo is not None else channel
        self.show(replace(self.options, solo=alone, selected=channel))

    def show_all(self) -> None:
        """No channel hidden."""
        self.show(replace(self.options, hidden=frozenset(), solo=None))

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
        self.show(replace(self.options, view=view))

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
        side.motion_wanted.connect(self.use_motion)

    def _keep(self) -> None:
        """Remember the way of showing for the next start."""
        settings = self._session.settings
        new = settings.changed("live", view=self.options.view.value, seconds=self.options.seconds)
        if new != settings:
            self._attempt(lambda: self._session.update_settings(new))
