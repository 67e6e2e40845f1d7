"""The feature table against slow loops, and what must hold for every row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec
from emgstudio.dsp.features import (
    FEATURES,
    GROUPS,
    PART_SIZE,
    expand,
    feature_matrix,
    feature_names,
)
from emgstudio.dsp.features_space import shrinkage
from emgstudio.dsp.windows import sliding

ALL = tuple(FEATURES)
DEFAULT = ("mav", "wl", "zc", "ssc", "rms", "logrms", "logwl", "ar4", "logcov", "logcov_diff")
CHANNELS = ("A", "B", "C")


def emg(n=600, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((n, channels)) @ rng.standard_normal((channels, channels))
    return (20 * (mixed[1:] + 0.6 * mixed[:-1])).astype(np.float32)


def windows(**how):
    return sliding(emg(**how), 200, 50)


def columns(names, part, channels=CHANNELS):
    labels = feature_names(names, channels)
    return [i for i, label in enumerate(labels) if label.startswith(part)]


def slow_counts(x, threshold):
    crossings = turns = 0
    for i in range(len(x) - 1):
        opposite = (x[i] > 0 > x[i + 1]) or (x[i] < 0 < x[i + 1])
        crossings += opposite and abs(x[i + 1] - x[i]) >= threshold
    for i in range(1, len(x) - 1):
        before, after = x[i] - x[i - 1], x[i + 1] - x[i]
        opposite = (before > 0 > after) or (before < 0 < after)
        turns += opposite and max(abs(before), abs(after)) >= threshold
    return crossings, turns


def slow_ar(x, order=4):
    r = [np.dot(x[: len(x) - k], x[k:]) for k in range(order + 1)]
    matrix = np.array([[r[abs(i - j)] for j in range(order)] for i in range(order)])
    return np.linalg.solve(matrix, -np.array(r[1:]))


def slow_row(x, threshold):
    x = x.astype(float)
    counts = [slow_counts(column, threshold) for column in x.T]
    length = np.abs(np.diff(x, axis=0)).sum(axis=0)
    rms = np.sqrt((x**2).mean(axis=0))
    return {
        "mav": np.abs(x).mean(axis=0),
        "wl": length,
        "zc": [c for c, _ in counts],
        "ssc": [t for _, t in counts],
        "rms": rms,
        "logrms": np.log(rms),
        "logwl": np.log(length),
        "ar4": np.concatenate([slow_ar(column) for column in x.T]),
    }


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 9999),
    channels=st.integers(1, 5),
    length=st.sampled_from([40, 200, 301]),
    rate=st.sampled_from([200.0, 350.0, 2000.0]),
    threshold=st.sampled_from([0.0, 5.0]),
)
def test_every_row_is_the_slow_one(seed, channels, length, rate, threshold):
    w = sliding(emg(700, channels, seed), length, 97)
    for key in set(DEFAULT) - {"logcov", "logcov_diff"}:
        got = feature_matrix(w, [key], rate, threshold=threshold)
        expected = [slow_row(x, threshold)[key] for x in w]
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6, err_msg=key)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 9999),
    channels=st.integers(1, 5),
    rate=st.sampled_from([200.0, 350.0, 2000.0]),
)
def test_exponential_of_the_log_covariance_is_the_shrunk_covariance(seed, channels, rate):
    from scipy.linalg import expm

    w = sliding(emg(500, channels, seed), 200, 97)
    share, upper = shrinkage(rate), np.triu_indices(channels)
    for key, order in (("logcov", 0), ("logcov_diff", 1)):
        for x, row in zip(w, feature_matrix(w, [key], rate), strict=True):
            x = np.diff(x.astype(float), order, axis=0)
            covariance = np.cov(x, rowvar=False, bias=True).reshape(channels, channels)
            mean_variance = np.trace(covariance) / channels
            expected = (1 - share) * covariance + share * mean_variance * np.eye(channels)
            log = np.zeros((channels, channels))
            log[upper] = row / np.sqrt(2)
            log += log.T
            log[np.diag_indices(channels)] /= np.sqrt(2)
            np.testing.assert_allclose(expm(log), expected, rtol=1e-8, atol=1e-8 * mean_variance)


def test_one_window_gives_what_many_give():
    w = sliding(emg(PART_SIZE // 50, 3), 200, 7)
    assert w.size > PART_SIZE
    many = feature_matrix(w, ALL, 1000.0)
    for i in (0, 1, len(w) // 2, len(w) - 1):
        one = feature_matrix(w[i : i + 1], ALL, 1000.0)
        np.testing.assert_allclose(one[0], many[i], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("factor", [1e3, 1e-6])
def test_another_unit_shifts_the_logs_and_leaves_shapes_alone(factor):
    w = windows()
    before = feature_matrix(w, DEFAULT, 1000.0)
    after = feature_matrix(w * np.float64(factor), DEFAULT, 1000.0)
    shift = np.zeros(before.shape[1])
    for part in ("logrms", "logwl"):
        shift[columns(DEFAULT, part)] = np.log(factor)
    for i in columns(DEFAULT, "logcov"):
        if "·" not in feature_names(DEFAULT, CHANNELS)[i]:
            shift[i] = 2 * np.log(factor)
    linear = columns(DEFAULT, "mav") + columns(DEFAULT, "wl") + columns(DEFAULT, "rms")
    others = np.setdiff1d(np.arange(before.shape[1]), linear)
    np.testing.assert_allclose(
        (after - before)[:, others], shift[others] + 0 * w[:, :1, 0], atol=1e-7
    )
    np.testing.assert_allclose(after[:, linear], before[:, linear] * factor, rtol=1e-12)


@pytest.mark.parametrize("level", [0.0, 3.0, -1e6])
def test_flat_windows_are_finite(level):
    flat = np.full((2, 200, 3), level, np.float32)
    assert np.isfinite(feature_matrix(flat, ALL, 200.0)).all()


def test_one_dead_channel_is_finite():
    w = windows().copy()
    w[:, :, 1] = 0.0
    assert np.isfinite(feature_matrix(w, ALL, 1000.0)).all()


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_window_with_a_hole_is_nan_and_its_neighbours_are_not(poison):
    w = windows().copy()
    clean = feature_matrix(w, ALL, 1000.0)
    w[2, 17, 1] = poison
    got = feature_matrix(w, ALL, 1000.0)
    assert np.isnan(got[2]).all()
    np.testing.assert_allclose(np.delete(got, 2, axis=0), np.delete(clean, 2, axis=0))


@pytest.mark.parametrize("names", [ALL, FeatureSpec().names, ("hudgins",), ("logtd", "zc")])
@pytest.mark.parametrize("channels", [1, 3])
def test_names_and_columns_agree(names, channels):
    labels = feature_names(names, CHANNELS[:channels])
    w = windows(channels=channels)
    assert feature_matrix(w, names, 1000.0).shape == (len(w), len(labels))
    assert feature_matrix(w[:0], names, 1000.0).shape == (0, len(labels))
    assert sum(f.size(channels) for f in expand(names)) == len(labels)


def test_default_set_of_eight_channels_has_136_numbers():
    assert len(feature_names(FeatureSpec().names, [str(i) for i in range(8)])) == 136
    assert GROUPS["logtd"] == ("logrms", "logwl", "zc", "ssc")


def test_labels_name_the_numbers_they_stand_above():
    w = windows().copy()
    quiet = feature_matrix(w, ("logrms", "logcov"), 1000.0)
    w[:, :, 1] *= 10
    loud = feature_matrix(w, ("logrms", "logcov"), 1000.0)
    labels = feature_names(("logrms", "logcov"), CHANNELS)
    change = dict(zip(labels, (loud - quiet).mean(axis=0), strict=True))
    assert change["logrms B"] == pytest.approx(np.log(10))
    assert change["logrms A"] == change["logrms C"] == 0
    assert change["logcov B"] > 1 > abs(change["logcov A·C"])


def test_counts_above_255_do_not_wrap():
    x = np.where(np.arange(1000) % 2, 1.0, -1.0)[None, :, None]
    assert feature_matrix(x, ("zc", "ssc"), 2000.0).tolist() == [[999.0, 998.0]]


def test_the_same_signal_at_twice_the_rate():
    def at(rate):
        t = np.arange(round(0.2 * rate)) / rate
        return feature_matrix(
            (50 * np.sin(2 * np.pi * 40 * t + 0.3))[None, :, None], ("logrms", "zc", "ssc"), rate
        )[0]

    np.testing.assert_allclose(at(2000.0), at(1000.0), atol=1e-6)


def test_shrinkage_follows_the_rate():
    assert shrinkage(200.0) == shrinkage(250.0) == pytest.approx(1e-2)
    assert shrinkage(500.0) == shrinkage(4000.0) == pytest.approx(1e-3)
    assert shrinkage(250.0 * np.sqrt(2)) == pytest.approx(10**-2.5)


def test_unknown_and_missing_names_are_told():
    with pytest.raises(EmgError, match="nonsense"):
        feature_names(("logrms", "nonsense"), CHANNELS)
    with pytest.raises(EmgError, match="No feature"):
        feature_matrix(windows(), (), 1000.0)
    with pytest.raises(EmgError, match="three samples"):
        feature_matrix(np.zeros((1, 2, 3)), ("rms",), 1000.0)


@pytest.mark.parametrize("channels", [3, 20, 64])
def test_covariances_of_one_window_are_those_among_many(channels):
    """Few windows take both signals at once, many do not; neighbours go together by eights."""
    many = windows(channels=channels)[:6]
    names = ("logcov", "logcov_diff")
    together = feature_matrix(many, names, 1000.0)
    for k, window in enumerate(many):
        alone = feature_matrix(window[None], names, 1000.0)[0]
        np.testing.assert_allclose(alone, together[k], atol=1e-12)
        apart = [feature_matrix(window[None], (name,), 1000.0)[0] for name in names]
        np.testing.assert_array_equal(np.concatenate(apart), alone)
