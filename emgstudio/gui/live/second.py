"""The traces once more in a window for another display: for a group, a client, a projector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout

from emgstudio.gui.live.decisions import LiveDecisions
from emgstudio.gui.live.marks import LiveMarks
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.second_screen import SecondScreen
from emgstudio.gui.tick import Tick

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class SignalScreen(SecondScreen):
    """Nothing but the traces."""

    def __init__(self) -> None:
        super().__init__("Signals")
        self.traces = TraceCanvas()
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.traces)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It is made anew next time."""
        super().closeEvent(event)
        self.deleteLater()


class LiveSecond(LivePart):
    """Shows what the room shows, in whatever room the operator is; ``paused`` for Space.

    ``follow`` lets the room take up a stream that came while it was hidden.
    """

    def __init__(
        self,
        session: Session,
        page: LivePage,
        tick: Tick,
        follow: Callable[[], object],
        paused: Callable[[], object],
    ) -> None:
        self._session = session
        self._page = page
        self._tick = tick
        self._follow, self._paused = follow, paused
        self._stream: Stream | None = None
        self._parts: tuple[LivePart, ...] = ()
        self.screen: SignalScreen | None = None

    def use_stream(self, stream: Stream | None) -> None:
        """The traces of another stream."""
        self._stream = stream
        if self.screen is not None:
            self.screen.traces.show_stream(stream)
        for part in self._parts:
            part.use_stream(stream)

    def toggle(self) -> None:
        """Open the window, on another display if there is one, or close it."""
        if self.screen is not None:
            self.close()
            return
        self.screen = made = SignalScreen()
        self._parts = (
            LiveMarks(self._session, made.traces),
            LiveDecisions(self._session, made.traces),
        )
        made.paused.connect(self._paused)
        made.closed.connect(self._closed)
        self._tick.frame.connect(self._draw)
        self.use_stream(self._stream)
        made.show_on(self._page)

    def close(self) -> None:
        """The window goes."""
        if self.screen is not None:
            self.screen.close()

    def _closed(self) -> None:
        if self.screen is not None:
            self._tick.frame.disconnect(self._draw)
            self.screen, self._parts = None, ()

    def _draw(self, now: float) -> None:
        """Follow the room's picture and draw what is new."""
        self._follow()
        if self.screen is None or self._stream is None:
            return
        shown, traces = self._page.traces, self.screen.traces
        traces.show_options(shown.options)
        if traces.references is not shown.references:
            traces.show_references(shown.references)
        traces.show_thresholds(shown.thresholds)
        if traces.frozen != shown.frozen:
            traces.freeze(shown.frozen)
        edge, moved = shown.right_edge, shown.behind_s > 0 or traces.behind_s > 0
        if edge is not None and moved and edge != traces.right_edge:
            traces.look_at(edge)
        for part in self._parts:
            part.frame(now)
        traces.advance(now)
