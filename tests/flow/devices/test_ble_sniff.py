"""Sniffing never waits and ends in a sentence; a scan gives way to a connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from emgstudio.devices.ble_sniff import BleSniffer, SniffTable
from emgstudio.devices.emulators.air import AirDevice, Radio
from emgstudio.devices.emulators.ble_uart import UartEmulator
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.gforce import GforceEmulator
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.npg_lite import NpgLiteEmulator
from emgstudio.devices.emulators.packed import CONTROL, DATA, PackedEmulator
from emgstudio.devices.frames import encode
from emgstudio.devices.gatt import GattCharacteristic, GattTable, Record
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import bluetooth, close_bluetooth
from emgstudio.devices.links.ble_scan import BluetoothScan

Wait = Callable[..., None]
EMULATORS = (
    MyoEmulator, NpgLiteEmulator, GanglionEmulator, GforceEmulator, UartEmulator, PackedEmulator,
)  # fmt: skip


@pytest.fixture(autouse=True)
def bluetooth_ends() -> Iterator[None]:
    yield
    close_bluetooth()


@pytest.fixture
def air() -> EmulatedAir:
    devices = [
        AirDevice(emulator(Faults()), Radio(rssi=-50 - 5 * k))
        for k, emulator in enumerate(EMULATORS)
    ]
    return EmulatedAir(*devices)


def gave_way(scan: BluetoothScan, opening: threading.Thread, link: BleLink) -> bool:
    """Whether the link opened and ended the search before its time; both are over afterwards."""
    opening.join(60.0)
    gave = not (opening.is_alive() or scan.running)
    scan.stop()
    opening.join()
    link.close()
    return gave


def test_a_scan_gives_way_to_a_connection(air: EmulatedAir, wait_until: Wait) -> None:
    # Far longer than the thread is waited for.
    scan = BluetoothScan(600.0, air.backend())
    wait_until(lambda: len(scan.seen) == len(EMULATORS))
    link = BleLink("My Myo", air.backend())
    opening = threading.Thread(target=link.open)
    opening.start()
    assert gave_way(scan, opening, link)
    assert scan.problem is None


def test_a_scan_that_was_first_in_the_queue_gives_way_too(
    air: EmulatedAir, wait_until: Wait
) -> None:
    loop = bluetooth()
    loop.submit(loop.radio.acquire()).result(60.0)
    scan = BluetoothScan(600.0, air.backend())
    link = BleLink("My Myo", air.backend())
    opening = threading.Thread(target=link.open)
    opening.start()
    wait_until(loop.give_way.is_set)
    loop.loop.call_soon_threadsafe(loop.radio.release)
    assert gave_way(scan, opening, link)
    assert not loop.give_way.is_set()


def test_sniffing_shows_what_is_there_and_what_comes(air: EmulatedAir, wait_until: Wait) -> None:
    sniffer = BleSniffer(BleLink("EMG-Packed", air.backend()))
    sniffer.start()
    wait_until(lambda: len(sniffer.rows) == 2)
    data, control = sniffer.rows
    assert (data.uuid, data.properties, data.count) == (DATA, ("notify",), 0)
    assert control.uuid == CONTROL
    sniffer.write(1, b"\x01")
    wait_until(lambda: sniffer.rows[0].count > 50)
    wait_until(lambda: sniffer.rows[0].rate > 0.0)
    data = sniffer.rows[0]
    assert (data.shortest, data.longest, len(data.newest)) == (162, 162, 162)
    assert sniffer.text == "Listening to EMG-Packed."
    sniffer.stop()
    sniffer.stop()
    assert sniffer.text == "Disconnected."


@pytest.mark.parametrize("heap", [1, 30, 150])
def test_the_rate_is_that_of_the_device_however_late_it_is_heard(heap: int) -> None:
    sniffed, characteristic = SniffTable(), GattCharacteristic("s", DATA, ("notify",))
    sniffed.feed(GattTable("a", "b", 100, (characteristic,)).encode(), 0.0)
    for sent in range(heap, 900, heap):
        payloads = (encode(Record.NOTIFIED, b"x", 0, k) for k in range(heap))
        sniffed.feed(b"".join(payloads), sent / 100.0)
    (row,) = sniffed.rows(9.0)
    assert row.rate == pytest.approx(100.0)


def test_sniffing_what_is_not_there_ends_in_a_sentence(wait_until: Wait) -> None:
    air = EmulatedAir()
    air.powered = False
    sniffer = BleSniffer(BleLink("Nobody", air.backend()))
    sniffer.start()
    wait_until(lambda: "switched off" in sniffer.text)
    sniffer.stop()
