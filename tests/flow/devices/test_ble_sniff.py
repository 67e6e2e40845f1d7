"""Sniffing never waits and ends in a sentence; a scan gives way to a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from emgstudio.core.clock import host_time
from emgstudio.devices.ble_sniff import BleSniffer
from emgstudio.devices.emulators.air import AirDevice, Radio
from emgstudio.devices.emulators.ble_uart import UartEmulator
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.gforce import GforceEmulator
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.npg_lite import NpgLiteEmulator
from emgstudio.devices.emulators.packed import CONTROL, DATA, PackedEmulator
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import close_bluetooth
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


def test_a_scan_gives_way_to_a_connection(air: EmulatedAir, wait_until: Wait) -> None:
    scan = BluetoothScan(30.0, air.backend())
    wait_until(lambda: len(scan.seen) == len(EMULATORS))
    link = BleLink("My Myo", air.backend())
    began = host_time()
    link.open()
    assert host_time() - began < 30.0
    assert not scan.running
    assert scan.problem is None
    link.close()


def test_sniffing_shows_what_is_there_and_what_comes(air: EmulatedAir, wait_until: Wait) -> None:
    sniffer = BleSniffer(BleLink("EMG-Packed", air.backend()))
    sniffer.start()
    wait_until(lambda: len(sniffer.rows) == 2)
    data, control = sniffer.rows
    assert (data.uuid, data.properties, data.count) == (DATA, ("notify",), 0)
    assert control.uuid == CONTROL
    sniffer.write(1, b"\x01")
    wait_until(lambda: sniffer.rows[0].count > 50)
    # A busy machine first gets in a heap what it was late for.
    wait_until(lambda: sniffer.rows[0].rate == pytest.approx(100.0, rel=0.2))
    data = sniffer.rows[0]
    assert (data.shortest, data.longest, len(data.newest)) == (162, 162, 162)
    assert sniffer.text == "Listening to EMG-Packed."
    sniffer.stop()
    sniffer.stop()
    assert sniffer.text == "Disconnected."


def test_sniffing_what_is_not_there_ends_in_a_sentence(wait_until: Wait) -> None:
    air = EmulatedAir()
    air.powered = False
    sniffer = BleSniffer(BleLink("Nobody", air.backend()))
    sniffer.start()
    wait_until(lambda: "switched off" in sniffer.text)
    sniffer.stop()
