"""The quality lamps wherever channels are shown, and what a person can do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui.live.display import LiveDisplay
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.lamp_actions import LampActions
from emgstudio.gui.panels.lamps import LampPanel
from emgstudio.gui.widgets import Popover, column
from emgstudio.session.quality import ChannelQuality

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class LiveLamps(LivePart):
    """Follows the session's lamps; ``actions`` carries out what they offer."""

    def __init__(
        self,
        session: Session,
        page: LivePage,
        display: LiveDisplay,
        actions: LampActions,
    ) -> None:
        self._session = session
        self._page = page
        self._display = display
        self._actions = actions
        self._stream: Stream | None = None
        self._shown: tuple[ChannelQuality, ...] | None = None
        self.panel: LampPanel | None = None
        page.toolbar.lamps.opened.connect(self.open)

    def use_stream(self, stream: Stream | None) -> None:
        """The lamps of another stream."""
        self._stream = stream
        self._shown = None
        self.refresh(0.0)

    def refresh(self, now: float) -> None:
        """Show what changed since the last time, everywhere."""
        stream = self._stream
        lamps = self._session.quality.lamps(stream) if stream is not None else ()
        if lamps == self._shown:
            return
        self._shown = lamps
        page = self._page
        known = [q for q in lamps if q.level is not LampLevel.OFF]
        page.toolbar.show_quality(lamps)
        page.traces.show_lamps({q.channel: (q.level.value, q.word) for q in known})
        page.side.list.channels.show_lamps(
            {q.channel: (q.level.value, q.word, f"{q.sentence} {q.advice}") for q in known}
        )
        page.grid.show_bad(frozenset(q.channel for q in lamps if q.level is LampLevel.STOP))
        if self.panel is not None:
            self.panel.show_quality(lamps)

    def word(self, channel: int) -> str | None:
        """What the lamp of a channel says; None where there is none."""
        found = (q.word for q in self._shown or () if q.channel == channel)
        return next(found, None)

    def open(self) -> None:
        """Everything that the lamps say, and what to do."""
        if self._stream is None:
            return
        panel = LampPanel()
        panel.action_wanted.connect(self._act)
        panel.channel_wanted.connect(self._show_channel)
        panel.show_quality(self._shown or ())
        panel.destroyed.connect(self._closed)
        self.panel = panel
        popover = Popover(self._page.window(), column(panel))
        popover.show_beside(self._page.toolbar.lamps_anchor)

    def _closed(self) -> None:
        self.panel = None

    def _act(self, action: str, quality: ChannelQuality) -> None:
        stream = self._stream
        if stream is not None and self._actions.carry_out(stream, action, quality):
            self._close_panel()

    def _show_channel(self, quality: ChannelQuality) -> None:
        self._close_panel()
        self._display.show_channel(quality.channel)

    def _close_panel(self) -> None:
        if self.panel is not None:
            self.panel.window().close()
