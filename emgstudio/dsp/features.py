"""The feature table: numbers that describe one window of conditioned EMG.

One vectorised implementation serves training (many windows) and the live
decoder (one window). Windows are band-passed, so their mean is taken as zero
except in the covariances. All arithmetic is float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log2

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Samples

Floats = NDArray[np.float64]

# Below any amplitude a converter can give in V or µV: keeps the logarithm of a flat line finite.
SMALLEST_AMPLITUDE = 1e-12
# Of the autocorrelation at lag 0; keeps the AR recursion stable for a pure tone.
AR_LOADING = 1e-9
# Numbers handled at once: the float64 copy of a part (1 MB) stays in the processor's cache.
PART_SIZE = 1 << 17


class Windows:
    """Windows turned to ``(w, channels, length)`` with the intermediate results features share."""

    def __init__(self, x: Floats, rate: float, threshold: float) -> None:
        self.x = x
        self.rate = rate
        self.threshold = threshold

    @cached_property
    def slope(self) -> Floats:
        """First difference along time, ``(w, channels, length - 1)``."""
        return np.asarray(self.x[..., 1:] - self.x[..., :-1])

    @cached_property
    def power(self) -> Floats:
        """Sum of squares, ``(w, channels)``; not finite where a sample is not."""
        return np.asarray(np.vecdot(self.x, self.x))

    @cached_property
    def rms(self) -> Floats:
        return np.asarray(np.sqrt(self.power / self.x.shape[-1]))

    @cached_property
    def waveform_length(self) -> Floats:
        return np.asarray(np.abs(self.slope).sum(-1))


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the table.

    ``compute`` gives ``(w, columns)``, ``labels`` names those columns given the
    key and the channel names. ``source`` is where the definition comes from.
    """

    key: str
    title: str
    source: str
    compute: Callable[[Windows], Floats]
    labels: Callable[[str, Sequence[str]], list[str]]

    def size(self, channels: int) -> int:
        """Number of columns for so many channels."""
        return len(self.labels(self.key, [""] * channels))


def _per_channel(key: str, channels: Sequence[str]) -> list[str]:
    return [f"{key} {channel}" for channel in channels]


def _per_lag(key: str, channels: Sequence[str]) -> list[str]:
    return [f"{key}[{lag}] {channel}" for channel in channels for lag in range(1, 5)]


