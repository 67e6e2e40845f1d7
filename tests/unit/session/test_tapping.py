"""The channel that jumps is the one that was tapped, and what is unclear is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import ConditionSpec
from emgstudio.devices.emulators.scenarios import scenario
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from emgstudio.dsp.conditioner import Conditioner
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.tapping import Place, Tap, TapAssignment, TapWatch

RATE = 1000.0


def noise(seconds: float, channels: int = 4, uv: float = 3.0, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (uv * rng.standard_normal((round(seconds * RATE), channels))).astype(np.float32)


def knock(x: np.ndarray, at_s: float, sizes: list[float], long_s: float = 0.05) -> None:
    """Add a decaying burst of ``sizes`` µV to each channel."""
    first = round(at_s * RATE)
    t = np.arange(len(x) - first) / RATE
    wave = np.exp(-t / long_s) * np.sin(2 * np.pi * 40 * t)
    x[first:] += (wave[:, None] * np.array(sizes)).astype(np.float32)


def watch(x: np.ndarray, cut: int = 97, watched: list[int] | None = None) -> list[Tap]:
    made = TapWatch(RATE, x.shape[1], watched)
    taps: list[Tap] = []
    for at in range(0, len(x), cut):
        part = x[at : at + cut]
        taps += made.feed(part, np.isfinite(part[:, 0]))
    return taps


@pytest.mark.parametrize("cut", [1, 50, 97, 5000])
def test_a_tap_is_found_however_the_samples_come(cut: int) -> None:
    x = noise(6.0)
    knock(x, 2.0, [60, 900, 50, 40])
    knock(x, 4.0, [20, 60, 50, 700])
    assert watch(x, cut) == [Tap((1,)), Tap((3,))]


def test_nobody_taps_in_ten_minutes_of_noise() -> None:
    assert watch(noise(600.0, channels=8), cut=1000) == []


def test_hearts_beat_and_nobody_taps() -> None:
    sensor = SimulatedSensor(scenario("ecg"), SensorSetup(RATE, 4, "A", 3, 1.0, 1.0))
    sensor.command("rest", 1.0)
    conditioner, made = Conditioner(ConditionSpec(), RATE, 4), TapWatch(RATE, 4)
    x = sensor.info.to_physical(sensor.ticks(1500))
    valid = np.ones(len(x), bool)
    assert made.feed(conditioner.process(x, valid), valid) == []


def test_two_that_jump_alike_are_no_answer() -> None:
    x = noise(4.0)
    knock(x, 2.0, [700, 20, 900, 20])
    (tap,) = watch(x)
    assert tap.channels == (2, 0)
    assert not tap.clear


def test_a_muscle_at_work_is_no_tap() -> None:
    x = noise(6.0)
    x[2000:4500, 0] *= 80
    knock(x, 5.5, [0, 900, 0, 0])
    first, second = watch(x)
    assert (first.channels, first.lasting, first.clear) == ((0,), True, False)
    assert second == Tap((1,))


def test_a_noisy_channel_needs_a_stronger_tap_and_a_dead_one_jumps_at_nothing() -> None:
    x = noise(6.0)
    x[:, 0] *= 100
    x[:, 3] = 0.0
    x[3000, 3] = 1.0
    knock(x, 4.0, [0, 200, 0, 0])
    assert watch(x) == [Tap((1,))]


def test_channels_that_are_not_watched_do_not_count() -> None:
    x = noise(4.0)
    knock(x, 2.0, [2000, 300, 10, 10])
    assert watch(x, watched=[1, 2, 3]) == [Tap((1,))]


def test_what_comes_beside_a_hole_is_no_tap() -> None:
    x = noise(6.0)
    x[2000:2300] = np.nan
    knock(x, 2.301, [900, 900, 900, 900])
    knock(x, 4.5, [0, 0, 800, 0])
    assert watch(x) == [Tap((2,))]


@pytest.mark.parametrize("rate", [200.0, 1000.0, 2000.0])
def test_taps_on_simulated_electrodes_are_told_apart(rate: float) -> None:
    setup = SensorSetup(rate, 4, "A", 3, 1.0, 1.0)
    sensor = SimulatedSensor(scenario("clean"), setup)
    sensor.command("rest", 1.0)
    conditioner = Conditioner(ConditionSpec(), rate, 4)
    made = TapWatch(rate, 4)
    found: list[Tap] = []
    order = [2, 0, 3, 1, None]
    for k, channel in enumerate(order):
        seconds = 1.5 if k == 0 else 1.2
        x = sensor.info.to_physical(sensor.ticks(round(seconds / 0.016)))
        valid = np.ones(len(x), bool)
        found += made.feed(conditioner.process(x, valid), valid)
        if channel is not None:
            sensor.tap([channel])
    assert [tap.channels for tap in found] == [(2,), (0,), (3,), (1,)]
    assert all(tap.clear for tap in found)


def test_places_are_asked_in_order_and_can_be_taken_back() -> None:
    vm, vl, rf = Place("Vastus medialis", "left"), Place("Vastus lateralis", "left"), Place("RF")
    given = TapAssignment([vm, vl, rf])
    assert given.place == vm
    assert given.give(2) is None
    assert given.place == vl
    assert given.give(2) == vm, "that channel has a place already"
    assert given.place == vl
    given.skip()
    assert given.give(0) is None
    assert given.done == len(given.places)
    assert given.assigned == {2: vm, 0: rf}
    assert given.back()
    assert given.place == rf
    assert given.back()
    assert given.back()
    assert not given.back()
    assert given.assigned == {}


def test_a_tapped_place_moves_from_the_channel_that_had_it() -> None:
    given = TapAssignment([Place("Soleus", "left")])
    given.give(1)
    before = (ChannelNote("a", "Soleus", "left"), ChannelNote("b", used=False))
    assert given.notes(before) == (ChannelNote("a"), ChannelNote("b", "Soleus", "left", True))
