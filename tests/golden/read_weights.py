"""A reader of exported weights that knows nothing of EMG Studio: JSON and numpy only."""

import json

import numpy as np


def log_covariance(x, share):
    n = len(x)
    if n > 16:
        return np.concatenate([log_covariance(x[a : a + 8], share) for a in range(0, n, 8)])
    s = np.cov(x, bias=True).reshape(n, n)
    s = (1 - share) * s + share * np.trace(s) / n * np.eye(n)
    values, vectors = np.linalg.eigh(s)
    logs = vectors @ np.diag(np.log(np.maximum(values, 1e-24))) @ vectors.T
    return np.array([logs[i, j] * (1 if i == j else 2**0.5) for i in range(n) for j in range(i, n)])


def ar4(x):
    r = np.array([x[: len(x) - k] @ x[k:] for k in range(5)])
    r[0] *= 1 + 1e-9
    matrix = r[np.abs(np.subtract.outer(np.arange(4), np.arange(4)))]
    return np.linalg.solve(matrix, -r[1:])


def features(model, window):
    x = np.roll(np.asarray(window, float), model["turn"], axis=1).T
    d = np.diff(x)
    t = np.array(model["thresholds"])[:, None]
    compute = {
        "logcov": lambda: log_covariance(x, model["shrinkage"]),
        "logcov_diff": lambda: log_covariance(d, model["shrinkage"]),
        "logrms": lambda: np.log(np.sqrt((x**2).mean(axis=1))),
        "logwl": lambda: np.log(np.abs(d).sum(axis=1)),
        "zc": lambda: ((x[:, 1:] * x[:, :-1] < 0) & (np.abs(d) >= t)).sum(axis=1),
        "ssc": lambda: (
            (d[:, 1:] * d[:, :-1] < 0) & (np.maximum(abs(d[:, 1:]), abs(d[:, :-1])) >= t)
        ).sum(axis=1),
        "ar4": lambda: np.concatenate([ar4(channel) for channel in x]),
    }
    return np.concatenate([compute[name]() for name in model["features"]])


def posteriors(model, window):
    row = features(model, window)
    within = np.clip(row, model["lowest"], model["highest"])
    share = np.maximum(1 - abs(row - within) * np.array(model["fading"]), 0)
    row = (within - np.array(model["centre"])) * share
    scores = (row @ np.array(model["weights"]) + np.array(model["biases"])) / model["temperature"]
    e = np.exp(scores - scores.max())
    return e / e.sum()


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
