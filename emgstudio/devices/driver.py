"""What knows a device's language: commands to start it, bytes to samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, Marker, Reading, SampleBlock, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.link import Link

Item = SampleBlock | Gap | Reading | Marker


class Driver(ABC):
    """One family of devices.

    ``feed`` has no clock, thread or port, so it can be tested with bytes that
    are cut at random places. A driver object lives as long as its worker and is
    started again after each loss of the link.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    Options: ClassVar[type]
    # Whether the wearer is apart from the mains whatever the board hangs on (battery and radio,
    # medical isolation). None: nobody knows, as with any hobby board at a USB cable.
    isolated: ClassVar[bool | None] = None

    def __init__(self, options: Any) -> None:
        self.options = options
        self.name = self.title

    @abstractmethod
    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        """Identify and configure the device and let it stream.

        Raises LinkLost when it does not answer, another EmgError when it is not
        a device of this family or cannot do what the options ask.
        """

    @abstractmethod
    def feed(self, data: bytes, host: float) -> list[Item]:
        """Decode bytes that arrived at ``host`` seconds; keeps an unfinished rest for later.

        Sample indices count from 0 at the first ``start``. After a later
        ``start`` they go on counting if :attr:`continues`, else from 0 again.
        """

    @abstractmethod
    def stop(self, link: Link) -> None:
        """Ask the device to be quiet; called before the link is closed in order."""

    def nudge(self) -> bytes:
        """What to write to a device that is connected and has fallen silent; b"" for nothing."""
        return b""

    @property
    def continues(self) -> bool:
        """The device kept counting through the last loss of the link, so the hole is exact."""
        return False

    @property
    def paced(self) -> bool:
        """Samples come at their sampling rate; False when played faster or slower."""
        return True

    @property
    def gestures(self) -> tuple[str, ...]:
        """Keys of the gestures that a simulated device can perform when asked."""
        return ()

    def perform(self, gesture: str, strength: float) -> bytes:
        """The command for the link that asks a simulated device to perform a gesture.

        Raises EmgError where nothing can perform: a person wears the sensor.
        """
        raise EmgError(
            f"{self.title} cannot perform '{gesture}'.", "Only simulated devices can be asked to."
        )

    @property
    def actions(self) -> tuple[Action, ...]:
        """What a person can ask of the device as it is now; any thread may look."""
        return ()

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        """Carry out the action ``key`` with its options; called on the device's thread.

        Raises EmgError where it cannot be done now.
        """
        del values
        raise EmgError(f"{self.name} has nothing called “{key}” to do.")
