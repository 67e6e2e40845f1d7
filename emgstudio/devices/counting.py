"""Which sample is this? Counters that wrap, and devices that do not count at all.

A counter is the time axis, arrivals only say how often it wrapped; without one only
time can tell that something is missing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOLERANCE_S = 0.02
# Clocks of sensors are off by some hundred ppm; the line may follow this fast.
DRIFT = 2e-3
BEHIND_S = 0.25
BEHIND_PACKETS = 5
WAIT_S = 1.0
BUCKET_S = 0.1
LOOK_BACK_S = 6.0


class WrappedCounter:
    """Unwraps a counter that goes ``modulus`` steps and counts ``per_second`` a second.

    The next value expected follows from the last one. Where more time went by
    than the counter shows, whole turns are added; never so many that a sample
    would have arrived before it was taken. ``repeated`` counts values that came
    twice or stepped back.
    """

    def __init__(self, modulus: int, per_second: float) -> None:
        self.modulus = modulus
        self.period = 1.0 / per_second
        self.repeated = 0
        self._next: int | None = None
        self._index = 0
        self._base = 0.0
        self._last = 0.0

    def lost_before(self, value: int, host: float, steps: int = 1) -> int | None:
        """Counts lost before ``value``, which arrived at ``host`` s; None for a value to drop.

        ``steps`` is how many counts this packet stands for, itself included.
        """
        if self._next is None:
            self._take(value, steps, host, 0, first=True)
            return 0
        ahead = (value - self._next) % self.modulus
        late = host - self._base - (self._index + ahead + steps) * self.period
        turns = int((late + TOLERANCE_S) / (self.modulus * self.period)) if late > 0.0 else 0
        if turns == 0 and ahead >= self.modulus // 2 and late < -TOLERANCE_S:
            # So far ahead of time that it can only be an old packet.
            self.repeated += steps
            return None
        lost = ahead + turns * self.modulus
        self._take(value, steps, host, lost)
        return lost

    def place(self, values: Sequence[int], host: float) -> tuple[NDArray[np.int64], list[int]]:
        """Which of a heap's values are new, as places in it, and the index of each from 0.

        ``values`` count single steps and arrived together at ``host`` s: they were
        sent one after another, only the last one just now.
        """
        index: list[int] = []
        new: list[int] = []
        for k, value in enumerate(values):
            sent = host - (len(values) - 1 - k) * self.period
            if self.lost_before(value, sent) is not None:
                index.append(self._index - 1)
                new.append(k)
        return np.array(index, np.int64), new

    def restart(self) -> None:
        """The device begins anew: the next value is taken as it is."""
        self._next = None
        self._index = 0

    def _take(self, value: int, steps: int, host: float, lost: int, first: bool = False) -> None:
        self._next = (value + steps) % self.modulus
        self._index += lost + steps
        earliest = host - self._index * self.period
        if first or earliest < self._base:
            self._base = earliest
        else:
            self._base = min(earliest, self._base + DRIFT * (host - self._last))
        self._last = host


class Uncounted:
    """Finds holes in a stream without a counter, by time alone: every one is an estimate.

    ``rate`` in Hz. When packets fall more than 0.25 s (and five packets) behind
    those of the seconds before, and none catches up within a second, samples are
    missing; shorter delays are the radio, or this computer, catching up.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._count = 0
        # When each bucket of punctual arrivals began, and the least lateness within it.
        self._punctual: deque[tuple[float, float]] = deque()
        # Since when all have been late, and the least late of them.
        self._late: tuple[float, float] | None = None

    def lost_before(self, samples: int, host: float) -> int:
        """Samples to be marked lost before a packet of ``samples`` that arrived at ``host``."""
        self._count += samples
        lateness = host - self._count / self.rate
        usual = min((least for _, least in self._punctual), default=lateness)
        limit = max(BEHIND_S, BEHIND_PACKETS * samples / self.rate)
        if lateness - usual <= limit:
            self._late = None
            self._remember(lateness, host)
            return 0
        since, least = self._late or (host, lateness)
        self._late = since, min(least, lateness)
        if host - since < WAIT_S:
            return 0
        lost = round((self._late[1] - usual) * self.rate)
        self._count += lost
        self._late = None
        self._punctual.clear()
        self._remember(host - self._count / self.rate, host)
        return lost

    def _remember(self, lateness: float, host: float) -> None:
        punctual = self._punctual
        if not punctual or host - punctual[-1][0] > BUCKET_S:
            punctual.append((host, lateness))
        elif lateness < punctual[-1][1]:
            punctual[-1] = (punctual[-1][0], lateness)
        while punctual[0][0] < host - LOOK_BACK_S:
            punctual.popleft()
