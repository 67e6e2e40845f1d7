"""Rings, clock and gaps of one stream."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import Channel, ConditionSpec, Gap, SampleBlock, StreamInfo
from emgstudio.devices.stream import Stream

RATE = 1000.0
INFO = StreamInfo("EMG", RATE, (Channel("a", scale=0.5), Channel("b", scale=0.5)), "int16", "x")


def stream(condition: ConditionSpec | None = None) -> Stream:
    return Stream(INFO, condition or ConditionSpec(low_hz=None, high_hz=None), ring_s=10.0)


def block(first: int, count: int) -> SampleBlock:
    rows = np.arange(first, first + count)
    return SampleBlock("EMG", first, np.stack([rows, -rows], 1).astype(np.int16))


def test_raw_and_clean_keep_the_same_indices() -> None:
    s = stream()
    s.accept(block(0, 10), 0.01)
    s.accept(Gap("EMG", 10, 5), 0.02)
    s.accept(block(15, 5), 0.02)
    raw, clean = s.raw.latest(100), s.clean.latest(100)
    assert raw.valid.tolist() == clean.valid.tolist() == [True] * 10 + [False] * 5 + [True] * 5
    np.testing.assert_array_equal(raw.data[15:, 0], np.arange(15, 20))
    np.testing.assert_allclose(clean.data[15:, 1], -0.5 * np.arange(15, 20))
    assert (s.received, s.lost, s.gaps) == (15, 5, (Gap("EMG", 10, 5),))


def test_a_block_from_ahead_makes_its_own_gap_and_an_old_one_is_dropped() -> None:
    s = stream()
    s.accept(block(3, 4), 0.01)
    s.accept(block(0, 4), 0.01)
    s.accept(block(5, 4), 0.01)
    assert s.raw.head == 9
    assert s.gaps == (Gap("EMG", 0, 3),)
    assert (s.received, s.lost, s.repeated) == (6, 3, 6)
    np.testing.assert_array_equal(s.raw.latest(6).data[:, 0], np.arange(3, 9))


def test_a_gap_longer_than_the_ring_costs_no_time_and_keeps_the_index() -> None:
    s = stream(ConditionSpec())
    s.accept(block(0, 100), 0.1)
    s.accept(block(10_000_000, 100), 10_000.1)
    assert s.raw.head == s.clean.head == 10_000_100
    assert s.lost == 10_000_000 - 100


def test_after_a_restart_the_host_clock_places_the_samples() -> None:
    s = stream()
    for k in range(100):
        s.accept(block(10 * k, 10), 5.0 + 0.01 * (k + 1))
    s.resume()
    s.accept(Gap("EMG", 0, 7), 9.0)
    # 3 s after the last sample a packet of 10 arrives; the device counts from 0 again.
    s.accept(block(0, 10), 9.0)
    assert s.gaps == (Gap("EMG", 1000, 2990, estimated=True),)
    assert s.raw.head == 4000
    s.accept(block(12, 10), 9.02)
    assert s.gaps[-1] == Gap("EMG", 4000, 2)


def test_a_restart_that_comes_at_once_never_steps_back() -> None:
    s = stream()
    s.accept(block(0, 100), 5.0)
    s.resume()
    s.accept(block(0, 10), 5.001)
    assert s.raw.head == 110
    assert s.lost == 0


def test_measured_rate() -> None:
    s = stream()
    assert s.measured_rate is None
    for k in range(600):
        s.accept(block(10 * k, 10), 0.02 * (k + 1))
    assert s.measured_rate == pytest.approx(500.0, rel=1e-3)


def test_another_condition_takes_effect_on_what_comes() -> None:
    s = stream()
    s.accept(SampleBlock("EMG", 0, np.full((100, 2), 1000, np.int16)), 0.1)
    s.set_condition(ConditionSpec(low_hz=20.0))
    s.accept(SampleBlock("EMG", 100, np.full((100, 2), 1000, np.int16)), 0.2)
    clean = s.clean.latest(200).data
    np.testing.assert_allclose(clean[:100], 500.0)
    np.testing.assert_allclose(clean[100:], 0.0, atol=1e-2)
    assert s.condition == ConditionSpec(low_hz=20.0)
