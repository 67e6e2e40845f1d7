"""Questions to a device over a byte link, and the answers among whatever else arrives.

Nobody is given up for the program's own slowness: when the time is up, what has
arrived by then is still read.
"""

from __future__ import annotations

import re

from emgstudio.core.clock import host_time
from emgstudio.devices.link import Link

READ_WAIT_S = 0.05
QUIET_READS = 2


class Patience:
    """``seconds`` in which to read, and one more read when they are over.

    On a busy computer all of them may pass between two lines of code, and the
    answer has long arrived.
    """

    def __init__(self, seconds: float) -> None:
        self._deadline = host_time() + seconds
        self._last = False

    def lasts(self) -> bool:
        """Whether to read (once more)."""
        if self._last:
            return False
        self._last = host_time() >= self._deadline
        return True


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
        patience = Patience(timeout_s)
        found = wanted.search(self.rest)
        while found is None:
            if not patience.lasts():
                return None
            if came := self._link.read(READ_WAIT_S):
                self.rest += came
                found = wanted.search(self.rest)
        self.rest = self.rest[found.end() :]
        return found

    def take(self, count: int, timeout_s: float) -> bytes | None:
        """The next ``count`` bytes, or None when they do not come in time."""
        found = self.match(b"\\A.{%d}" % count, timeout_s)
        return found.group() if found else None

    def settle(self, longest_s: float) -> None:
        """Throw away what still comes, until nothing came for a moment."""
        patience = Patience(longest_s)
        silent = 0
        while silent < QUIET_READS and patience.lasts():
            silent = 0 if self._link.read(READ_WAIT_S) else silent + 1
        self.rest = b""
