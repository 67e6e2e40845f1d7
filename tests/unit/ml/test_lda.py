"""ShrunkLDA against batch results, a plain written-out rule and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.ml.lda import Key, ShrunkLDA, Statistics

CLASSES = ("fist", "open", "pinch", "rest")


def blobs(seed: int = 0, n: int = 400, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Four overlapping classes with correlated features of very different size."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(d, d)) * np.logspace(-2, 2, d)
    y = np.repeat(CLASSES, n)
    centres = rng.normal(size=(4, d)) * 0.9
    x = np.concatenate([rng.normal(size=(n, d)) + c for c in centres]) @ mix + 50.0
    return x, y


def keyed(x: np.ndarray, y: np.ndarray, parts: int = 5, **how: float) -> ShrunkLDA:
    lda = ShrunkLDA(**how)
    for gesture in CLASSES:
        for k, rows in enumerate(np.array_split(x[y == gesture], parts)):
            lda.add(Key("a", gesture, k + 1), rows)
    return lda


def relative(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max() / np.abs(b).max())


def test_incremental_is_batch() -> None:
    x, y = blobs()
    batch, pieces = ShrunkLDA().fit(x, y), keyed(x, y)
    assert relative(pieces.distances(x), batch.distances(x)) < 1e-10
    assert np.abs(pieces.predict_proba(x) - batch.predict_proba(x)).max() < 1e-10


@given(st.integers(0, 50), st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True))
def test_removing_repetitions_is_as_if_they_had_never_been(seed: int, gone: list[int]) -> None:
    x, y = blobs(seed, n=30, d=5)
    lda = keyed(x, y)
    kept = np.ones(len(x), bool)
    for gesture in CLASSES:
        for k in gone:
            lda.remove(Key("a", gesture, k))
            kept[np.array_split(np.flatnonzero(y == gesture), 5)[k - 1]] = False
    fresh = ShrunkLDA().fit(x[kept], y[kept])
    assert relative(lda.distances(x), fresh.distances(x)) < 1e-10


def test_merging_sessions_is_learning_them_together() -> None:
    x, y = blobs(1)
    half = np.arange(len(x)) % 2 == 0
    one, two = ShrunkLDA().fit(x[half], y[half]), ShrunkLDA().fit(x[~half], y[~half])
    one.merge(two)
    assert relative(one.distances(x), ShrunkLDA().fit(x, y).distances(x)) < 1e-10


def test_forgetting_with_weight_two_is_having_seen_everything_twice() -> None:
    x, y = blobs(2, n=50)
    half = np.arange(len(x)) % 2 == 0
    lda = ShrunkLDA()
    for name, rows in (("old", half), ("new", ~half)):
        for gesture in CLASSES:
            lda.add(Key(name, gesture, 1), x[rows & (y == gesture)])
    lda.forget(2.0, recordings=["old"])
    twice = ShrunkLDA().fit(np.concatenate([x[half], x]), np.concatenate([y[half], y]))
    assert relative(lda.distances(x), twice.distances(x)) < 1e-10


def test_written_out_rule() -> None:
    """Correlation shrunk off the diagonal, equal priors, Gaussian posteriors."""
    x, y = blobs(3, n=60, d=4)
    y = np.where(np.arange(len(x)) < 100, "open", y)
    centred = np.concatenate([x[y == c] - x[y == c].mean(0) for c in CLASSES if (y == c).any()])
    names = sorted(set(y.tolist()))
    pooled = centred.T @ centred / (len(x) - len(names))
    spread = np.sqrt(np.diag(pooled))
    r = pooled / np.outer(spread, spread) * 0.9 + 0.1 * np.eye(4)
    inverse = np.linalg.inv(r * np.outer(spread, spread))
    want = np.stack(
        [
            np.einsum("nd,de,ne->n", x - m, inverse, x - m)
            for m in (x[y == c].mean(0) for c in names)
        ],
        1,
    )
    lda = ShrunkLDA(0.1, temperature=7.0, limits=None).fit(x, y)
    assert lda.classes == tuple(names)
    np.testing.assert_allclose(lda.distances(x), want, rtol=1e-8)
    posterior = np.exp(-0.5 * want / 7)
    posterior /= posterior.sum(1, keepdims=True)
    np.testing.assert_allclose(lda.predict_proba(x), posterior, atol=1e-9)
    gap = lda.scores(x) + 0.5 * want
    np.testing.assert_allclose(gap, np.broadcast_to(gap[:, :1], gap.shape), rtol=1e-7)


def test_agrees_with_scikit_learn_without_shrinkage() -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    x, y = blobs(4)
    theirs = LinearDiscriminantAnalysis(priors=[0.25] * 4).fit(x, y)
    ours = ShrunkLDA(0.0, limits=None).fit(x, y)
    assert np.mean(ours.predict(x) == theirs.predict(x)) >= 0.995
    assert 0.6 < theirs.score(x, y) < 0.99, "too easy or too hard to compare anything"


def test_a_feature_far_outside_counts_less_and_then_nothing() -> None:
    x, y = blobs(4)
    lda = ShrunkLDA(limits=(2.0, 10.0)).fit(x, y)
    free = ShrunkLDA(limits=None).fit(x, y)
    means = np.stack([x[y == c].mean(0) for c in lda.classes])
    spread = 1.0 / lda.solution.inverse_spread

    def moved(deviations: float) -> np.ndarray:
        off = x.copy()
        off[:, 1] = means[:, 1].min() - deviations * spread[1]
        return off

    inside = np.clip(x, lda.solution.lowest, lda.solution.highest)
    np.testing.assert_allclose(lda.scores(inside), free.scores(inside))
    edge, half, gone = (lda.lead(moved(d))[:, 1] for d in (2.0, 6.0, 10.0))
    np.testing.assert_allclose(edge, means[:, 1].min() - 2.0 * spread[1] - lda.solution.centre[1])
    np.testing.assert_allclose(half, edge / 2)
    np.testing.assert_allclose(gone, 0.0, atol=1e-12)
    hit, missed = (np.mean(kind.predict(moved(1e3)) == y) for kind in (lda, free))
    assert hit > missed + 0.2
    assert lda.unfamiliarity(moved(1e3)).min() > lda.unfamiliarity(x).max(), "it stays unknown"


def test_constant_and_repeated_features_do_no_harm() -> None:
    x, y = blobs(5, n=50)
    odd = np.column_stack([x, np.full(len(x), 3.0), x[:, 0]])
    lda = ShrunkLDA(0.0).fit(odd, y)
    plain = ShrunkLDA(0.0).fit(x, y)
    assert np.mean(lda.predict(odd) == plain.predict(x)) > 0.995
    odd[:, -2] = 1e6
    assert np.mean(lda.predict(odd) == plain.predict(x)) > 0.995


def test_compacting_keeps_the_rule() -> None:
    x, y = blobs(6)
    lda = keyed(x, y)
    for limit, sets in ((100, 20), (10, 4), (1, 4)):
        small = lda.compacted(limit)
        assert len(small.statistics) == sets
        assert relative(small.distances(x), lda.distances(x)) < 1e-10


def test_statistics_of_one_window() -> None:
    one = Statistics.of(np.array([[1.0, 2.0]]))
    assert (one.count, one.mean.tolist(), one.scatter.tolist()) == (1, [1, 2], [[0, 0], [0, 0]])


def test_nothing_learnt_and_impossible_numbers_are_errors() -> None:
    with pytest.raises(ValueError, match="nothing"):
        ShrunkLDA().predict(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="shrinkage"):
        ShrunkLDA(1.5)
    with pytest.raises(ValueError, match="limits"):
        ShrunkLDA(limits=(2.0, 1.0))
    with pytest.raises(KeyError):
        ShrunkLDA().remove(Key("a", "fist", 1))
