"""Features of how channels go together: log covariances and phasors."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

import numpy as np

from emgstudio.dsp.feature_windows import (
    SMALLEST_AMPLITUDE,
    Feature,
    Floats,
    Windows,
    groups_of,
    per_pair,
    per_two,
    triangle,
)

# For so few windows calls cost more than numbers: both covariances are made at once.
FEW = 4


def shrinkage(rate: float) -> float:
    """Share ε of the mean variance that is mixed into a covariance at ``rate`` Hz.

    1e-3 from 500 Hz up, 1e-2 up to 250 Hz (fewer samples per window), between
    them linear in log ε against log rate.
    """
    return float(10.0 ** -(2.0 + min(max(log2(rate / 250.0), 0.0), 1.0)))


def _of_signal(w: Windows) -> Floats:
    logs = w.once(_of_both) if len(w.x) <= FEW else _log_covariances(w, (w.x,))
    return np.asarray(logs[0])


def _of_slope(w: Windows) -> Floats:
    logs = w.once(_of_both) if len(w.x) <= FEW else _log_covariances(w, (w.slope,))
    return np.asarray(logs[-1])


def _of_both(w: Windows) -> Floats:
    return _log_covariances(w, (w.x, w.slope))


def _log_covariances(w: Windows, signals: Sequence[Floats]) -> Floats:
    """Upper triangles of the matrix logarithms of shrunk covariances of signals like ``w.x``.

    ``(signals, w, columns)``. Off-diagonal elements × √2, so that the Euclidean distance
    between rows is the log-Euclidean distance between covariances (Arsigny et al. 2006).
    """
    channels = w.x.shape[1]
    size = groups_of(channels)[0][1]
    whole = channels // size * size
    logs = _logs_of_groups([x[:, :whole] for x in signals], size, w.rate)
    if whole == channels:
        return logs
    rest = _logs_of_groups([x[:, whole:] for x in signals], channels - whole, w.rate)
    return np.concatenate([logs, rest], axis=2)


def _logs_of_groups(signals: Sequence[Floats], size: int, rate: float) -> Floats:
    """The same with each ``size`` neighbours together."""
    covariance = np.concatenate([_covariances(x, size) for x in signals])
    share = shrinkage(rate)
    variances = np.einsum("gcc->gc", covariance)
    mean_variance = np.add.reduce(variances, axis=-1, keepdims=True) / size
    covariance *= 1.0 - share
    variances += share * mean_variance
    values, vectors = np.linalg.eigh(covariance)
    logs = np.log(np.maximum(values, SMALLEST_AMPLITUDE**2))
    matrix = (vectors * logs[:, None, :]) @ vectors.swapaxes(1, 2)
    first, second, weights = triangle(size)
    upper = matrix[:, first, second] * weights
    return np.asarray(upper.reshape(len(signals), len(signals[0]), -1))


def _covariances(x: Floats, size: int) -> Floats:
    """Covariances ``(w × groups, size, size)`` of ``x (w, channels, n)``."""
    x = x.reshape(-1, size, x.shape[-1])
    centred = x - np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]
    covariance = centred @ centred.swapaxes(1, 2)
    covariance /= x.shape[-1]
    return covariance


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
        _of_signal,
        per_pair,
    ),
    Feature(
        "logcov_diff",
        "Log covariance of the channels' slopes",
        "the same on the first difference: amplitude × frequency",
        _of_slope,
        per_pair,
    ),
    Feature("rmsphasor", "RMS phasor", _PHASOR, lambda w: _phasor(w.rms), per_two),
    Feature("wlphasor", "Waveform length phasor", _PHASOR,
            lambda w: _phasor(w.waveform_length), per_two),
)  # fmt: skip
