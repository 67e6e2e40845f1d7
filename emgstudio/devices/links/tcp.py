"""Devices on the network: those we call, those that call us, and those with several ports."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import time
from collections.abc import Sequence

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.frames import Kind, encode
from emgstudio.devices.link import LinkLost

CONNECT_TIMEOUT_S = 3.0
WRITE_TIMEOUT_S = 2.0
READ_BYTES = 1 << 18
# Between looks at a socket that is to be emptied at once.
AT_ONCE = 0.0
# Of 384 electrodes each packet is two samples. Filtering them in heaps of 2 ms costs 17 % of a
# core, in heaps of 10 ms 5 % (measured).
HEAP_S = 0.005


def host_and_port(target: str, port: int | None = None) -> tuple[str, int]:
    """``HOST:PORT`` or ``[HOST]:PORT`` taken apart; ``port`` stands in for a missing one.

    Raises EmgError when it is not an address.
    """
    host, colon, digits = target.rpartition(":")
    if not colon or (target.count(":") > 1 and not host.endswith("]")):
        host, digits = target, "" if port is None else str(port)
    host = host.strip().removeprefix("[").removesuffix("]")
    if not host or not digits.isdecimal() or int(digits) > 65535:
        raise EmgError(f"'{target}' is not a network address.", "It looks like 192.168.1.5:23456.")
    return host, int(digits)


def _unreachable(error: OSError, host: str, port: int, hint: str) -> EmgError:
    """The sentence for a connection that could not be made."""
    if isinstance(error, socket.gaierror):
        return EmgError(f"There is no computer or device named '{host}'.", "Check the address.")
    if isinstance(error, ConnectionRefusedError):
        return LinkLost(f"{host} is there, but nothing answers at its port {port}.", hint)
    if isinstance(error, TimeoutError):
        return LinkLost(f"{host}:{port} does not answer.", hint)
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return LinkLost(f"This computer is not in the same network as {host}.", hint)
    return LinkLost(f"{host}:{port} cannot be reached ({error.strerror or error}).", hint)


def _connect(host: str, port: int, hint: str) -> socket.socket:
    try:
        connection = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    except OSError as error:
        raise _unreachable(error, host, port, hint) from None
    _prepare(connection)
    return connection


def _prepare(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A device that was switched off says no goodbye; the system then finds out by itself.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _receive(connection: socket.socket, timeout_s: float) -> bytes:
    connection.settimeout(max(0.0, timeout_s))
    try:
        data = connection.recv(READ_BYTES)
    except (TimeoutError, BlockingIOError):
        return b""
    except OSError as error:
        raise LinkLost(f"The network connection broke ({error.strerror or error}).") from None
    if not data:
        raise LinkLost("The other side closed the network connection.")
    return data


def _receive_heap(connection: socket.socket, timeout_s: float) -> bytes:
    """What has come, and what comes in the next 5 ms."""
    data = _receive(connection, timeout_s)
    if not data or not timeout_s:
        return data
    time.sleep(HEAP_S)
    try:
        return data + _receive(connection, AT_ONCE)
    except LinkLost:
        # Told again at the next read; what came before is not lost with it.
        return data


def _send(connection: socket.socket, data: bytes) -> None:
    connection.settimeout(WRITE_TIMEOUT_S)
    try:
        connection.sendall(data)
    except OSError as error:
        raise LinkLost(f"The network connection broke ({error.strerror or error}).") from None


class TcpLink:
    """A connection that this computer opens to ``host``:``port``.

    ``hint`` is what a person shall check when nobody answers there.
    """

    def __init__(self, host: str, port: int, hint: str = "") -> None:
        self.host = host
        self.port = port
        self._hint = hint
        self._connection: socket.socket | None = None

    def open(self) -> None:
        self.close()
        self._connection = _connect(self.host, self.port, self._hint)

    def read(self, timeout_s: float) -> bytes:
        return _receive_heap(self._there(), timeout_s)

    def write(self, data: bytes) -> None:
        _send(self._there(), data)

    def close(self) -> None:
        if self._connection is not None:
            _hang_up(self._connection)
            self._connection = None

    def _there(self) -> socket.socket:
        if self._connection is None:
            raise LinkLost("The network connection is closed.")
        return self._connection


class TcpServerLink:
    """Waits at ``host``:``port`` of this computer for a device that connects by itself.

    ``open`` begins to listen and returns at once; what is written before the
    device is there is sent when it comes, and ``read`` gives nothing until
    then. One device is served; another one is not answered. Port 0 takes a free
    one, see :attr:`address`.
    """

    def __init__(self, host: str, port: int, hint: str = "") -> None:
        self.host = host
        self.port = port
        self._hint = hint
        self._listener: socket.socket | None = None
        self._device: socket.socket | None = None
        self._waiting = b""

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the address it was made with while it is closed."""
        if self._listener is None:
            return self.host, self.port
        host, port = self._listener.getsockname()[:2]
        return host, port

    @property
    def waits_at(self) -> str:
        """Where the device is waited for, in words."""
        return f"port {self.address[1]} of this computer"

    @property
    def connected(self) -> bool:
        """Whether a device has come."""
        return self._device is not None

    def open(self) -> None:
        self.close()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                # On Windows the same option would let two programs share the port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(1)
        except OSError as error:
            listener.close()
            raise self._cannot_listen(error) from None
        self._listener = listener

    def read(self, timeout_s: float) -> bytes:
        if self._device is None and not self._accept(timeout_s):
            return b""
        return _receive_heap(self._there(), timeout_s)

    def write(self, data: bytes) -> None:
        if self._device is None:
            if self._listener is None:
                raise LinkLost("The network connection is closed.")
            self._waiting += data
        else:
            _send(self._device, data)

    def close(self) -> None:
        if self._device is not None:
            _hang_up(self._device)
        if self._listener is not None:
            self._listener.close()
        self._device = self._listener = None
        self._waiting = b""

    def _accept(self, timeout_s: float) -> bool:
        if self._listener is None:
            raise LinkLost("The network connection is closed.")
        self._listener.settimeout(max(0.0, timeout_s))
        try:
            self._device, _ = self._listener.accept()
        except (TimeoutError, BlockingIOError):
            return False
        except OSError as error:
            raise LinkLost(f"Nothing can connect any more ({error.strerror or error}).") from None
        _prepare(self._device)
        waiting, self._waiting = self._waiting, b""
        _send(self._device, waiting)
        return True

    def _there(self) -> socket.socket:
        if self._device is None:
            raise LinkLost("The network connection is closed.")
        return self._device

    def _cannot_listen(self, error: OSError) -> EmgError:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return EmgError(
                f"Port {self.port} of this computer is in use by another program.",
                self._hint or "Close the program that uses it, then try again.",
            )
        return EmgError(
            f"This computer cannot listen at {self.host}:{self.port} ({error.strerror or error}).",
            "Give an address of this computer, or 0.0.0.0 for all of them.",
        )


