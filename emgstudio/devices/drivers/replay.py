"""The replay device's options and driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.framed import FramedDriver


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How a recording is played."""

    speed: float = option(
        1.0, "Speed", minimum=0.0, maximum=50.0, doc="1 is real time, 0 as fast as is safe."
    )
    loop: bool = option(False, "Again from the start at the end")


class ReplayDriver(FramedDriver):
    """Talks to the replay device."""

    key: ClassVar[str] = "replay"
    title: ClassVar[str] = "Replay"
    Options: ClassVar[type] = ReplayOptions

    @property
    def paced(self) -> bool:
        return bool(self.options.speed == 1.0)
