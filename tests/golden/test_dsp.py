"""Closed-form values and scipy as oracle for the signal processing."""

import numpy as np
import pytest
from scipy import signal

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import Conditioner, sections
from emgstudio.dsp.envelope import linear_envelope, moving_rms
from emgstudio.dsp.features import feature_matrix
from emgstudio.dsp.filters import gain_db
from emgstudio.dsp.spectrogram import Spectrogram
from emgstudio.dsp.spectrum import mean_frequency, median_frequency, psd, spectrum
from tests.heart_mix import mix

RATE = 2000.0
# Relative RMS errors that the heart leaves: untouched, behind 30 Hz, taken out.
HEART_NOTHING, HEART_HIGH_PASSED, HEART_OUT = 0.0939, 0.4263, 0.0243
T = np.arange(20_000) / RATE
SINE = (100 * np.sin(2 * np.pi * 100 * T))[:, None]


def noise(n, channels, seed=0):
    return 30 * np.random.default_rng(seed).standard_normal((n, channels))


def condition(x, spec, rate):
    return Conditioner(spec, rate, x.shape[1]).process(x, np.ones(len(x), bool))


def flat_spectrum():
    f = np.linspace(0, 1000, 20_001)
    return f, ((f >= 50) & (f <= 150)).astype(float)[:, None]


def test_amplitude_of_a_sine():
    window = SINE[None, :400]
    rms, mav = feature_matrix(window, ("rms", "mav"), RATE)[0]
    assert rms == pytest.approx(100 / np.sqrt(2), rel=1e-12)
    # 20 samples per period: A·(2/N)·cot(π/N), not the 63.66 of a continuous sine.
    assert mav == pytest.approx(100 * 0.1 / np.tan(np.pi / 20), rel=1e-12)
    assert mav == pytest.approx(63.14, abs=0.005)


def test_waveform_length_and_counts_of_a_sine():
    # 200 ms of 100 Hz: 20 periods, 4 A each but for the samples that miss the crests.
    x = (100 * np.cos(2 * np.pi * 100 * np.arange(401) / RATE + 0.01))[None, :, None]
    length, crossings, turns = feature_matrix(x, ("wl", "zc", "ssc"), RATE)[0]
    assert length == pytest.approx(20 * 4 * 100, rel=0.01)
    assert crossings == 40
    assert turns == pytest.approx(40, abs=1)


def test_moving_rms_of_a_sine():
    for centred in (False, True):
        rms = moving_rms(SINE, RATE, 0.1, centred=centred)
        assert rms[10_000, 0] == pytest.approx(100 / np.sqrt(2), rel=1e-9)


def test_frequency_of_a_sine():
    found = spectrum(SINE, RATE)
    assert found.mean_hz[0] == pytest.approx(100, rel=1e-3)
    assert found.median_hz[0] == pytest.approx(100, rel=5e-3)


def test_frequency_of_a_flat_spectrum():
    f, p = flat_spectrum()
    assert mean_frequency(f, p, 20, 450)[0] == pytest.approx(100, rel=1e-6)
    assert median_frequency(f, p, 20, 450)[0] == pytest.approx(100, rel=1e-4)


def test_median_frequency_lies_inside_the_bin():
    f = np.arange(0.0, 501.0, 10.0)
    p = ((f >= 50) & (f <= 130)).astype(float)[:, None]
    p[f == 50] = 4.0
    # Trapezia: 20, 25, then 10 a bin to 130 Hz and 5; half of 120 is 45 + 15, so 15 Hz past 60.
    assert median_frequency(f, p, 20, 450)[0] == pytest.approx(75.0)


def test_no_power_has_no_frequency():
    f, p = flat_spectrum()
    assert np.isnan(mean_frequency(f, 0 * p, 20, 450)).all()
    assert np.isnan(median_frequency(f, 0 * p, 20, 450)).all()


def test_slow_sensors_get_a_reason_instead_of_a_frequency():
    found = spectrum(SINE, 200.0)
    assert "200 Hz" in found.reason
    assert np.isnan([found.mean_hz, found.median_hz]).all()


def test_power_of_white_noise_is_spread_over_half_the_rate():
    _, p = psd(noise(200_000, 2), RATE)
    assert p[5:-5].mean() == pytest.approx(900 / 1000, rel=0.02)


@pytest.mark.parametrize("n", [5000, 4999, 1500])
def test_psd_is_scipys(n):
    x = noise(n, 2) + 1000
    length = min(n, 2000)
    f, p = psd(x, RATE)
    expected_f, expected = signal.welch(
        x, RATE, "hann", length, length // 2, detrend="constant", axis=0
    )
    np.testing.assert_allclose(f, expected_f)
    np.testing.assert_allclose(p, expected, rtol=1e-9, atol=1e-12)


def test_psd_leaves_out_what_a_hole_spoils():
    x = noise(10_000, 1)
    holed = x.copy()
    holed[9500] = np.nan
    np.testing.assert_allclose(psd(holed, RATE)[1], psd(x[:9000], RATE)[1])
    assert np.isnan(psd(np.full((3000, 1), np.nan), RATE)[1]).all()


