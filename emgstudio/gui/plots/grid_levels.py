"""RMS of every channel over the newest quarter of a second, from new samples only."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.ring import Ring
from emgstudio.core.types import FloatSamples

WINDOW_S = 0.25


class RollingRms:
    """Sums of squares of what each call brought; ``samples_read`` counts rows read.

    ``rate`` in Hz. The window is ``seconds`` long, rounded up to whole calls.
    """

    def __init__(self, ring: Ring, rate: float, seconds: float = WINDOW_S) -> None:
        self._ring = ring
        self._wanted = max(1, round(seconds * rate))
        self._sums: deque[tuple[int, int, NDArray[np.floating]]] = deque()
        self._reader = ring.reader(max(ring.tail, ring.head - self._wanted))
        self.samples_read = 0

    def pull(self, until: int | None = None) -> bool:
        """Take what is new (up to index ``until``); False when there was nothing."""
        stop = self._ring.head if until is None else min(until, self._ring.head)
        if stop - self._reader.position > self._wanted:
            # Nobody looked for a while: what lies further back is of no interest.
            self._reader.position = stop - self._wanted
            self._sums.clear()
        new = stop - self._reader.position
        if new <= 0:
            return False
        chunk = self._reader.take(new)
        if not len(chunk):
            return False
        x: FloatSamples = chunk.data if chunk.valid.all() else chunk.data[chunk.valid]
        self.samples_read += len(chunk)
        sums = np.einsum("ij,ij->j", x, x)
        self._sums.append((len(chunk), len(x), sums))
        total = sum(rows for rows, _, _ in self._sums)
        while len(self._sums) > 1 and total - self._sums[0][0] >= self._wanted:
            total -= self._sums.popleft()[0]
        return True

    def forget(self) -> None:
        """Nothing arrives any more: there is no level."""
        self._sums.clear()

    @property
    def rms(self) -> FloatSamples:
        """Per channel; NaN when the window holds no sample that arrived."""
        count = sum(valid for _, valid, _ in self._sums)
        if not count:
            return np.full(self._ring.channels, np.nan, np.float32)
        total = np.sum([sums for _, _, sums in self._sums], axis=0)
        made: FloatSamples = np.sqrt(total / count).astype(np.float32)
        return made
