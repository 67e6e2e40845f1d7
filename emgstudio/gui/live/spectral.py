"""The spectrogram under the traces and the spectrum beside them: of which channels, how."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.spectrogram_strip import MOST_CHANNELS
from emgstudio.gui.theme import theme

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

BOTH_FROM_WIDTH = 1180


class LiveSpectrogram(LivePart):
    """Shows the spectrogram of the selected channel while it is switched on."""

    def __init__(
        self, session: Session, page: LivePage, attempt: Callable[[Callable[[], None]], None]
    ) -> None:
        self._session = session
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        self._pinned: tuple[int, ...] = ()
        self._channels: tuple[int, ...] = ()
        self._colours: tuple[tuple[int, int], ...] = ()
        self.show(session.settings.live.spectrogram)
        page.toolbar.spectrogram_wanted.connect(self.show)
        page.side.colours_wanted.connect(page.strip.show_colours)
        page.side.fit_wanted.connect(self.fit_colours)
        page.strip.range_changed.connect(self._describe)
        # A slow computer sweeps what should scroll: then both do.
        page.traces.slowed.connect(self._follow_motion)

    @property
    def pinned(self) -> tuple[int, ...]:
        """The channels that a person chose; none: the selected one."""
        return self._pinned

    def use_stream(self, stream: Stream | None) -> None:
        """The spectrogram of the selected channel of another stream."""
        self._stream = stream
        self._pinned = ()
        self._show_channels()

    def frame(self, now: float) -> None:
        """Follow the selection; transform and draw what is new."""
        if self._wanted() != self._channels:
            self._show_channels()
        colours = self._page.traces.options.colours
        if colours != self._colours:
            self._colours = colours
            self._page.strip.use_colours(dict(colours))
            self._page.spectrum.use_colours(dict(colours))
        if self._page.strip.isVisible():
            self._page.strip.advance()
        self._page.spectrum.refresh(now)

    def show(self, on: bool) -> None:
        """Switch it on or off."""
        self._page.strip.setVisible(on)
        self._page.toolbar.spectrogram.setChecked(on)
        self._show_channels()
        settings = self._session.settings
        new = settings.changed("live", spectrogram=on)
        if new != settings:
            self._attempt(lambda: self._session.update_settings(new))

    def toggle_spectrum(self) -> None:
        """The power spectrum of the same channels, or away with it."""
        page = self._page
        shown = page.spectrum.isHidden()
        page.spectrum.setVisible(shown)
        if shown and page.width() < theme().pixels(BOTH_FROM_WIDTH):
            # Signals, spectrum and channels have no room beside each other.
            page.toolbar.panel.setChecked(False)

    def freeze(self, on: bool) -> None:
        """Hold still with the traces, or go on."""
        self._page.strip.freeze(on)
        self._page.spectrum.freeze(on)
        self._follow_motion()

    def look_back(self) -> None:
        """The same stretch of time as the frozen traces."""
        edge = self._page.traces.right_edge
        if edge is not None:
            self._follow_motion()
            self._page.strip.look_at(edge)

    def _follow_motion(self, _words: str = "") -> None:
        traces = self._page.traces
        self._page.strip.show_time(traces.options.seconds, scrolling=traces.scrolling)

    def pin(self, channel: int) -> None:
        """Keep the spectrogram of a channel beside others, or let it go again."""
        if channel in self._pinned:
            self._pinned = tuple(c for c in self._pinned if c != channel)
        else:
            self._pinned = (*self._pinned, channel)[-MOST_CHANNELS:]
        if self._pinned and not self._page.toolbar.spectrogram.isChecked():
            self._page.toolbar.spectrogram.setChecked(True)

    def _wanted(self) -> tuple[int, ...]:
        return self._pinned or (self._page.traces.options.selected,)

    def _show_channels(self) -> None:
        self._channels = self._wanted()
        on = self._page.toolbar.spectrogram.isChecked()
        self._page.strip.show_stream(self._stream if on else None, self._channels)
        self._page.spectrum.show_stream(self._stream, self._channels)
        self._describe()

    def fit_colours(self) -> None:
        """Set the colours once from what is on the screen."""
        self._page.strip.fit_range()
        self._describe()

    def _describe(self) -> None:
        strip = self._page.strip
        low, high = strip.range_db
        text = f"{low:.0f} to {high:.0f} {strip.scale_text}".replace("-", "−")
        self._page.side.show_spectrogram(self._page.toolbar.spectrogram.isChecked(), text)
