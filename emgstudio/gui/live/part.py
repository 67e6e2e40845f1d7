"""What the parts of the Live room have in common: they follow the stream that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream


class LivePart:
    """One responsibility of the Live room.

    The room calls these while it is visible and never otherwise: nothing is
    computed for a picture that nobody sees.
    """

    def use_stream(self, stream: Stream | None) -> None:
        """Another stream is shown, or none."""

    def frame(self, now: float) -> None:
        """30 times a second while a stream is shown, at ``now`` host seconds."""

    def refresh(self, now: float) -> None:
        """Five times a second while a stream is shown: for what is read, not watched."""
