"""Features of how channels go together: log covariances and phasors."""

from __future__ import annotations

from math import log2

import numpy as np

from emgstudio.dsp.feature_windows import (
    SMALLEST_AMPLITUDE,
    Feature,
    Floats,
    groups_of,
    per_pair,
    per_two,
    triangle,
)


def shrinkage(rate: float) -> float:
    """Share ε of the mean variance that is mixed into a covariance at ``rate`` Hz.

    1e-3 from 500 Hz up, 1e-2 up to 250 Hz (fewer samples per window), between
    them linear in log ε against log rate.
    """
    return float(10.0 ** -(2.0 + min(max(log2(rate / 250.0), 0.0), 1.0)))


def _log_covariance(x: Floats, rate: float) -> Floats:
    """Upper triangle of the matrix logarithm of the shrunk covariance of ``x (w, channels, n)``.

    Off-diagonal elements × √2, so that the Euclidean distance between rows is
    the log-Euclidean distance between covariances (Arsigny et al. 2006).
    """
    parts = groups_of(x.shape[1])
    if len(parts) > 1:
        return np.concatenate([_log_covariance(x[:, a:b], rate) for a, b in parts], axis=1)
    _, channels, n = x.shape
    centred = x - np.add.reduce(x, axis=-1, keepdims=True) / n
    covariance = centred @ centred.swapaxes(1, 2)
    covariance /= n
    share = shrinkage(rate)
    variances = np.einsum("wcc->wc", covariance)
    mean_variance = np.add.reduce(variances, axis=-1, keepdims=True) / channels
    covariance *= 1.0 - share
    variances += share * mean_variance
    values, vectors = np.linalg.eigh(covariance)
    logs = np.log(np.maximum(values, SMALLEST_AMPLITUDE**2))
    matrix = (vectors * logs[:, None, :]) @ vectors.swapaxes(1, 2)
    first, second, weights = triangle(channels)
    return np.asarray(matrix[:, first, second] * weights)


def _phasor(amplitude: Floats) -> Floats:
    """Log length of the sum of each two channels' amplitudes as arrows around a ring."""
    channels = amplitude.shape[1]
    arrows = amplitude * np.exp(2j * np.pi * np.arange(channels) / channels)
    first, second = np.triu_indices(channels, 1)
    lengths = np.abs(arrows[:, first] + arrows[:, second])
    return np.asarray(np.log(np.maximum(lengths, SMALLEST_AMPLITUDE)))


_PHASOR = "Onay and Mert 2020, Biomed Signal Process Control 57:101787"

ROWS = (
    Feature(
        "logcov",
        "Log covariance of the channels",
        "Barachant et al. 2012, IEEE Trans Biomed Eng 59:920 (log-Euclidean form)",
        lambda w: _log_covariance(w.x, w.rate),
        per_pair,
    ),
    Feature(
        "logcov_diff",
        "Log covariance of the channels' slopes",
        "the same on the first difference: amplitude × frequency",
        lambda w: _log_covariance(w.slope, w.rate),
        per_pair,
    ),
    Feature("rmsphasor", "RMS phasor", _PHASOR, lambda w: _phasor(w.rms), per_two),
    Feature("wlphasor", "Waveform length phasor", _PHASOR,
            lambda w: _phasor(w.waveform_length), per_two),
)  # fmt: skip
