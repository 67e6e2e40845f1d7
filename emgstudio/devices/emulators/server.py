"""A thread that stands between an emulator and something a program can open."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.link import LinkLost

log = logging.getLogger(__name__)

POLL_S = 0.002
JOIN_TIMEOUT_S = 5.0
# What nobody fetches is lost, as in the driver of a real port.
MOST_WAITING = 1 << 16


class EmulatorServer(ABC):
    """Runs one emulator in a thread; :attr:`address` is what a program opens.

    When the emulated cable is pulled it comes back after ``back_after_s``
    seconds, never if None; :attr:`unplugged` is set meanwhile.
    """

    def __init__(self, emulator: Emulator, back_after_s: float | None = None) -> None:
        self.emulator = emulator
        self.unplugged = threading.Event()
        self._back_after_s = back_after_s
        self._stop = threading.Event()
        self._pull = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """A port name or URL for ``serial:…``."""

    @abstractmethod
    def _plug(self) -> None:
        """Make the port that a program can open."""

    @abstractmethod
    def _unplug(self) -> None:
        """Break the connection as a pulled cable does; may be called twice."""

    @abstractmethod
    def _take(self, timeout_s: float) -> bytes:
        """What the program sent, b"" if nothing within ``timeout_s``."""

    @abstractmethod
    def _give(self, data: bytes) -> None:
        """Send to the program as much as goes; called often, also with b""."""

    def start(self) -> None:
        """Make the port and serve it; returns when it can be opened."""
        self._plug()
        self._thread = threading.Thread(
            target=self._run, name=f"emulator {self.emulator.key}", daemon=False
        )
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable and wait until that is done."""
        self._pull.set()
        self.unplugged.wait(JOIN_TIMEOUT_S)

    def stop(self) -> None:
        """Take the port away; may be called twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._serve()
                self._unplug()
                self.unplugged.set()
                self._pull.clear()
                if self._stop.wait(self._back_after_s):
                    return
                self._plug()
                self.unplugged.clear()
        except Exception:
            log.exception("emulator %s failed", self.emulator.key)
        finally:
            self._unplug()

    def _serve(self) -> None:
        """Until the cable is pulled or the server stopped."""
        while not (self._stop.is_set() or self._pull.is_set()):
            data = self._take(POLL_S)
            try:
                out = self.emulator.due(host_time())
            except LinkLost:
                return
            if data:
                self.emulator.receive(data)
            self._give(out)
