"""When made-up or replayed data are due: absolute deadlines, so that lateness never adds up."""

from __future__ import annotations

import threading

from emgstudio.core.clock import host_time

# What a recorder that looks ten times a second takes out of a 60 s ring without loss.
FASTEST = 50.0
# Host seconds of lateness that are made up for when played faster than real time;
# more at once would overrun readers.
CATCH_UP_S = 0.1


class Pace:
    """Seconds of signal that are due now at ``speed`` (0 stands for the fastest, 50 times)."""

    def __init__(self, speed: float) -> None:
        self.speed = speed or FASTEST
        self._origin = host_time()
        self._wake = threading.Event()

    def start(self) -> None:
        """Second 0 is now."""
        self._origin = host_time()

    def due(self) -> float:
        """Seconds of signal from the start until now."""
        return (host_time() - self._origin) * self.speed

    def wait_for(self, seconds: float, timeout_s: float) -> bool:
        """Wait until ``seconds`` of signal are due, at most ``timeout_s``; whether they are."""
        left = (seconds - self.due()) / self.speed
        if left > 0.0:
            self._wake.wait(min(left, timeout_s))
        return self.due() >= seconds

    def forgive(self, seconds: float, catch_up_s: float = CATCH_UP_S) -> None:
        """Be at most ``catch_up_s`` host seconds late, with ``seconds`` of signal given out."""
        late = self.due() - seconds
        if late > catch_up_s * self.speed:
            self._origin += late / self.speed - catch_up_s
