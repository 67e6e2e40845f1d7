"""Offline figures of a recogniser, by the definitions that papers and LibEMG use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.ml.dataset import Dataset
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats, softmax
from emgstudio.ml.report import HeldOut, accuracy, balanced_accuracy, confusion, temperature_of

ECE_BINS = 10
FOLDS = 5
ROWS_FOR_TEMPERATURE = 4000
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: fractions, 0 where a ratio has no denominator; ``support`` windows."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Fractions. The last four need probabilities and are None without.

    ``active_error``: wrong ones among the decisions for anything but rest, as LibEMG has
    it. ``instability``: decisions that differ from the one before. ``rejected``:
    decisions that were refused; those are left out of everything else.
    """

    accuracy: float
    balanced_accuracy: float
    active_error: float
    instability: float
    rejected: float
    kappa: float
    per_class: tuple[ClassFigures, ...]
    auc: float | None = None
    nll: float | None = None
    brier: float | None = None
    ece: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and strings; None where a figure is not defined."""
        plain = asdict(self)
        plain["per_class"] = list(plain["per_class"])
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in plain.items()
        }


def metrics(
    truth: Sequence[str],
    guess: Sequence[str],
    classes: Sequence[str],
    *,
    runs: Sequence[Any],
    probabilities: Floats | None = None,
    refused: Sequence[bool] | None = None,
) -> Metrics:
    """All figures of decisions in order of time.

    ``runs`` names the repetition of each decision: a change from one to the next is
    no instability. ``probabilities (n, k)`` have the columns ``classes``.
    """
    index = {name: i for i, name in enumerate(classes)}
    kept = ~np.asarray(refused, bool) if refused is not None else np.ones(len(truth), bool)
    t = np.array([index[name] for name in truth], np.int64)
    g = np.array([index[name] for name in guess], np.int64)
    rejected = float(1.0 - kept.mean()) if len(kept) else 0.0
    same_run = np.array([a == b for a, b in zip(runs[1:], runs[:-1], strict=True)], bool)
    changed = (g[1:] != g[:-1]) & same_run & kept[1:] & kept[:-1]
    pairs = int((same_run & kept[1:] & kept[:-1]).sum())
    t, g = t[kept], g[kept]
    counts = confusion(t, g, len(classes))
    active = g != index.get(REST, -1)
    figures = Metrics(
        accuracy=accuracy(counts),
        balanced_accuracy=balanced_accuracy(counts),
        active_error=float((t != g)[active].mean()) if active.any() else 0.0,
        instability=float(changed.sum() / pairs) if pairs else 0.0,
        rejected=rejected,
        kappa=_kappa(counts),
        per_class=_per_class(counts, classes),
    )
    if probabilities is None or not len(t):
        return figures
    p = np.asarray(probabilities, np.float64)[kept]
    hit = p[np.arange(len(t)), t]
    return Metrics(
        **{f: getattr(figures, f) for f in (
            "accuracy", "balanced_accuracy", "active_error", "instability", "rejected",
            "kappa", "per_class",
        )},
        auc=_auc(t, p),
        nll=float(-np.log(np.maximum(hit, 1e-15)).mean()),
        brier=float(((p - np.eye(len(classes))[t]) ** 2).sum(axis=1).mean()),
        ece=expected_calibration_error(p, t),
    )  # fmt: skip


def held_out_metrics(held: HeldOut, temperature: float) -> Metrics | None:
    """All figures of windows that a classifier had not seen, None where nothing was held out."""
    if not len(held.dataset):
        return None
    names = np.array(held.classes)
    return metrics(
        held.dataset.y.tolist(),
        names[held.winners].tolist(),
        held.classes,
        runs=runs_of(held.dataset),
        probabilities=softmax(held.scores / temperature),
    )


def runs_of(dataset: Dataset) -> list[tuple[str, str, int]]:
    """Which repetition each row belongs to: (recording, gesture, repetition)."""
    columns = (dataset.recording.tolist(), dataset.y.tolist(), dataset.repetition.tolist())
    return list(zip(*columns, strict=True))


def calibrated(scores: Floats, truth: NDArray[np.int64], groups: Sequence[Any]) -> Floats:
    """Posteriors ``(n, k)``, each scaled by the temperature that fits the other groups best.

    So neither the sureness nor its error has seen the rows it is told of. Rows of a
    group stay together; there are at most five folds.
    """
    names = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    folds = min(FOLDS, len(names))
    fold = np.array([names[group] % folds for group in groups])
    made = np.empty_like(scores)
    for k in range(folds):
        mine, others = fold == k, np.flatnonzero(fold != k)
        others = others[:: max(1, len(others) // ROWS_FOR_TEMPERATURE)]
        made[mine] = softmax(scores[mine] / temperature_of(scores[others], truth[others]))
    return made


def expected_calibration_error(p: Floats, truth: NDArray[np.int64]) -> float:
    """Mean gap between sureness and share right, in ten bins of sureness (Guo et al. 2017)."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == truth
    place = np.minimum((sure * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [
        (place == b).sum() * abs(float(sure[place == b].mean() - right[place == b].mean()))
        for b in range(ECE_BINS)
        if (place == b).any()
    ]
    return float(sum(gaps) / len(truth))


def area_under_curve(positive: Floats, negative: Floats) -> float:
    """Probability that a positive scores above a negative, ties half (area under the ROC)."""
    if not len(positive) or not len(negative):
        return float("nan")
    values, counts = np.unique(np.concatenate([positive, negative]), return_counts=True)
    # Ranks, equal values sharing the mean of theirs (Mann and Whitney 1947).
    last = np.cumsum(counts)
    ranks = last - (counts - 1) / 2.0
    of_positive = ranks[np.searchsorted(values, positive)].sum()
    n = len(positive)
    return float((of_positive - n * (n + 1) / 2.0) / (n * len(negative)))


def bootstrap_interval(
    values: Sequence[float],
    seed: int,
    statistic: Callable[[Floats], float] = lambda v: float(v.mean()),
) -> tuple[float, float]:
    """95 % percentile interval of ``statistic`` over resampled people (Efron 1979)."""
    data = np.asarray(values, np.float64)
    if not len(data):
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(len(data), size=(RESAMPLES, len(data)))
    low, high = np.percentile([statistic(data[d]) for d in drawn], [2.5, 97.5])
    return float(low), float(high)


def _kappa(counts: NDArray[np.int64]) -> float:
    """Cohen 1960: agreement beyond what the two margins give by chance."""
    total = counts.sum()
    if not total:
        return float("nan")
    chance = float((counts.sum(axis=0) * counts.sum(axis=1)).sum() / total**2)
    return (accuracy(counts) - chance) / (1.0 - chance) if chance < 1 else float("nan")


def _per_class(counts: NDArray[np.int64], classes: Sequence[str]) -> tuple[ClassFigures, ...]:
    rows = []
    for i, name in enumerate(classes):
        hit, said, there = int(counts[i, i]), int(counts[:, i].sum()), int(counts[i].sum())
        rows.append(
            ClassFigures(
                name,
                hit / said if said else 0.0,
                hit / there if there else 0.0,
                2 * hit / (said + there) if said + there else 0.0,
                there,
            )
        )
    return tuple(rows)


def _auc(truth: NDArray[np.int64], p: Floats) -> float:
    """Mean over classes that occur and do not fill everything, each against all others."""
    areas = [
        area_under_curve(p[truth == k, k], p[truth != k, k])
        for k in range(p.shape[1])
        if 0 < (truth == k).sum() < len(truth)
    ]
    return float(np.mean(areas)) if areas else float("nan")
