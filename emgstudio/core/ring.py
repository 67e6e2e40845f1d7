"""A ring of samples with one writer and any number of readers.

The writer never waits and a chunk costs O(chunk). Readers copy without a lock:
the writer announces how far it is going to write before it writes, so a reader
that was overtaken while copying notices and drops what may be torn.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from emgstudio.core.types import Mask, Samples


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows from a ring: ``data`` is ``(n, channels)``, ``valid`` is ``(n,)``.

    A row that is not valid is a sample the device lost; its data are zero.
    ``lost`` counts rows that were overwritten before this reader came.
    """

    first: int
    data: Samples
    valid: Mask
    lost: int = 0

    @property
    def stop(self) -> int:
        return self.first + len(self.data)

    def __len__(self) -> int:
        return len(self.data)


class Ring:
    """The newest ``capacity`` rows of a stream; indices count since the stream began."""

    def __init__(self, capacity: int, channels: int, dtype: DTypeLike) -> None:
        if capacity < 1 or channels < 1:
            raise ValueError(f"a ring needs room: capacity {capacity}, channels {channels}")
        self.capacity = capacity
        self._data: np.ndarray[Any, Any] = np.zeros((capacity, channels), dtype)
        self._valid = np.zeros(capacity, bool)
        self._head = 0
        self.last_write = 0
        """How many rows the last write brought."""
        self._writing_to = 0
        self._waiting: tuple[Reader, ...] = ()
        self._coming = threading.Lock()

    @property
    def channels(self) -> int:
        return int(self._data.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self._data.dtype
        return dtype

    @property
    def head(self) -> int:
        """How many rows have been written since the stream began, lost ones included."""
        return self._head

    @property
    def tail(self) -> int:
        """The oldest index that is still here."""
        return max(0, self._head - self.capacity)

    def write(self, data: Samples) -> None:
        """Append ``(n, channels)`` rows; only the stream's own thread may call this."""
        self._append(data, len(data))

    def skip(self, count: int) -> None:
        """Append ``count`` rows that the device lost."""
        self._append(None, count)

    def _append(self, data: Samples | None, count: int) -> None:
        head = self._head
        self._writing_to = head + count
        kept = min(count, self.capacity)
        done = 0
        while done < kept:
            at = (head + count - kept + done) % self.capacity
            n = min(kept - done, self.capacity - at)
            if data is None:
                self._data[at : at + n] = 0
            else:
                begin = count - kept + done
                self._data[at : at + n] = data[begin : begin + n]
            self._valid[at : at + n] = data is not None
            done += n
        self._head = head + count
        self.last_write = count
        for reader in self._waiting:
            reader.reached(self._head)

    def tell(self, reader: Reader, on: bool) -> None:
        """Tell this reader of each write from now on, so that it can wait for one; or no more."""
        with self._coming:
            others = tuple(r for r in self._waiting if r is not reader)
            self._waiting = (*others, reader) if on else others

    def read(self, start: int, stop: int) -> Chunk:
        """Rows ``[start, stop)`` as far as they are still (or already) here, as a copy."""
        wanted = max(start, 0)
        while True:
            stop = max(0, min(stop, self._head))
            start = min(max(start, self.tail), stop)
            data, valid = self._copy(start, stop)
            oldest_safe = self._writing_to - self.capacity
            if start >= oldest_safe or start == stop:
                return Chunk(start, data, valid, lost=max(0, start - wanted))
            start = oldest_safe

    def latest(self, count: int) -> Chunk:
        """The newest ``count`` rows, fewer at the beginning; never counts as lost."""
        head = self._head
        chunk = self.read(head - min(count, self.capacity), head)
        return Chunk(chunk.first, chunk.data, chunk.valid)

    def reader(self, at: int | None = None, since: int = 0) -> Reader:
        """A reader that begins at index ``at``; without it, at what is written next.

        Its windows hold nothing from before ``since``.
        """
        return Reader(self, self._head if at is None else at, since)

    def _copy(self, start: int, stop: int) -> tuple[Samples, Mask]:
        n = max(0, stop - start)
        begin = start % self.capacity
        if begin + n <= self.capacity:
            rows = slice(begin, begin + n)
            return self._data[rows].copy(), self._valid[rows].copy()
        rest = begin + n - self.capacity
        return (
            np.concatenate([self._data[begin:], self._data[:rest]]),
            np.concatenate([self._valid[begin:], self._valid[:rest]]),
        )


class Reader:
    """One consumer's place in a ring; its windows begin at ``since`` at the earliest.

    ``lost`` counts rows and ``skipped`` counts windows that it came too late for.
    """

    def __init__(self, ring: Ring, position: int, since: int = 0) -> None:
        self.ring = ring
        self.position = position
        self.since = since
        self.lost = 0
        self.skipped = 0
        self._wanted = 0
        self._let_go = False
        self._there: threading.Event | None = None

    def wait_until(self, index: int, timeout_s: float) -> bool:
        """Wait until the ring's head is at ``index``, woken by the write; False if it was too long.

        For one thread per reader; :meth:`leave` when it waits no more.
        """
        if self._there is None:
            self._there = threading.Event()
            self.ring.tell(self, True)
        self._wanted = index
        self._there.clear()
        # The writer moves the head before it looks what is wanted: none of both can be missed.
        return self._let_go or self.ring.head >= index or self._there.wait(timeout_s)

    def reached(self, head: int) -> None:
        """The writer is at ``head``."""
        # Looked up once: the reader's thread may leave meanwhile.
        there = self._there
        if there is not None and head >= self._wanted:
            there.set()

    def let_go(self) -> None:
        """Wake the thread that waits; it waits no more from now on."""
        self._let_go = True
        there = self._there
        if there is not None:
            there.set()

    def leave(self) -> None:
        """Nobody waits any more."""
        self.ring.tell(self, False)
        self._there = None

    def take(self, limit: int | None = None) -> Chunk:
        """Everything new, at most ``limit`` rows, oldest first."""
        stop = self.ring.head
        if limit is not None:
            stop = min(stop, max(self.position, self.ring.tail) + limit)
        chunk = self.ring.read(self.position, max(stop, self.position))
        self.lost += chunk.lost
        self.position = max(self.position, chunk.stop)
        return chunk

    def window(self, size: int, hop: int) -> Chunk | None:
        """The newest whole window whose end lies on the hop grid, or None if none is new.

        A late caller gets the newest window only; ``skipped`` counts the ones
        that it passed over. Raises ValueError when the ring could never hold it.
        """
        if not 0 < size <= self.ring.capacity or hop < 1:
            raise ValueError(f"no window of {size} every {hop} in a ring of {self.ring.capacity}")
        end = self.ring.head // hop * hop
        if end <= self.position or end < size:
            return None
        if end - size < self.since:
            self.position = end
            return None
        chunk = self.ring.read(end - size, end)
        if len(chunk) < size:
            return None
        first_new = max(self.position // hop * hop + hop, -(-size // hop) * hop)
        self.skipped += max(0, (end - first_new) // hop)
        self.position = end
        return chunk
