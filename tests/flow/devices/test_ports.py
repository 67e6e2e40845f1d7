"""Real ports: ptys, sockets and RFC 2217 between an emulator and pyserial."""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.server import EmulatorServer
from emgstudio.devices.emulators.tcp_server import Rfc2217Server, TcpServer
from emgstudio.devices.link import LinkLost, set_baud
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.links.serial import SerialLink

Wait = Callable[..., None]
# pyserial 3.5 names its RFC 2217 thread in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
posix = pytest.mark.skipif(sys.platform == "win32", reason="ptys are a thing of POSIX")


class Echo(PacketEmulator):
    """Says back what it hears; "b" starts 200 packets a second with every byte value in them."""

    key = "echo"

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__(faults or Faults(), 200.0)
        self.bauds: list[int] = []

    def packet(self, number: int) -> bytes:
        return bytes([number & 255, 0xFF, 0x00, 0x0D, 0x0A, 0x11, 0x13])

    def receive(self, data: bytes) -> None:
        if data == b"b":
            self.start()
        elif data == b"s":
            self.halt()
        else:
            self.say(data)

    def set_baud(self, baud: int) -> None:
        self.bauds.append(baud)


@pytest.fixture(params=["pty", "socket", "rfc2217"])
def server(request: pytest.FixtureRequest) -> Iterator[EmulatorServer]:
    if request.param == "pty" and sys.platform == "win32":
        pytest.skip("ptys are a thing of POSIX")
    kinds = {"pty": PtyServer, "socket": TcpServer, "rfc2217": Rfc2217Server}
    with kinds[request.param](Echo()) as made:
        yield made


def read_until(link: SerialLink | LoopbackLink, count: int) -> bytes:
    data, deadline = b"", host_time() + 60.0
    while len(data) < count and host_time() < deadline:
        data += link.read(0.05)
    return data


def read_on(link: SerialLink | LoopbackLink) -> None:
    deadline = host_time() + 60.0
    while host_time() < deadline:
        link.read(0.05)


def test_bytes_come_through_untouched(server: EmulatorServer) -> None:
    link = SerialLink(server.address, 115200)
    link.open()
    everything = bytes(range(256))
    link.write(everything)
    assert read_until(link, 256) == everything
    link.write(b"b")
    data = read_until(link, 7 * 100)
    assert data[:14] == bytes([0, 255, 0, 13, 10, 17, 19, 1, 255, 0, 13, 10, 17, 19])
    assert list(data[0::7]) == [number & 255 for number in range(len(data[0::7]))]
    link.close()
    link.close()


def test_nothing_within_the_time_is_nothing(server: EmulatorServer) -> None:
    link = SerialLink(server.address, 115200)
    link.open()
    began = host_time()
    assert link.read(0.0) == b""
    assert link.read(0.1) == b""
    assert host_time() - began >= 0.1
    link.close()


def test_a_pulled_cable_is_a_lost_link(server: EmulatorServer) -> None:
    link = SerialLink(server.address, 115200)
    link.open()
    link.write(b"b")
    assert read_until(link, 70)
    server.unplug()
    with pytest.raises(LinkLost, match="broke"):
        read_on(link)
    link.close()
    with pytest.raises(EmgError):
        link.open()


def test_baud_and_control_lines_are_seen() -> None:
    with Rfc2217Server(Echo()) as server:
        link = SerialLink(server.address, 230400)
        link.open()
        assert ("baudrate", 230400) in server.seen
        assert [value for name, value in server.seen if name == "dtr"][-1] is True
        assert set_baud(link, 115200)
        assert server.seen[-1] == ("reset_input_buffer", True)
        assert isinstance(server.emulator, Echo)
        assert server.emulator.bauds[-1] == 115200
        link.close()
        quiet = SerialLink(server.address, 115200, dtr=False)
        before = len(server.seen)
        quiet.open()
        assert ("dtr", True) not in server.seen[before:]
        assert ("rts", True) not in server.seen[before:]
        quiet.close()


@posix
def test_a_port_server_that_hung_up_first_leaves_no_socket_open() -> None:
    with Rfc2217Server(Echo()) as server:
        link = SerialLink(server.address, 115200)
        link.open()
        connection = link._serial._socket
        assert server._connection is not None
        # As where it goes away over something unread: at once and not in order.
        at_once = struct.pack("ii", 1, 0)
        server._connection.program.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        server.unplug()
        with pytest.raises(LinkLost, match="broke"):
            read_on(link)
    link.close()
    assert connection.fileno() == -1


