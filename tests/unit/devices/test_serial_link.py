"""Sentences for ports that do not open."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
import serial.rfc2217
from serial.urlhandler import protocol_socket

from emgstudio.core.errors import EmgError
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links import serial as serial_module
from emgstudio.devices.links.serial import SerialLink, opening_trouble

BUSY_ON_WINDOWS = "could not open port 'COM4': PermissionError(13, 'Access is denied.', None, 5)"
MISSING_ON_WINDOWS = "could not open port 'COM9': FileNotFoundError(2, 'The system cannot find…')"


@pytest.mark.parametrize(
    ("port", "error", "kind", "words"),
    [
        ("COM4", serial.SerialException(BUSY_ON_WINDOWS), LinkLost, "COM4 is used by another"),
        ("/dev/x", serial.SerialException(errno.EAGAIN, "lock"), LinkLost, "used by another"),
        ("/dev/x", OSError(errno.EBUSY, "busy"), LinkLost, "used by another"),
        ("COM9", serial.SerialException(MISSING_ON_WINDOWS), LinkLost, "no port COM9"),
        ("/dev/x", serial.SerialException(errno.ENOENT, "gone"), LinkLost, "no port /dev/x"),
        (
            "/dev/x",
            serial.SerialException(errno.EACCES, "no"),
            EmgError,
            "No permission for /dev/x",
        ),
        ("/dev/x", ValueError("Invalid baud rate: 7"), EmgError, "cannot run at 7 baud"),
        ("/dev/x", serial.SerialException("Could not configure port"), EmgError, "not a serial"),
        ("socket://h:1", serial.SerialException("refused"), LinkLost, "Nobody answers"),
        ("nix://h:1", ValueError("invalid URL, protocol unknown"), EmgError, "not the address"),
    ],
)
def test_trouble_becomes_a_sentence(
    port: str, error: Exception, kind: type[EmgError], words: str
) -> None:
    trouble = opening_trouble(port, 7, error)
    assert type(trouble) is kind
    assert words in trouble.message


def test_permission_tells_the_command() -> None:
    trouble = opening_trouble("/dev/x", 1, OSError(errno.EACCES, "no"))
    assert "sudo usermod -aG dialout" in trouble.hint


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda folder: str(folder / "missing"), LinkLost, "There is no port"),
        (lambda folder: _file(folder), EmgError, "is not a serial port"),
        (lambda _: "socket://127.0.0.1:9", LinkLost, "Nobody answers"),
        (lambda _: "nonsense://x", EmgError, "not the address"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="names of files as ports")
def test_what_is_no_port(tmp_path: Path, make: object, kind: type[EmgError], words: str) -> None:
    link = SerialLink(make(tmp_path), 115200)  # type: ignore[operator]
    with pytest.raises(EmgError, match=words) as caught:
        link.open()
    assert type(caught.value) is kind
    link.close()


def _file(folder: Path) -> str:
    path = folder / "file"
    path.write_text("not a port")
    return str(path)


def test_a_closed_link_is_a_lost_link() -> None:
    link = SerialLink("/dev/never", 115200)
    link.close()
    for use in (lambda: link.read(0.0), lambda: link.write(b"x"), lambda: link.set_baud(9600)):
        with pytest.raises(LinkLost):
            use()


class NeverPausing(serial.rfc2217.Serial):
    """A port server's board of which more has come whenever a byte was taken."""

    taken = 0

    def open(self) -> None:
        self._read_buffer = self
        self.is_open = True
        self.reset_input_buffer()

    def qsize(self) -> int:
        return 1000

    def read(self, size: int = 1) -> bytes:
        # A busy computer gets fewer bytes at a time than it asks for.
        return bytes([self.get() for _ in range(min(size, 7))])

    def get(self, _block: bool = True) -> int:
        self.taken += 1
        assert self.taken < 100_000, "this would never end"
        return 0

    def rfc2217_send_purge(self, _value: bytes) -> None:
        """Nobody is there to be asked."""

    def close(self) -> None:
        self.is_open = False


def test_a_board_that_never_pauses_opens_and_changes_its_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = NeverPausing()
    monkeypatch.setattr(serial, "serial_for_url", lambda *_settings, **_named: board)
    link = SerialLink("rfc2217://127.0.0.1:1", 115200)
    link.open()
    assert board.taken == 1000
    link.set_baud(board.baudrate)
    assert board.taken == 2000
    link.close()


class Flood:
    """A connection of which more has come whenever some was taken, and that takes nothing."""

    def __init__(self, readable: socket.socket) -> None:
        self.fileno = readable.fileno
        self.taken = self.tried = 0

    def recv(self, size: int) -> bytes:
        self.taken += size
        assert self.taken < 1 << 26, "this would never end"
        return bytes(size)

    def send(self, _data: bytes) -> int:
        self.tried += 1
        assert self.tried < 10_000_000, "this would never end"
        raise BlockingIOError(errno.EAGAIN, "full")

    def shutdown(self, _how: int) -> None:
        """Nobody is at the other end."""

    setblocking = shutdown

    def close(self) -> None:
        """There is nothing to be let go."""


@pytest.fixture
def flood(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flood]:
    ours, theirs = socket.socketpair()
    theirs.send(b"x")
    made = Flood(ours)
    monkeypatch.setattr(protocol_socket.socket, "create_connection", lambda *_a, **_k: made)
    yield made
    ours.close()
    theirs.close()


def test_a_board_behind_a_socket_that_never_pauses_opens_and_changes_its_speed(
    flood: Flood,
) -> None:
    link = SerialLink("socket://127.0.0.1:1", 115200)
    link.open()
    link.set_baud(9600)
    assert flood.taken == 2 * serial_module.MOST_RECEIVED
    assert link.read(1.0)
    link.close()


def test_a_board_behind_a_socket_that_takes_nothing_is_a_lost_link(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_module, "WRITE_TIMEOUT_S", 0.01)
    link = SerialLink("socket://127.0.0.1:1", 115200)
    link.open()
    with pytest.raises(LinkLost):
        link.write(b"b")
    assert flood.tried >= 1
    link.close()
