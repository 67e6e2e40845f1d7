"""Wraps resolved by time, old packets dropped, holes without a counter found by time."""

import numpy as np
import pytest

from emgstudio.devices.counting import Uncounted, WrappedCounter

RATE = 500.0


def walk(lost_packets: set[int], *, modulus: int = 256, size: int = 10, packets: int = 400) -> int:
    """Packets of ``size`` samples sent through a jittery radio; the samples found missing."""
    counter = WrappedCounter(modulus, RATE)
    rng = np.random.default_rng(1)
    total = 0
    for packet in range(packets):
        if packet in lost_packets:
            continue
        first = packet * size
        host = (first + size) / RATE + 0.005 + rng.exponential(0.01)
        lost = counter.lost_before(first % modulus, host, size)
        assert lost is not None
        total += lost
    assert counter.repeated == 0
    return total


@pytest.mark.parametrize("length", [0, 1, 3, 12, 13, 25, 26, 27, 60, 130, 200])
def test_a_hole_of_any_length_is_exact(length: int) -> None:
    assert walk(set(range(150, 150 + length))) == 10 * length


def test_a_burst_after_a_stall_loses_nothing() -> None:
    counter = WrappedCounter(256, RATE)
    for packet in range(400):
        due = (packet + 1) * 10 / RATE
        host = 4.4 if 4.0 < due < 4.4 else due
        assert counter.lost_before(packet * 10 % 256, host, 10) == 0


def test_twice_and_backwards_is_dropped() -> None:
    counter = WrappedCounter(256, RATE)
    for packet in range(100):
        host = (packet + 1) * 10 / RATE
        assert counter.lost_before(packet * 10 % 256, host, 10) == 0
        if packet % 10 == 5:
            assert counter.lost_before(packet * 10 % 256, host, 10) is None
            assert counter.lost_before((packet - 2) * 10 % 256, host, 10) is None
    assert counter.repeated == 200


def test_a_slow_clock_adds_no_turns() -> None:
    counter = WrappedCounter(256, RATE)
    for packet in range(20_000):
        assert counter.lost_before(packet * 10 % 256, packet * 10 / (RATE * 0.999), 10) == 0


def uncounted(
    rate: float, lost: range = range(0), *, error: float = 1.0, stall: float = 0.0
) -> tuple[int, int]:
    """Samples found missing, and how many estimates there were."""
    finder = Uncounted(rate)
    rng = np.random.default_rng(2)
    total = holes = 0
    for packet in range(int(20 * rate / 2)):
        if packet in lost:
            continue
        due = (packet + 1) * 2 / (rate * error) + rng.exponential(0.007)
        host = 8.0 + stall if 8.0 < due < 8.0 + stall else due
        found = finder.lost_before(2, host)
        total += found
        holes += found > 0
    return total, holes


def test_a_second_without_samples_is_found_once() -> None:
    total, holes = uncounted(200.0, range(800, 900))
    assert holes == 1
    assert abs(total - 200) <= 4


def test_a_stall_that_catches_up_is_no_hole() -> None:
    assert uncounted(200.0, stall=0.6) == (0, 0)


def test_a_backlog_that_is_read_bit_by_bit_is_no_hole() -> None:
    finder = Uncounted(200.0)
    for packet in range(3000):
        due = packet / 100.0
        # Nothing is read for 1.3 s; then the backlog comes over half a second.
        host = max(due, 9.3 + (due - 8.0) * 0.3) if 8.0 < due < 9.9 else due
        assert finder.lost_before(2, host) == 0


@pytest.mark.parametrize("error", [0.98, 0.995, 1.005, 1.02])
def test_a_wrong_clock_is_no_hole(error: float) -> None:
    assert uncounted(200.0, error=error) == (0, 0)
