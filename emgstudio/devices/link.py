"""What carries bytes to and from a device, and the two ways in which it stops doing so."""

from __future__ import annotations

from typing import Protocol

from emgstudio.core.errors import EmgError


class LinkLost(EmgError):
    """The device cannot be reached now; trying again later makes sense."""


class LinkEnded(EmgError):
    """The other side has nothing more to say and closed in order; not a failure."""


class Link(Protocol):
    """A byte transport, used by one thread only.

    ``open`` and ``write`` must return within a few seconds. A link that was
    closed can be opened again.
    """

    def open(self) -> None:
        """Reach the device.

        Raises LinkLost when trying again later makes sense, another EmgError
        when a person has to do something first.
        """

    def read(self, timeout_s: float) -> bytes:
        """Bytes that arrived; ``b""`` if none came within ``timeout_s``.

        Raises LinkLost when the connection broke and LinkEnded when the other
        side is done.
        """

    def write(self, data: bytes) -> None:
        """Send a command; raises LinkLost."""

    def close(self) -> None:
        """Let go of the device; may be called at any time and twice."""
