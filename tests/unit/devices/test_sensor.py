"""The simulated person: repeatable, obedient, of realistic size, and not too easy to read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.signal import butter, sosfilt
from scipy.stats import kurtosis
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from emgstudio.core.paths import resource
from emgstudio.devices.emulators.forearm import forearm, gesture_keys
from emgstudio.devices.emulators.scenarios import scenario, scenarios
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor

RING = ("rest", "open", "fist", "pinch", "key", "point", "wrist_flexion", "wrist_extension")


def sensor(
    key: str = "gestures",
    *,
    rate: float = 1000.0,
    channels: int = 0,
    person: str = "A",
    seed: int = 1,
    gain: float = 1.0,
    noise: float = 1.0,
) -> SimulatedSensor:
    chosen = scenario(key)
    setup = SensorSetup(rate, channels or chosen.channels, person, seed, gain, noise)
    return SimulatedSensor(chosen, setup)


def run(device: SimulatedSensor, seconds: float) -> np.ndarray:
    """Microvolts ``(n, channels)``."""
    ticks = round(seconds * device.info.rate / device.tick_samples)
    return device.info.to_physical(device.ticks(ticks))


def band(signal: np.ndarray, rate: float) -> np.ndarray:
    edges = [20.0, min(450.0, 0.45 * rate)]
    # Without the electrodes' offset there is no start transient.
    signal = signal - np.median(signal, axis=0)
    return np.asarray(sosfilt(butter(4, edges, "bandpass", fs=rate, output="sos"), signal, axis=0))


def performed(device: SimulatedSensor, gesture: str, seconds: float = 2.0) -> np.ndarray:
    """A held gesture in the EMG band, without its beginning."""
    device.command("rest", 1.0)
    run(device, 0.6)
    device.command(gesture, 1.0)
    rate = device.info.rate
    return band(run(device, seconds + 0.8), rate)[int(0.8 * rate) :]


def test_seed_and_commands_decide_every_sample() -> None:
    def session(seed: int) -> np.ndarray:
        device = sensor(seed=seed)
        before = run(device, 1.0)
        device.command("fist", 0.8)
        return np.concatenate([before, run(device, 1.0)])

    np.testing.assert_array_equal(session(1), session(1))
    assert not np.array_equal(session(1), session(2))


@pytest.mark.parametrize("key", scenarios())
def test_every_scenario_is_the_same_however_much_is_made_at_once(key: str) -> None:
    one_by_one, at_once = sensor(key), sensor(key)
    singly = np.concatenate([one_by_one.ticks(1) for _ in range(40)])
    parts = [at_once.ticks(count) for count in (1, 7, 32)]
    np.testing.assert_array_equal(singly, np.concatenate(parts))


@pytest.mark.parametrize("rate", [200.0, 1000.0, 4000.0])
@pytest.mark.parametrize("channels", [1, 8, 64])
@pytest.mark.parametrize("key", ["gestures", "clean"])
def test_rates_and_channel_counts(rate: float, channels: int, key: str) -> None:
    device = sensor(key, rate=rate, channels=channels)
    info = device.info
    assert info.rate == rate
    assert info.n_channels == channels
    assert info.simulated
    assert device.ticks(2).shape == (2 * device.tick_samples, channels)
    assert 0.010 <= device.tick_samples / rate <= 0.020


def test_rest_and_contraction_have_real_sizes() -> None:
    rest = performed(sensor(), "rest").std(axis=0)
    assert 1.5 < np.median(rest) < 5.0
    for gesture in RING[1:]:
        strongest = performed(sensor(), gesture).std(axis=0).max()
        assert 40.0 < strongest < 400.0, gesture


def test_sizes_do_not_depend_on_the_rate() -> None:
    sizes = []
    for rate in (1000.0, 2000.0, 4000.0):
        levels = [performed(sensor(rate=rate, seed=s), "fist", 4.0).std() for s in range(4)]
        sizes.append(np.mean(levels))
    assert max(sizes) / min(sizes) < 1.25
    rests = [performed(sensor(rate=rate), "rest", 4.0).std() for rate in (1000.0, 4000.0)]
    assert max(rests) / min(rests) < 1.3


def test_weak_effort_is_spikier_than_strong_effort() -> None:
    def peaked(strength: float) -> float:
        device = sensor("clean", noise=0.01, seed=3)
        device.command("contract_1", strength)
        signal = band(run(device, 9.0), 1000.0)[1000:, 0]
        pieces = signal[: len(signal) // 250 * 250].reshape(-1, 250)
        return float(np.mean(kurtosis(pieces, axis=1)))

    weak, strong = peaked(0.1), peaked(1.6)
    assert weak > strong + 0.2
    assert 0.0 < strong < 1.0
    assert weak < 2.5


def test_it_reacts_like_a_person_and_lets_go() -> None:
    starts = []
    for seed in range(12):
        device = sensor("clean", seed=seed)
        device.command("rest", 1.0)
        run(device, 1.0)
        device.command("contract", 1.0)
        loud = np.abs(band(run(device, 1.5), 1000.0)[:, 0]) > 25.0
        starts.append(np.argmax(loud) / 1000.0)
    assert 0.12 < min(starts) < max(starts) < 0.5
    assert np.ptp(starts) > 0.05
    device.command("rest", 1.0)
    run(device, 1.0)
    assert band(run(device, 1.0), 1000.0)[200:].std() < 6.0


def test_without_commands_it_follows_its_own_schedule_and_returns_to_it() -> None:
    device = sensor("clean")
    assert busiest(device, 1.6, 1.2) == 0
    assert busiest(device, 1.7, 1.2) == 1
    device.command("contract_4", 1.0)
    assert busiest(device, 1.0, 5.0) == 3
    device.command("rest", 1.0)
    run(device, 1.0)
    assert band(run(device, 28.0), 1000.0).std() < 8.0
    assert band(run(device, 12.0), 1000.0).std() > 20.0


def busiest(device: SimulatedSensor, skip: float, seconds: float) -> int:
    run(device, skip)
    return int(band(run(device, seconds), 1000.0).std(axis=0).argmax())


def test_strength_scales_the_signal() -> None:
    def level(strength: float) -> float:
        device = sensor("clean", seed=5)
        device.command("contract_1", strength)
        return float(band(run(device, 5.0), 1000.0)[1000:, 0].std())

    assert level(1.0) / level(0.5) == pytest.approx(2.0, rel=0.25)


def test_the_person_is_the_same_at_every_seed_and_another_is_not() -> None:
    a, b = forearm("A", 8), forearm("B", 8)
    np.testing.assert_array_equal(a.mixing, forearm("A", 8).mixing)
    assert np.corrcoef(a.mixing.ravel(), b.mixing.ravel())[0, 1] < 0.97
    # The same electrodes among more.
    np.testing.assert_allclose(forearm("A", 16).mixing[::2], a.mixing)


def test_a_turned_band_sees_what_the_neighbour_saw() -> None:
    straight, turned = forearm("A", 8).mixing, forearm("A", 8, turn_deg=45.0).mixing
    np.testing.assert_allclose(turned, np.roll(straight, -1, axis=0), rtol=1e-9)


def test_neighbours_hear_a_muscle_less_and_the_far_side_hardly() -> None:
    mixing = forearm("A", 8).mixing
    profile = np.sort(mixing / mixing.max(axis=0), axis=0)[::-1]
    assert 0.15 < np.median(profile[1]) < 0.9
    assert np.median(profile[-1]) < 0.2


def test_performable_gestures_have_the_keys_of_the_gesture_set() -> None:
    known = {g["key"] for g in json.loads(resource("gestures.json").read_text(encoding="utf-8"))}
    assert set(gesture_keys()) <= known
    assert set(RING) <= set(sensor().gestures)


def features(signal: np.ndarray) -> np.ndarray:
    starts = range(0, len(signal) - 200, 100)
    return np.array([np.log(signal[s : s + 200].std(axis=0)) for s in starts])


def repetitions(person: str, seed: int, count: int, key: str = "gestures") -> list[np.ndarray]:
    """For each repetition an array (gestures, windows, channels) of log RMS."""
    device = sensor(key, person=person, seed=seed)
    return [
        np.array([features(performed(device, gesture, 1.1)) for gesture in RING])
        for _ in range(count)
    ]


def accuracy(train: list[np.ndarray], test: list[np.ndarray]) -> float:
    def table(parts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        rows = np.concatenate([part.reshape(-1, part.shape[-1]) for part in parts])
        labels = np.concatenate([np.repeat(np.arange(len(p)), p.shape[1]) for p in parts])
        return rows, labels

    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.03).fit(*table(train))
    return float(model.score(*table(test)))


@pytest.mark.parametrize("person", ["A", "B"])
def test_gestures_can_be_told_apart_but_not_perfectly(person: str) -> None:
    within = []
    for seed in (1, 2):
        parts = repetitions(person, seed, 4)
        within.append(accuracy(parts[:2], parts[2:]))
    assert 0.8 < np.mean(within) < 0.999
    rotated = accuracy(parts, repetitions(person, 7, 1, "rotated"))
    assert rotated < np.mean(within) - 0.2
    stranger = accuracy(parts, repetitions("B" if person == "A" else "A", 7, 1))
    assert stranger < np.mean(within) - 0.05
