"""Reference efforts: taken beside the signals, handed to everything that shows percent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.feed import View
from emgstudio.gui.theme import theme
from emgstudio.session.reference import reference_values

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

BOTH_FROM_WIDTH = 1180


class LiveReference(LivePart):
    """Shows the panel that takes references; traces and bars follow what is stored."""

    def __init__(self, session: Session, page: LivePage) -> None:
        self._session = session
        self._page = page
        self._stream: Stream | None = None
        self._channel = 0
        page.reference.stored.connect(self._hand_over)
        page.reference.closed.connect(page.reference.hide)
        page.no_reference.wanted.connect(self.toggle)

    def use_stream(self, stream: Stream | None) -> None:
        """The references of another stream."""
        self._stream = stream
        self._page.reference.show_stream(stream, self._page.traces.options.selected)
        self._hand_over()

    def frame(self, now: float) -> None:
        """Follow an effort while it is taken."""
        panel, selected = self._page.reference, self._page.traces.options.selected
        if not panel.isVisible():
            return
        if selected != self._channel:
            self._channel = selected
            panel.show_stream(self._stream, selected)
        panel.refresh(now)

    def refresh(self, now: float) -> None:
        """Where nothing can be shown in percent, say so."""
        page, traces = self._page, self._page.traces
        nothing = traces.options.view is View.PERCENT and not traces.any_reference
        page.no_reference.show_over(nothing and traces.isVisible() and page.reference.isHidden())

    def toggle(self) -> None:
        """Take a reference, or put the panel away."""
        page = self._page
        shown = page.reference.isHidden()
        page.reference.setVisible(shown)
        if shown:
            page.reference.show_stream(self._stream, page.traces.options.selected)
            if page.width() < theme().pixels(BOTH_FROM_WIDTH):
                page.toolbar.panel.setChecked(False)

    def _hand_over(self) -> None:
        stream, page = self._stream, self._page
        device = self._session.device_of(stream) if stream is not None else None
        if stream is None or device is None:
            return
        found = self._session.references.of(device.uri, stream.info)
        values = reference_values(found)
        page.traces.show_references(values)
        page.bars.show_references(values if any(r is not None for r in found) else None)
