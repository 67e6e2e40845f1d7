"""Battery values of devices in a recording are what the devices said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.links import ble
from emgstudio.session.session import Session
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import verify
from tests.flow.session.sampled_time import SampledTime

Wait = Callable[..., None]


@pytest.mark.logs_warnings
def test_a_battery_that_runs_down_is_recorded_value_by_value(
    tmp_path: Path, made_time: SampledTime
) -> None:
    with Session(tmp_path / "settings") as session:
        device_id = made_time.connect(session, "sim:battery?channels=1")
        worker = session.devices[device_id]
        made_time.until(lambda: worker.told.since(0)[0] >= 2)
        path = session.start_recording(tmp_path)
        begun = worker.told.since(0)[0]
        made_time.until(lambda: worker.told.since(0)[0] >= begun + 3)
        session.stop_recording()
        said = [told.reading for told in worker.told.since(0)[1]]
    recording = Recording.open(path)
    values = [r.value for r in recording.readings]
    assert len(values) >= 4
    everything = [reading.value for reading in said]
    first = everything.index(values[0])
    assert values == everything[first : first + len(values)]
    assert first >= 1
    assert {(r.device_id, r.key, r.unit) for r in recording.readings} == {
        (device_id, "battery", "%")
    }
    times = [r.time for r in recording.readings]
    assert times == sorted(times)
    assert times[-1] <= recording.duration_s + 0.2
    assert verify(path).ok


def test_an_armband_that_told_its_charge_once_has_it_in_every_recording(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wait_until: Wait
) -> None:
    air = EmulatedAir(AirDevice(MyoEmulator(Faults(), charge=64.0)))
    plain = ble.BleLink.__init__
    monkeypatch.setattr(
        ble.BleLink, "__init__", lambda link, address: plain(link, address, air.backend())
    )
    with Session(tmp_path / "settings") as session:
        device_id = session.connect("ble:My Myo?driver=myo")
        worker = session.devices[device_id]
        wait_until(lambda: "battery" in worker.readings and len(worker.streams) == 4)
        for _ in range(2):
            path = session.start_recording(tmp_path)
            session.stop_recording()
            battery = [r for r in Recording.open(path).readings if r.key == "battery"]
            assert {(r.value, r.unit, r.channel) for r in battery} == {(64.0, "%", None)}
