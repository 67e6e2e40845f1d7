"""A Backyard Brains board: streams from power-on and slips messages in between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.spikerbox import BAUDS, MODELS, SHARED_RATE, SHIELD
from emgstudio.devices.drivers.spikerbox_frames import BEGIN, END
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import converted, muscle

CONFIGURATION = re.compile(rb"conf s:(\d+);c:(\d+);")


@dataclass(frozen=True, slots=True)
class SpikerBoxEmulation:
    """What a person can choose about an emulated SpikerBox."""

    kind: str = option(SHIELD, "Board", choices=tuple(MODELS))
    baud: int = option(222222, "Baud rate, where the port has one", choices=BAUDS)
    talks: bool = option(True, "Says what it is; old shields do not")


class SpikerBoxEmulator(PacketEmulator):
    """Board ``kind`` of the table; with ``talks`` False a shield that does not say what it is."""

    key: ClassVar[str] = "spikerbox"
    Options: ClassVar[type] = SpikerBoxEmulation
    cable_powers: ClassVar[bool] = True

    def __init__(
        self, faults: Faults, kind: str = SHIELD, baud: int = 222222, talks: bool = True
    ) -> None:
        self.kind = kind
        self.model = MODELS[kind]
        self.channels = self.model.channels
        super().__init__(faults, self.model.rate or SHARED_RATE)
        self.baud = baud
        self.talks = talks
        self._line_baud = baud
        self._heard = b""

    def opened(self, host: float) -> None:
        super().opened(host)
        self.start()

    def set_baud(self, baud: int) -> None:
        self._line_baud = baud

    def due(self, host: float) -> bytes:
        data = super().due(host)
        return data if self._line_baud == self.baud else b"\xfe" * len(data)

    def receive(self, data: bytes) -> None:
        if self._line_baud != self.baud:
            return
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            if line == b"b:;" and self.talks:
                self.tell(f"HWT:{self.kind};")
            found = CONFIGURATION.match(line)
            if found and self.kind == SHIELD:
                self.halt()
                self.channels = int(found[2])
                self.packet_rate = int(found[1]) / self.channels
                self.start()

    def tell(self, text: str) -> None:
        """Slip a message into the stream, such as ``EVNT:3;`` for a key."""
        self.say(BEGIN + text.encode("ascii") + END)

    def packet(self, number: int) -> bytes:
        frame = bytearray()
        for channel in range(self.channels):
            value = converted(muscle(number, channel, self.packet_rate), self.model.bits)
            frame += bytes((value >> 7, value & 0x7F))
        frame[0] |= 0x80
        return bytes(frame)
