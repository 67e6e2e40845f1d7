"""Each scenario shows what it promises, and faults may be combined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from emgstudio.core.errors import EmgError
from emgstudio.devices.emulators.scenarios import scenario, scenario_from_json, scenarios
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from tests.unit.devices.test_sensor import band, run, sensor

RATE = 1000.0


def resting(key: str, seconds: float = 8.0) -> np.ndarray:
    device = sensor(key)
    device.command("rest", 1.0)
    run(device, 1.0)
    return run(device, seconds)


def power_at(signal: np.ndarray, hertz: float) -> np.ndarray:
    """RMS of one spectral line, per channel."""
    f, p = welch(signal, RATE, window="flattop", nperseg=2000, axis=0, scaling="spectrum")
    return np.asarray(np.sqrt(p[np.argmin(np.abs(f - hertz))]))


def test_the_list_is_complete() -> None:
    wanted = "gestures clean nextday rotated weak hum loose clipping ecg motion fatigue tremor"
    wanted += " saturation off noise crackle impedance lowbattery dropouts battery disconnect"
    assert set(scenarios()) == set(wanted.split())
    with pytest.raises(EmgError, match="Choose: gestures"):
        scenario("nonsense")


def test_clean_has_no_hum() -> None:
    assert power_at(resting("clean"), 50.0).max() < 1.5


def test_hum() -> None:
    signal = resting("hum")
    assert power_at(signal, 50.0) == pytest.approx(12.0, rel=0.15)
    assert power_at(signal, 150.0) == pytest.approx(3.0, rel=0.3)


def test_loose_electrode_is_on_channel_2_only() -> None:
    signal = resting("loose")
    size = band(signal, RATE).std(axis=0)
    assert size[1] > 500.0
    assert np.delete(size, 1).max() < 6.0
    assert power_at(signal, 50.0)[1] / size[1] > 0.9


def test_clipping_reaches_the_rails() -> None:
    device = sensor("clipping")
    device.command("contract", 1.0)
    run(device, 1.0)
    raw = device.ticks(100)
    rails = device.info.channels[0].rails
    assert rails is not None
    assert device.info.to_physical(np.array([[rails[1]] * 4])).max() == pytest.approx(150, rel=0.01)
    clipped = np.mean((raw <= rails[0]) | (raw >= rails[1]))
    assert 0.02 < clipped < 0.6
    assert not np.any(np.abs(resting("clipping")) > 149.0)


def test_heartbeats_come_in_rhythm() -> None:
    signal = resting("ecg", 20.0)[:, 0]
    signal = signal - np.median(signal)
    peaks = np.flatnonzero(
        (signal[1:-1] > 60.0) & (np.diff(signal)[:-1] > 0) & (np.diff(signal)[1:] <= 0)
    )
    beats = peaks[np.insert(np.diff(peaks) > 300, 0, True)]
    assert len(beats) / 20.0 * 60.0 == pytest.approx(72.0, rel=0.1)


def test_a_moving_cable_swings_below_20_hz_and_comes_in_turns() -> None:
    device = sensor("motion")
    device.command("rest", 1.0)
    moving = run(device, 5.9)[:, 0]
    f, p = welch(moving, RATE, nperseg=1000)
    assert p[(f > 0) & (f < 20)].sum() / p[f > 0].sum() > 0.9
    assert 100.0 < moving.std() < 700.0
    run(device, 0.3)
    assert run(device, 3.0)[:, 0].std() < 20.0
    assert run(device, 5.0)[:, 0].std() > 60.0


def test_fatigue_lowers_the_spectrum_and_raises_the_size() -> None:
    device = sensor("fatigue")
    run(device, 4.0)
    signal = band(run(device, 57.0), RATE)
    medians, sizes = [], []
    for piece in np.array_split(signal, 19):
        f, p = welch(piece, RATE, nperseg=1000, axis=0)
        seen = (f >= 20) & (f <= 450)
        power = np.cumsum(p.mean(axis=1)[seen])
        medians.append(np.interp(power[-1] / 2, power, f[seen]))
        sizes.append(piece.std())
    slope, start = np.polyfit(np.linspace(0.0, 0.95, 19), medians, 1)
    assert slope / start == pytest.approx(-0.20, abs=0.07)
    assert np.polyfit(np.arange(19), sizes, 1)[0] > 0.0


def test_tremor_comes_at_5_hz_in_turns() -> None:
    device = sensor("tremor")
    run(device, 2.0)
    envelope = np.abs(band(run(device, 16.0), RATE))
    f, p = welch(envelope[:, 0] - envelope[:, 0].mean(), RATE, nperseg=4000)
    assert f[p.argmax()] == pytest.approx(5.0, abs=0.3)
    near, all_of_it = np.abs(f - 5.0) <= 0.5, (f >= 0.5) & (f <= 20.0)
    assert p[near].sum() / p[all_of_it].sum() > 0.5
    smooth = np.array([np.convolve(e, np.ones(50) / 50, "same") for e in envelope[:, :2].T])
    assert np.corrcoef(smooth)[0, 1] < -0.3


def test_next_day_has_more_noise() -> None:
    today, tomorrow = resting("gestures"), resting("nextday")
    assert band(tomorrow, RATE).std() > 1.2 * band(today, RATE).std()


def test_a_weak_muscle_is_weak() -> None:
    device = sensor("weak")
    device.command("contract", 1.0)
    run(device, 1.0)
    size = band(run(device, 6.0), RATE).std(axis=0)
    assert 5.0 < size[0] < 35.0
    assert size[1:].min() > 60.0


def test_faults_combine_and_keep_their_times() -> None:
    mixed = scenario_from_json(
        {
            "key": "mixed", "title": "", "detail": "", "layout": "separate", "channels": 2,
            "cycle": [], "hold_s": 1.0, "rest_s": 1.0,
            "faults": [
                {"kind": "hum", "amplitude_uv": 40, "frequency_hz": 60, "for_s": 1, "every_s": 4},
                {"kind": "weak", "channels": [2], "share": 0.5},
                {"kind": "loose", "channels": [1], "hum_uv": 500, "wander_uv": 5, "start_s": 2},
            ],
        }
    )  # fmt: skip
    device = SimulatedSensor(mixed, SensorSetup(RATE, 2, "A", 1, 1.0, 1.0))
    seconds = [run(device, 1.0)[20:-20].std(axis=0) for _ in range(6)]
    humming = [bool(s[1] > 30.0) for s in seconds]
    assert humming == [True, False, False, False, True, False]
    assert [bool(s[0] > 300.0) for s in seconds] == [False, False, True, True, True, True]
