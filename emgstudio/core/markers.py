"""Labels that a device sends, kept in order for whoever records them."""

from __future__ import annotations

import threading
from collections import deque

from emgstudio.core.types import Marker

KEPT = 100_000


class MarkerLog:
    """One writer, any readers; each reader says how many markers it has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Marker] = deque(maxlen=KEPT)
        self._count = 0

    @property
    def count(self) -> int:
        """How many markers have come since the stream began."""
        return self._count

    def add(self, marker: Marker) -> None:
        """Append a marker; only the device's own thread may call this."""
        with self._lock:
            self._kept.append(marker)
            self._count += 1

    def since(self, seen: int, until: int | None = None) -> tuple[Marker, ...]:
        """The markers after the first ``seen`` ones, as far as they are still kept.

        With ``until``, a ``count`` that was asked for before, none that came later.
        """
        with self._lock:
            first = self._count - len(self._kept)
            last = self._count if until is None else until
            return tuple(self._kept)[max(0, seen - first) : max(0, last - first)]
