"""The ring against a slow model that keeps everything."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from emgstudio.core.ring import Ring

CAPACITY = 12
CHANNELS = 2


class RingAgainstList(RuleBasedStateMachine):
    """Rows carry their own index, so that a misplaced one is seen at once."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring(CAPACITY, CHANNELS, np.int32)
        self.rows: list[int | None] = []
        self.taker = self.ring.reader()
        self.watcher = self.ring.reader()
        self.taken = 0
        self.lost = 0

    @rule(count=st.integers(0, 3 * CAPACITY))
    def write(self, count: int) -> None:
        index = np.arange(len(self.rows), len(self.rows) + count)
        self.ring.write(np.stack([index, -index], axis=1).astype(np.int32))
        self.rows += index.tolist()

    @rule(count=st.integers(0, 2 * CAPACITY))
    def skip(self, count: int) -> None:
        self.ring.skip(count)
        self.rows += [None] * count

    def check(self, chunk, start: int, stop: int) -> None:
        expected = self.rows[start:stop]
        assert len(chunk) == len(expected)
        if expected:
            assert (chunk.first, chunk.stop) == (start, stop)
        assert chunk.valid.tolist() == [row is not None for row in expected]
        assert chunk.data[:, 0].tolist() == [row or 0 for row in expected]
        assert chunk.data[:, 1].tolist() == [-(row or 0) for row in expected]

    @rule(limit=st.none() | st.integers(1, 2 * CAPACITY))
    def take(self, limit: int | None) -> None:
        oldest = max(self.taken, len(self.rows) - CAPACITY)
        stop = len(self.rows) if limit is None else min(len(self.rows), oldest + limit)
        chunk = self.taker.take(limit)
        self.check(chunk, oldest, stop)
        assert chunk.lost == oldest - self.taken
        self.lost += oldest - self.taken
        self.taken = stop
        assert (self.taker.position, self.taker.lost) == (self.taken, self.lost)

    @rule(start=st.integers(-5, 120), length=st.integers(-3, 2 * CAPACITY))
    def read_anywhere(self, start: int, length: int) -> None:
        stop = min(start + length, len(self.rows))
        oldest = max(start, len(self.rows) - CAPACITY, 0)
        self.check(self.ring.read(start, start + length), oldest, max(oldest, stop))

    @rule(count=st.integers(0, 2 * CAPACITY))
    def latest(self, count: int) -> None:
        chunk = self.ring.latest(count)
        self.check(chunk, max(0, len(self.rows) - min(count, CAPACITY)), len(self.rows))
        assert chunk.lost == 0

    @invariant()
    def head_and_tail(self) -> None:
        assert self.ring.head == len(self.rows)
        assert self.ring.tail == max(0, len(self.rows) - CAPACITY)


TestRingAgainstList = RingAgainstList.TestCase


@given(
    writes=st.lists(st.integers(0, 9), max_size=30),
    size=st.integers(1, CAPACITY),
    hop=st.integers(1, 7),
)
def test_window_is_the_newest_on_the_grid_and_skipped_ones_are_counted(
    writes: list[int], size: int, hop: int
) -> None:
    ring = Ring(CAPACITY, 1, np.int32)
    reader = ring.reader(0)
    total, last_end, got, possible = 0, 0, 0, 0
    for count in writes:
        ring.write(np.arange(total, total + count, dtype=np.int32)[:, None])
        new_ends = [e for e in range(total + 1, total + count + 1) if e % hop == 0 and e >= size]
        total += count
        possible += len(new_ends)
        chunk = reader.window(size, hop)
        newest = total // hop * hop
        if newest - size < ring.tail:
            # The window's first rows are gone already; a later one will do.
            assert chunk is None or newest < size or newest == last_end
            return
        if not new_ends:
            assert chunk is None
            continue
        assert chunk is not None
        assert chunk.data[:, 0].tolist() == list(range(newest - size, newest))
        got, last_end = got + 1, newest
        assert reader.skipped + got == possible


def test_reader_begins_with_what_is_written_next() -> None:
    ring = Ring(8, 1, np.float32)
    ring.write(np.zeros((5, 1), np.float32))
    reader = ring.reader()
    assert len(reader.take()) == 0
    ring.write(np.ones((2, 1), np.float32))
    assert reader.take().data.ravel().tolist() == [1.0, 1.0]


