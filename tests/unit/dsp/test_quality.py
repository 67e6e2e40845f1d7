"""Each measure on a signal whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, StreamInfo
from emgstudio.dsp.quality import Measures, QualityMeter

RATE = 1000.0


def measured(
    x: np.ndarray,
    *,
    rate: float = RATE,
    unit: str = MICROVOLT,
    scale: float = 0.25,
    rails: tuple[float, float] | None = None,
    valid: np.ndarray | None = None,
) -> Measures:
    """The last measures of ``x (n, channels)`` in the channel's unit."""
    channels = tuple(Channel(f"{k}", unit, scale, rails=rails) for k in range(x.shape[1]))
    meter = QualityMeter(StreamInfo("EMG", rate, channels, "int32", "test"), range(x.shape[1]))
    raw = np.rint(x / scale).astype(np.int32)
    there = np.ones(len(x), bool) if valid is None else valid
    for k in range(len(x) // meter.hop):
        rows = slice(k * meter.hop, (k + 1) * meter.hop)
        told = meter.add(raw[rows], there[rows])
    return told


def noise(seconds: float = 4.0, *, size: float = 3.0, rate: float = RATE) -> np.ndarray:
    return np.random.default_rng(4).normal(0.0, size, (round(seconds * rate), 2))


def sine(hertz: float, rms: float, seconds: float = 4.0, rate: float = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.sqrt(2.0) * rms * np.sin(2.0 * np.pi * hertz * time)[:, None]


@pytest.mark.parametrize("hertz", [49.8, 50.0, 60.2])
def test_hum_is_measured_with_its_harmonics(hertz: float) -> None:
    told = measured(noise() + sine(hertz, 12.0) + sine(3.0 * hertz, 5.0))
    assert told["hum_uv"] == pytest.approx([13.0, 13.0], rel=0.1)
    assert told["hum_hz"][0] == (60.0 if hertz > 55.0 else 50.0)
    assert (told["hum_share"] > 90.0).all()
    # What is left is the noise between 20 and 450 Hz.
    assert told["level_uv"] == pytest.approx([2.8, 2.8], rel=0.15)


def test_noise_has_no_hum_and_no_shape_and_no_heart() -> None:
    told = measured(noise(size=30.0))
    assert (told["hum_uv"] < 5.0).all()
    assert told["noise_uv"] == pytest.approx([27.9, 27.9], rel=0.15)
    assert (told["heart"] < 0.5).all()


def test_what_is_slow_moves() -> None:
    told = measured(noise() + sine(4.0, 100.0))
    assert (told["move_share"] > 95.0).all()
    assert told["move_uv"] == pytest.approx([100.0, 100.0], rel=0.1)


def test_a_drift_is_no_motion() -> None:
    drift = np.linspace(0.0, 5000.0, round(4.0 * RATE))[:, None]
    assert (measured(noise() + drift)["move_uv"] < 5.0).all()


def test_an_unknown_unit_has_shares_and_no_microvolts() -> None:
    told = measured(noise() + sine(50.0, 12.0), unit=ARBITRARY_UNIT)
    assert (told["hum_share"] > 80.0).all()
    assert np.isneginf(told["hum_uv"]).all()
    assert np.isneginf(told["noise_uv"]).all()


def test_millivolts_are_a_thousand_microvolts() -> None:
    told = measured((noise() + sine(50.0, 12.0)) / 1e3, unit="mV", scale=0.25e-3)
    assert told["hum_uv"] == pytest.approx([12.0, 12.0], rel=0.1)


def test_samples_at_the_rails_and_on_flat_tops_are_counted() -> None:
    loud = np.clip(noise(size=100.0), -150.0, 150.0)
    at_rails = measured(loud, rails=(-600.0, 600.0))["clip_share"]
    assert at_rails == pytest.approx([13.4, 13.4], abs=1.5)
    slow = sine(60.0, 200.0) + noise(size=1.0)
    flat = measured(np.clip(slow, -150.0, 150.0))["clip_share"]
    assert (flat > 10.0).all()


def test_a_slow_wave_that_turns_round_is_not_clipped() -> None:
    wave = np.repeat(sine(1.0, 300.0), 2, axis=1)
    assert (measured(wave)["clip_share"] == 0.0).all()


def test_a_channel_that_stands_still_is_flat_and_a_gap_is_not() -> None:
    x = noise()
    x[:, 1] = 7.0
    valid = np.ones(len(x), bool)
    valid[-300:-250] = False
    told = measured(x, valid=valid)
    assert told["flat_share"] == pytest.approx([0.0, 1.0])


def test_gaps_are_bridged() -> None:
    x = noise() + sine(50.0, 12.0)
    valid = np.ones(len(x), bool)
    for at in range(100, len(x), 400):
        valid[at : at + 16] = False
        x[at : at + 16] = 0.0
    assert measured(x, valid=valid)["hum_uv"] == pytest.approx([12.0, 12.0], rel=0.15)


def test_much_lost_says_nothing() -> None:
    x = noise()
    valid = np.ones(len(x), bool)
    valid[-250:] = False
    assert np.isnan(measured(x, valid=valid)["hum_uv"]).all()
