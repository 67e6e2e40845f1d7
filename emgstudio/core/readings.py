"""Slow values that a device tells, kept in order for whoever records them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from emgstudio.core.types import Reading

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """A reading and the host time in seconds at which it came."""

    host: float
    reading: Reading


class ReadingLog:
    """One writer, any readers; each reader says how many readings it has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Told] = deque(maxlen=KEPT)
        self._newest: dict[str, Told] = {}
        self._count = 0

    def add(self, host: float, reading: Reading) -> None:
        """Append a reading; only the device's own thread may call this."""
        told = Told(host, reading)
        with self._lock:
            self._kept.append(told)
            self._newest[reading.name] = told
            self._count += 1

    def since(self, seen: int | None) -> tuple[int, tuple[Told, ...]]:
        """The count so far, and the readings after the first ``seen`` as far as they are kept.

        None asks for how things stand: the newest reading of each name, oldest first.
        """
        with self._lock:
            if seen is None:
                newest = sorted(self._newest.values(), key=lambda told: told.host)
                return self._count, tuple(newest)
            # Asked ten times a second, while most devices tell something once a minute.
            if seen == self._count:
                return seen, ()
            first = self._count - len(self._kept)
            return self._count, tuple(self._kept)[max(0, seen - first) :]
