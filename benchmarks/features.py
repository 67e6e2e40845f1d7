"""Cost of the live signal path: features per window, conditioner, envelope, spectrogram.

Run: ``python -m benchmarks.features``. CPU time of one thread, best of several
repeats, so that a busy machine shows less. Rows of the live set are compared with
the naive way in the same run: one window and one channel at a time.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from emgstudio.core.types import ConditionSpec, FeatureSpec
from emgstudio.dsp.conditioner import Conditioner
from emgstudio.dsp.envelope import MovingRms
from emgstudio.dsp.features import FEATURES, GROUPS, feature_matrix
from emgstudio.dsp.features_space import shrinkage
from emgstudio.dsp.spectrogram import Spectrogram
from emgstudio.dsp.windows import sliding

RATE = 1000.0
CHANNELS = 8
LENGTH, STEP = 200, 50


def cost(work: Callable[[], object], calls: int, repeats: int = 15) -> float:
    """CPU seconds per call of this thread, best of ``repeats``."""
    work()
    best = np.inf
    for _ in range(repeats):
        before = time.thread_time()
        for _ in range(calls):
            work()
        best = min(best, (time.thread_time() - before) / calls)
    return float(best)


def naive_ar4(x: np.ndarray[Any, Any]) -> list[float]:
    r = [float(np.dot(x[: len(x) - k], x[k:])) for k in range(5)]
    matrix = [[r[abs(i - j)] for j in range(4)] for i in range(4)]
    return list(np.linalg.solve(matrix, [-v for v in r[1:]]))


def naive_logcov(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    covariance = np.cov(x, rowvar=False, bias=True)
    share, n = shrinkage(RATE), x.shape[1]
    covariance = (1 - share) * covariance + share * np.trace(covariance) / n * np.eye(n)
    values, vectors = np.linalg.eigh(covariance)
    log = vectors @ np.diag(np.log(values)) @ vectors.T
    rows, columns = np.triu_indices(n)
    return np.where(rows == columns, 1.0, np.sqrt(2)) * log[rows, columns]


PER_CHANNEL: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "mav": lambda x: np.mean(np.abs(x)),
    "wl": lambda x: np.sum(np.abs(np.diff(x))),
    "zc": lambda x: np.sum(x[1:] * x[:-1] < 0),
    "ssc": lambda x: np.sum(np.diff(x)[1:] * np.diff(x)[:-1] < 0),
    "rms": lambda x: np.sqrt(np.mean(x**2)),
    "logrms": lambda x: np.log(np.sqrt(np.mean(x**2))),
    "logwl": lambda x: np.log(np.sum(np.abs(np.diff(x)))),
    "ar4": naive_ar4,
}
NAIVE = (*PER_CHANNEL, "logcov", "logcov_diff", "hudgins", "logtd", "DEFAULT")
GROUPED = {"logtd": ("logrms", "logwl", "zc", "ssc"), "hudgins": ("mav", "zc", "ssc", "wl")}


def naive(windows: np.ndarray[Any, Any], names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The same numbers as ``feature_matrix``, by loops over windows and channels."""
    keys = [key for name in names for key in GROUPED.get(name, (name,))]
    rows = []
    for window in windows.astype(float):
        row: list[Any] = []
        for key in keys:
            if key == "logcov":
                row.append(naive_logcov(window))
            elif key == "logcov_diff":
                row.append(naive_logcov(np.diff(window, axis=0)))
            else:
                row += [np.atleast_1d(PER_CHANNEL[key](channel)) for channel in window.T]
        rows.append(np.concatenate(row))
    return np.array(rows)


def feature_table(x: np.ndarray[Any, Any]) -> None:
    windows = sliding(x, LENGTH, STEP)
    one = windows[:1]
    print(
        f"features, {CHANNELS} channels × {LENGTH} samples, {len(windows)} windows; µs per window"
    )
    print(
        f"{'':12s}{'batch':>9s}{'single':>9s}{'naive':>9s}{'naive : batch':>15s}{': single':>10s}"
    )
    sets = {key: (key,) for key in (*FEATURES, *GROUPS)} | {"DEFAULT": FeatureSpec().names}
    for title, names in sets.items():
        batch = cost(lambda n=names: feature_matrix(windows, n, RATE), 1, 3) / len(windows)
        single = cost(lambda n=names: feature_matrix(one, n, RATE), 20, 5)
        line = f"{title:12s}{batch * 1e6:9.1f}{single * 1e6:9.1f}"
        if title in NAIVE:
            difference = np.abs(feature_matrix(one, names, RATE) - naive(one, names)).max()
            if difference > 1e-6:
                raise SystemExit(f"{title}: the naive way gives other numbers ({difference:g})")
            slow = cost(lambda n=names: naive(one, n), 20, 5)
            line += f"{slow * 1e6:9.1f}{slow / batch:15.1f}{slow / single:10.1f}"
        print(line, flush=True)


def stream_table() -> None:
    rate, channels, rows = 2000.0, 16, 20
    x = np.random.default_rng(1).standard_normal((rows, channels)).astype(np.float32)
    valid = np.ones(rows, bool)
    per_second = rate / rows
    plain = Conditioner(ConditionSpec(), rate, channels)
    notched = Conditioner(ConditionSpec(notch_hz=50.0), rate, channels)
    envelope = MovingRms(0.1, rate, channels)
    one, many = Spectrogram(rate, 1), Spectrogram(rate, channels)
    print(f"\nstreams, {channels} ch × {rate:g} Hz in chunks of {rows}; share of one core")
    for title, work in (
        ("conditioner", lambda: plain.process(x, valid)),
        ("conditioner + 3 notches", lambda: notched.process(x, valid)),
        ("moving RMS 100 ms", lambda: envelope.process(x, valid)),
        ("spectrogram, 1 channel", lambda: one.process(x[:, :1], valid)),
        ("spectrogram, all channels", lambda: many.process(x, valid)),
    ):
        print(f"{title:27s}{100 * per_second * cost(work, 100):6.2f} %")


if __name__ == "__main__":
    noise = np.random.default_rng(0).standard_normal((20_000, CHANNELS))
    feature_table((30 * noise).astype(np.float32))
    stream_table()
