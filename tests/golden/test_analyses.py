"""Closed-form values of the analyses: what a formula must give, whoever writes it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emgstudio.dsp.analyses import amplitude, coactivation, ergonomics, fatigue, gait, tremor
from emgstudio.dsp.envelope import linear_envelope, moving_rms
from emgstudio.dsp.filters import butterworth, zero_phase
from emgstudio.dsp.spectrum import mean_frequency, median_frequency, psd

RATE = 2000.0
TIME = np.arange(0, 10, 1 / RATE)
SINE = 100.0 * np.sin(2 * np.pi * 100.0 * TIME)
RAMP = np.linspace(0.0, 1.0, 100001)


def test_amplitudes_of_a_sine() -> None:
    assert amplitude.rms(SINE) == pytest.approx(100 / math.sqrt(2), rel=1e-9)
    # Twenty samples per period: A · (2/N) · cot(π/N), below the continuous 2A/π.
    discrete = 100 * 0.1 / math.tan(math.pi / 20)
    assert amplitude.arv(SINE) == pytest.approx(discrete, rel=1e-9)
    assert amplitude.iemg(SINE, RATE) == pytest.approx(10 * discrete, rel=1e-9)
    middle = moving_rms(SINE[:, None], RATE, 0.1, centred=True)[10000, 0]
    assert middle == pytest.approx(100 / math.sqrt(2), rel=1e-3)


def test_frequencies_of_a_sine_and_of_a_flat_band() -> None:
    f, p = psd(SINE[:, None], RATE)
    assert mean_frequency(f, p, 20, 450)[0] == pytest.approx(100, rel=1e-3)
    assert median_frequency(f, p, 20, 450)[0] == pytest.approx(100, rel=5e-3)
    f = np.linspace(0, 1000, 20001)
    flat = ((f >= 50) & (f <= 150)).astype(float)[:, None]
    assert mean_frequency(f, flat, 20, 450)[0] == pytest.approx(100, rel=1e-6)
    assert median_frequency(f, flat, 20, 450)[0] == pytest.approx(100, rel=1e-4)
    wanted = 6 * math.log(3) / (150**6 - 50**6)
    assert fatigue.dimitrov(f, flat[:, 0]) == pytest.approx(wanted, rel=2e-3)


def test_two_triangles_share_half_of_their_area() -> None:
    assert coactivation.falconer_winter(RAMP, 1 - RAMP) == pytest.approx(50, rel=1e-6)
    assert coactivation.rudolph(RAMP, 1 - RAMP) == pytest.approx(2 * (math.log(2) - 0.5), rel=1e-4)
    assert coactivation.unnithan(RAMP, 1 - RAMP) == pytest.approx(25, rel=1e-6)
    assert coactivation.falconer_winter(RAMP, RAMP) == pytest.approx(100, rel=1e-9)
    four, one = np.full(9, 0.4), np.full(9, 0.1)
    assert coactivation.rudolph(four, four) == pytest.approx(0.8, rel=1e-9)
    assert coactivation.rudolph(one, four) == pytest.approx(0.125, rel=1e-9)
    assert coactivation.symmetry_index(120, 80) == pytest.approx(40, rel=1e-9)


def test_distribution_and_gaps() -> None:
    static, _, high = ergonomics.apdf(np.linspace(0, 100, 100001))
    assert (static, high) == pytest.approx((10, 90), rel=1e-6)
    envelope = np.full(60 * 100, 10.0)
    for begin, stop in ((100, 150), (1000, 1010), (3000, 3100)):
        envelope[begin:stop] = 0.1
    found = ergonomics.gaps(envelope, 100.0)
    # One of the three lasts a tenth of a second only.
    assert (found.per_minute, found.share) == pytest.approx((2, 2.5), rel=1e-9)


def test_a_straight_fall_of_the_median_frequency() -> None:
    found = fatigue.line(np.arange(60.0), 100 - 0.2 * np.arange(60.0))
    assert (found.slope, found.theil) == pytest.approx((-0.2, -0.2), rel=1e-9)
    assert found.per_minute == pytest.approx(-12, rel=1e-9)
    assert found.r2 == pytest.approx(1)


def test_a_rhythm_of_five_hertz() -> None:
    envelope = 50 + 20 * np.sin(2 * np.pi * 5.2 * np.arange(0, 20, 1 / 200))
    found = tremor.peak(envelope, 200.0, window_s=4.0)
    assert found.hz == pytest.approx(5.2, rel=5e-3)
    assert found.share == pytest.approx(1, rel=0.02)


def test_a_cycle_is_cut_where_its_events_are() -> None:
    rate = 100.0
    time = np.arange(0, 13, 1 / rate)
    found = gait.cycles(1 + np.sin(2 * np.pi * time / 1.25), rate, np.arange(0, 12.5, 1.25))
    wanted = 1 + np.sin(2 * np.pi * np.linspace(0, 1, 101))
    np.testing.assert_allclose(found.mean, wanted, atol=1e-3)
    assert found.variability == pytest.approx(0, abs=0.1)


def test_band_pass_and_linear_envelope_are_those_of_pyemgpipeline() -> None:
    """Its version 1.0.0 gave these numbers: offset removed, order 4 in all, 6 Hz."""
    t = np.arange(0, 4, 1 / 2000)
    x = 100 * np.sin(2 * np.pi * 70 * t) * (1 + 0.5 * np.sin(2 * np.pi * 0.8 * t))
    x += 40 * np.sin(2 * np.pi * 210 * t + 1) + 30 * np.sin(2 * np.pi * 3 * t) + 12
    x -= x.mean()
    clean = zero_phase(butterworth(20.0, 450.0, 2000.0, order=2), x[:, None])
    envelope = linear_envelope(clean, 2000.0, cutoff_hz=6.0)
    at = [1000, 2345, 4000, 5678, 7000]
    theirs = [
        (33.30906693535973, 88.54344081234913),
        (63.08073732329714, 58.25186618123205),
        (33.30906693535927, 51.77324505516962),
        (-116.13433809494869, 101.23840068567759),
        (33.304416631185134, 40.4972250202743),
    ]
    np.testing.assert_allclose(np.column_stack([clean, envelope])[at], theirs, atol=1e-9)
    assert envelope.max() == pytest.approx(101.5256314056408, abs=1e-6)
