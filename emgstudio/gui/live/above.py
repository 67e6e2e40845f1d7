"""Watches for effort above the reference: then that was not the maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.live.reference import LiveReference
from emgstudio.session.reference import WINDOW_S, AboveReference, Reference

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class LiveAbove(LivePart):
    """Shows the badge from half a second above 105 % until it is dismissed or taken anew."""

    def __init__(self, session: Session, page: LivePage, reference: LiveReference) -> None:
        self._session = session
        self._page = page
        self._reference = reference
        self._stream: Stream | None = None
        self._known: list[tuple[int, Reference, AboveReference]] = []
        self._reached: dict[int, float] = {}
        page.reference.stored.connect(self._begin)
        page.above.dismissed.connect(self._dismiss)
        page.above.again_wanted.connect(self._again)

    def use_stream(self, stream: Stream | None) -> None:
        """The references of another stream."""
        self._stream = stream
        self._begin()

    def refresh(self, now: float) -> None:
        """RMS over the reference's window of what came last."""
        stream = self._stream
        if stream is not None and self._known:
            self._look(stream, now)
        self._page.above.say(self._words(), self._page.traces.band)

    def _look(self, stream: Stream, now: float) -> None:
        count = round(WINDOW_S * stream.info.rate)
        head = stream.clean.head
        chunk = stream.clean.read(max(head - count, stream.clean_since), head)
        x = chunk.data[chunk.valid]
        if len(x) < count // 2:
            return
        for channel, reference, above in self._known:
            level = float(np.sqrt(np.mean(np.square(x[:, channel], dtype=np.float64))))
            share = 100.0 * level / reference.value
            if above.update(share, now):
                self._reached[channel] = max(share, self._reached.get(channel, 0.0))

    def _words(self) -> str:
        if not self._reached or self._stream is None:
            return ""
        channel, share = max(self._reached.items(), key=lambda item: item[1])
        name = self._stream.info.channels[channel].name
        called = next(r.method.percent_name for c, r, _ in self._known if c == channel)
        others = len(self._reached) - 1
        more = f" (and {others} more)" if others else ""
        return f"Above 100 %: {name}{more} reached {share:.0f} {called}"

    def _begin(self) -> None:
        stream = self._stream
        device = self._session.device_of(stream) if stream is not None else None
        found = (
            self._session.references.of(device.uri, stream.info)
            if stream is not None and device is not None
            else ()
        )
        self._known = [(n, r, AboveReference()) for n, r in enumerate(found) if r is not None]
        self._dismiss()

    def _dismiss(self) -> None:
        self._reached = {}
        self._page.above.say("", 0)

    def _again(self) -> None:
        self._dismiss()
        if self._page.reference.isHidden():
            self._reference.toggle()
