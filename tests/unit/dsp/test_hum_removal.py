"""The table of ways to take hum out, measured anew: error against the true EMG in µV."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.dsp.hum_removal import (
    interpolate_spectrum,
    notch_out,
    regress_on_rest,
    remove_hum,
)
from tests.heart_mix import mix

RATE = 1000.0
SECONDS = 40.0


def signal(case: str):
    """EMG in bursts (100 µV, half of the time), rest rows, and hum of 30 and 10 µV RMS."""
    made = mix(SECONDS, RATE, channels=1, muscle_uv=100.0, ratio=0.0, noise_uv=3.0)
    t = np.arange(round(SECONDS * RATE)) / RATE
    hertz = {"49.8 Hz": 49.8}.get(case, 50.0)
    turns = hertz * t
    if case == "drift":
        turns = turns - 0.1 / (2 * np.pi * 0.05) * np.cos(2 * np.pi * 0.05 * t)
    hum = 30 * np.sqrt(2) * np.sin(2 * np.pi * turns + 0.3)
    hum += 10 * np.sqrt(2) * np.sin(6 * np.pi * turns + 1.1)
    if case == "step":
        hum *= np.where(t > SECONDS / 2, 3.0, 1.0)
    return made.muscle, made.rest, hum[:, None]


def error(got, true) -> float:
    return float(np.sqrt(np.square(got - true).mean()))


@pytest.mark.parametrize(
    ("case", "way", "most"),
    [
        ("50.0 Hz", "regression", 1.0),
        ("49.8 Hz", "regression", 1.0),
        ("drift", "interpolation", 8.0),
        ("step", "interpolation", 10.0),
    ],
)
def test_the_way_is_chosen_by_the_hum(case, way, most) -> None:
    true, rest, hum = signal(case)
    assert error(true + hum, true) > 30.0
    done = remove_hum(true + hum, RATE, rest)
    assert done.way == way
    assert error(done.samples, true) < most
    assert done.hum.harmonics == (1, 3)


def test_the_table_of_the_design_holds() -> None:
    true, rest, hum = signal("50.0 Hz")
    x = true + hum
    regressed = error(regress_on_rest(x, RATE, rest, 50.02, (1, 3)), true)
    interpolated = error(interpolate_spectrum(x, RATE, 50.0, (1, 3)), true)
    notched = error(notch_out(x, RATE, 50.0, (1, 2, 3)), true)
    assert regressed < 0.5
    assert 5 * regressed < interpolated < 8.0
    assert interpolated < notched < 14.0
    assert error(notch_out(x, RATE, 50.0, (1, 3)), true) < notched


@pytest.mark.parametrize("case", ["50.0 Hz", "49.8 Hz", "drift"])
def test_where_blocks_meet_and_at_the_ends_no_more_hum_stays_than_elsewhere(case) -> None:
    true, _, hum = signal(case)
    done = remove_hum(true + hum, RATE)
    assert done.way == "interpolation"
    left = (done.samples - true)[:, 0]
    half, near = len(left) // 2, round(0.3 * RATE)
    middle = error(left[near : half - near], 0.0)
    # Blocks met here with 25 µV of hum before they overlapped, and ended with as much.
    assert error(left[half - near : half + near], 0.0) < 10.0
    assert error(np.concatenate([left[:near], left[-near:]]), 0.0) < 15.0
    assert middle < 8.0


def test_without_rest_or_time_it_takes_what_can_be_done() -> None:
    true, _, hum = signal("50.0 Hz")
    quiet = true[:1900] + hum[:1900]
    assert remove_hum(quiet, RATE, None).way == "notch"
    assert remove_hum(true[:5000] + hum[:5000], RATE, None).way == "interpolation"
    with pytest.raises(EmgError, match="no rest"):
        regress_on_rest(quiet, RATE, np.zeros(len(quiet), bool), 50.0, (1,))


def test_where_there_is_no_hum_nothing_is_done() -> None:
    true, rest, _ = signal("50.0 Hz")
    done = remove_hum(true, RATE, rest)
    assert done.way == "none"
    np.testing.assert_array_equal(done.samples, true)
