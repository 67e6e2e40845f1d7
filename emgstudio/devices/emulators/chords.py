"""A board with Chords firmware: slow to answer, and silenced by any byte while it streams."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.chords import BAUDS, BOARDS
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import converted, muscle

# Arduino's Serial.readString() waits this long for more.
READ_STRING_S = 1.0


@dataclass(frozen=True, slots=True)
class ChordsEmulation:
    """What a person can choose about an emulated Chords board."""

    name: str = option("UNO-R4", "Board", choices=tuple(BOARDS))
    baud: int = option(230400, "Baud rate, where the port has one", choices=BAUDS)


class ChordsEmulator(PacketEmulator):
    """Board ``name`` of the table, listening at ``baud`` where the transport has a speed."""

    key: ClassVar[str] = "chords"
    Options: ClassVar[type] = ChordsEmulation
    cable_powers: ClassVar[bool] = True

    def __init__(self, faults: Faults, name: str = "UNO-R4", baud: int = 230400) -> None:
        self.name = name
        self.board = BOARDS[name]
        super().__init__(faults, self.board.rate)
        self.baud = baud
        self._line_baud = baud
        self._heard = b""
        self._heard_at = 0.0

    def packet(self, number: int) -> bytes:
        board = self.board
        numbers = (
            converted(muscle(number, channel, board.rate), board.bits)
            for channel in range(board.channels)
        )
        body = struct.pack(f">{board.channels}H", *numbers)
        return b"\xc7\x7c" + bytes([number & 255]) + body + b"\x01"

    def set_baud(self, baud: int) -> None:
        self._line_baud = baud

    def receive(self, data: bytes) -> None:
        if self._line_baud != self.baud:
            return
        self.halt()
        self._heard += data
        self._heard_at = self._host

    def due(self, host: float) -> bytes:
        out = super().due(host)
        if self._heard and host - self._heard_at >= READ_STRING_S:
            command, self._heard = self._heard.strip(), b""
            self._obey(command)
            out += super().due(host)
        return out

    def _obey(self, command: bytes) -> None:
        if command == b"WHORU":
            self.say(self.name.encode() + b"\r\n")
        elif command == b"STATUS":
            self.say(b"STOP\r\n")
        elif command == b"START":
            self.start()
