"""The feature table: numbers that describe one window of conditioned EMG.

One vectorised implementation serves training (many windows) and the live
decoder (one window). Windows are band-passed, so their mean is taken as zero
except where the definition takes it off. All arithmetic is float64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec, FloatSamples, Samples
from emgstudio.dsp import features_space, features_spectrum, features_time
from emgstudio.dsp.feature_windows import Column, Feature, Floats, Windows

# Numbers handled at once: the float64 copy of a part (1 MB) stays in the processor's cache.
PART_SIZE = 1 << 17
# Steps of rest noise rarely exceed three of its deviations.
NOISE_DEVIATIONS = 3.0

FEATURES: dict[str, Feature] = {
    feature.key: feature
    for rows in (features_time.ROWS, features_space.ROWS, features_spectrum.ROWS)
    for feature in rows
}

GROUPS: dict[str, tuple[str, ...]] = {
    "hudgins": ("mav", "zc", "ssc", "wl"),
    "htd": ("mav", "zc", "ssc", "wl"),
    "logtd": ("logrms", "logwl", "zc", "ssc"),
    "tdar": ("mav", "zc", "ssc", "wl", "ar4"),
    "ls4": ("ls", "mfl", "msr", "wamp"),
    "ls9": ("ls", "mfl", "msr", "wamp", "zc", "rms", "iemg", "dasdv", "var"),
    "comb": ("wl", "ssc", "ld", "ar9"),
    "hjorth": ("act", "mob", "comp"),
    "frequency": ("mnf", "mdf", "pkf", "ttp", "sm1", "sm2", "sm3", "vcf"),
    "classic": ("iemg", "mav", "rms", "var", "wl", "zc", "ssc", "wamp", "dasdv", "ld", "myop"),
}
GROUP_SOURCES: dict[str, str] = {
    "hudgins": features_time.HUDGINS,
    "htd": f"the same under its other name; {features_time.HUDGINS}",
    "logtd": "Hudgins' features with the logarithm of the amplitudes",
    "tdar": "Tkach et al. 2010, J Neuroeng Rehabil 7:21",
    "ls4": "Phinyomark et al. 2018, Sensors 18:1615, for armbands of 200 Hz",
    "ls9": "Phinyomark et al. 2018, Sensors 18:1615, for armbands of 200 Hz",
    "comb": "Phinyomark et al. 2012, Expert Syst Appl 39:7420",
    "hjorth": "Hjorth 1970, Electroencephalogr Clin Neurophysiol 29:306",
    "frequency": "Oskoei and Hu 2008; Phinyomark et al. 2012",
    "classic": "Phinyomark et al. 2012, Expert Syst Appl 39:7420",
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


def feature_columns(names: Sequence[str], channels: Sequence[str]) -> tuple[Column, ...]:
    """What each column of ``feature_matrix`` is, for these channel names."""
    return tuple(column for f in expand(names) for column in f.columns(channels))


def feature_names(names: Sequence[str], channels: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns of ``feature_matrix`` for these channel names."""
    return tuple(column.label for column in feature_columns(names, channels))


def noise_thresholds(rest: FloatSamples, deviations: float = NOISE_DEVIATIONS) -> tuple[float, ...]:
    """Thresholds per channel, in channel units, from conditioned ``rest (n, channels)``.

    Robust: ``deviations`` × 1.4826 × the median absolute sample; NaN rows are left out.
    Raises EmgError when there is no sample.
    """
    there = rest[np.isfinite(rest).all(axis=1)]
    if not len(there):
        raise EmgError("There is no rest to take thresholds from.", "Record some rest.")
    levels = 1.4826 * np.median(np.abs(there), axis=0).astype(np.float64)
    return tuple((deviations * levels).tolist())


def needs_thresholds(spec: FeatureSpec) -> bool:
    """Whether rows of the spec count what exceeds a threshold and none is given."""
    return not spec.thresholds and any(feature.counts for feature in expand(spec.names))


def features_of(windows: Samples, spec: FeatureSpec, rate: float) -> Floats:
    """``feature_matrix`` with the names and thresholds of a spec."""
    threshold = np.array(spec.thresholds)[:, None] if spec.thresholds else 0.0
    return feature_matrix(windows, spec.names, rate, threshold=threshold)


def feature_matrix(
    windows: Samples, names: Sequence[str], rate: float, *, threshold: float | Floats = 0.0
) -> Floats:
    """Features of ``windows (w, length, channels)`` sampled at ``rate`` Hz, ``(w, d)`` float64.

    ``threshold`` (channel unit, a number or ``(channels, 1)``) is what a zero crossing
    or slope sign change must at least move by, and what WAMP and MYOP count above. A
    flat window gives finite numbers; a window with a NaN or infinity gives a row of
    NaN. EmgError for an unknown name or windows shorter than three samples.
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
