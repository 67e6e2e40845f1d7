"""When made-up or replayed data are due: absolute deadlines, so that lateness never adds up."""

from __future__ import annotations

import threading

from emgstudio.core.clock import host_time

# What a recorder that looks ten times a second takes out of a 60 s ring without loss.
FASTEST = 50.0
# A program that slept this long (a closed laptop) does not get all of it in one heap.
LONGEST_BACKLOG_S = 10.0


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

    def backlog(self, seconds: float) -> float:
        """Seconds of signal to be given up because they are far too late; usually 0."""
        late = self.due() - seconds
        return late if late > LONGEST_BACKLOG_S * self.speed else 0.0
