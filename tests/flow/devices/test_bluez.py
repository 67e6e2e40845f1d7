"""Bleak's real Linux back end against an emulated BlueZ on a private D-Bus."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.devices.drivers.myo import MyoDriver, MyoOptions
from emgstudio.devices.emulators.air import AirDevice, Radio
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.private_bus import ADDRESS_VARIABLE, PrivateBus, has_dbus_daemon
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links import ble
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import close_bluetooth
from tests.flow.devices.bench import Bench, HandClock

if sys.platform != "linux" or not has_dbus_daemon():
    pytest.skip("needs Linux and dbus-daemon", allow_module_level=True)

from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread

Wait = Callable[..., None]


@pytest.fixture(autouse=True)
def no_bluetoothctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bleak asks the real BlueZ for its version and warns where there is none."""
    monkeypatch.setattr(logging.getLogger("bleak.backends.bluezdbus.version"), "disabled", True)


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus:
        yield bus
        close_bluetooth()


@pytest.fixture
def myo() -> AirDevice:
    return AirDevice(MyoEmulator(Faults()))


@pytest.fixture
def bluez(bus: PrivateBus, myo: AirDevice) -> Iterator[FakeBlueZThread]:
    with FakeBlueZThread(myo) as bluez:
        yield bluez
        close_bluetooth()


def test_a_myo_streams_every_sample(bluez: FakeBlueZThread, myo: AirDevice) -> None:
    link, driver = BleLink(myo.address), MyoDriver(MyoOptions(imu=False))
    link.open()
    driver.start(link)
    got, lost = 0, 0
    began = host_time()
    while got < 300 and host_time() - began < 60.0:
        # As if all came in its time: what a machine is late by is not the driver's.
        for item in driver.feed(link.read(0.05), 100.0):
            got += len(getattr(item, "data", ()))
            lost += getattr(item, "count", 0)
    assert lost == 0
    assert got >= 300
    assert isinstance(myo.emulator, MyoEmulator)
    assert myo.emulator.sleepless
    driver.stop(link)
    link.close()
    link.close()
    assert not myo.connected
    assert myo.emulator.commands[-1] == bytes((1, 3, 0, 0, 0))


def test_a_lost_link_costs_the_gap_only(
    clock: HandClock, bluez: FakeBlueZThread, myo: AirDevice, wait_until: Wait
) -> None:
    bench = Bench(MyoDriver(MyoOptions()), BleLink(myo.address))
    bench.worker.start()
    bench.until_received(50, wait_until)
    bluez.lose(myo.address)
    bench.come_back(clock, wait_until)
    assert [n.level for n in bench.notices()][:2] == [Level.WARNING, Level.INFO]


def opened(address: str) -> EmgError:
    """What a person reads when the device cannot be opened."""
    with pytest.raises(EmgError) as caught:
        BleLink(address).open()
    close_bluetooth()
    assert caught.value.hint
    return caught.value


ABSENT = "E1:7A:00:00:00:99"


def test_no_message_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, f"unix:path={tmp_path}/nothing")
    error = opened(ABSENT)
    assert "no message bus" in error.message
    assert not isinstance(error, LinkLost)


def test_no_bluetooth_service(bus: PrivateBus) -> None:
    assert "service of this computer is not running" in opened(ABSENT).message


def test_no_adapter(bus: PrivateBus) -> None:
    with FakeBlueZThread(adapter=False):
        assert opened(ABSENT).message == "This computer has no Bluetooth adapter."


def test_switched_off(bus: PrivateBus) -> None:
    with FakeBlueZThread(powered=False):
        assert opened(ABSENT).message == "Bluetooth is switched off on this computer."


def test_too_old(bus: PrivateBus) -> None:
    with FakeBlueZThread(roles=()):
        assert "too old" in opened(ABSENT).message


@pytest.mark.parametrize(
    ("radio", "limit", "text"),
    [
        (Radio(advertising=False), "SCAN_S", "not in sight"),
        (Radio(refusal="br-connection-refused"), None, "refused the connection"),
        (Radio(hangs=True), "CONNECT_S", "does not answer"),
    ],
    ids=["absent", "refused", "hangs"],
)
def test_it_cannot_be_reached(
    radio: Radio, limit: str | None, text: str, bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("SCAN_S", "CONNECT_S"):
        # Only the limit that is to run out is short: a loaded machine is slow at the other.
        monkeypatch.setattr(ble, each, 0.3 if each == limit else 60.0)
    with FakeBlueZThread(AirDevice(MyoEmulator(Faults()), radio)):
        error = opened("E1:7A:00:00:00:01")
    assert text in error.message
    assert isinstance(error, LinkLost)


@pytest.mark.logs_warnings  # by bleak, when the bus dies
@pytest.mark.parametrize("what", ["power", "bus"])
def test_bluetooth_ends_while_streaming(
    what: str, bus: PrivateBus, bluez: FakeBlueZThread, myo: AirDevice, wait_until: Wait
) -> None:
    link, driver = BleLink(myo.address), MyoDriver(MyoOptions())
    link.open()
    driver.start(link)
    if what == "power":
        bluez.power(False)
    else:
        bus.kill()

    def drain() -> None:
        deadline = host_time() + 60.0
        while host_time() < deadline:
            link.read(0.05)

    with pytest.raises(LinkLost, match="My Myo was lost"):
        drain()
    link.close()
