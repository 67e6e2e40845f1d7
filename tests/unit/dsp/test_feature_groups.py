"""The rows that researchers add, each against its definition written out for one channel."""

import math

import numpy as np
import pytest
from scipy import signal, stats

from emgstudio.core.types import FeatureSpec
from emgstudio.dsp.feature_windows import groups_of
from emgstudio.dsp.features import (
    FEATURES,
    GROUP_SOURCES,
    GROUPS,
    feature_columns,
    feature_matrix,
    features_of,
    noise_thresholds,
)
from emgstudio.dsp.features_spectrum import DB4, wavelet_packets
from emgstudio.dsp.windows import sliding

RATE, THRESHOLD = 1000.0, 6.0


def emg(n=500, channels=3, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, channels))
    return 15 * (x + np.roll(x, 1, axis=0) * 0.7)


WINDOWS = sliding(emg(), 200, 150)


def periodogram(x):
    f, p = signal.periodogram(x, RATE, "boxcar", detrend=False, scaling="spectrum")
    return f[1:], p[1:]


def sample_entropy(x, m=2, share=0.2):
    limit = share * np.std(x)

    def pairs(length):
        parts = [x[i : i + length] for i in range(len(x) - m)]
        return sum(
            max(abs(parts[i] - parts[j])) <= limit
            for i in range(len(parts))
            for j in range(i + 1, len(parts))
        )

    return math.log(pairs(m)) - math.log(pairs(m + 1))


def khushaba(x):
    def part(v):
        n, d1, d2 = len(v) - 1, np.diff(v), np.diff(v, 2)
        m0, m2, m4 = (
            q**0.1 / 0.1
            for q in (
                math.sqrt((v**2).sum()),
                math.sqrt((d1**2).sum() / n),
                math.sqrt((d2**2).sum() / n),
            )
        )
        return np.log([
            m0, abs(m0 - m2), abs(m0 - m4), m0 / math.sqrt(abs((m0 - m2) * (m0 - m4))),
            m2 / math.sqrt(m0 * m4), np.abs(d1).sum() / np.abs(d2).sum(),
        ])  # fmt: skip

    a, b = part(x), part(np.log(x**2 + np.spacing(1)))
    return -2 * a * b / (a**2 + b**2)


def median_frequency(x):
    f, p = periodogram(x)[0], np.abs(np.fft.rfft(x))[1:] ** 2
    return f[np.searchsorted(np.cumsum(p), p.sum() / 2)]


def moment(x, order):
    f, _ = periodogram(x)
    return math.log((np.abs(np.fft.rfft(x))[1:] ** 2 * f**order).sum() / len(x) ** 2)


def ar(x, order):
    r = np.array([x[: len(x) - k] @ x[k:] for k in range(order + 1)])
    return np.linalg.solve(r[np.abs(np.subtract.outer(range(order), range(order)))], -r[1:])


def cepstrum(x):
    """Of the impulse response of 1/A: the log of its spectrum, turned back."""
    h = signal.freqz([1.0], [1.0, *ar(x, 4)], 4096, whole=True)[1]
    return np.fft.ifft(np.log(np.abs(h))).real[1:5] * 2


def mobility(x):
    """By sums, as the windows are taken to have no mean."""
    return math.sqrt((np.diff(x) ** 2).sum() / (x**2).sum())


def spread_of_frequency(x):
    f, p = periodogram(x)[0], np.abs(np.fft.rfft(x))[1:] ** 2
    return np.average((f - np.average(f, weights=p)) ** 2, weights=p)


def packets(x, levels):
    """Level after level, sample after sample, around the window's end to its beginning."""
    if levels == 0:
        return [x]
    n, low = len(x), DB4
    high = [(-1) ** k * low[len(low) - 1 - k] for k in range(len(low))]
    halves = [
        np.array([sum(h[k] * x[(i + k) % n] for k in range(len(h))) for i in range(0, n, 2)])
        for h in (low, high)
    ]
    below, above = (packets(half, levels - 1) for half in halves)
    # What a high-pass leaves stands upside down in frequency.
    return below + above[::-1]


