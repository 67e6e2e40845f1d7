"""Labels that a device sends, kept in order for whoever records them."""

from __future__ import annotations

from collections import deque

from emgstudio.core.types import Marker

KEPT = 100_000


class MarkerLog:
    """One writer, any readers; each reader says how many markers it has seen."""

    def __init__(self) -> None:
        self._kept: deque[Marker] = deque(maxlen=KEPT)
        self._count = 0

    @property
    def count(self) -> int:
        """How many markers have come since the stream began."""
        return self._count

    def add(self, marker: Marker) -> None:
        """Append a marker; only the device's own thread may call this."""
        self._kept.append(marker)
        self._count += 1

    def since(self, seen: int) -> tuple[Marker, ...]:
        """The markers after the first ``seen`` ones, as far as they are still kept."""
        new = self._count - seen
        return tuple(self._kept)[-new:] if new > 0 else ()
