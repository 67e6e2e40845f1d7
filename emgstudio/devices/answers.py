"""Questions to a device over a byte link, and the answers among whatever else arrives."""

from __future__ import annotations

import re

from emgstudio.core.clock import host_time
from emgstudio.devices.link import Link

READ_WAIT_S = 0.05
QUIET_READS = 2


class Answers:
    """Reads a link until something complete has come; keeps what came after it in ``rest``."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.rest = b""

    def match(self, pattern: bytes, timeout_s: float) -> re.Match[bytes] | None:
        """The first match of a regular expression (dots match line ends too), or None in time.

        Everything before the match is thrown away.
        """
        wanted = re.compile(pattern, re.DOTALL)
        deadline = host_time() + timeout_s
        while True:
            found = wanted.search(self.rest)
            if found:
                self.rest = self.rest[found.end() :]
                return found
            if host_time() >= deadline:
                return None
            self.rest += self._link.read(READ_WAIT_S)

    def take(self, count: int, timeout_s: float) -> bytes | None:
        """The next ``count`` bytes, or None when they do not come in time."""
        found = self.match(b"\\A.{%d}" % count, timeout_s)
        return found.group() if found else None

    def settle(self, longest_s: float) -> None:
        """Throw away what still comes, until nothing came for a moment."""
        deadline = host_time() + longest_s
        silent = 0
        while silent < QUIET_READS and host_time() < deadline:
            silent = 0 if self._link.read(READ_WAIT_S) else silent + 1
        self.rest = b""
