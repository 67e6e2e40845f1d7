"""The quality of one stream: its samples, its losses, and what its device says of itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Reading
from emgstudio.devices.driver import Driver
from emgstudio.devices.stream import Stream
from emgstudio.dsp.quality import MEASURES, TO_MICROVOLT, Measures, QualityMeter
from emgstudio.dsp.quality_lamps import Lamp, LampBoard
from emgstudio.dsp.quality_rules import quality_rules

LOSS_SPAN_S, LOSS_OVER_S = 10.0, 4.0
# More than this behind (a laptop that slept), only the newest is looked at.
MOST_BEHIND_S = 5.0
SILENT_S = 1.0
# Two seconds are needed before anything can be called good.
KNOWN_AFTER_HOPS = 4
# More is never worked off in one look: what was found so far must be told meanwhile.
HOPS_A_LOOK = 6
# A computer that is behind after this many looks in a row watches every second channel only;
# after so many looks without being behind it tries all again.
LATE_LOOKS, WELL_LOOKS = 3, 240
FEWEST_CHANNELS = 16


class Device(Protocol):
    """What of a device is asked; :class:`emgstudio.devices.worker.DeviceWorker` has it all."""

    @property
    def driver(self) -> Driver:
        """The driver, by whose key limits may differ."""

    @property
    def readings(self) -> Mapping[str, Reading]:
        """The newest slow values, by key and channel."""

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Its streams."""


class StreamQuality:
    """Follows one stream; ``columns`` are its EMG channels in use. For one thread.

    Where the computer is too slow for all of them only every second (fourth …) is
    ``watched``.
    """

    def __init__(self, stream: Stream, worker: Device) -> None:
        info = stream.info
        self.stream = stream
        self.info = info
        self.columns = tuple(
            k for k, channel in enumerate(info.channels) if channel.kind == "EMG" and channel.used
        )
        self.watched = self.columns
        self.measures: Measures = {}
        self._worker = worker
        self._reader = stream.raw.reader()
        self._late_looks = self._well_looks = 0
        self._hops, self._every = 0, 1
        self._heard: tuple[float, int] | None = None
        self._looked: float | None = None
        self._losses: deque[tuple[int, int]] = deque([(stream.raw.head, stream.lost)])
        self._lost_at = -1
        if self.columns:
            self.watch(1)

    def watch(self, every: int) -> None:
        """Begin anew with every so many of the channels."""
        info = self.info
        self._every = every
        self.watched = self.columns[::every]
        self.measures = {}
        self._hops = 0
        microvolts = any(info.channels[k].unit in TO_MICROVOLT for k in self.watched)
        rules = quality_rules(self._worker.driver.key)
        possible = [r for r in rules if r.possible(info.rate, microvolts=microvolts)]
        self._meter = QualityMeter(info, self.watched)
        self._board = LampBoard(possible, [info.channels[k].name for k in self.watched])

    @property
    def whole(self) -> bool:
        """Whether the computer is quick enough for all of its channels."""
        return len(self.watched) == len(self.columns)

    @property
    def known(self) -> bool:
        """Whether enough was seen to call a channel good."""
        return self._hops >= KNOWN_AFTER_HOPS

    def lamps(self, place: int) -> tuple[Lamp, ...]:
        """What lights on the channel at a place of ``watched``."""
        return self._board.lamps(place)

    def look(self, now: float) -> None:
        """Take what is new at ``now`` host seconds."""
        if not self.columns:
            return
        ring, hop = self.stream.raw, self._meter.hop
        if self._heard is None or ring.head != self._heard[1]:
            self._heard = (now, ring.head)
        silence_s = now - self._heard[0]
        if ring.head - self._reader.position > MOST_BEHIND_S * self.stream.info.rate:
            self._reader.position = ring.head - KNOWN_AFTER_HOPS * hop
        self._count_losses()
        for _ in range(HOPS_A_LOOK):
            if ring.head - self._reader.position < hop:
                break
            chunk = self._reader.take(hop)
            if len(chunk) < hop:
                break
            self._hops += 1
            measures = self._meter.add(chunk.data, chunk.valid)
            self._judge(measures, silence_s, self._meter.hop_s)
        if silence_s > SILENT_S and self._looked is not None:
            nothing = np.full(len(self.watched), np.nan)
            self._judge(dict.fromkeys(MEASURES, nothing), silence_s, now - self._looked)
        self._looked = now
        self._keep_pace(ring.head - self._reader.position >= hop)

    def _keep_pace(self, late: bool) -> None:
        """Watch fewer channels while the computer is behind, all again when it has time."""
        self._late_looks = self._late_looks + 1 if late else 0
        self._well_looks = 0 if late else self._well_looks + 1
        if self._late_looks >= LATE_LOOKS and len(self.watched) >= 2 * FEWEST_CHANNELS:
            self._late_looks = 0
            self.watch(2 * self._every)
        elif self._every > 1 and self._well_looks >= WELL_LOOKS:
            self._well_looks = 0
            self.watch(self._every // 2)

    def _judge(self, measures: Measures, silence_s: float, step_s: float) -> None:
        count = len(self.watched)
        readings = self._worker.readings
        battery = readings.get("battery")
        self.measures = {
            **measures,
            "silence_s": np.full(count, silence_s),
            "loss_share": np.full(count, self._loss_share()),
            "battery": np.full(count, np.nan if battery is None else battery.value),
            "impedance_kohm": self._impedances(),
        }
        self._board.update(self.measures, step_s)

    def _impedances(self) -> NDArray[np.float64]:
        # Devices number the electrodes of their first stream.
        if self.stream is not self._worker.streams[0]:
            return np.full(len(self.watched), np.nan)
        readings = self._worker.readings
        found = [readings.get(f"impedance {k + 1}") for k in self.watched]
        return np.array([np.nan if r is None else r.value for r in found])

    def _count_losses(self) -> None:
        head, lost = self.stream.raw.head, self.stream.lost
        if lost > self._losses[-1][1]:
            self._lost_at = head
        self._losses.append((head, lost))
        while len(self._losses) > 2 and (
            head - self._losses[1][0] >= LOSS_SPAN_S * self.stream.info.rate
        ):
            self._losses.popleft()

    def _loss_share(self) -> float:
        (before, lost_before), (head, lost) = self._losses[0], self._losses[-1]
        over = head - self._lost_at >= LOSS_OVER_S * self.stream.info.rate
        if self._lost_at < 0 or over or head == before:
            return 0.0
        return 100.0 * (lost - lost_before) / (head - before)
