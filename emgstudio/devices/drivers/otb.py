"""What the devices of OT Bioelettronica share: rows of equal length that count themselves.

A row is one sample of every channel, 16 or 24 bits each, and one of its columns
is a counter modulo 2¹⁶. There is no other mark, so the counter also tells where
a row begins and how long it is. Sources: docs/devices/otb.md.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, Channel, Gap, Marker, SampleType, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.link import Link

MODULUS = 1 << 16
# Steps of one in a row that make a column a counter: by chance one in 2⁴⁸.
STEPS = 3
READ_WAIT_S = 0.05
# At gain 8, whatever the width: 286.1 nV.
STEP_UV = 0.2861
QUATERNION_STEP = 1.0 / (1 << 14)


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Rows of ``channels`` integers of ``width`` bytes; ``counter`` is a column, from 0."""

    channels: int
    width: int
    counter: int
    big_endian: bool = True

    @property
    def row_bytes(self) -> int:
        return self.channels * self.width

    @property
    def dtype(self) -> SampleType:
        """The type of decoded samples."""
        return "int16" if self.width == 2 else "int32"

    def decode(self, data: bytes | bytearray | memoryview, rows: int) -> NDArray[Any]:
        """The first ``rows`` rows as ``(rows, channels)`` int16 or int32."""
        count = rows * self.channels
        if self.width == 2:
            wire = np.frombuffer(data, ">i2" if self.big_endian else "<i2", count)
            return wire.reshape(rows, self.channels).astype(np.int16)
        parts = np.frombuffer(data, np.uint8, count * 3).reshape(rows, self.channels, 3)
        high, middle, low = (parts[..., k].astype(np.int32) for k in (0, 1, 2))
        return ((high << 24) | (middle << 16) | (low << 8)) >> 8

    def counters(self, data: bytes | bytearray, rows: int) -> NDArray[np.int64]:
        """The counter of each of the first ``rows`` rows."""
        raw = np.frombuffer(data, np.uint8, rows * self.row_bytes).reshape(rows, -1)
        at = self._counter_at
        pair = raw[:, at : at + 2].astype(np.int64)
        first, second = pair[:, 0], pair[:, 1]
        return first << 8 | second if self.big_endian else second << 8 | first

    def beginnings(self, data: bytes | bytearray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Byte offsets at which rows that count by one could begin, and their counters there."""
        raw = np.frombuffer(data, np.uint8).astype(np.int64)
        at = self._counter_at
        places = len(raw) - (STEPS + 1) * self.row_bytes + 1
        if places <= 0:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        first, second = raw[at:-1], raw[at + 1 :]
        words = first << 8 | second if self.big_endian else second << 8 | first
        counts = [words[k * self.row_bytes :][:places] for k in range(STEPS + 1)]
        steps = [(b - a) % MODULUS == 1 for a, b in pairwise(counts)]
        found = np.flatnonzero(np.logical_and.reduce(steps))
        return found, counts[0][found]

    @property
    def _counter_at(self) -> int:
        # Of a 24-bit column the low 16 bits count.
        return self.counter * self.width + self.width - 2


def layout_of(data: bytes | bytearray, layouts: Sequence[RowLayout]) -> RowLayout | None:
    """The first layout whose rows count in ``data``; None for none yet."""
    return next((layout for layout in layouts if len(layout.beginnings(data)[0])), None)


def quaternion(rate: float, device: str) -> StreamInfo:
    """The orientation that comes with every sample, as a stream of its own."""
    channels = tuple(
        Channel(name, ARBITRARY_UNIT, QUATERNION_STEP, kind="QUAT") for name in ("w", "x", "y", "z")
    )
    return StreamInfo("QUAT", rate, channels, "int16", device)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive rows ``(n, channels)``; ``lost`` samples are missing before the first."""

    first: int
    lost: int
    data: NDArray[Any]


class RowReader:
    """Cuts a stream of bytes into rows; pure. ``rate`` in rows per second.

    After a break in the counter it waits for four rows that count, wherever they
    begin, and takes those that count on from the nearest, so that neither a
    damaged counter nor a missing byte shifts a channel. ``garbage`` counts bytes
    that belonged to no row.
    """

    def __init__(self, layout: RowLayout, rate: float) -> None:
        self.layout = layout
        self.garbage = 0
        self._buffer = bytearray()
        self._counter = WrappedCounter(MODULUS, rate)
        self._expected: int | None = None
        self._certain = False
        self._index = 0

    @property
    def repeated(self) -> int:
        """Rows that came twice or stepped back; they are dropped."""
        return self._counter.repeated

    def feed(self, data: bytes, host: float) -> list[Stretch]:
        """Every row that is complete and certain now, in order."""
        self._buffer += data
        found: list[Stretch] = []
        while len(self._buffer) >= self.layout.row_bytes:
            if not self._certain and not self._find_beginning():
                break
            rows = len(self._buffer) // self.layout.row_bytes
            good = self._counting_on(rows)
            if good:
                found += self._take(good, host)
            self._certain = good == rows
        return found

    def _counting_on(self, rows: int) -> int:
        """How many of the first ``rows`` rows count on from the last one."""
        counters = self.layout.counters(self._buffer, rows)
        wrong = counters != ((self._expected or 0) + np.arange(rows)) % MODULUS
        return int(wrong.argmax()) if wrong.any() else rows

    def _take(self, rows: int, host: float) -> list[Stretch]:
        counter = self._expected or 0
        lost = self._counter.lost_before(counter, host, rows)
        self._expected = (counter + rows) % MODULUS
        data = self.layout.decode(self._buffer, rows)
        del self._buffer[: rows * self.layout.row_bytes]
        if lost is None:
            return []
        found = Stretch(self._index + lost, lost, data)
        self._index += lost + rows
        return [found]

    def _find_beginning(self) -> bool:
        """Drop bytes up to the next row that is certain; False when more must arrive first."""
        row = self.layout.row_bytes
        if self._expected is not None and len(self._buffer) < (STEPS + 2) * row:
            # Another column may count by chance for a while: the true one must be there too.
            return False
        places, counters = self.layout.beginnings(self._buffer)
        if not len(places):
            # What is too short to be certain of may yet be the beginning of a row.
            excess = len(self._buffer) - (STEPS + 1) * row + 1
            if excess > 0:
                self.garbage += excess
                del self._buffer[:excess]
            return False
        expected = int(counters[0]) if self._expected is None else self._expected
        best = int(np.argmin((counters - expected) % MODULUS))
        self.garbage += int(places[best])
        del self._buffer[: int(places[best])]
        self._expected = int(counters[best])
        self._certain = True
        return True


class Triggers:
    """Rising edges of a level that comes with every sample, as markers of ``stream``."""

    def __init__(self, stream: str, label: str = "trigger") -> None:
        self._stream = stream
        self._label = label
        self._high = False

    def feed(self, first: int, high: NDArray[np.bool_]) -> list[Item]:
        """``high`` is ``(n,)`` from sample ``first`` on."""
        before = np.concatenate(([self._high], high[:-1]))
        self._high = bool(high[-1])
        return [
            Marker(self._stream, first + int(at), 0, self._label)
            for at in np.flatnonzero(high & ~before)
        ]


class RowDriver(Driver):
    """A driver whose samples come in rows; a subclass splits them into streams."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._reader: RowReader | None = None
        self._early = b""
        self._infos: tuple[StreamInfo, ...] = ()

    @property
    def repeated(self) -> int:
        """Rows that came twice or stepped back; they are dropped."""
        return self._reader.repeated if self._reader else 0

    @property
    def garbage(self) -> int:
        """Bytes that belonged to no row."""
        return self._reader.garbage if self._reader else 0

    @abstractmethod
    def split(self, first: int, rows: NDArray[Any]) -> list[Item]:
        """Blocks and markers of ``rows`` ``(n, channels)`` that begin at sample ``first``."""

    def feed(self, data: bytes, host: float) -> list[Item]:
        if self._reader is None:
            return []
        data, self._early = self._early + data, b""
        items: list[Item] = []
        for rows in self._reader.feed(data, host):
            if rows.lost:
                at = rows.first - rows.lost
                items += [Gap(info.name, at, rows.lost) for info in self._infos]
            items += self.split(rows.first, rows.data)
        return items

    def await_rows(
        self, link: Link, layouts: Sequence[RowLayout], rate: float, patience_s: float
    ) -> RowLayout | None:
        """Wait for rows of one of ``layouts``; they are decoded from the first one on.

        None if nothing came within ``patience_s`` seconds. Raises EmgError when
        what came counts in none of them.
        """
        enough = 2 * (STEPS + 1) * max(layout.row_bytes for layout in layouts)
        heard = b""
        patience = Patience(patience_s)
        while patience.lasts():
            heard += link.read(READ_WAIT_S)
            layout = layout_of(heard, layouts)
            if layout is not None:
                self._reader, self._early = RowReader(layout, rate), heard
                return layout
            if len(heard) >= enough:
                raise EmgError(
                    f"What arrives is not what {self.title} sends with these options.",
                    "Choose the device, the channels and the mode that it is set to.",
                )
        return None