class TcpBundle:
    """Several connections to one computer, read as one stream of frames.

    What arrives at ``ports[k]`` comes as frames of :mod:`emgstudio.devices.frames`
    whose stream is k and whose counter says how many bytes of that port came
    before. Commands go to the first port.
    """

    def __init__(self, host: str, ports: Sequence[int], hint: str = "") -> None:
        self.host = host
        self.ports = tuple(ports)
        self._hint = hint
        self._connections: list[socket.socket] = []
        self._received: list[int] = []
        self._selector: selectors.BaseSelector | None = None

    def open(self) -> None:
        self.close()
        self._received = [0] * len(self.ports)
        self._selector = selectors.DefaultSelector()
        try:
            for number, port in enumerate(self.ports):
                connection = _connect(self.host, port, self._hint)
                self._connections.append(connection)
                self._selector.register(connection, selectors.EVENT_READ, number)
        except EmgError:
            self.close()
            raise

    def read(self, timeout_s: float) -> bytes:
        if self._selector is None:
            raise LinkLost("The network connection is closed.")
        frames = bytearray()
        for key, _ in self._selector.select(timeout_s):
            number: int = key.data
            data = _receive(self._connections[number], AT_ONCE)
            frames += port_frame(number, self._received[number], data)
            self._received[number] += len(data)
        return bytes(frames)

    def write(self, data: bytes) -> None:
        if not self._connections:
            raise LinkLost("The network connection is closed.")
        _send(self._connections[0], data)

    def close(self) -> None:
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections = []


def port_frame(number: int, before: int, data: bytes) -> bytes:
    """``data`` of port ``number``, ``before`` bytes after its first, as :class:`TcpBundle` does."""
    return encode(Kind.SAMPLES, data, stream=number, counter=before) if data else b""


def _hang_up(connection: socket.socket) -> None:
    """Close in order: closing over unread bytes would throw away the command to stop."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.05)
        deadline = host_time() + 0.3
        while host_time() < deadline and connection.recv(65536):
            continue
    connection.close()