DEFINED = {
    "iemg": lambda x: np.abs(x).sum(),
    "var": np.var,
    "wamp": lambda x: (np.abs(np.diff(x)) > THRESHOLD).sum(),
    "myop": lambda x: (np.abs(x) > THRESHOLD).mean(),
    "mavfd": lambda x: np.abs(np.diff(x)).mean(),
    "dasdv": lambda x: math.sqrt((np.diff(x) ** 2).mean()),
    "ld": lambda x: math.exp(np.log(np.abs(x)).mean()),
    "mfl": lambda x: math.log10(np.abs(np.diff(x)).sum()),
    "ls": lambda x: np.abs(np.subtract.outer(x, x)).sum() / (2 * len(x) * (len(x) - 1)),
    "msr": lambda x: abs(np.sqrt(x.astype(complex)).mean()),
    "skew": stats.skew,
    "kurt": lambda x: stats.kurtosis(x, fisher=False),
    "act": np.var,
    "mob": lambda x: math.sqrt((np.diff(x) ** 2).sum() / (x**2).sum()),
    "tdpsd": khushaba,
    "sampen": sample_entropy,
    "ar6": lambda x: ar(x, 6),
    "ar9": lambda x: ar(x, 9),
    "cc4": cepstrum,
    "mnf": lambda x: np.average(periodogram(x)[0], weights=np.abs(np.fft.rfft(x))[1:] ** 2),
    "mdf": median_frequency,
    "pkf": lambda x: periodogram(x)[0][np.argmax(np.abs(np.fft.rfft(x))[1:])],
    "ttp": lambda x: moment(x, 0),
    "sm1": lambda x: moment(x, 1),
    "sm2": lambda x: moment(x, 2),
    "sm3": lambda x: moment(x, 3),
    "vcf": lambda x: spread_of_frequency(x),
    "comp": lambda x: mobility(np.diff(x)) / mobility(x),
    "wpe": lambda x: [math.log((node**2).sum() / len(x)) for node in packets(x, 3)],
}
# Rows that have another test: against slow loops, by tones, or by matrices.
ELSEWHERE = {
    "mav", "wl", "zc", "ssc", "rms", "logrms", "logwl", "ar4", "logcov", "logcov_diff",
    "bands", "stft", "dftr", "rmsphasor", "wlphasor",
}  # fmt: skip


def test_no_row_of_the_table_is_without_a_test():
    assert {*DEFINED} | ELSEWHERE == {*FEATURES}
    assert not {*DEFINED} & ELSEWHERE


@pytest.mark.parametrize("key", sorted(DEFINED))
def test_a_row_is_its_definition(key):
    got = feature_matrix(WINDOWS, [key], RATE, threshold=THRESHOLD)
    for row, window in zip(got, WINDOWS, strict=True):
        expected = np.concatenate([np.atleast_1d(DEFINED[key](x)) for x in window.T])
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-7)


def test_packets_keep_the_energy_and_stand_in_order_of_frequency():
    x = emg(203).T
    np.testing.assert_allclose(wavelet_packets(x).sum(axis=-1), (x**2).sum(axis=-1))
    t = np.arange(512) / 512
    strongest = [wavelet_packets(np.sin(2 * np.pi * (16 + 32 * k) * t)).argmax() for k in range(8)]
    assert strongest == list(range(8))


def test_packets_of_no_window_are_none_as_all_rows_are():
    assert feature_matrix(WINDOWS[:0], ["mav"], RATE).shape[0] == 0
    assert wavelet_packets(np.empty((0, 2, 40))).shape == (0, 2, 8)


@pytest.mark.parametrize(("key", "count"), [("bands", 8), ("dftr", 6), ("stft", 12)])
def test_a_tone_is_in_its_band(key, count):
    t = np.arange(200) / RATE
    low, high = (
        feature_matrix(np.sin(2 * np.pi * f * t)[None, :, None], [key], RATE)[0]
        for f in (40.0, 400.0)
    )
    per_part = 4 if key == "stft" else count
    assert low.shape == (count,)
    for at in range(0, count, per_part):
        assert low[at : at + per_part].argmax() == 0
        assert high[at : at + per_part].argmax() >= per_part - 2


def test_phasors_are_longest_for_neighbours():
    w = np.ones((1, 50, 8)) * np.where(np.arange(50) % 2, 1, -1)[None, :, None]
    row = feature_matrix(w, ["rmsphasor"], RATE)[0]
    by_pair = {
        c.channels: v for c, v in zip(feature_columns(["rmsphasor"], "ABCDEFGH"), row, strict=True)
    }
    assert by_pair[0, 1] == pytest.approx(math.log(2 * math.cos(math.pi / 8)))
    assert by_pair[0, 4] < -20


def test_covariances_of_an_array_are_taken_in_groups_of_neighbours():
    assert groups_of(16) == ((0, 16),)
    assert groups_of(20) == ((0, 8), (8, 16), (16, 20))
    x = emg(300, 20)
    whole = feature_matrix(x[None], ["logcov"], RATE)[0]
    parts = [feature_matrix(x[None][..., a:b], ["logcov"], RATE)[0] for a, b in groups_of(20)]
    np.testing.assert_allclose(whole, np.concatenate(parts))
    names = [str(k) for k in range(20)]
    at = [c.channels for c in feature_columns(["logcov"], names)]
    assert len(at) == len(whole)
    assert (7, 8) not in at
    assert (8, 9) in at


def test_every_group_and_row_has_a_source():
    assert GROUP_SOURCES.keys() == GROUPS.keys()
    assert all(feature.source and feature.title for feature in FEATURES.values())


def test_thresholds_come_from_rest_and_differ_by_channel():
    rest = np.random.default_rng(0).standard_normal((4000, 2)) * [1.0, 5.0]
    rest[10] = np.nan
    thresholds = noise_thresholds(rest)
    np.testing.assert_allclose(thresholds, [3.0, 15.0], rtol=0.1)
    spec = FeatureSpec(("wamp",), thresholds)
    moved = np.random.default_rng(1).standard_normal((1, 200, 2)) * [20.0, 1.0]
    left, right = features_of(moved, spec, RATE)[0]
    assert left > 150
    assert right == 0
