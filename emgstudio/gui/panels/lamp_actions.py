"""What the button of a lamp does: by the session, or in the room where it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.quality_actions import act

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


@dataclass(frozen=True, slots=True)
class ChannelWanted:
    """A person wants to see a channel; ``search`` says that its best place is looked for."""

    stream: Stream
    channel: int
    search: bool = False


class LampActions:
    """``go_to`` opens something in a room by its key, ``say`` tells what was done."""

    def __init__(
        self,
        session: Session,
        go_to: Callable[[str, object], None],
        say: Callable[[Notice], None],
    ) -> None:
        self._session = session
        self._go_to = go_to
        self._say = say

    def carry_out(self, stream: Stream, action: str, quality: ChannelQuality) -> bool:
        """Do it; True when another room or place is shown now."""
        try:
            done = act(self._session, stream, action, quality)
        except EmgError as error:
            self._say(Notice(Level.ERROR, error.message, error.hint, "quality"))
            return False
        if done:
            self._say(Notice(Level.INFO, done, source="quality"))
            return False
        if action == "show-me-where":
            self.show(stream, quality.channel, search=True)
        else:
            self._go_to("devices", self._session.device_of(stream))
        return True

    def show(self, stream: Stream, channel: int, *, search: bool = False) -> None:
        """Show a channel in Live."""
        self._go_to("live", ChannelWanted(stream, channel, search))
