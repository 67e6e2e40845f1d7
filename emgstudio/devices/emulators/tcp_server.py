"""An emulated device behind a TCP port: raw bytes, or RFC 2217 with baud and control lines."""

from __future__ import annotations

import select
import socket
from typing import Any

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.server import MOST_WAITING, EmulatorServer

LOCALHOST = "127.0.0.1"


class TcpServer(EmulatorServer):
    """Serves ``socket://127.0.0.1:port``, one program at a time; port 0 takes a free one."""

    scheme = "socket"

    def __init__(
        self, emulator: Emulator, port: int = 0, back_after_s: float | None = None
    ) -> None:
        super().__init__(emulator, back_after_s)
        self._port = port
        self._listener: socket.socket | None = None
        self._program: socket.socket | None = None
        self._waiting = bytearray()

    @property
    def address(self) -> str:
        return f"{self.scheme}://{LOCALHOST}:{self._port}"

    def _plug(self) -> None:
        self._listener = socket.create_server((LOCALHOST, self._port))
        self._port = self._listener.getsockname()[1]

    def _unplug(self) -> None:
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _take(self, timeout_s: float) -> bytes:
        waiting_for = self._program or self._listener
        if waiting_for is None or not select.select([waiting_for], [], [], timeout_s)[0]:
            return b""
        if self._program is None:
            self._answer_call()
            return b""
        try:
            data = self._program.recv(4096)
        except ConnectionError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def _answer_call(self) -> None:
        assert self._listener is not None
        self._program, _ = self._listener.accept()
        self._program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._program.setblocking(False)
        self.emulator.opened(host_time())

    def _hang_up(self) -> None:
        self._waiting.clear()
        if self._program is not None:
            self._program.close()
            self._program = None

    def _give(self, data: bytes) -> None:
        if self._program is None:
            return
        self._waiting += data
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
        if self._waiting:
            try:
                del self._waiting[: self._program.send(self._waiting)]
            except BlockingIOError:
                return
            except ConnectionError:
                self._hang_up()


class Rfc2217Server(TcpServer):
    """The same as a port server does it: what the program sets is seen in :attr:`seen`."""

    scheme = "rfc2217"

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
        self._waiting += data

    def _answer_call(self) -> None:
        from serial.rfc2217 import PortManager

        super()._answer_call()
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
