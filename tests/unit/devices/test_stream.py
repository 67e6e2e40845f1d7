"""Rings, clock and gaps of one stream."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from emgstudio.core.types import Channel, ConditionSpec, Gap, SampleBlock, StreamInfo
from emgstudio.devices.stream import Stream
from emgstudio.dsp.conditioner import Conditioner

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


def noise(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.rint(200 * rng.standard_normal((count, 2)) + 3000).astype(np.int16)


def test_a_new_condition_begins_settled_and_says_since_when() -> None:
    x = noise(4000)
    spec = ConditionSpec(high_hz=None, notch_hz=50.0)
    s = stream()
    s.accept(SampleBlock("EMG", 0, x[:3000]), 3.0)
    s.set_condition(spec)
    assert s.clean_since == 3000
    s.accept(SampleBlock("EMG", 3000, x[3000:]), 4.0)
    expected = Conditioner(spec, RATE, 2).process(INFO.to_physical(x), np.ones(4000, bool))
    # 1 s is what the new filters are run over; a notch of 1.7 Hz forgets faster than that.
    np.testing.assert_allclose(s.clean.latest(1000).data, expected[3000:], atol=0.5)
    assert np.abs(expected[3000:]).max() > 200


def test_no_window_of_a_reader_begins_before_it_may() -> None:
    s = stream()
    s.accept(block(0, 1000), 1.0)
    reader = s.clean.reader(since=1000)
    for k in range(6):
        s.accept(block(1000 + 50 * k, 50), 1.0 + 0.05 * (k + 1))
        got = reader.window(200, 50)
        assert (got is None) == (k < 3)
    assert got is not None
    assert (got.first, reader.skipped) == (1100, 0)


def test_clean_rows_that_come_late_keep_their_index_through_gaps_and_changes() -> None:
    x = noise(3000)
    plain = ConditionSpec(high_hz=None)
    s = stream(ConditionSpec(high_hz=None, ecg=True))
    assert 0 < s.clean_delay <= 0.1 * RATE
    late = []
    for first in range(0, 1500, 37):
        s.accept(SampleBlock("EMG", first, x[first : min(first + 37, 1500)]), first / RATE)
        late.append(s.raw.head - s.clean.head)
    assert max(late) <= s.clean_delay
    assert min(late[5:]) > 0
    s.accept(Gap("EMG", 1500, 100), 1.6)
    assert s.clean.head == s.raw.head == 1600
    s.accept(SampleBlock("EMG", 1600, x[1600:2500]), 2.5)
    s.set_condition(plain)
    assert s.clean.head == s.raw.head == s.clean_since == 2500
    assert s.clean_delay == 0
    s.accept(SampleBlock("EMG", 2500, x[2500:]), 3.0)
    raw, clean = s.raw.latest(3000), s.clean.latest(3000)
    np.testing.assert_array_equal(raw.valid, clean.valid)
    np.testing.assert_array_equal(raw.data[raw.valid], x[raw.valid])
    valid = raw.valid
    expected = Conditioner(plain, RATE, 2).process(INFO.to_physical(x), valid)
    # Noise has no heart: what is late is otherwise the same.
    np.testing.assert_allclose(clean.data[:2500], expected[:2500], atol=1e-3)
    np.testing.assert_allclose(clean.data[2500:], expected[2500:], atol=0.5)


def test_changing_the_condition_while_samples_come_loses_none() -> None:
    s, x = stream(), noise(200)
    stop = threading.Event()

    def feed() -> None:
        first = 0
        while not stop.is_set():
            s.accept(SampleBlock("EMG", first, x[:20]), first / RATE)
            first += 20

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        for k in range(10):
            s.set_condition(ConditionSpec(high_hz=None, ecg=k % 2 == 0))
    finally:
        stop.set()
        thread.join()
    s.set_condition(ConditionSpec(high_hz=None))
    assert s.clean.head == s.raw.head
    assert s.lost == 0
    assert s.clean.latest(1000).valid.all()
