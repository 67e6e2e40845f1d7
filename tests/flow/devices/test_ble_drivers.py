"""Every Bluetooth driver in a worker: over bleak's Linux back end and the in-process one."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.emulators.private_bus import PrivateBus, has_dbus_daemon
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import close_bluetooth
from emgstudio.devices.registry import DRIVERS, DeviceKind, DeviceUri
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench

Wait = Callable[..., None]
KINDS = [kind for kind in DRIVERS if kind.scheme == "ble"]
OPTIONS = {"uart": {"rate": "500"}}


@pytest.fixture(params=["BlueZ", "in-process"])
def put_on_air(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[AirDevice], BleLink]]:
    """Brings a device into reach of Bluetooth and gives the link to it."""
    with ExitStack() as stack:
        stack.callback(close_bluetooth)
        if request.param == "in-process":
            yield lambda device: BleLink(device.address, EmulatedAir(device).backend())
            return
        if sys.platform != "linux" or not has_dbus_daemon():
            pytest.skip("needs Linux and dbus-daemon")
        from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread

        # Bleak warns where the real BlueZ cannot be asked for its version.
        version = logging.getLogger("bleak.backends.bluezdbus.version")
        monkeypatch.setattr(version, "disabled", True)
        stack.enter_context(PrivateBus())

        def on_bus(device: AirDevice) -> BleLink:
            bluez = stack.enter_context(FakeBlueZThread(device))
            stack.callback(close_bluetooth)
            assert bluez is not None
            return BleLink(device.address)

        yield on_bus


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_it_streams_without_loss_and_stops(
    kind: DeviceKind, put_on_air: Callable[[AirDevice], BleLink], wait_until: Wait
) -> None:
    assert kind.emulator is not None
    emulator = kind.emulator(Faults())
    assert isinstance(emulator, GattEmulator)
    device = AirDevice(emulator)
    uri = DeviceUri(kind.scheme, device.address, {"driver": kind.key, **OPTIONS.get(kind.key, {})})
    driver, _ = kind.make(uri, None)
    bench = Bench(driver, put_on_air(device))
    worker = bench.worker
    worker.start()
    try:
        bench.until_received(100, wait_until)
        stream = worker.streams[0]
        assert stream.lost == stream.repeated == 0
    finally:
        worker.stop()
        worker.stop()
    assert worker.state is DeviceState.CLOSED
    wait_until(lambda: not device.connected)