@lru_cache(maxsize=64)
def _triangle(channels: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Row and column of each element of the upper triangle, and its weight."""
    first, second = np.triu_indices(channels)
    return first, second, np.where(first == second, 1.0, np.sqrt(2.0))


def _per_pair(key: str, channels: Sequence[str]) -> list[str]:
    first, second, _ = _triangle(len(channels))
    return [
        f"{key} {channels[i]}" if i == j else f"{key} {channels[i]}·{channels[j]}"
        for i, j in zip(first, second, strict=True)
    ]


def _mav(w: Windows) -> Floats:
    return np.asarray(np.abs(w.x).mean(-1))


def _log_rms(w: Windows) -> Floats:
    return np.log(np.maximum(w.rms, SMALLEST_AMPLITUDE))


def _log_waveform_length(w: Windows) -> Floats:
    return np.log(np.maximum(w.waveform_length, SMALLEST_AMPLITUDE))


def _count(true: NDArray[np.bool_]) -> Floats:
    """How many are true along time; in the narrowest integer that holds it (5× faster)."""
    narrow = np.min_scalar_type(true.shape[-1])
    return np.asarray(np.add.reduce(true.view(np.uint8), axis=-1, dtype=narrow), np.float64)


def _zero_crossings(w: Windows) -> Floats:
    crossed = w.x[..., 1:] * w.x[..., :-1] < 0
    if w.threshold > 0:
        crossed &= np.abs(w.slope) >= w.threshold
    return _count(crossed)


def _slope_sign_changes(w: Windows) -> Floats:
    before, after = w.slope[..., :-1], w.slope[..., 1:]
    turned = before * after < 0
    if w.threshold > 0:
        turned &= np.maximum(np.abs(before), np.abs(after)) >= w.threshold
    return _count(turned)


def _ar4(w: Windows) -> Floats:
    """``a1…a4`` of ``x[n] + a1 x[n-1] + … + a4 x[n-4] = e[n]``, channel by channel.

    Levinson–Durbin on the biased autocorrelation, so the model is always
    stable. A flat channel gives zeros.
    """
    count, channels, length = w.x.shape
    r = np.zeros((4, count, channels))
    for lag in range(1, min(5, length)):
        np.vecdot(w.x[..., :-lag], w.x[..., lag:], out=r[lag - 1])
    r /= np.where(w.power > 0, w.power, 1.0) * (1.0 + AR_LOADING)
    r1, r2, r3, r4 = r
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
    return model.reshape(count, -1)


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
    first, second, weights = _triangle(channels)
    return np.asarray(matrix[:, first, second] * weights)


def _logcov(w: Windows) -> Floats:
    return _log_covariance(w.x, w.rate)


def _logcov_diff(w: Windows) -> Floats:
    return _log_covariance(w.slope, w.rate)


_HUDGINS = "Hudgins et al. 1993, IEEE Trans Biomed Eng 40:82"
_LOG = "logarithm of the amplitude: multiplicative changes become shifts"

FEATURES: dict[str, Feature] = {
    feature.key: feature
    for feature in (
        Feature("mav", "Mean absolute value", _HUDGINS, _mav, _per_channel),
        Feature("wl", "Waveform length", _HUDGINS, lambda w: w.waveform_length, _per_channel),
        Feature("zc", "Zero crossings", _HUDGINS, _zero_crossings, _per_channel),
        Feature("ssc", "Slope sign changes", _HUDGINS, _slope_sign_changes, _per_channel),
        Feature("rms", "Root mean square", "definition", lambda w: w.rms, _per_channel),
        Feature("logrms", "Log root mean square", _LOG, _log_rms, _per_channel),
        Feature("logwl", "Log waveform length", _LOG, _log_waveform_length, _per_channel),
        Feature("ar4", "Autoregressive model, order 4", "Levinson–Durbin", _ar4, _per_lag),
        Feature(
            "logcov",
            "Log covariance of the channels",
            "Barachant et al. 2012, IEEE Trans Biomed Eng 59:920 (log-Euclidean form)",
            _logcov,
            _per_pair,
        ),
        Feature(
            "logcov_diff",
            "Log covariance of the channels' slopes",
            "the same on the first difference: amplitude × frequency",
            _logcov_diff,
            _per_pair,
        ),
    )
}

GROUPS: dict[str, tuple[str, ...]] = {
    "hudgins": ("mav", "zc", "ssc", "wl"),
    "logtd": ("logrms", "logwl", "zc", "ssc"),
}


def expand(names: Sequence[str]) -> tuple[Feature, ...]:
    """Rows of the table for names of rows and groups, in order; EmgError for an unknown name."""
    keys = [key for name in names for key in GROUPS.get(name, (name,))]
    for key in keys:
        if key not in FEATURES:
            known = ", ".join([*GROUPS, *FEATURES])
            raise EmgError(f"There is no feature called “{key}”.", f"Known are: {known}.")
    if not keys:
        raise EmgError("No feature is chosen.", "Choose at least one, for example logcov.")
    return tuple(FEATURES[key] for key in keys)


def feature_names(names: Sequence[str], channels: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns of ``feature_matrix`` for these channel names."""
    return tuple(label for f in expand(names) for label in f.labels(f.key, channels))


def feature_matrix(
    windows: Samples, names: Sequence[str], rate: float, *, threshold: float = 0.0
) -> Floats:
    """Features of ``windows (w, length, channels)`` sampled at ``rate`` Hz, ``(w, d)`` float64.

    ``threshold`` (channel unit) is what a zero crossing or slope sign change
    must at least move by. A flat window gives finite numbers; a window with a
    NaN or infinity gives a row of NaN. EmgError for an unknown name or windows
    shorter than three samples.
    """
    features = expand(names)
    count, length, channels = windows.shape
    if length < 3:
        raise EmgError("A window of fewer than three samples has no features.", "Use longer ones.")
    if count == 0:
        return np.empty((0, sum(f.size(channels) for f in features)))
    part = max(1, PART_SIZE // (length * channels))
    parts = [
        _part(Windows(turned(windows[first : first + part]), rate, threshold), features)
        for first in range(0, count, part)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def turned(windows: Samples) -> Floats:
    """``(w, length, channels)`` as contiguous float64 ``(w, channels, length)``."""
    return np.ascontiguousarray(windows.transpose(0, 2, 1), np.float64)


def _part(work: Windows, features: Sequence[Feature]) -> Floats:
    """Columns of all ``features`` for a part of the windows."""
    finite = np.asarray(np.isfinite(work.power).all(axis=1))
    if finite.all():
        return np.concatenate([f.compute(work) for f in features], axis=1)
    whole = Windows(np.where(finite[:, None, None], work.x, 0.0), work.rate, work.threshold)
    out = np.concatenate([f.compute(whole) for f in features], axis=1)
    out[~finite] = np.nan
    return out
