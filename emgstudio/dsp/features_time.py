"""Features of the waveform: amplitudes, counts, moments, autoregression, regularity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.feature_windows import (
    SMALLEST_AMPLITUDE,
    Feature,
    Floats,
    Windows,
    per_channel,
    per_number,
)

# Of the autocorrelation at lag 0; keeps the AR recursion stable for a pure tone.
AR_LOADING = 1e-9
KHUSHABA_POWER = 0.1
SAMPEN_LENGTH, SAMPEN_TOLERANCE = 2, 0.2


def _log_of(amplitude: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(amplitude, SMALLEST_AMPLITUDE)))


def _ratio(over: Floats, under: Floats) -> Floats:
    """0 where there is nothing to divide by: a flat line has no shape."""
    return np.asarray(np.where(under > 0, over / np.where(under > 0, under, 1.0), 0.0))


def _count(true: NDArray[np.bool_]) -> Floats:
    """How many are true along time; in the narrowest integer that holds it (5× faster)."""
    narrow = np.min_scalar_type(true.shape[-1])
    return np.asarray(np.add.reduce(true.view(np.uint8), axis=-1, dtype=narrow), np.float64)


def _zero_crossings(w: Windows) -> Floats:
    crossed = w.x[..., 1:] * w.x[..., :-1] < 0
    if w.has_threshold:
        crossed &= w.steps >= w.threshold
    return _count(crossed)


def _slope_sign_changes(w: Windows) -> Floats:
    before, after = w.slope[..., :-1], w.slope[..., 1:]
    turned = before * after < 0
    if w.has_threshold:
        turned &= np.maximum(w.steps[..., :-1], w.steps[..., 1:]) >= w.threshold
    return _count(turned)


def _willison(w: Windows) -> Floats:
    return _count(w.steps > w.threshold)


def _myopulse(w: Windows) -> Floats:
    return np.asarray(_count(w.absolute > w.threshold) / w.x.shape[-1])


def _l_scale(w: Windows) -> Floats:
    """Half the expected distance of two samples, from the order statistics."""
    n = w.x.shape[-1]
    weights = (2.0 * np.arange(n) / (n - 1) - 1.0) / n
    return np.asarray(np.sort(w.x, axis=-1) @ weights)


def _mean_square_root(w: Windows) -> Floats:
    """Length of the mean of the complex roots: negative samples have imaginary ones."""
    roots = np.sqrt(w.absolute)
    positive = np.where(w.x >= 0, roots, 0.0).mean(-1)
    return np.asarray(np.hypot(positive, roots.mean(-1) - positive))


def _deviations(w: Windows) -> tuple[Floats, Floats]:
    centred = w.x - w.x.mean(-1, keepdims=True)
    return centred, np.asarray(np.vecdot(centred, centred) / w.x.shape[-1])


def _skewness(w: Windows) -> Floats:
    centred, variance = _deviations(w)
    return _ratio(np.vecdot(centred * centred, centred) / w.x.shape[-1], variance**1.5)


def _kurtosis(w: Windows) -> Floats:
    centred, variance = _deviations(w)
    squares = centred * centred
    return _ratio(np.vecdot(squares, squares) / w.x.shape[-1], variance * variance)


def _mobility(w: Windows) -> Floats:
    return np.sqrt(_ratio(w.slope_power, w.power))


def _complexity(w: Windows) -> Floats:
    return _ratio(np.sqrt(_ratio(w.curve_power, w.slope_power)), _mobility(w))


def _autocorrelation(w: Windows, order: int) -> Floats:
    """Biased autocorrelation at lags 1 … order over that at lag 0, ``(order, w, channels)``."""
    count, channels, length = w.x.shape
    r = np.zeros((order, count, channels))
    for lag in range(1, min(order + 1, length)):
        np.vecdot(w.x[..., :-lag], w.x[..., lag:], out=r[lag - 1])
    r /= np.where(w.power > 0, w.power, 1.0) * (1.0 + AR_LOADING)
    return r


def _ar4(w: Windows) -> Floats:
    """``a1…a4`` of ``x[n] + a1 x[n-1] + … + a4 x[n-4] = e[n]``, channel by channel.

    Levinson–Durbin on the biased autocorrelation, so the model is always
    stable. A flat channel gives zeros.
    """
    r1, r2, r3, r4 = _autocorrelation(w, 4)
    # The recursion written out: a third faster than a loop. k are the reflection
    # coefficients, b and c the models of order 2 and 3, e the share not yet explained.
    k1 = -r1
    e = 1.0 - r1 * r1
    k2 = (r1 * r1 - r2) / e
    b1 = k1 + k2 * k1
    e = e - e * k2 * k2
    k3 = (r3 + b1 * r2 + k2 * r1) / -e
    c1 = b1 + k3 * k2
    c2 = k2 + k3 * b1
    e = e - e * k3 * k3
    k4 = (r4 + c1 * r3 + c2 * r2 + k3 * r1) / -e
    model = np.stack([c1 + k4 * k3, c2 + k4 * c2, k3 + k4 * c1, k4], axis=-1)
    return model.reshape(len(w.x), -1)


def _ar(order: int) -> Callable[[Windows], Floats]:
    def compute(w: Windows) -> Floats:
        return np.asarray(np.moveaxis(_levinson(w, order), 0, -1).reshape(len(w.x), -1))

    return compute


def _levinson(w: Windows, order: int) -> Floats:
    """Coefficients ``(order, w, channels)`` of the autoregressive model."""
    r = _autocorrelation(w, order)
    a, e = np.zeros_like(r), np.ones(r.shape[1:])
    for i in range(order):
        known = sum((a[j] * r[i - 1 - j] for j in range(i)), np.zeros_like(e))
        k = -(r[i] + known) / e
        a[:i] = a[:i] + k * a[:i][::-1]
        a[i] = k
        e = e * (1.0 - k * k)
    return a


def _cepstrum(w: Windows) -> Floats:
    """Four cepstral coefficients of the autoregressive model of order 4."""
    a = _levinson(w, 4)
    c = np.empty_like(a)
    for i in range(4):
        before = sum(((1.0 - j / (i + 1.0)) * a[j - 1] * c[i - j] for j in range(1, i + 1)), 0.0)
        c[i] = -a[i] - before
    return np.asarray(np.moveaxis(c, 0, -1).reshape(len(w.x), -1))


def _khushaba(w: Windows) -> Floats:
    """Six measures of the power spectrum from moments in time, of x and of log x² compared.

    f = −2ab / (a² + b²) of each measure a of the window and b of its log.
    """
    n = w.x.shape[-1] - 1
    of_x = _moments(np.sqrt(w.power), np.sqrt(w.slope_power / n), np.sqrt(w.curve_power / n),
                    w.waveform_length, np.abs(w.curve).sum(-1))  # fmt: skip
    # Before the log: a unit must not matter where a sample is exactly zero.
    log = np.log(w.x * w.x + np.spacing(1.0))
    d1 = log[..., 1:] - log[..., :-1]
    d2 = d1[..., 1:] - d1[..., :-1]
    of_log = _moments(
        np.sqrt(np.vecdot(log, log)), np.sqrt(np.vecdot(d1, d1) / n),
        np.sqrt(np.vecdot(d2, d2) / n), np.abs(d1).sum(-1), np.abs(d2).sum(-1),
    )  # fmt: skip
    f = _ratio(-2.0 * of_x * of_log, of_x * of_x + of_log * of_log)
    return np.asarray(f.reshape(len(w.x), -1))


def _moments(m0: Floats, m2: Floats, m4: Floats, slope: Floats, curve: Floats) -> Floats:
    m0, m2, m4 = ((m + SMALLEST_AMPLITUDE) ** KHUSHABA_POWER / KHUSHABA_POWER for m in (m0, m2, m4))
    sparse = np.sqrt(np.abs((m0 - m2) * (m0 - m4)))
    return np.stack(
        [_log_of(v) for v in (
            m0, np.abs(m0 - m2), np.abs(m0 - m4), m0 / np.maximum(sparse, SMALLEST_AMPLITUDE),
            m2 / np.sqrt(m0 * m4), (slope + SMALLEST_AMPLITUDE) / (curve + SMALLEST_AMPLITUDE),
        )],
        axis=-1,
    )  # fmt: skip


def _sample_entropy(w: Windows) -> Floats:
    """−ln of how often two stretches of 2 alike samples stay alike for a third.

    Alike: nearer than 0.2 deviations. A window without any pair of either kind counts
    one, so that the number is finite.
    """
    limit = SAMPEN_TOLERANCE * w.x.std(axis=-1, keepdims=True)
    n, m = w.x.shape[-1], SAMPEN_LENGTH
    short = np.zeros(w.x.shape[:2])
    long = np.zeros(w.x.shape[:2])
    # Single precision: half the time, and the limit is no sharp thing.
    x, limit = w.x.astype(np.float32), limit.astype(np.float32)
    for lag in range(1, n - m):
        near = np.abs(x[..., lag:] - x[..., :-lag]) <= limit
        pairs = near[..., :-2] & near[..., 1:-1]
        short += _count(pairs)
        pairs &= near[..., 2:]
        long += _count(pairs)
    return np.asarray(np.log(np.maximum(short, 1.0)) - np.log(np.maximum(long, 1.0)))


HUDGINS = "Hudgins et al. 1993, IEEE Trans Biomed Eng 40:82"
_LOG = "logarithm of the amplitude: multiplicative changes become shifts"
_PHINYOMARK = "Phinyomark et al. 2012, Expert Syst Appl 39:7420"
_LS = "Phinyomark et al. 2014, IEEE Sensors J 14:2235"
_HJORTH = "Hjorth 1970, Electroencephalogr Clin Neurophysiol 29:306"
_LEVINSON = "Levinson–Durbin on the biased autocorrelation; Graupe and Cline 1975"

ROWS = (
    Feature("mav", "Mean absolute value", HUDGINS, lambda w: w.absolute.mean(-1), per_channel),
    Feature("wl", "Waveform length", HUDGINS, lambda w: w.waveform_length, per_channel),
    Feature("zc", "Zero crossings", HUDGINS, _zero_crossings, per_channel),
    Feature("ssc", "Slope sign changes", HUDGINS, _slope_sign_changes, per_channel),
    Feature("rms", "Root mean square", "definition", lambda w: w.rms, per_channel),
    Feature("logrms", "Log root mean square", _LOG, lambda w: _log_of(w.rms), per_channel),
    Feature("logwl", "Log waveform length", _LOG, lambda w: _log_of(w.waveform_length),
            per_channel),
    Feature("ar4", "Autoregressive model, order 4", _LEVINSON, _ar4, per_number(4)),
    Feature("ar6", "Autoregressive model, order 6", _LEVINSON, _ar(6), per_number(6)),
    Feature("ar9", "Autoregressive model, order 9", _LEVINSON, _ar(9), per_number(9)),
    Feature("cc4", "Cepstral coefficients", "Kang et al. 1995, IEEE Trans Biomed Eng 42:777",
            _cepstrum, per_number(4)),
    Feature("iemg", "Integrated EMG", _PHINYOMARK, lambda w: w.absolute.sum(-1), per_channel),
    Feature("var", "Variance", _PHINYOMARK, lambda w: _deviations(w)[1], per_channel),
    Feature("wamp", "Willison amplitude", _PHINYOMARK, _willison, per_channel,
            counts=True),
    Feature("myop", "Myopulse percentage rate", _PHINYOMARK, _myopulse, per_channel,
            counts=True),
    Feature("mavfd", "Mean absolute difference", _PHINYOMARK, lambda w: w.steps.mean(-1),
            per_channel),
    Feature("dasdv", "Difference absolute standard deviation", _PHINYOMARK,
            lambda w: np.sqrt(w.slope_power / w.slope.shape[-1]), per_channel),
    Feature("ld", "Log detector", _PHINYOMARK,
            lambda w: np.exp(_log_of(w.absolute).mean(-1)), per_channel),
    Feature("mfl", "Maximum fractal length", "Arjunan and Kumar 2010, J Neuroeng Rehabil 7:53",
            lambda w: _log_of(w.waveform_length) / np.log(10.0), per_channel),
    Feature("ls", "L-scale", _LS, _l_scale, per_channel),
    Feature("msr", "Mean of square roots", _LS, _mean_square_root, per_channel),
    Feature("skew", "Skewness", "definition", _skewness, per_channel),
    Feature("kurt", "Kurtosis", "definition (3 for Gaussian noise)", _kurtosis, per_channel),
    Feature("act", "Hjorth activity", _HJORTH, lambda w: _deviations(w)[1], per_channel),
    Feature("mob", "Hjorth mobility", _HJORTH, _mobility, per_channel),
    Feature("comp", "Hjorth complexity", _HJORTH, _complexity, per_channel),
    Feature("tdpsd", "Time-domain power spectral descriptors",
            "Al-Timemy, Khushaba et al. 2016, IEEE Trans Neural Syst Rehabil Eng 24:650",
            _khushaba, per_number(6)),
    Feature("sampen", "Sample entropy", "Richman and Moorman 2000, Am J Physiol 278:H2039",
            _sample_entropy, per_channel),
)  # fmt: skip
