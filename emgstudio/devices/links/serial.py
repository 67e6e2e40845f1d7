"""Serial ports by name or URL (``socket://``, ``rfc2217://``), and what goes wrong with them.

pyserial reports trouble in many ways (OSError, its own SerialException, on POSIX
termios.error, and TypeError when closed meanwhile); here each becomes one sentence.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.link import LinkLost

log = logging.getLogger(__name__)

READ_WAIT_S = 0.05
WRITE_TIMEOUT_S = 2.0
SOCKET_CHUNK = 65536
# Linux lets a connection's receive buffer grow to 6 MB.
MOST_RECEIVED = 1 << 23
BUSY_WORDS = ("exclusively lock", "access is denied", "permissionerror(13", "resource busy")
MISSING_WORDS = ("filenotfounderror", "no such file", "no such device")


class SerialLink:
    """A serial port, opened for this program alone.

    ``port`` is a name (``/dev/ttyUSB0``, ``COM4``, a pty) or a URL that pyserial
    knows. With ``dtr`` False the control lines are left low, so that boards of
    the Arduino Uno's kind do not reset when the port is opened.
    """

    def __init__(self, port: str, baud: int, dtr: bool = True) -> None:
        self.port = port
        self.baud = baud
        self._dtr = dtr
        self._serial: Any = None
        self._is_url = "://" in port
        self._is_socket = port.startswith("socket://")

    def open(self) -> None:
        import serial

        self.close()
        # Only rfc2217 knows no such limit; it has one of its own, of 5 s.
        limited = self._is_socket or not self._is_url
        local: dict[str, Any] = {"write_timeout": WRITE_TIMEOUT_S} if limited else {}
        try:
            made = serial.serial_for_url(
                self.port, self.baud, timeout=READ_WAIT_S, exclusive=True, do_not_open=True, **local
            )
            # pyserial 3.5 empties these until nothing is left, in opening too: for ever, where a
            # board sends quicker than that.
            if self.port.startswith("rfc2217://"):
                made.reset_input_buffer = partial(_forget_waiting, made)
                made.close = partial(_hang_up, made, made.close)
            elif self._is_socket:
                made.reset_input_buffer = partial(_forget_received, made)
            if not self._dtr:
                made.dtr = made.rts = False
            made.open()
        except _port_errors(ValueError) as error:
            raise opening_trouble(self.port, self.baud, error) from error
        # Sockets and ptys have no such setting; without it FTDI chips collect for 16 ms.
        with suppress(AttributeError, NotImplementedError, OSError, ValueError):
            made.set_low_latency_mode(True)
        self._serial = made

    def read(self, timeout_s: float) -> bytes:
        deadline = host_time() + timeout_s
        with self._lost_when_broken():
            while True:
                data = self._read_now(timeout_s > 0.0)
                if data or host_time() >= deadline:
                    return data

    def _read_now(self, wait: bool) -> bytes:
        port = self._serial
        waiting = port.in_waiting
        if not (waiting or wait):
            return b""
        data: bytes = port.read(max(1, waiting))
        if data and self._is_socket:
            # Its in_waiting is 1 at most.
            port.timeout = 0
            data += port.read(SOCKET_CHUNK)
            port.timeout = READ_WAIT_S
        return data

    def write(self, data: bytes) -> None:
        with self._lost_when_broken():
            self._serial.write(data)

    def set_baud(self, baud: int) -> None:
        """Go on with ``baud`` bits per second; raises EmgError when the port cannot."""
        with self._lost_when_broken():
            if baud != self._serial.baudrate:
                try:
                    self._serial.baudrate = baud
                except ValueError as error:
                    raise _wrong_speed(self.port, baud) from error
            self._serial.reset_input_buffer()

    def close(self) -> None:
        port, self._serial = self._serial, None
        if port is None:
            return
        try:
            port.close()
        except _port_errors() as error:
            log.info("closing %s: %s", self.port, error)

    @contextmanager
    def _lost_when_broken(self) -> Iterator[None]:
        if self._serial is None:
            raise LinkLost(f"The port {self.port} is not open.")
        try:
            yield
        except EmgError:
            raise
        except _port_errors() as error:
            raise LinkLost(
                f"The connection at {self.port} broke.", "Check cable and power."
            ) from error


def opening_trouble(port: str, baud: int, error: Exception) -> EmgError:
    """One sentence for a port that did not open: what happened and what to do."""
    number = getattr(error, "errno", None)
    words = str(error).lower()
    if "://" in port:
        if isinstance(error, ValueError) and "invalid url" in words:
            return EmgError(f"'{port}' is not the address of a port.")
        return LinkLost(f"Nobody answers at {port}.", "Check host and port number.")
    if number == errno.EACCES:
        return EmgError(
            f"No permission for {port}.",
            "On Linux add your user to the group dialout and sign in again: "
            f"{permission_command()}",
        )
    if number in (errno.EAGAIN, errno.EBUSY) or any(word in words for word in BUSY_WORDS):
        return LinkLost(
            f"The port {port} is used by another program.",
            "Close the Arduino Serial Monitor or similar, then try again.",
        )
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) or any(
        word in words for word in MISSING_WORDS
    ):
        return LinkLost(
            f"There is no port {port} now.", "Plug the device in and search again for its port."
        )
    if isinstance(error, ValueError) and "baud" in words:
        return _wrong_speed(port, baud)
    return EmgError(f"{port} is not a serial port.", "Search for the device's port.")


def _forget_waiting(port: Any) -> None:
    """Have a port server forget what waits there, and forget what waits here by now."""
    from serial.rfc2217 import PURGE_RECEIVE_BUFFER

    port.rfc2217_send_purge(PURGE_RECEIVE_BUFFER)
    left = port.in_waiting
    while left > 0 and (data := port.read(left)):
        left -= len(data)


def _hang_up(port: Any, close: Callable[[], None]) -> None:
    """Close also where the port server hung up first: pyserial 3.5 leaves the socket open then."""
    connection = port._socket
    close()
    if connection is not None:
        connection.close()


def _forget_received(port: Any) -> None:
    """Forget what a socket has received by now, at most as much as a system keeps for one."""
    port.timeout = 0
    left = MOST_RECEIVED
    # That it was hung up is told when it is read.
    with suppress(OSError):
        while left > 0 and (data := port.read(min(left, SOCKET_CHUNK))):
            left -= len(data)
    port.timeout = READ_WAIT_S


def permission_command() -> str:
    """What gives a person on Linux the right to use serial ports."""
    return "sudo usermod -aG dialout $USER"


def _wrong_speed(port: str, baud: int) -> EmgError:
    return EmgError(f"The port {port} cannot run at {baud} baud.", "Choose another baud rate.")


def _port_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What pyserial raises; on POSIX also termios.error, which is no OSError."""
    if sys.platform == "win32":
        return (OSError, TypeError, *more)
    import termios

    return (OSError, TypeError, termios.error, *more)
