"""Each simulated fault lights its own lamp, soon, and only that; a good signal lights none."""

from __future__ import annotations

import pytest

from emgstudio.devices.emulators.scenarios import scenarios
from tests.simulated_quality import (
    codes,
    dark_from,
    lit_from,
    watch_link,
    watch_outage,
    watch_signal,
)

RAISED_WITHIN_S, CLEARED_WITHIN_S = 3.0, 5.0
FAULTY = (5.0, 15.0)
# The channels on which a fault is, where it is not on all.
FAULTS = {
    "hum": ("Q-HUM", {1, 2, 3, 4}),
    "loose": ("Q-LEAD", {2}),
    "off": ("Q-OFF", {3}),
    "saturation": ("Q-CLIP", {1, 2}),
    "motion": ("Q-MOVE", {1}),
    "noise": ("Q-NOISE", {4}),
    "crackle": ("Q-NOEMG", {1}),
    "weak": ("Q-WEAK", {1}),
}


@pytest.mark.parametrize("rate", [1000.0, 2000.0])
@pytest.mark.parametrize("key", FAULTS)
def test_c1_a_fault_lights_its_lamp_and_no_other(key: str, rate: float) -> None:
    code, channels = FAULTS[key]
    history = watch_signal(key, 21.0, rate=rate, faulty=FAULTY)
    assert codes(history) == {code}
    assert {channel for _, lit in history for _, channel in lit} == channels
    assert FAULTY[0] < lit_from(history) <= FAULTY[0] + RAISED_WITHIN_S
    assert dark_from(history) <= FAULTY[1] + CLEARED_WITHIN_S


# What a slow device can show: see docs/quality.md.
@pytest.mark.parametrize("key", ["hum", "loose", "off", "motion", "weak"])
def test_c1_slow_devices_show_what_they_can(key: str) -> None:
    history = watch_signal(key, 21.0, rate=200.0, faulty=FAULTY)
    assert codes(history) == {FAULTS[key][0]}
    assert lit_from(history) <= FAULTY[0] + RAISED_WITHIN_S
    assert dark_from(history) <= FAULTY[1] + CLEARED_WITHIN_S


@pytest.mark.parametrize("rate", [200.0, 1000.0, 2000.0])
def test_c1_heartbeats(rate: float) -> None:
    # It ends while nobody contracts: a contraction drowns the answer.
    faulty = (5.0, 13.0)
    history = watch_signal("ecg", 19.0, rate=rate, faulty=faulty)
    assert codes(history) == {"Q-ECG"}
    assert lit_from(history) <= faulty[0] + RAISED_WITHIN_S
    assert dark_from(history) <= faulty[1] + CLEARED_WITHIN_S


def test_c1_samples_at_the_rails_are_too_big() -> None:
    assert codes(watch_signal("clipping", 10.0)) == {"Q-CLIP"}
    assert codes(watch_signal("clipping", 10.0, rate=200.0)) == {"Q-CLIP"}


@pytest.mark.parametrize(
    ("key", "code", "channels"),
    [
        ("dropouts", "Q-LOSS", set(range(1, 9))),
        ("lowbattery", "Q-BATT", {1, 2, 3, 4}),
        ("impedance", "Q-IMP", {2}),
    ],
)
def test_c1_what_the_device_tells(key: str, code: str, channels: set[int]) -> None:
    history = watch_link(key, 21.0, faulty=FAULTY)
    assert codes(history) == {code}
    assert {channel for _, lit in history for _, channel in lit} == channels
    assert FAULTY[0] < lit_from(history) <= FAULTY[0] + RAISED_WITHIN_S
    assert dark_from(history) <= FAULTY[1] + CLEARED_WITHIN_S


def test_c1_an_outage() -> None:
    history = watch_outage(21.0, FAULTY)
    during = [lit for when, lit in history if FAULTY[0] < when <= FAULTY[1]]
    assert {code for lit in during for code, _ in lit} == {"Q-OFF"}
    assert FAULTY[0] < lit_from(history) <= FAULTY[0] + RAISED_WITHIN_S
    # What was lost meanwhile is told once the signal is back.
    assert codes(history) == {"Q-OFF", "Q-LOSS"}
    assert dark_from(history) <= FAULTY[1] + CLEARED_WITHIN_S


def test_c1_no_fault_of_the_simulated_device_is_left_out() -> None:
    faulty = {key for key, s in scenarios().items() if s.faults or s.range_uv}
    # Both end in silence: test_c1_an_outage.
    silent = {"battery", "disconnect"}
    told = {"dropouts", "lowbattery", "impedance"}
    assert faulty == FAULTS.keys() | told | silent | {"ecg", "clipping"}


# All seeds at all rates were run once: docs/decisions/0012-quality-lamps.md.
@pytest.mark.parametrize(("rate", "seed"), [(200.0, 1), (1000.0, 2), (2000.0, 3)])
def test_c2_a_good_signal_lights_nothing_for_five_minutes(rate: float, seed: int) -> None:
    history = watch_signal("clean", 300.0, rate=rate, seed=seed)
    assert history[0][0] < 1.0
    assert codes(history) == set()


@pytest.mark.parametrize("key", ["gestures", "fatigue", "tremor"])
def test_c2_other_good_signals_light_nothing(key: str) -> None:
    assert codes(watch_signal(key, 30.0)) == set()