def test_reading_what_is_gone_gives_nothing_and_says_how_much_was_lost() -> None:
    ring = Ring(10, 1, np.int16)
    ring.skip(100)
    chunk = ring.read(3, 7)
    assert (len(chunk), chunk.lost) == (0, 4)


def test_chunks_are_copies() -> None:
    ring = Ring(4, 1, np.int16)
    ring.write(np.ones((4, 1), np.int16))
    chunk = ring.latest(4)
    ring.write(np.full((4, 1), 7, np.int16))
    assert chunk.data.ravel().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("capacity", "channels"), [(0, 1), (1, 0)])
def test_a_ring_needs_room(capacity: int, channels: int) -> None:
    with pytest.raises(ValueError, match="needs room"):
        Ring(capacity, channels, np.int16)


@pytest.mark.parametrize(("size", "hop"), [(9, 1), (0, 1), (4, 0)])
def test_impossible_windows_are_refused(size: int, hop: int) -> None:
    with pytest.raises(ValueError, match="no window"):
        Ring(8, 1, np.int16).reader().window(size, hop)


def test_wrong_channel_count_is_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        Ring(8, 3, np.int16).write(np.zeros((4, 2), np.int16))


def test_readers_never_see_torn_or_stale_rows() -> None:
    """Three readers race a writer that laps a small ring all the time."""
    ring = Ring(1024, 16, np.int64)
    total = 300_000
    done = threading.Event()
    faults: list[str] = []

    def check(chunk) -> None:
        if not (chunk.data == np.arange(chunk.first, chunk.stop)[:, None]).all():
            faults.append(f"torn at {chunk.first}")

    def take() -> None:
        reader, seen = ring.reader(0), 0
        while not (done.is_set() and reader.position == ring.head) and not faults:
            chunk = reader.take()
            check(chunk)
            seen += len(chunk)
        if seen + reader.lost != total:
            faults.append(f"{seen} seen + {reader.lost} lost is not {total}")

    def watch() -> None:
        while not done.is_set() and not faults:
            check(ring.latest(1024))

    def windows() -> None:
        reader = ring.reader(0)
        while not done.is_set() and not faults:
            chunk = reader.window(200, 50)
            if chunk is not None:
                check(chunk)

    readers = [threading.Thread(target=run) for run in (take, watch, windows)]
    for thread in readers:
        thread.start()
    written, sizes = 0, np.random.default_rng(1)
    while written < total:
        count = min(int(sizes.integers(1, 700)), total - written)
        index = np.arange(written, written + count)[:, None]
        ring.write(np.broadcast_to(index, (count, 16)))
        written += count
    done.set()
    for thread in readers:
        thread.join()
    assert faults == []


def test_a_reader_waits_until_the_write_that_it_wants() -> None:
    ring = Ring(100, 1, np.int16)
    reader = ring.reader()
    assert not reader.wait_until(10, 0.0)
    ring.write(np.zeros((9, 1), np.int16))
    assert reader._there
    assert not reader._there.is_set(), "woken too early"
    found: list[bool] = []
    waiting = threading.Thread(target=lambda: found.append(reader.wait_until(10, 60.0)))
    waiting.start()
    ring.write(np.zeros((1, 1), np.int16))
    waiting.join(60.0)
    assert found == [True]
    reader.leave()
    ring.write(np.zeros((1, 1), np.int16))
    assert reader.wait_until(11, 60.0)
    reader.leave()


def test_who_is_let_go_waits_no_more_whenever_that_was() -> None:
    reader = Ring(100, 1, np.int16).reader()
    waiting = threading.Thread(target=lambda: reader.wait_until(10, 600.0))
    waiting.start()
    reader.let_go()
    waiting.join(60.0)
    assert not waiting.is_alive()
    # A request to end that came just before the wait is not forgotten.
    again = threading.Thread(target=lambda: reader.wait_until(10, 600.0), daemon=True)
    again.start()
    again.join(60.0)
    assert not again.is_alive()


def test_a_reader_may_leave_while_it_is_being_told() -> None:
    reader = Ring(100, 1, np.int16).reader()
    reader.wait_until(10, 0.0)

    class Leaving(int):
        def __ge__(self, other: int) -> bool:
            reader.leave()
            return True

    reader.reached(Leaving(10))
