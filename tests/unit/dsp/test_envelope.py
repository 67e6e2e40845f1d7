"""Moving RMS against the obvious loop, in any cutting, with holes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.dsp.envelope import MovingRms, linear_envelope, moving_rms


def slow(x, length, ahead=0):
    out = np.full(x.shape, np.nan)
    for i in range(len(x)):
        rows = x[max(0, i + ahead - length + 1) : i + ahead + 1]
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows):
            out[i] = np.sqrt((rows**2).mean(axis=0))
    return out


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 9999),
    n=st.integers(0, 120),
    window=st.sampled_from([0.001, 0.01, 0.025, 0.2]),
    holes=st.sampled_from([0.0, 0.1, 0.95]),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_streaming_offline_and_loop_agree(seed, n, window, holes, sizes):
    rng = np.random.default_rng(seed)
    x = 100 * rng.standard_normal((n, 2))
    valid = rng.random(n) >= holes
    holed = np.where(valid[:, None], x, np.nan)
    expected = slow(holed, max(1, round(window * 1000)))
    offline = moving_rms(holed, 1000.0, window, centred=False)
    np.testing.assert_allclose(offline, expected, rtol=1e-12, atol=0)
    stream, parts, first = MovingRms(window, 1000.0, 2), [np.empty((0, 2))], 0
    while first < n:
        step = sizes[len(parts) % len(sizes)]
        parts.append(stream.process(x[first : first + step], valid[first : first + step]))
        first += step
    np.testing.assert_allclose(np.concatenate(parts), offline, rtol=1e-12, atol=0)
    centred = moving_rms(holed, 1000.0, window, centred=True)
    length = max(1, round(window * 1000))
    np.testing.assert_allclose(centred, slow(holed, length, (length - 1) // 2), rtol=1e-12, atol=0)


def test_quiet_after_a_huge_artefact_is_measured_again():
    x = np.ones((3000, 1))
    x[500:600] = 1e5
    rms = moving_rms(x, 1000.0, 0.1, centred=False)
    np.testing.assert_allclose(rms[700:], 1.0, rtol=1e-12)


def test_step_rises_to_half_and_nine_tenths_power_in_the_window():
    x = np.r_[np.zeros(500), np.ones(500)][:, None]
    rms = moving_rms(x, 1000.0, 0.1, centred=False)[:, 0]
    assert np.argmax(rms >= 0.5) - 500 == pytest.approx(25, abs=1)
    assert np.argmax(rms >= 0.9) - 500 == pytest.approx(81, abs=1)


def test_linear_envelope_of_a_constant_and_its_holes():
    x = np.full((2000, 2), -50.0)
    x[900:950] = np.nan
    envelope = linear_envelope(x, 1000.0)
    np.testing.assert_array_equal(np.isnan(envelope), np.isnan(x))
    np.testing.assert_allclose(envelope[np.isfinite(envelope)], 50.0, rtol=1e-6)


@pytest.mark.parametrize(("corrected", "gain"), [(False, 0.5), (True, np.sqrt(0.5))])
def test_linear_envelope_at_its_cutoff(corrected, gain):
    t = np.arange(20_000) / 1000.0
    x = (10 + np.cos(2 * np.pi * 6.0 * t))[:, None]
    envelope = linear_envelope(x, 1000.0, cutoff_hz=6.0, corrected=corrected)[5000:15_000, 0]
    assert np.ptp(envelope) / 2 == pytest.approx(gain, abs=2e-3)
