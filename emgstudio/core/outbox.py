"""The one door through which threads tell the front end something."""

from __future__ import annotations

import threading
from collections import deque

from emgstudio.core.types import Level, Notice

CAPACITY = 1000


class Outbox:
    """A bounded mailbox of small frozen values, drained by the GUI tick or the command line.

    When nobody drains, the oldest values are dropped and counted, notices last.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._lock = threading.Lock()
        self._items: deque[object] = deque()
        self._capacity = capacity
        self.dropped = 0

    def post(self, item: object) -> None:
        """Leave a value; never waits for a reader."""
        with self._lock:
            if len(self._items) >= self._capacity:
                plain = (n for n, old in enumerate(self._items) if not isinstance(old, Notice))
                del self._items[next(plain, 0)]
                self.dropped += 1
            self._items.append(item)

    def notice(self, level: Level, text: str, hint: str = "", source: str = "") -> None:
        """Leave a sentence for a person."""
        self.post(Notice(level, text, hint, source))

    def drain(self) -> list[object]:
        """Everything that came since the last call, oldest first."""
        with self._lock:
            items = list(self._items)
            self._items.clear()
        return items
