"""Devices on the network, over real sockets of this computer: found, lost, found again."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import ConditionSpec
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
from emgstudio.devices.worker import DeviceState, DeviceWorker

HOST = "127.0.0.1"
Wait = Callable[..., None]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(5.0)
        yield server


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return port_of(server)


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


def test_nothing_listens() -> None:
    link = TcpLink(HOST, free_port(), "Switch it on.")
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
        assert link.read(1.0) == b"data"
    with pytest.raises(LinkLost, match="closed the network connection"):
        link.read(1.0)
    link.close()
    link.close()


def test_what_came_before_the_end_is_not_lost_with_it(listener: socket.socket) -> None:
    link = TcpLink(HOST, port_of(listener))
    link.open()
    other, _ = listener.accept()
    with other:
        other.sendall(b"last words")
    assert link.read(1.0) == b"last words"
    with pytest.raises(LinkLost):
        link.read(1.0)
    link.close()


def test_a_device_that_calls_gets_what_was_written_before_it_came() -> None:
    link = TcpServerLink(HOST, 0)
    link.open()
    link.write(b"go")
    assert link.read(0.0) == b""
    assert not link.connected
    with socket.create_connection(link.address) as device:
        device.sendall(b"data")
        assert link.read(1.0) == b"data"
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
            (frame,) = FrameReader().feed(link.read(1.0))
            assert (frame.stream, frame.counter, frame.payload) == (1, 0, b"abc")
            two.sendall(b"de")
            (frame,) = FrameReader().feed(link.read(1.0))
            assert (frame.stream, frame.counter, frame.payload) == (1, 3, b"de")
        with pytest.raises(LinkLost):
            link.read(1.0)
        link.close()
        link.close()


def test_a_bundle_opens_whole_or_not_at_all(listener: socket.socket) -> None:
    link = TcpBundle(HOST, (port_of(listener), free_port()))
    with pytest.raises(LinkLost):
        link.open()
    with pytest.raises(LinkLost, match="closed"):
        link.write(b"")


def called(emulator: RowEmulator) -> tuple[NetworkServer, Link]:
    server = NetworkServer(emulator, back_after_s=0.1)
    server.start()
    return server, TcpLink(*host_and_port(server.address.removeprefix("tcp:")))


def calling(emulator: RowEmulator) -> tuple[NetworkServer, Link]:
    port = free_port()
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
def test_a_broken_connection_costs_the_hole_and_nothing_else(name: str, wait_until: Wait) -> None:
    make, emulate, connect = DEVICES[name]
    emulator = emulate(Faults())
    server, link = connect(emulator)
    worker = DeviceWorker("d", f"tcp:{name}", make(), link, Outbox(), ConditionSpec())
    try:
        worker.start()
        # The first stream of a process also imports scipy.
        wait_until(lambda: worker.streams and worker.streams[0].received > 200)
        emg = worker.streams[0]
        assert emg.lost == 0
        server.unplug()
        wait_until(lambda: worker.state is DeviceState.WAITING)
        before = emg.received
        wait_until(lambda: emg.received > before + 200)
        assert worker.state is DeviceState.STREAMING
        assert emg.gaps[0].estimated
        assert emg.gaps[0].count > 0
        chunk = emg.raw.read(0, 100)
        np.testing.assert_array_equal(chunk.data, emulator.rows(0, 100)[:, : emg.info.n_channels])
    finally:
        worker.stop()
        try:
            wait_until(lambda: not emulator.streaming)
        finally:
            server.stop()


def test_a_trigno_server_is_lost_and_found(wait_until: Wait) -> None:
    server = TrignoServer(TrignoEmulator(Faults()), back_after_s=0.1)
    with server:
        driver, link = open_device(f"{server.address}?driver=trigno")
        worker = DeviceWorker("d", server.address, driver, link, Outbox(), ConditionSpec())
        try:
            worker.start()
            wait_until(lambda: worker.streams and worker.streams[0].received > 200)
            assert [stream.info.name for stream in worker.streams] == ["EMG", "ACC", "GYR"]
            wait_until(lambda: all(stream.received for stream in worker.streams))
            assert not any(stream.lost for stream in worker.streams)
            server.unplug()
            wait_until(lambda: worker.state is DeviceState.WAITING)
            before = worker.streams[0].received
            wait_until(lambda: worker.streams[0].received > before + 200)
            assert worker.streams[0].gaps[0].estimated
        finally:
            worker.stop()


def test_nobody_calls_and_stopping_is_quick(wait_until: Wait) -> None:
    port = free_port()
    driver, link = MuoviDriver(MuoviOptions()), TcpServerLink(HOST, port)
    worker = DeviceWorker("d", "tcp:muovi", driver, link, Outbox(), ConditionSpec())
    worker.start()
    wait_until(lambda: worker.state is DeviceState.IDENTIFYING)
    assert worker.state_text == f"Waiting for Muovi to connect to port {port} of this computer…"
    worker.stop()
    assert worker.state is DeviceState.CLOSED
