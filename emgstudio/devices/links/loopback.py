"""A link inside the program: an emulated device without a port."""

from __future__ import annotations

import threading

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.link import LinkLost

POLL_S = 0.002


class LoopbackLink:
    """Bytes straight to and from an emulator.

    ``speed`` lets the emulator's time run faster than the host's, for tests.
    :meth:`unplug` is what pulling the cable is; :meth:`plug` puts it back.
    """

    simulated = True

    def __init__(self, emulator: Emulator, speed: float = 1.0) -> None:
        self.emulator = emulator
        self._speed = speed
        self._origin = host_time()
        self._open = False
        self._plugged = True
        self._pause = threading.Event()

    @property
    def now(self) -> float:
        """The emulator's time in seconds."""
        return self._origin + (host_time() - self._origin) * self._speed

    def open(self) -> None:
        if not self._plugged:
            raise LinkLost("The emulated device is unplugged.")
        self._open = True
        self.emulator.opened(self.now)

    def read(self, timeout_s: float) -> bytes:
        self._check()
        deadline = host_time() + timeout_s
        while True:
            try:
                data = self.emulator.due(self.now)
            except LinkLost:
                self._open = False
                raise
            left = deadline - host_time()
            if data or left <= 0.0:
                return data
            self._pause.wait(min(POLL_S, left))

    def write(self, data: bytes) -> None:
        self._check()
        self.emulator.receive(data)

    def set_baud(self, baud: int) -> None:
        self.emulator.set_baud(baud)

    def close(self) -> None:
        self._open = False

    def unplug(self) -> None:
        """Every later use fails until :meth:`plug`."""
        self._plugged = False

    def plug(self) -> None:
        """The device is back; it has to be opened again."""
        self._plugged = True
        self._open = False

    def _check(self) -> None:
        if not (self._open and self._plugged):
            raise LinkLost("The emulated device is not connected.")
