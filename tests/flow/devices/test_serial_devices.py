"""Serial drivers over real ports with pyserial, in the worker's thread."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.server import EmulatorServer
from emgstudio.devices.emulators.tcp_server import Rfc2217Server
from emgstudio.devices.registry import DRIVERS, DeviceKind, device_kind, open_device
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, HandClock

Wait = Callable[..., None]
SERIAL = [kind for kind in DRIVERS if kind.scheme == "serial"]
# pyserial takes bytes from a port server one by one: 20 kB in a second are too much for a busy
# machine, and an answer comes after all that was sent before. A fiftieth of a SpikerBox's 10 kHz
# and a fifth of the others' rates are left.
UNHURRIED = {key: Faults(ppm=-8e5) for key in ("ascii", "chords", "cyton")}
UNHURRIED["spikerbox"] = Faults(ppm=-98e4)
each = pytest.mark.parametrize("kind", SERIAL, ids=lambda kind: kind.key)
# pyserial 3.5 names its RFC 2217 thread in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
posix = pytest.mark.skipif(sys.platform == "win32", reason="ptys are a thing of POSIX")


@pytest.fixture
def served() -> Iterator[Callable[[EmulatorServer], EmulatorServer]]:
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def connect(clock: HandClock) -> Iterator[Callable[..., Bench]]:
    del clock  # What a busy machine is late by is not lost.
    benches: list[Bench] = []

    def connected(address: str, key: str, query: str = "") -> Bench:
        # How often it sends is measured elsewhere, and cannot be while the machine is busy.
        rate = "&rate=500" if key == "ascii" else ""
        bench = Bench(*open_device(f"serial:{address}?driver={key}{rate}{query}"))
        benches.append(bench)
        bench.worker.start()
        return bench

    yield connected
    for bench in benches:
        bench.worker.stop()


def emulator_of(kind: DeviceKind, faults: Faults) -> PacketEmulator:
    assert kind.emulator is not None
    made = kind.emulator(faults)
    assert isinstance(made, PacketEmulator)
    return made


@posix
@each
def test_it_streams_without_loss_and_stops(
    kind: DeviceKind,
    served: Callable[[EmulatorServer], EmulatorServer],
    connect: Callable[..., Bench],
    wait_until: Wait,
) -> None:
    server = served(PtyServer(emulator_of(kind, Faults())))
    bench = connect(server.address, kind.key)
    bench.until_received(100, wait_until)
    worker = bench.worker
    stream = worker.streams[0]
    assert stream.lost == stream.repeated == 0
    assert np.isfinite(stream.clean.latest(100).data).all()
    worker.stop()
    assert worker.state == DeviceState.CLOSED


@posix
@pytest.mark.parametrize("key", ["ascii", "chords"])
def test_a_pulled_cable_costs_the_hole_and_nothing_else(
    key: str,
    clock: HandClock,
    tmp_path: Path,
    served: Callable[[EmulatorServer], EmulatorServer],
    connect: Callable[..., Bench],
    wait_until: Wait,
) -> None:
    emulator = emulator_of(device_kind("serial", key), Faults())
    server = served(PtyServer(emulator, tmp_path / key, back_after_s=0.3))
    bench = connect(server.address, key)
    bench.until_received(100, wait_until)
    server.unplug()
    bench.come_back(clock, wait_until)


@pytest.mark.parametrize(
    ("key", "bauds"),
    [("ascii", [115200]), ("chords", [230400]), ("spikerbox", [222222]), ("cyton", [115200])],
)
def test_it_works_through_a_port_server_and_sets_the_speed(
    key: str,
    bauds: list[int],
    served: Callable[[EmulatorServer], EmulatorServer],
    connect: Callable[..., Bench],
    wait_until: Wait,
) -> None:
    server = served(Rfc2217Server(emulator_of(device_kind("serial", key), UNHURRIED[key])))
    assert isinstance(server, Rfc2217Server)
    bench = connect(server.address, key)
    bench.until_received(50, wait_until)
    set_speeds = [value for name, value in server.seen if name == "baudrate"]
    assert set_speeds[-1] == bauds[-1]
    assert ("dtr", True) in server.seen
    assert bench.worker.streams[0].lost == 0


def test_a_board_is_left_running_when_asked(
    served: Callable[[EmulatorServer], EmulatorServer],
    connect: Callable[..., Bench],
    wait_until: Wait,
) -> None:
    server = served(Rfc2217Server(emulator_of(device_kind("serial", "ascii"), UNHURRIED["ascii"])))
    assert isinstance(server, Rfc2217Server)
    bench = connect(server.address, "ascii", "&reset=0&baud=115200")
    bench.until_received(50, wait_until)
    assert ("dtr", True) not in server.seen


@posix
def test_four_boards_at_once_lose_nothing(
    served: Callable[[EmulatorServer], EmulatorServer],
    connect: Callable[..., Bench],
    wait_until: Wait,
) -> None:
    kind = device_kind("serial", "ascii")
    benches = [
        connect(served(PtyServer(emulator_of(kind, Faults()))).address, "ascii") for _ in range(4)
    ]
    for bench in benches:
        bench.until_received(400, wait_until)
    assert [bench.worker.streams[0].lost for bench in benches] == [0, 0, 0, 0]
