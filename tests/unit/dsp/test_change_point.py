"""When noise became louder, softer or moved to another channel."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.dsp.change_point import change_point


def cells(before: list[float], after: list[float], seed: int = 1) -> np.ndarray:
    """60 rows of mean squares of 10 samples each, the first 40 at the strength ``before``."""
    noise = np.random.default_rng(seed).normal(size=(60, 10, len(before)))
    strength = np.where(np.arange(60)[:, None] < 40, before, after)
    return np.square(noise).mean(axis=1) * strength


@pytest.mark.parametrize(
    ("before", "after"),
    [([1.0, 1.0], [3.0, 1.0]), ([8.0, 8.0], [1.0, 4.0]), ([5.0, 1.0], [1.0, 5.0])],
)
def test_the_moment_is_found_whatever_changed(before: list[float], after: list[float]) -> None:
    found = [change_point(cells(before, after, seed), 0, 60, 5) for seed in range(20)]
    away = [abs(change.at - 40) for change in found if change is not None]
    assert len(away) == 20
    assert np.median(away) <= 1
    change = found[0]
    assert change is not None
    assert change.ratio > 2.0
    assert change.evidence > 6


def test_noise_alone_gives_no_evidence() -> None:
    evidence = [change_point(cells([1.0], [1.0], seed), 0, 60, 5) for seed in range(50)]
    assert max(change.evidence for change in evidence if change is not None) < 6


def test_only_the_span_that_was_asked_for_counts() -> None:
    power = cells([1.0], [100.0])
    change = change_point(power, 10, 30, 5)
    assert change is not None
    assert change.at == 29
    assert change_point(power, 59, 60, 5) is None
    assert change_point(power[:9], 0, 9, 5) is None


def test_lost_rows_are_left_out() -> None:
    power = cells([1.0], [100.0])
    power[36:44] = np.nan
    change = change_point(power, 0, 60, 5)
    assert change is not None
    assert change.at == 44
    assert np.isfinite(change.before).all()
