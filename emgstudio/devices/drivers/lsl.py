"""Streams of other programs over the Lab Streaming Layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from emgstudio.core.options import option
from emgstudio.core.types import Gap
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.framed import FramedDriver


@dataclass(frozen=True, slots=True)
class LslOptions:
    """What a person can choose about a stream of another program."""

    markers: str = option("", "Stream of markers", doc="The name of a text stream to take along.")


class LslDriver(FramedDriver):
    """Talks to an LslLink. There is no counter in LSL: every gap is an estimate by time."""

    key: ClassVar[str] = "lsl"
    title: ClassVar[str] = "Lab Streaming Layer"
    Options: ClassVar[type] = LslOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.name = "LSL stream"

    def feed(self, data: bytes, host: float) -> list[Item]:
        items = super().feed(data, host)
        return [replace(i, estimated=True) if isinstance(i, Gap) else i for i in items]
