"""What a device gives the house: a raw ring, a conditioned ring and a clock.

Both rings and the clock count the same sample index from the first connection
on; they live through losses of the link, and what was lost keeps its place.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from math import ceil

import numpy as np

from emgstudio.core.clock import Clock
from emgstudio.core.markers import MarkerLog
from emgstudio.core.ring import Ring
from emgstudio.core.types import ConditionSpec, Gap, Marker, SampleBlock, StreamInfo
from emgstudio.dsp.conditioner import Conditioner

GAPS_KEPT = 10_000
RATE_SPAN_S = 10.0
RATE_STEP_S = 0.25
ARRIVALS_KEPT = 256
# What a device sent while it was set up comes in one heap and says nothing about its pace.
FIRST_HEAP_S = 1.0
# New filters are run over what is there already, so that they begin settled. Learning a heart
# takes more, but a person who switches it on shall not wait for more than this many numbers.
SETTLE_S, HEART_S = 1.0, 10.0
MOST_SETTLED = 4_000_000
# A hole longer than what conditioners bridge; more invalid rows would tell them nothing new.
GAP_SHOWN_S = 0.1
RING_BYTES = 100e6
RING_LEAST_S, RING_MOST_S = 60.0, 300.0


def ring_seconds(info: StreamInfo) -> float:
    """How long the rings of a stream are: samples to look back at, for little memory.

    16 channels at 2 kHz: 300 s in 58 MB; 64: 130 s in 100 MB; 384: 60 s in 276 MB, which
    the recorder may need on a disk that stops for a while.
    """
    each = np.dtype(info.dtype).itemsize + np.dtype(np.float32).itemsize
    afforded = RING_BYTES / (info.rate * info.n_channels * each)
    return float(min(max(afforded, RING_LEAST_S), RING_MOST_S))


class Stream:
    """One stream of one device; only the device's worker calls :meth:`accept`.

    ``ring_s`` is how many seconds the rings hold, up to five minutes as far as
    100 MB reach, never less than one minute. ``received``, ``lost`` and
    ``repeated`` count samples. Row k of the clean ring is row k of the raw ring,
    but it may come later (``clean_delay``).
    """

    def __init__(
        self, info: StreamInfo, condition: ConditionSpec, ring_s: float | None = None
    ) -> None:
        self.info = info
        capacity = ceil((ring_s or ring_seconds(info)) * info.rate)
        self.raw = Ring(capacity, info.n_channels, info.dtype)
        self.clean = Ring(capacity, info.n_channels, np.float32)
        self.clock = Clock(info.rate)
        self.markers = MarkerLog()
        self.received = 0
        self.lost = 0
        self.repeated = 0
        self._condition = condition
        self._conditioner = Conditioner(condition, info.rate, info.n_channels)
        self._conditioning = threading.Lock()
        self._clean_since = 0
        self._gaps: deque[Gap] = deque(maxlen=GAPS_KEPT)
        self._began: float | None = None
        self._shift = 0
        self._realign = False
        self._pace: deque[tuple[float, int]] = deque(maxlen=round(RATE_SPAN_S / RATE_STEP_S) + 1)
        self._arrivals: deque[tuple[float, int]] = deque(maxlen=ARRIVALS_KEPT)

    @property
    def condition(self) -> ConditionSpec:
        return self._condition

    @property
    def clean_since(self) -> int:
        """The first index of the clean ring that the present condition has made."""
        return self._clean_since

    @property
    def clean_delay(self) -> int:
        """How many samples the clean ring may stay behind the raw one; 0 without look-ahead."""
        return self._conditioner.delay

    @property
    def heart_learnt(self) -> bool:
        """Whether the heartbeat is known and is being taken out."""
        return self._conditioner.heart_learnt

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The newest gaps (at most 10 000), oldest first."""
        return tuple(self._gaps)

    @property
    def arrivals(self) -> tuple[tuple[float, int], ...]:
        """The newest arrivals: host seconds and the index of the last sample that came then."""
        return tuple(self._arrivals)

    @property
    def measured_rate(self) -> float | None:
        """Sampling rate in Hz over the last 10 s of arrivals; None in the first 3 s."""
        points = tuple(self._pace)
        if len(points) < 2 or points[-1][0] - points[0][0] < 2.0:
            return None
        return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])

    def set_condition(self, spec: ConditionSpec) -> None:
        """Condition in another way from the next samples on; callable from any thread.

        The new filters begin settled: they have seen what the raw ring holds.
        Raises EmgError when this stream's sampling rate cannot carry the spec.
        """
        conditioner = Conditioner(spec, self.info.rate, self.info.n_channels)
        seen = self._settle(conditioner, None)
        with self._conditioning:
            self._settle(conditioner, seen)
            self.clean.write(self._conditioner.finish())
            conditioner.finish()
            self._conditioner = conditioner
            self._condition = spec
            self._clean_since = self.clean.head

    def _settle(self, conditioner: Conditioner, seen: int | None) -> int:
        """Run it over what came after ``seen``, or over the last seconds; returns how far."""
        span = min(
            round((HEART_S if conditioner.delay else SETTLE_S) * self.info.rate),
            MOST_SETTLED // self.info.n_channels,
            self.raw.capacity,
        )
        head = self.raw.head
        chunk = self.raw.read(head - span if seen is None else seen, head)
        conditioner.process(self.info.to_physical(chunk.data), chunk.valid)
        return chunk.stop

    def resume(self) -> None:
        """The device starts counting from 0 again: place its next samples by the host clock."""
        self._realign = True

    def mark(self, marker: Marker) -> None:
        """Keep a label of the device; its place as the driver counts."""
        self.markers.add(replace(marker, at=marker.at + self._shift))

    def accept(self, item: SampleBlock | Gap, host: float) -> None:
        """Append what arrived at ``host`` seconds; indices as the driver counts them."""
        if isinstance(item, Gap):
            if not self._realign:
                self._lose_until(item.at + self._shift + item.count, item.estimated)
            return
        count = len(item.data)
        if self._realign:
            due = round(self.clock.index(host)) + 1
            self._shift = max(due - count, self.raw.head) - item.first
            self._realign = False
            self._lose_until(item.first + self._shift, estimated=True)
        first = item.first + self._shift
        self._lose_until(first, estimated=False)
        old = self.raw.head - first
        if old >= count:
            self.repeated += count
            return
        self._append(item.data[old:] if old else item.data)
        self.repeated += old
        self.clock.update(self.raw.head - 1, host)
        self._arrivals.append((host, self.raw.head - 1))
        self._began = host if self._began is None else self._began
        next_point = self._pace[-1][0] + RATE_STEP_S if self._pace else self._began + FIRST_HEAP_S
        if host >= next_point:
            self._pace.append((host, self.raw.head))

    def _append(self, data: np.ndarray) -> None:
        valid = np.ones(len(data), bool)
        # The lock is free but for the moment in which a person changes the filter.
        with self._conditioning:
            self.raw.write(data)
            self.clean.write(self._conditioner.process(self.info.to_physical(data), valid))
        self.received += len(data)

    def _lose_until(self, index: int, estimated: bool) -> None:
        count = index - self.raw.head
        if count <= 0:
            return
        self._gaps.append(Gap(self.info.name, self.raw.head, count, estimated))
        self.lost += count
        shown = min(count, ceil(GAP_SHOWN_S * self.info.rate))
        with self._conditioning:
            self.raw.skip(count)
            self.clean.write(self._conditioner.skip(shown))
            self.clean.skip(count)
