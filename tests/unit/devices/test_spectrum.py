"""Simulated EMG has the spectrum of the closed form, in hertz, at every sampling rate."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import welch

from emgstudio.devices.emulators.spectrum import (
    HIGH_HZ,
    LOW_HZ,
    EmgShaper,
    design,
    emg_psd,
)

SECONDS = 60


@cache
def shaped(rate: int, squeeze: float = 1.0) -> np.ndarray:
    shaper = EmgShaper(rate, 4)
    shaper.squeeze(squeeze)
    rng = np.random.default_rng(rate)
    return np.asarray(shaper.process(rng.standard_normal((rate * SECONDS, 4))))


def median_frequency(signal: np.ndarray, rate: int) -> float:
    f, p = welch(signal, rate, nperseg=rate // 2, axis=0)
    band = (f >= 20) & (f <= 450)
    power = np.cumsum(p.mean(axis=1)[band])
    return float(np.interp(power[-1] / 2, power, f[band]))


def test_the_closed_form_integrates_to_one() -> None:
    whole, _ = quad(lambda f: float(emg_psd(np.array([f]), 55.0, 110.0)[0]), 0, np.inf, limit=400)
    assert whole == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("rate", [500, 1000, 2000, 4000])
def test_the_filter_has_the_closed_form_spectrum(rate: int) -> None:
    b, a = design(rate, LOW_HZ, HIGH_HZ)
    f = np.linspace(2.0, 0.49 * rate, 500)
    z = np.exp(-2j * np.pi * f / rate)
    gain = np.abs(np.polyval(b[::-1], z) / np.polyval(a[::-1], z)) ** 2 * 2.0 / rate
    wrong_db = 10 * np.log10(gain / emg_psd(f, LOW_HZ, HIGH_HZ))
    assert np.abs(wrong_db[f < 0.45 * rate]).max() < 0.1
    assert np.abs(wrong_db).max() < 0.5
    assert np.abs(np.roots(a)).max() < 1.0


@pytest.mark.parametrize("rate", [1000, 2000, 4000])
def test_the_noise_has_the_closed_form_spectrum(rate: int) -> None:
    f, p = welch(shaped(rate), rate, nperseg=rate // 2, axis=0)
    seen = (f >= 10) & (f <= 450)
    wrong_db = 10 * np.log10(p.mean(axis=1)[seen] / emg_psd(f[seen], LOW_HZ, HIGH_HZ))
    assert np.abs(wrong_db).max() < 1.0
    assert np.abs(wrong_db.mean()) < 0.1


def test_size_and_median_frequency_do_not_depend_on_the_rate() -> None:
    signals = {rate: shaped(rate) for rate in (1000, 2000, 4000)}
    medians = [median_frequency(signal, rate) for rate, signal in signals.items()]
    assert max(medians) / min(medians) < 1.025
    sizes = [signal.std() for signal in signals.values()]
    assert max(sizes) / min(sizes) < 1.02
    assert sizes[-1] == pytest.approx(1.0, abs=0.02)


def test_squeezing_lowers_the_median_frequency_and_keeps_the_size() -> None:
    fresh, tired = shaped(2000), shaped(2000, 0.8)
    assert median_frequency(tired, 2000) / median_frequency(fresh, 2000) == pytest.approx(
        0.8, abs=0.03
    )
    assert tired.std() == pytest.approx(fresh.std(), rel=0.03)


def test_block_by_block_is_the_same_as_whole() -> None:
    white = np.random.default_rng(0).standard_normal((1000, 2))
    whole = EmgShaper(1000, 2).process(white)
    shaper = EmgShaper(1000, 2)
    parts = [shaper.process(part) for part in np.split(white, [1, 8, 100, 612])]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-12)
