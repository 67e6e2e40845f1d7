"""Time that goes on only while somebody looks at it or waits: no load of the machine shows."""

from __future__ import annotations

LOOK_S = 1e-4


class SteppedTime:
    """Stands where :mod:`emgstudio.core.clock` has ``time`` and a link has its pause.

    Each look takes 0.1 ms, so that who reads again and again until a time is up
    comes to an end, and at the same place on every machine.
    """

    def __init__(self) -> None:
        self._now = 1000.0

    def perf_counter(self) -> float:
        self._now += LOOK_S
        return self._now

    def wait(self, seconds: float) -> bool:
        """As an event that nobody sets."""
        self._now += seconds
        return False
