"""Hum measured in synthetic EMG whose hum is known."""

import numpy as np
import pytest

from emgstudio.dsp.hum import hum_in, hum_of
from emgstudio.dsp.spectrum import psd


def emg(seconds, rate, rms, seed, channels=1):
    """Gaussian noise shaped as surface EMG (Shwedyk 1977), ``(n, channels)`` of ``rms`` µV."""
    n = round(seconds * rate)
    f = np.fft.rfftfreq(n, 1 / rate)[:, None]
    shape = 120.0**2 * f / np.sqrt((f**2 + 60.0**2) * (f**2 + 120.0**2) ** 2)
    x = np.fft.irfft(
        np.fft.rfft(np.random.default_rng(seed).standard_normal((n, channels)), axis=0) * shape,
        n,
        axis=0,
    )
    return rms * x / np.sqrt((x**2).mean(axis=0))


def sine(seconds, rate, hz, rms, phase=0.4):
    return (
        rms * np.sqrt(2) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate + phase)
    )


@pytest.mark.parametrize("rate", [200.0, 500.0, 1000.0, 2000.0, 4000.0])
@pytest.mark.parametrize("mains", [49.8, 50.0, 50.13, 60.0, 60.4])
def test_frequency_and_size_are_found(rate, mains):
    x = emg(2.0, rate, 3.0, seed=1)
    x[:, 0] += sine(2.0, rate, mains, 12.0)
    report = hum_of(x, rate)
    assert report.frequency == pytest.approx(mains, abs=0.03)
    assert report.microvolts[0] == pytest.approx(12.0, rel=0.08)
    assert report.share[0] == pytest.approx(12**2 / (12**2 + 3**2), abs=0.06)
    assert report.harmonics == (1,)


def test_only_the_harmonics_that_are_there_are_named():
    x = emg(4.0, 2000.0, 3.0, seed=2)[:, 0] + sine(4.0, 2000.0, 50.1, 30.0)
    x += sine(4.0, 2000.0, 150.3, 10.0, 1.0) + sine(4.0, 2000.0, 350.7, 5.0, 2.0)
    report = hum_of(x[:, None], 2000.0)
    assert report.harmonics == (1, 3, 7)
    assert report.microvolts[0] == pytest.approx(np.sqrt(30**2 + 10**2 + 5**2), rel=0.03)


def test_each_channel_has_its_own_hum():
    x = emg(2.0, 2000.0, 3.0, seed=3, channels=64) + 4000.0
    x[:, 17] += sine(2.0, 2000.0, 60.1, 20.0)
    report = hum_of(x.astype(np.float32), 2000.0)
    assert report.frequency == pytest.approx(60.1, abs=0.03)
    assert np.flatnonzero(report.microvolts).tolist() == [17]
    assert np.flatnonzero(report.share).tolist() == [17]


@pytest.mark.parametrize("rms", [3.0, 100.0])
def test_muscles_alone_are_not_hum(rms):
    for seed in range(40):
        report = hum_of(emg(2.0, 2000.0, rms, seed, channels=8), 2000.0)
        assert report.frequency is None
        assert not report.microvolts.any()
        assert not report.share.any()


def test_gaps_are_bridged_and_too_little_is_nothing():
    x = emg(2.0, 1000.0, 3.0, seed=4) + sine(2.0, 1000.0, 50.0, 12.0)[:, None] + 900.0
    x[300:350] = np.nan
    assert hum_of(x, 1000.0).microvolts[0] == pytest.approx(12.0, rel=0.08)
    x[: len(x) * 6 // 10] = np.nan
    assert hum_of(x, 1000.0).frequency is None
    assert hum_of(x[:0], 1000.0).frequency is None
    assert hum_of(emg(0.9, 1000.0, 3.0, 5), 1000.0).frequency is None
    assert hum_of(np.zeros((2000, 3)), 1000.0).microvolts.tolist() == [0.0, 0.0, 0.0]


def test_a_sensor_too_slow_for_mains_says_nothing():
    assert hum_of(emg(4.0, 100.0, 3.0, 6), 100.0).frequency is None


def test_a_spectrum_that_is_there_already_gives_the_same():
    x = emg(2.0, 2000.0, 3.0, seed=7) + sine(2.0, 2000.0, 50.0, 12.0)[:, None]
    given, own = hum_in(*psd(x, 2000.0, window_s=2.0)), hum_of(x, 2000.0)
    assert (given.frequency, given.harmonics) == (own.frequency, own.harmonics)
    np.testing.assert_allclose(given.microvolts, own.microvolts)
