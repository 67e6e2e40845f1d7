"""Devices on the network, over real sockets of this computer: found, lost, found again."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices.drivers.muovi import MuoviDriver, MuoviOptions
from emgstudio.devices.drivers.quattrocento import QuattrocentoDriver, QuattrocentoOptions
from emgstudio.devices.drivers.sessantaquattro import SessantaquattroDriver, SessantaquattroOptions
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.otb import (
    MuoviEmulator,
    QuattrocentoEmulator,
    RowEmulator,
    SessantaquattroEmulator,
)
from emgstudio.devices.emulators.tcp import NetworkCaller, NetworkServer
from emgstudio.devices.emulators.trigno import TrignoEmulator, TrignoServer
from emgstudio.devices.frames import FrameReader
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.links.tcp import TcpBundle, TcpLink, TcpServerLink, host_and_port
from emgstudio.devices.registry import open_device
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, HandClock

HOST = "127.0.0.1"
Wait = Callable[..., None]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(60.0)
        yield server


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port at which nobody listens, and that nobody else on this computer is given meanwhile."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((HOST, 0))
        yield port_of(place)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1:99", ("127.0.0.1", 99)),
        ("muovi.local", ("muovi.local", 54321)),
        ("[::1]:99", ("::1", 99)),
        ("fe80::1", ("fe80::1", 54321)),
    ],
)
def test_addresses(text: str, wanted: tuple[str, int]) -> None:
    assert host_and_port(text, 54321) == wanted


@pytest.mark.parametrize("text", ["", ":1", "host:", "host:x", "host:70000"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(EmgError, match="not a network address"):
        host_and_port(text)


def test_nothing_listens(free_port: int) -> None:
    link = TcpLink(HOST, free_port, "Switch it on.")
    with pytest.raises(LinkLost, match="nothing answers at its port") as lost:
        link.open()
    assert lost.value.hint == "Switch it on."
    with pytest.raises(LinkLost, match="closed"):
        link.read(0.0)
    link.close()


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(EmgError, match="no computer or device named"):
        TcpLink("no-such-device.invalid", 99).open()


def test_bytes_go_both_ways_until_the_other_side_hangs_up(listener: socket.socket) -> None:
    link = TcpLink(HOST, port_of(listener))
    link.open()
    other, _ = listener.accept()
    with other:
        assert link.read(0.0) == b""
        assert link.read(0.01) == b""
        link.write(b"hello")
        assert other.recv(9) == b"hello"
        other.sendall(b"data")
        assert link.read(60.0) == b"data"
    with pytest.raises(LinkLost, match="closed the network connection"):
        link.read(60.0)
    link.close()
    link.close()


def test_what_came_before_the_end_is_not_lost_with_it(listener: socket.socket) -> None:
    link = TcpLink(HOST, port_of(listener))
    link.open()
    other, _ = listener.accept()
    with other:
        other.sendall(b"last words")
    assert link.read(60.0) == b"last words"
    with pytest.raises(LinkLost):
        link.read(60.0)
    link.close()


def test_a_device_that_calls_gets_what_was_written_before_it_came() -> None:
    link = TcpServerLink(HOST, 0)
    link.open()
    link.write(b"go")
    assert link.read(0.0) == b""
    assert not link.connected
    with socket.create_connection(link.address, 60.0) as device:
        device.sendall(b"data")
        assert link.read(60.0) == b"data"
        assert device.recv(9) == b"go"
        link.close()
        assert device.recv(9) == b""
    with pytest.raises(LinkLost):
        link.read(0.0)
    with pytest.raises(LinkLost):
        link.write(b"")


def test_a_port_that_is_taken_is_a_sentence(listener: socket.socket) -> None:
    link = TcpServerLink(HOST, port_of(listener), "Close OT BioLab+.")
    with pytest.raises(EmgError, match="in use by another program") as refused:
        link.open()
    assert refused.value.hint == "Close OT BioLab+."
    assert not isinstance(refused.value, LinkLost)


def test_not_an_address_of_this_computer() -> None:
    with pytest.raises(EmgError, match=r"cannot listen at 192\.0\.2\.1"):
        TcpServerLink("192.0.2.1", 0).open()


def test_several_ports_read_as_one() -> None:
    with socket.create_server((HOST, 0)) as first, socket.create_server((HOST, 0)) as second:
        link = TcpBundle(HOST, (port_of(first), port_of(second)))
        link.open()
        one, two = first.accept()[0], second.accept()[0]
        with one, two:
            assert link.read(0.0) == b""
            link.write(b"START")
            assert one.recv(9) == b"START"
            two.sendall(b"abc")
            (frame,) = FrameReader().feed(link.read(60.0))
            assert (frame.stream, frame.counter, frame.payload) == (1, 0, b"abc")
            two.sendall(b"de")
            (frame,) = FrameReader().feed(link.read(60.0))
            assert (frame.stream, frame.counter, frame.payload) == (1, 3, b"de")
        with pytest.raises(LinkLost):
            link.read(60.0)
        link.close()
        link.close()


def test_a_bundle_opens_whole_or_not_at_all(listener: socket.socket, free_port: int) -> None:
    link = TcpBundle(HOST, (port_of(listener), free_port))
    with pytest.raises(LinkLost):
        link.open()
    with pytest.raises(LinkLost, match="closed"):
        link.write(b"")


def called(emulator: RowEmulator, _port: int) -> tuple[NetworkServer, Link]:
    server = NetworkServer(emulator, back_after_s=0.1)
    server.start()
    return server, TcpLink(*host_and_port(server.address.removeprefix("tcp:")))


def calling(emulator: RowEmulator, port: int) -> tuple[NetworkServer, Link]:
    server = NetworkCaller(emulator, port)
    server.start()
    return server, TcpServerLink(HOST, port)


DEVICES = {
    "muovi": (lambda: MuoviDriver(MuoviOptions()), MuoviEmulator, calling),
    "sessantaquattro": (
        lambda: SessantaquattroDriver(SessantaquattroOptions(channels=16)),
        SessantaquattroEmulator,
        calling,
    ),
    "quattrocento": (
        lambda: QuattrocentoDriver(QuattrocentoOptions(channels=96)),
        QuattrocentoEmulator,
        called,
    ),
}


@pytest.mark.parametrize("name", DEVICES)
def test_a_broken_connection_costs_the_hole_and_nothing_else(
    name: str, clock: HandClock, free_port: int, wait_until: Wait
) -> None:
    make, emulate, connect = DEVICES[name]
    emulator = emulate(Faults())
    server, link = connect(emulator, free_port)
    bench = Bench(make(), link)
    worker = bench.worker
    try:
        worker.start()
        bench.until_received(200, wait_until)
        server.unplug()
        bench.come_back(clock, wait_until)
        emg = worker.streams[0]
        chunk = emg.raw.read(0, 100)
        np.testing.assert_array_equal(chunk.data, emulator.rows(0, 100)[:, : emg.info.n_channels])
    finally:
        worker.stop()
        try:
            wait_until(lambda: not emulator.streaming)
        finally:
            server.stop()


def test_a_trigno_server_is_lost_and_found(clock: HandClock, wait_until: Wait) -> None:
    server = TrignoServer(TrignoEmulator(Faults()), back_after_s=0.1)
    with server:
        bench = Bench(*open_device(f"{server.address}?driver=trigno"))
        worker = bench.worker
        try:
            worker.start()
            bench.until_received(200, wait_until)
            assert [stream.info.name for stream in worker.streams] == ["EMG", "ACC", "GYR"]
            wait_until(lambda: all(stream.received for stream in worker.streams))
            assert not any(stream.lost for stream in worker.streams)
            server.unplug()
            bench.come_back(clock, wait_until)
        finally:
            worker.stop()


def test_nobody_calls_and_stopping_is_quick(
    free_port: int, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far longer than stop() waits.
    monkeypatch.setattr("emgstudio.devices.drivers.muovi.PATIENCE_S", 600.0)
    worker = Bench(MuoviDriver(MuoviOptions()), TcpServerLink(HOST, free_port)).worker
    worker.start()
    wait_until(lambda: worker.state is DeviceState.IDENTIFYING)
    waiting = f"Waiting for Muovi to connect to port {free_port} of this computer…"
    assert worker.state_text == waiting
    worker.stop()
    assert worker.state is DeviceState.CLOSED
