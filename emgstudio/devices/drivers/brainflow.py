"""Boards that the BrainFlow library knows and that have EMG channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.framed import FramedDriver


@dataclass(frozen=True, slots=True)
class BrainFlowOptions:
    """How BrainFlow finds a board; each board needs some of them, see its documentation."""

    serial_port: str = option("", "Serial port")
    mac_address: str = option("", "Bluetooth address")
    ip_address: str = option("", "IP address")
    ip_port: int = option(0, "IP port", minimum=0, maximum=65535)
    serial_number: str = option("", "Serial number")
    other_info: str = option("", "Other information")
    config: str = option("", "Command to the board", doc="Sent before streaming begins.")
    patience: int = option(5, "Search for", unit="s", minimum=1, maximum=30)


class BrainFlowDriver(FramedDriver):
    """Talks to a BrainFlowLink."""

    key: ClassVar[str] = "brainflow"
    title: ClassVar[str] = "BrainFlow board"
    Options: ClassVar[type] = BrainFlowOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.name = self.title
