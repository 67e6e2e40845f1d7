"""What emulated devices on the network of this computer share: a program and what waits for it."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import ClassVar

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.server import EmulatorServer

LOCALHOST = "127.0.0.1"
# Seconds of a Quattrocento; what is not fetched by then is lost.
MOST_WAITING = 1 << 22
COMMAND_BYTES = 4096


class Connection:
    """One connection to a program; what it does not take at once waits, ``most`` bytes of it."""

    def __init__(self, program: socket.socket, most: int = MOST_WAITING) -> None:
        program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        program.setblocking(False)
        self.program = program
        self._most = most
        self._waiting = bytearray()

    def take(self) -> bytes | None:
        """What the program sent; None when it hung up."""
        try:
            return self.program.recv(COMMAND_BYTES) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def give(self, data: bytes) -> bool:
        """Send as much as goes; False when the program hung up."""
        self._waiting += data
        try:
            if self._waiting:
                with suppress(BlockingIOError):
                    del self._waiting[: self.program.send(self._waiting)]
        except OSError:
            return False
        if len(self._waiting) > self._most:
            self._waiting.clear()
        return True


class ListeningServer(EmulatorServer):
    """Waits at ``port`` of this computer for one program at a time; port 0 takes a free one."""

    scheme: ClassVar[str]
    most_waiting: ClassVar[int] = MOST_WAITING

    def __init__(
        self, emulator: Emulator, port: int = 0, back_after_s: float | None = None
    ) -> None:
        super().__init__(emulator, back_after_s)
        self._port = port
        self._listener: socket.socket | None = None
        self._connection: Connection | None = None

    @property
    def address(self) -> str:
        return f"{self.scheme}{LOCALHOST}:{self._port}"

    def _plug(self) -> None:
        self._listener = socket.create_server((LOCALHOST, self._port))
        self._port = self._listener.getsockname()[1]

    def _unplug(self) -> None:
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _take(self, timeout_s: float) -> bytes:
        if self._connection is None:
            self._meet(timeout_s)
            return b""
        if not select.select([self._connection.program], [], [], timeout_s)[0]:
            return b""
        command = self._connection.take()
        if command is None:
            self._hang_up()
        return command or b""

    def _give(self, data: bytes) -> None:
        if self._connection is not None and not self._connection.give(data):
            self._hang_up()

    def _meet(self, timeout_s: float) -> None:
        """Wait for a program to connect."""
        if self._listener is not None and select.select([self._listener], [], [], timeout_s)[0]:
            self._begin(self._listener.accept()[0])

    def _begin(self, program: socket.socket) -> None:
        self._connection = Connection(program, self.most_waiting)
        self.emulator.opened(host_time())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.program.close()
            self._connection = None
