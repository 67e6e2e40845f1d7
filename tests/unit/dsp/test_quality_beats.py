"""Beats have one shape, steps have not: how alike what repeats is."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.dsp.quality_beats import beats_alike

PACE = 100.0
SPAN = 300
TIMES = (55, 135, 217, 250)


def smoothed(x: np.ndarray) -> np.ndarray:
    return np.convolve(np.square(x), np.ones(10) / 10, "same")


def placed(shapes: list[np.ndarray], places: tuple[int, ...]) -> np.ndarray:
    x = np.zeros(SPAN)
    for at, shape in zip(places, shapes, strict=False):
        x[at - 10 : at + 10] += shape
    return x


def beat(size: float = 1.0) -> np.ndarray:
    t = np.arange(-10, 10) / PACE
    return size * np.exp(-((t / 0.02) ** 2)) * np.cos(2 * np.pi * 12.0 * t)


def test_beats_that_come_unevenly_and_differ_in_size_are_alike() -> None:
    x = placed([beat(), beat(0.8), beat(1.1)], TIMES[:3])
    x += np.random.default_rng(1).normal(0.0, 0.03, SPAN)
    assert beats_alike(x, smoothed(x), PACE) > 0.95


def test_bursts_with_a_rhythm_are_not() -> None:
    random = np.random.default_rng(3)
    found = []
    for _ in range(20):
        x = placed([random.normal(0.0, 1.0, 20) for _ in range(3)], TIMES[:3])
        found.append(beats_alike(x, smoothed(x), PACE))
    assert np.median(found) < 0.75
    assert np.mean(np.array(found) > 0.87) < 0.1


@pytest.mark.parametrize("places", [(), (150,)])
def test_one_beat_says_nothing(places: tuple[int, ...]) -> None:
    x = placed([beat()] * len(places), places)
    assert np.isnan(beats_alike(x, smoothed(x), PACE))