@posix
def test_a_port_in_use_is_told() -> None:
    with PtyServer(Echo()) as server:
        first, second = SerialLink(server.address, 115200), SerialLink(server.address, 115200)
        first.open()
        with pytest.raises(LinkLost, match="used by another program"):
            second.open()
        first.close()
        second.open()
        second.close()


@posix
def test_every_usual_speed_can_be_set_at_a_pty() -> None:
    with PtyServer(Echo()) as server:
        link = SerialLink(server.address, 115200)
        link.open()
        for baud in (9600, 57600, 222222, 230400, 250000, 500000, 921600, 1000000):
            assert set_baud(link, baud)
        link.write(b"x")
        assert read_until(link, 1) == b"x"
        link.close()


@posix
def test_who_opens_a_port_hears_nothing_of_what_came_before() -> None:
    server = PtyServer(Echo())
    server._plug()
    try:
        server._give(b"old" * 10_000)
        link = SerialLink(server.address, 115200)
        link.open()
        assert server._take(30.0) == b""
        server._give(b"new")
        assert read_until(link, 3) == b"new"
        link.close()
    finally:
        server._unplug()


@posix
def test_what_the_other_end_did_to_a_port_is_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    server = PtyServer(Echo())
    server._plug()
    try:
        link = SerialLink(server.address, 115200)
        link.open()
        link.write(b"\x01\x00b")
        heard = [server._take(30.0), server._take(30.0)]
        assert heard == [b"", b"\x01\x00b"]
        link.write(b"b")
        with monkeypatch.context() as patch:
            patch.setattr(os, "read", lambda _end, _most: b"\x40settings")
            assert server._take(30.0) == b""
        link.close()
    finally:
        server._unplug()


@posix
def test_a_system_without_packet_mode_has_ports_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import fcntl
    import termios

    ask = fcntl.ioctl

    def refused(end: int, what: int, *how: Any) -> Any:
        if what == termios.TIOCPKT:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        return ask(end, what, *how)

    monkeypatch.setattr(fcntl, "ioctl", refused)
    with PtyServer(Echo()) as server:
        link = SerialLink(server.address, 115200)
        link.open()
        link.write(b"\x01hello")
        assert read_until(link, 6) == b"\x01hello"
        link.close()


@posix
def test_a_replugged_device_is_at_the_same_place(tmp_path: Path, wait_until: Wait) -> None:
    place = tmp_path / "port"
    with PtyServer(Echo(), link=place, back_after_s=0.05) as server:
        link = SerialLink(server.address, 115200)
        link.open()
        before = os.readlink(place)
        server.unplug()
        with pytest.raises(LinkLost):
            read_on(link)
        wait_until(lambda: place.exists() and not server.unplugged.is_set())
        link.open()
        link.write(b"hello")
        assert read_until(link, 5) == b"hello"
        link.close()
        assert before
    assert not place.exists()


def test_an_emulated_disconnection_happens_once() -> None:
    link = LoopbackLink(Echo(Faults(disconnect_at=0.05)))
    link.open()
    link.write(b"b")
    with pytest.raises(LinkLost, match="pulled"):
        read_on(link)
    with pytest.raises(LinkLost):
        link.read(0.0)
    link.open()
    assert read_until(link, 70)
    link.close()


def test_faults_drop_what_they_say() -> None:
    emulator = Echo(Faults(drop=0.2, corrupt=0.1, ppm=1e5, drop_these=frozenset({3})))
    assert emulator.due(0.0) == b""
    emulator.receive(b"b")
    data = b"".join(emulator.due(t * 0.1) for t in range(1, 51))
    assert emulator.sent == 1100
    assert 3 in emulator.dropped
    assert 0.22 < len(emulator.dropped) / emulator.sent < 0.36
    assert (1100 - len(emulator.dropped)) * 7 < len(data) < 1100 * 7


def test_what_was_said_while_nobody_listened_is_lost_and_counted() -> None:
    emulator = Echo()
    emulator.due(0.0)
    emulator.receive(b"b")
    assert len(emulator.due(1.0)) == 200 * 7
    emulator.opened(5.0)
    assert emulator.due(5.1)[:1] == bytes([1000 & 255])
    assert emulator.dropped == list(range(200, 1000))


def test_unplugging_a_loopback() -> None:
    link = LoopbackLink(Echo())
    link.open()
    link.unplug()
    for use in (lambda: link.read(0.0), lambda: link.write(b"x"), link.open):
        with pytest.raises(LinkLost):
            use()
    link.plug()
    with pytest.raises(LinkLost):
        link.read(0.0)
    link.open()
    link.close()
