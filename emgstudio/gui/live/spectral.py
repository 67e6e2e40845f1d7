"""The spectrogram under the traces: on or off, of which channel, in which colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class LiveSpectrogram(LivePart):
    """Shows the spectrogram of the selected channel while it is switched on."""

    def __init__(
        self, session: Session, page: LivePage, attempt: Callable[[Callable[[], None]], None]
    ) -> None:
        self._session = session
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        self._channel = 0
        self.show(session.settings.live.spectrogram)
        page.toolbar.spectrogram_wanted.connect(self.show)
        page.side.colours_wanted.connect(page.strip.show_colours)
        page.side.fit_wanted.connect(self.fit_colours)

    def use_stream(self, stream: Stream | None) -> None:
        """The spectrogram of the first channel of another stream."""
        self._stream = stream
        self.show_channel(0)

    def frame(self, now: float) -> None:
        """Follow the selection; transform and draw what is new."""
        selected = self._page.traces.options.selected
        if selected != self._channel:
            self.show_channel(selected)
        if self._page.strip.isVisible():
            self._page.strip.advance()

    def show(self, on: bool) -> None:
        """Switch it on or off."""
        self._page.strip.setVisible(on)
        self._page.toolbar.spectrogram.setChecked(on)
        self.show_channel(self._page.traces.options.selected)
        settings = self._session.settings
        new = settings.changed("live", spectrogram=on)
        if new != settings:
            self._attempt(lambda: self._session.update_settings(new))

    def show_channel(self, channel: int) -> None:
        """The spectrogram of another channel."""
        self._channel = channel
        on = self._page.toolbar.spectrogram.isChecked()
        self._page.strip.show_stream(self._stream if on else None, channel)
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