@pytest.mark.parametrize("rate", [200.0, 1000.0, 2000.0])
def test_spectrogram_is_scipys_to_a_hundredth_of_a_db(rate):
    x = (noise(6000, 2) + 500).astype(np.float32)
    stream = Spectrogram(rate, 2)
    got = np.concatenate([stream.process(x[i : i + 37]) for i in range(0, len(x), 37)])
    f, t, expected = signal.spectrogram(
        x.astype(float),
        rate,
        "hann",
        stream.length,
        stream.length - stream.hop,
        stream.nfft,
        axis=0,
    )
    expected = 10 * np.log10(np.moveaxis(expected, -1, 0))[:, f <= 500]
    np.testing.assert_allclose(stream.frequencies, f[f <= 500])
    np.testing.assert_allclose([stream.frame_time(k) for k in range(len(got))], t)
    assert np.abs(got - expected).max() < 0.01


def test_spectrogram_of_a_sine_has_its_peak_and_level_there():
    frames = Spectrogram(RATE, 1).process(SINE)
    f = Spectrogram(RATE, 1).frequencies
    assert abs(f[frames[5, :, 0].argmax()] - 100) <= f[1]
    power = np.trapezoid(10 ** (frames[5, :, 0] / 10), f)
    assert power == pytest.approx(100**2 / 2, rel=0.02)


def test_conditioner_is_scipys_causal_filter():
    x = (noise(5000, 2) + 800).astype(np.float32)
    sos = signal.butter(4, [20, 450], "bandpass", fs=RATE, output="sos")
    state = signal.sosfilt_zi(sos)[:, :, None] * x[0].astype(float)
    expected, _ = signal.sosfilt(sos, x.astype(float), axis=0, zi=state)
    np.testing.assert_allclose(condition(x, ConditionSpec(), RATE), expected, atol=1e-4)


def test_hum_is_gone_after_the_notches_settle_and_emg_is_not():
    t = np.arange(10_000) / 1000.0
    hum = (30 * np.sin(2 * np.pi * 50 * t) + 10 * np.sin(2 * np.pi * 150 * t))[:, None]
    spec = ConditionSpec(notch_hz=50.0)
    left = condition(hum.astype(np.float32), spec, 1000.0)[3000:]
    assert np.sqrt((left**2).mean()) < 0.01
    tone = (10 * np.sin(2 * np.pi * 80 * t))[:, None].astype(np.float32)
    kept = condition(tone, spec, 1000.0)[3000:]
    assert np.sqrt((kept**2).mean()) == pytest.approx(10 / np.sqrt(2), rel=0.01)


def test_linear_envelope_is_scipys():
    x = noise(4000, 2)
    sos = signal.butter(2, 6, "low", fs=RATE, output="sos")
    expected = signal.sosfiltfilt(sos, np.abs(x), axis=0)
    np.testing.assert_allclose(linear_envelope(x, RATE), expected, rtol=0, atol=1e-9)


def test_autoregressive_model_is_found_again():
    a = np.array([1, -1.2, 0.7, -0.3, 0.1])
    x = signal.lfilter([1], a, np.random.default_rng(3).standard_normal(200_000))
    got = feature_matrix(x[None, :, None], ("ar4",), RATE)[0]
    np.testing.assert_allclose(got, a[1:], atol=0.01)


def test_log_covariance_of_two_orthogonal_sines():
    # cos and sin over whole periods: covariance diag(A²/2, B²/2), its log is the diagonal of logs.
    angle = 2 * np.pi * 50 * np.arange(400) / RATE
    x = np.stack([10 * np.cos(angle), 40 * np.sin(angle)], axis=1)
    variances = np.array([50.0, 800.0])
    shrunk = 0.999 * variances + 0.001 * variances.mean()
    got = feature_matrix(x[None], ("logcov",), RATE)[0]
    np.testing.assert_allclose(got, [np.log(shrunk[0]), 0.0, np.log(shrunk[1])], atol=1e-9)


def test_the_heartbeat_out_of_a_known_mix():
    made = mix(40.0, 1000.0, per_minute=70.0, seed=5)
    true = condition(made.muscle, ConditionSpec(), 1000.0)[20_000:]
    x = (made.muscle + made.heart).astype(np.float32)
    live = Conditioner(ConditionSpec(ecg=True), 1000.0, 2)
    got = np.concatenate([live.process(x, np.ones(len(x), bool)), live.finish()])[20_000:]
    left = condition(x, ConditionSpec(), 1000.0)[20_000:]
    high = condition(x, ConditionSpec(30.0), 1000.0)[20_000:]
    error, nothing, high_passed = (
        float(np.sqrt(np.square(y - true).mean() / np.square(true).mean()))
        for y in (got, left, high)
    )
    assert nothing == pytest.approx(HEART_NOTHING, abs=0.002)
    assert high_passed == pytest.approx(HEART_HIGH_PASSED, abs=0.002)
    assert error == pytest.approx(HEART_OUT, abs=0.004)


def test_a_notch_leaves_out_the_harmonics_that_are_not_there():
    spec = ConditionSpec(low_hz=None, high_hz=None, notch_hz=50.0, notch_at=(1, 3))
    gains = gain_db(sections(spec, RATE), np.array([50.0, 100.0, 150.0]), RATE)
    # Both 50/30 Hz wide: half the width off the centre is −3 dB, at the harmonic too.
    assert gains[0] < -100
    assert gains[2] < -100
    assert gains[1] == pytest.approx(0.0, abs=0.01)
    edges = gain_db(sections(spec, RATE), np.array([150.0 + 50.0 / 60.0]), RATE)
    assert edges[0] == pytest.approx(-3.0, abs=0.1)
