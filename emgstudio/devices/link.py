"""What carries bytes to and from a device, and the two ways in which it stops doing so."""

from __future__ import annotations

from typing import Protocol, cast, runtime_checkable

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


@runtime_checkable
class SerialSpeed(Protocol):
    """A link whose speed can be set."""

    def set_baud(self, baud: int) -> None:
        """Go on with ``baud`` bits per second; what was received before is thrown away."""


@runtime_checkable
class Interruptible(Protocol):
    """A link whose ``open`` takes long, as Bluetooth's does, and can be told to give up."""

    def interrupt(self) -> None:
        """Let a running ``open``, and every later one, end at once with Cancelled.

        Callable from any thread.
        """


@runtime_checkable
class Called(Protocol):
    """A link that the device opens: it connects to this computer."""

    @property
    def waits_at(self) -> str:
        """Where the device is waited for, in words."""


@runtime_checkable
class Pretended(Protocol):
    """A link to an emulated device: what comes over it is no person's signal."""

    simulated: bool


def bare(link: Link) -> Link:
    """The transport itself, out of the wrapper that a worker puts around it.

    For the few drivers that need more of their transport than :class:`Link`.
    """
    return cast("Link", getattr(link, "bare", link))


def set_baud(link: Link, baud: int) -> bool:
    """Set a serial port's speed; False where the link has no such thing."""
    port = bare(link)
    if not isinstance(port, SerialSpeed):
        return False
    port.set_baud(baud)
    return True
