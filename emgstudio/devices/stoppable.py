"""A link whose waits end soon after somebody wants to stop."""

from __future__ import annotations

import threading

from emgstudio.core.errors import Cancelled
from emgstudio.devices.link import Link

READ_WAIT_S = 0.05


class StoppableLink:
    """The worker's link as a driver sees it: every wait ends soon after stop()."""

    def __init__(self, link: Link, stop: threading.Event) -> None:
        self.bare = link
        self._stop = stop

    def open(self) -> None:
        self.bare.open()

    def read(self, timeout_s: float) -> bytes:
        if self._stop.is_set():
            raise Cancelled
        return self.bare.read(min(timeout_s, READ_WAIT_S))

    def write(self, data: bytes) -> None:
        self.bare.write(data)

    def close(self) -> None:
        self.bare.close()
