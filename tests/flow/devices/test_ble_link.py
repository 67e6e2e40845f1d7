"""The Bluetooth link on the in-process bleak back end: connect, stream, lose, come back."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.types import Level
from emgstudio.devices import worker as worker_module
from emgstudio.devices.drivers.myo import MyoDriver, MyoOptions
from emgstudio.devices.emulators.air import AirDevice, Radio
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.frames import FrameReader
from emgstudio.devices.gatt import GattTable, Record
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links import ble, ble_loop
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import THREAD_NAME, bluetooth, close_bluetooth
from emgstudio.devices.links.ble_scan import BluetoothScan
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, HandClock

Wait = Callable[..., None]


@pytest.fixture(autouse=True)
def bluetooth_ends() -> Iterator[None]:
    yield
    close_bluetooth()


@pytest.fixture
def myo() -> AirDevice:
    return AirDevice(MyoEmulator(Faults()))


def link_to(device: AirDevice, address: str = "") -> BleLink:
    return BleLink(address or device.address, EmulatedAir(device).backend())


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == THREAD_NAME]


@pytest.mark.parametrize("address", ["e1:7a:00:00:00:01", "my myo"])
def test_it_opens_by_address_or_name_and_says_what_is_there(myo: AirDevice, address: str) -> None:
    link = link_to(myo, address)
    link.open()
    (frame,) = FrameReader().feed(link.read(60.0))
    assert frame.kind == Record.TABLE
    table = GattTable.decode(frame.payload)
    assert (table.name, table.address, table.mtu) == ("My Myo", "E1:7A:00:00:00:01", 247)
    assert table.characteristics == myo.table.characteristics
    link.close()
    assert not myo.connected
    link.close()


def test_a_myo_streams_without_loss(myo: AirDevice) -> None:
    link, driver = link_to(myo), MyoDriver(MyoOptions())
    link.open()
    infos = driver.start(link)
    assert [info.name for info in infos] == ["EMG", "ORI", "ACC", "GYR"]
    rows: list[np.ndarray] = []
    while sum(map(len, rows)) < 200:
        # As if all came in its time: what a machine is late by is not the driver's.
        items = driver.feed(link.read(0.1), 100.0)
        rows += [i.data for i in items if getattr(i, "stream", "") == "EMG"]
    assert isinstance(myo.emulator, MyoEmulator)
    emg = np.concatenate(rows)
    np.testing.assert_array_equal(emg, myo.emulator.samples(0, len(emg)))
    assert myo.emulator.sleepless
    assert myo.emulator.vibrations == [1]
    driver.stop(link)
    link.close()
    assert myo.emulator.commands[-1] == bytes((1, 3, 0, 0, 0))


def test_there_is_one_thread_for_all_and_it_ends() -> None:
    devices = [AirDevice(MyoEmulator(Faults(), f"E1:7A:00:00:00:0{k}")) for k in range(3)]
    backend = EmulatedAir(*devices).backend()
    links = [BleLink(device.address, backend) for device in devices]
    for link in links:
        link.open()
    assert len(threads()) == 1
    for link in links:
        link.close()
    assert len(threads()) == 1
    close_bluetooth()
    assert threads() == []
    close_bluetooth()
    links[0].open()
    close_bluetooth()
    links[0].close()


def test_a_thread_that_cannot_begin_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def run(work: Coroutine[Any, Any, None]) -> None:
        work.close()
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(ble_loop.asyncio, "run", run)
        with pytest.raises(EmgError, match="could not be started"):
            bluetooth()
        scan = BluetoothScan(1.0)
        assert scan.problem is not None
        assert not scan.running
        scan.stop()
    assert "Bluetooth thread failed" in caplog.text
    assert bluetooth().alive


async def never() -> None:
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("at", ["start", "stop"])
def test_a_system_that_never_says_that_it_searches_does_not_keep_the_radio(
    at: str, myo: AirDevice, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble, "SYSTEM_S", 0.1)
    monkeypatch.setattr(ble, "SCAN_S", 0.1)
    well = EmulatedAir(myo).backend()
    assert well.scanner is not None
    mute = replace(well, scanner=type("Mute", (well.scanner,), {at: lambda _self: never()}))
    with pytest.raises(LinkLost, match="Bluetooth does not answer"):
        BleLink(myo.address, mute).open()
    scan = BluetoothScan(0.1, mute)
    wait_until(lambda: not scan.running)
    assert scan.problem is not None
    assert "does not answer" in scan.problem.message
    monkeypatch.setattr(ble, "SYSTEM_S", 60.0)
    monkeypatch.setattr(ble, "SCAN_S", 60.0)
    link = BleLink(myo.address, well)
    link.open()
    link.close()


@pytest.mark.parametrize("comes", [True, False])
def test_an_answer_that_came_while_the_thread_stood_still_is_taken(
    comes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stand_still() -> str:
        loop, clock = asyncio.get_running_loop(), HandClock()
        monkeypatch.setattr(loop, "time", clock)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            asking = asyncio.ensure_future(ble_loop.within(0.05, asked(loop, ours)))
            # Until it has asked; then nothing goes on here until its time is long over.
            await asyncio.sleep(0.0)
            await asyncio.sleep(0.0)
            if comes:
                theirs.send(b"answer")
            clock.now += 1.0
            return await asking

    async def asked(loop: asyncio.AbstractEventLoop, port: socket.socket) -> str:
        return (await loop.sock_recv(port, 9)).decode()

    if comes:
        assert asyncio.run(stand_still()) == "answer"
    else:
        with pytest.raises(TimeoutError):
            asyncio.run(stand_still())


def test_a_search_that_was_given_up_frees_the_radio_though_its_end_is_not_confirmed(
    myo: AirDevice, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = EmulatedAir(myo).backend()
    assert well.scanner is not None
    begun = threading.Event()

    class Mute(well.scanner):  # type: ignore[name-defined]
        async def start(self) -> None:
            await super().start()
            begun.set()

        async def stop(self) -> None:
            await never()

    scan = BluetoothScan(600.0, replace(well, scanner=Mute))
    assert begun.wait(60.0)
    # From here on: how long the end of the search may take.
    monkeypatch.setattr(ble, "SYSTEM_S", 0.1)
    scan.stop()
    wait_until(lambda: not bluetooth().radio.locked())
    monkeypatch.setattr(ble, "SYSTEM_S", 60.0)
    link = BleLink(myo.address, well)
    link.open()
    link.close()


def test_a_lost_connection_is_told_after_the_last_bytes(myo: AirDevice, wait_until: Wait) -> None:
    air = EmulatedAir(myo)
    link = BleLink(myo.address, air.backend())
    link.open()
    bluetooth().loop.call_soon_threadsafe(air.clients[myo.address].lost)
    wait_until(lambda: not myo.connected)
    assert link.read(60.0)
    with pytest.raises(LinkLost, match="My Myo was lost"):
        link.read(60.0)
    with pytest.raises(LinkLost):
        link.write(b"")
    link.close()


def test_it_comes_back_into_the_same_streams(
    clock: HandClock, myo: AirDevice, wait_until: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    air = EmulatedAir(myo)
    bench = Bench(MyoDriver(MyoOptions()), BleLink(myo.address, air.backend()))
    bench.worker.start()
    bench.until_received(100, wait_until)
    emg = bench.worker.streams[0]
    bluetooth().loop.call_soon_threadsafe(air.clients[myo.address].lost)
    bench.come_back(clock, wait_until)
    assert emg is bench.worker.streams[0]
    assert [n.level for n in bench.notices()][:2] == [Level.WARNING, Level.INFO]
    assert bench.worker.readings["battery"].value == 87.0
    assert bench.worker.readings["rssi"].value == -60.0
    assert not [r for r in caplog.records if r.exc_info]


SENTENCES = {
    "off": ("switched off", EmgError),
    "away": ("is not in sight", LinkLost),
    "refused": ("Bluetooth trouble with My Myo", LinkLost),
    "hangs": ("My Myo does not answer", LinkLost),
}


@pytest.mark.parametrize("trouble", SENTENCES)
def test_every_trouble_is_one_sentence(
    trouble: str, myo: AirDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only where nobody answers is the limit reached.
    monkeypatch.setattr(ble, "SCAN_S", 0.2 if trouble == "away" else 60.0)
    monkeypatch.setattr(ble, "CONNECT_S", 0.2 if trouble == "hangs" else 60.0)
    air = EmulatedAir(myo)
    air.powered = trouble != "off"
    myo.radio = Radio(
        advertising=trouble != "away",
        refusal="go away" if trouble == "refused" else "",
        hangs=trouble == "hangs",
    )
    text, kind = SENTENCES[trouble]
    with pytest.raises(EmgError, match=text) as caught:
        BleLink(myo.address, air.backend()).open()
    assert type(caught.value) is kind
    assert caught.value.hint


def test_opening_can_be_interrupted(
    myo: AirDevice, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble, "CONNECT_S", 600.0)
    myo.radio.hangs = True
    link = link_to(myo)
    ended: list[type] = []

    def opening() -> None:
        try:
            link.open()
        except Cancelled:
            ended.append(Cancelled)

    thread = threading.Thread(target=opening)
    thread.start()
    wait_until(lambda: link._opening is not None)
    link.interrupt()
    thread.join(60.0)
    assert ended == [Cancelled]


def test_disconnecting_while_it_connects_does_not_wait(
    myo: AirDevice, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than stop() waits.
    monkeypatch.setattr(ble, "CONNECT_S", 600.0)
    myo.radio.hangs = True
    bench = Bench(MyoDriver(MyoOptions()), link_to(myo))
    bench.worker.start()
    wait_until(threads)
    bench.worker.stop()
    assert bench.worker.state == DeviceState.CLOSED


def test_a_silent_armband_is_told_again_to_stream(
    clock: HandClock, myo: AirDevice, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STALL_S", 1.0)
    monkeypatch.setattr(worker_module, "GIVE_UP_STALL_S", 1e9)
    bench = Bench(MyoDriver(MyoOptions()), link_to(myo))
    bench.worker.start()
    wait_until(lambda: bench.worker.state == DeviceState.STREAMING)
    bluetooth().loop.call_soon_threadsafe(myo.emulator.halt)
    wait_until(lambda: not myo.emulator.streaming)

    def stalled() -> bool:
        # What was said before may still come and be taken for the end of the silence.
        clock.now += 1.1
        return DeviceState.STALLED in bench.states()

    wait_until(stalled)
    wait_until(lambda: myo.emulator.streaming)
    wait_until(lambda: bench.worker.state == DeviceState.STREAMING)
    bench.worker.stop()
