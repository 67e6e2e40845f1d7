"""How strong each channel is right now, and whether its device still sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emgstudio.devices.worker import DeviceState
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

LEVEL_S = 0.25
# A number that changes more often cannot be read.
EVERY_S = 0.38
# Longer than the pause between two packets of any device.
SILENT_AFTER_S = 1.0


class LiveLevels(LivePart):
    """RMS of the conditioned signal over 0.25 s, "–" while nothing arrives.

    Of channels that are no EMG it is the mean of the raw signal: filtered like EMG
    they would say nothing.
    """

    def __init__(self, page: LivePage) -> None:
        self._page = page
        self._stream: Stream | None = None
        self._head = 0
        self._moved = self._told = 0.0
        self._others = np.zeros(0, bool)

    def use_stream(self, stream: Stream | None) -> None:
        """The levels of another stream."""
        self._stream = stream
        self._head, self._moved = 0, 0.0
        channels = stream.info.channels if stream is not None else ()
        self._others = np.array([channel.kind != "EMG" for channel in channels], bool)

    def refresh(self, now: float) -> None:
        """The newest levels into the channel list."""
        stream, traces = self._stream, self._page.traces
        if stream is None or self._page.side.isHidden() or now - self._told < EVERY_S:
            return
        self._told = now
        count = stream.info.n_channels
        full = np.full(count, float(np.max(traces.scales.scale, initial=1.0)))
        full[list(traces.lanes_shown)] = traces.scales.scale
        self._page.side.show_levels(self._levels(stream, now), (full / 2).tolist())

    def _levels(self, stream: Stream, now: float) -> np.ndarray:
        head = stream.clean.head
        if head != self._head:
            self._head, self._moved = head, now
        levels = np.full(stream.info.n_channels, np.nan)
        if now - self._moved <= SILENT_AFTER_S:
            count = max(1, round(LEVEL_S * stream.info.rate))
            # Not what another filter has made.
            chunk = stream.clean.read(max(head - count, stream.clean_since), head)
            x = chunk.data[chunk.valid]
            if len(x):
                levels = np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0))
            if self._others.any():
                raw = stream.raw.latest(count)
                values = stream.info.to_physical(raw.data[raw.valid])
                if len(values):
                    levels[self._others] = values.mean(axis=0, dtype=np.float64)[self._others]
        return levels


class DeviceTrouble(LivePart):
    """Says above the pictures why nothing arrives."""

    def __init__(self, session: Session, page: LivePage) -> None:
        self._session = session
        self._page = page
        self._stream: Stream | None = None

    def use_stream(self, stream: Stream | None) -> None:
        """The device of another stream."""
        self._stream = stream

    def refresh(self, now: float) -> None:
        """Follow the device's state."""
        worker = self._session.device_of(self._stream) if self._stream is not None else None
        bad = worker is not None and worker.state is not DeviceState.STREAMING
        self._page.banner.say(worker.state_text if worker is not None and bad else "")
