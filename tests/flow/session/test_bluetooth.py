"""A Bluetooth sensor in a session: recorded beside another device, and gone at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.links import ble
from emgstudio.devices.links.ble_loop import THREAD_NAME
from emgstudio.devices.worker import DeviceState
from emgstudio.session.session import Session
from emgstudio.storage.recording import Recording
from tests.flow.session.sampled_time import SampledTime

Wait = Callable[..., None]


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> EmulatedAir:
    """The system's Bluetooth is an emulated one, with a Myo in reach."""
    air = EmulatedAir(AirDevice(MyoEmulator(Faults())))
    backend = air.backend()
    plain = ble.BleLink.__init__
    monkeypatch.setattr(
        ble.BleLink, "__init__", lambda link, address: plain(link, address, backend)
    )
    return air


def test_an_armband_is_recorded_beside_another_device(
    air: EmulatedAir, tmp_path: Path, made_time: SampledTime
) -> None:
    with Session() as session:
        myo = made_time.connect(session, "ble:My Myo?driver=myo")
        made_time.connect(session, "sim:clean")
        assert len(session.streams) == 5
        session.start_recording(tmp_path / "both")
        armband = session.devices[myo].streams[0]
        before = armband.received
        made_time.go(1.1)
        assert armband.received > before + 200
        path = session.stop_recording()
    assert path is not None
    recording = Recording.open(path)
    names = sorted(stream.info.name for stream in recording.streams.values())
    assert names == ["ACC", "EMG", "EMG", "GYR", "ORI"]
    assert all(stream.lost == 0 for stream in recording.streams.values())
    assert not air.clients
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}


def test_connecting_to_nobody_waits_for_nobody(
    air: EmulatedAir, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble, "SCAN_S", 60.0)
    session = Session()
    began = host_time()
    nobody = session.connect("ble:Nobody?driver=myo")
    # The search for it alone takes a minute.
    assert host_time() - began < ble.SCAN_S
    worker = session.devices[nobody]
    wait_until(lambda: worker.state is DeviceState.OPENING)
    began = host_time()
    session.disconnect(nobody)
    assert host_time() - began < ble.SCAN_S
    session.close()
