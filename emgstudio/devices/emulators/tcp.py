"""Emulated devices on the network of this computer alone: those we call and those that call us."""

from __future__ import annotations

import socket
from typing import ClassVar

from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.listening import LOCALHOST, ListeningServer

CALL_TIMEOUT_S = 1.0


class NetworkServer(ListeningServer):
    """An emulated device that is called at ``tcp:127.0.0.1:port``."""

    scheme: ClassVar[str] = "tcp:"


class NetworkCaller(NetworkServer):
    """An emulated device that calls a program at 127.0.0.1, again and again until it answers.

    A device that hangs up calls again, as the real ones do.
    """

    def __init__(self, emulator: Emulator, port: int, back_after_s: float | None = 0.1) -> None:
        super().__init__(emulator, port, back_after_s)

    def _plug(self) -> None:
        """There is nothing to listen to."""

    def _meet(self, timeout_s: float) -> None:
        try:
            program = socket.create_connection((LOCALHOST, self._port), CALL_TIMEOUT_S)
        except OSError:
            self._stop.wait(timeout_s)
            return
        if program.getsockname() == program.getpeername():
            # Where nobody listens, a call from the very port that is called meets itself.
            program.close()
        else:
            self._begin(program)
