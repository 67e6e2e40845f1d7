"""An emulated device behind a TCP port: raw bytes, or RFC 2217 with baud and control lines."""

from __future__ import annotations

import socket
from typing import Any, ClassVar

from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.listening import ListeningServer
from emgstudio.devices.emulators.server import MOST_WAITING


class TcpServer(ListeningServer):
    """A serial device at ``socket://127.0.0.1:port``."""

    scheme: ClassVar[str] = "socket://"
    most_waiting: ClassVar[int] = MOST_WAITING


class Rfc2217Server(TcpServer):
    """The same as a port server does it: what the program sets is seen in :attr:`seen`."""

    scheme: ClassVar[str] = "rfc2217://"

    def __init__(
        self, emulator: Emulator, port: int = 0, back_after_s: float | None = None
    ) -> None:
        super().__init__(emulator, port, back_after_s)
        self._lines = SeenPort(emulator)
        self._protocol: Any = None

    @property
    def seen(self) -> list[tuple[str, Any]]:
        """Everything that was set: ("baudrate", 115200), ("dtr", True)…"""
        return list(self._lines.seen)

    def write(self, data: bytes) -> None:
        """Protocol bytes to the program, called by pyserial's port manager."""
        if self._connection is not None:
            self._connection.give(data)

    def _begin(self, program: socket.socket) -> None:
        from serial.rfc2217 import PortManager

        super()._begin(program)
        self._protocol = PortManager(self._lines, self)

    def _take(self, timeout_s: float) -> bytes:
        return b"".join(self._protocol.filter(data)) if (data := super()._take(timeout_s)) else b""

    def _give(self, data: bytes) -> None:
        super()._give(b"".join(self._protocol.escape(data)) if data else b"")


class SeenPort:
    """What pyserial's port manager needs of a serial port; remembers what is set."""

    NOTED = ("baudrate", "bytesize", "parity", "stopbits", "dtr", "rts", "break_condition")

    cts = dsr = True
    ri = cd = False

    def __init__(self, emulator: Emulator) -> None:
        self.seen: list[tuple[str, Any]] = []
        self._emulator = emulator
        self.xonxoff = self.rtscts = False
        self.dtr = self.rts = self.break_condition = False
        self.baudrate, self.bytesize, self.parity, self.stopbits = 9600, 8, "N", 1
        self.seen.clear()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in self.NOTED:
            self.seen.append((name, value))
        if name == "baudrate":
            self._emulator.set_baud(value)

    def reset_input_buffer(self) -> None:
        """Nothing is kept here that could be thrown away."""
        self.seen.append(("reset_input_buffer", True))

    def reset_output_buffer(self) -> None:
        """Nothing is kept here that could be thrown away."""
        self.seen.append(("reset_output_buffer", True))
