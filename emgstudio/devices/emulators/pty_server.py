"""An emulated device at a pseudo terminal: pyserial cannot tell it from a port (Linux, macOS)."""

from __future__ import annotations

import os
import select
import struct
import sys
from contextlib import suppress
from pathlib import Path

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.server import MOST_WAITING, EmulatorServer

# The first byte in packet mode: data follow, or bits of what the other end did to the port, of
# which TIOCPKT_FLUSHREAD says that it has thrown away what it had received.
DATA = 0
FLUSHED = 1


class PtyServer(EmulatorServer):
    """Serves at ``/dev/pts/N``, or at ``link``, a symbolic link that outlives replugging.

    A pty paces nothing and knows neither baud nor control lines. A program that opens the port
    throws away what came before, as pyserial does; where the system tells of that, what waits for
    room in the pty goes with it: otherwise a board that has talked for a minute would seem to
    send many times as fast.
    """

    def __init__(
        self, emulator: Emulator, link: Path | None = None, back_after_s: float | None = None
    ) -> None:
        super().__init__(emulator, back_after_s)
        self._link = link
        self._path = ""
        self._ends: tuple[int, int] | None = None
        self._waiting = bytearray()
        self._in_packets = False

    @property
    def address(self) -> str:
        return str(self._link or self._path)

    def _plug(self) -> None:
        if sys.platform == "win32":
            raise EmgError("This system has no pseudo terminals.", "Use --tcp instead.")
        import fcntl
        import termios
        import tty

        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        # In packet mode a byte before the data tells what the other end did to the port.
        with suppress(OSError):
            fcntl.ioctl(master, termios.TIOCPKT, struct.pack("i", 1))
            self._in_packets = True
        # The slave end stays open here: without any the master would read an error.
        self._ends = master, slave
        self._path = os.ttyname(slave)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._path)
        self.emulator.opened(host_time())

    def _unplug(self) -> None:
        self._waiting.clear()
        ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def _take(self, timeout_s: float) -> bytes:
        master = self._ends[0] if self._ends else -1
        ready, _, _ = select.select([master], [], [], timeout_s)
        if not ready:
            return b""
        packet = os.read(master, 4096)
        if not self._in_packets:
            return packet
        if packet and packet[0] & FLUSHED:
            self._waiting.clear()
        # macOS may tell the port's new settings after such bits: those are no data.
        return packet[1:] if packet[:1] == bytes([DATA]) else b""

    def _give(self, data: bytes) -> None:
        self._waiting += data
        if self._waiting and self._ends:
            with suppress(BlockingIOError):
                del self._waiting[: os.write(self._ends[0], self._waiting)]
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
