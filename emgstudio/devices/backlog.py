"""Was it lost, or only read late? What comes after a long silence is looked at together."""

from __future__ import annotations

SILENCE_S = 0.5
GATHER_S = 0.1


class Backlog:
    """Holds bytes back for 0.1 s after a silence.

    A program that slept finds all that came meanwhile in its port's buffer, read
    in several pieces; a link that was broken finds only what comes now. Taken
    together their number tells the two apart.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._since: float | None = None
        self._last: float | None = None

    def take(self, data: bytes, host: float) -> bytes:
        """``data`` that arrived at ``host`` seconds and what was held back, or nothing yet."""
        silence = host - self._last if self._last is not None else 0.0
        self._last = host
        if self._since is None:
            if silence < SILENCE_S:
                return data
            self._since = host
        self._held += data
        if host - self._since < GATHER_S:
            return b""
        gathered = bytes(self._held)
        self._held.clear()
        self._since = None
        return gathered
