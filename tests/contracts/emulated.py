"""Every driver that has an emulator, started, and what its emulator sends next.

Packets are taken straight from the emulator, so a test knows which were sent and
in what state they arrived.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from emgstudio.core.types import Gap, Marker, Reading, SampleBlock, StreamInfo
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import DRIVERS, DeviceKind, DeviceUri

KINDS = [kind for kind in DRIVERS if kind.emulator is not None]


def for_kinds(kinds: Iterable[DeviceKind]) -> pytest.MarkDecorator:
    """The test runs once for each of these kinds."""
    return pytest.mark.parametrize(
        "kind", list(kinds), ids=lambda kind: f"{kind.scheme}:{kind.key}"
    )


each = for_kinds(KINDS)

# Options that spare the test waiting, by driver.
OPTIONS: dict[str, dict[str, str]] = {
    "ascii": {"rate": "500", "baud": "115200"},
    "uart": {"rate": "500"},
    "quattrocento": {"channels": "96"},
}
PACKETS = 1200

Wire = list[tuple[bytes, float]]
Arrays = dict[str, np.ndarray]


@dataclass
class Started:
    """A driver that has just begun to stream, and the packets that come next."""

    driver: Driver
    infos: tuple[StreamInfo, ...]
    emulator: PacketEmulator
    first: int
    late: bytes
    now: float

    @property
    def main(self) -> str:
        return self.infos[0].name

    def packets(self, count: int, first: int = 0) -> Wire:
        """``count`` packets from number ``first`` on, each when it would arrive."""
        rate = self.emulator.packet_rate
        wire = [
            (self.emulator.packet(self.first + k), self.now + (k + 1) / rate)
            for k in range(first, first + count)
        ]
        if first == 0:
            # What start() had not fetched yet arrives with the first packet.
            wire[0] = (self.late + wire[0][0], wire[0][1])
        return wire

    def fresh(self) -> Driver:
        """The driver as it was when it had just begun."""
        return copy.deepcopy(self.driver)

    def decoded(self, wire: Wire) -> list[Item]:
        """What a fresh copy of the driver makes of these bytes."""
        return fed(self.fresh(), wire)

    def arrays(self, wire: Wire) -> Arrays:
        """The same as one array for each stream, NaN where samples are lost."""
        return in_arrays(self.decoded(wire), self.infos)

    def signal(self, wire: Wire) -> np.ndarray:
        """The main stream's array."""
        return self.arrays(wire)[self.main]


def connected(kind: DeviceKind) -> tuple[Driver, LoopbackLink, PacketEmulator]:
    assert kind.emulator is not None
    emulator = kind.emulator(Faults())
    assert isinstance(emulator, PacketEmulator)
    uri = DeviceUri(kind.scheme, "emulated", OPTIONS.get(kind.key, {}))
    driver, link = kind.make(uri, None)[0], LoopbackLink(emulator)
    link.open()
    return driver, link, emulator


@cache
def started(kind: DeviceKind) -> Started:
    driver, link, emulator = connected(kind)
    infos = driver.start(link)
    now = link.now
    late = emulator.due(now)
    return Started(driver, infos, emulator, emulator.sent, late, now)


@cache
def usual_wire(kind: DeviceKind) -> Wire:
    """The next 1200 packets of a driver that has just started."""
    return started(kind).packets(PACKETS)


def fed(driver: Driver, wire: Wire) -> list[Item]:
    """What the driver makes of these bytes."""
    return [item for data, host in wire for item in driver.feed(data, host)]


def rows_of(items: Iterable[Item], stream: str) -> np.ndarray:
    """The samples that came of one stream, one after another, wherever they belong."""
    blocks = [i.data for i in items if isinstance(i, SampleBlock) and i.stream == stream]
    return np.concatenate(blocks) if blocks else np.empty((0, 0))


def cut(wire: Wire, mean: int, rng: np.random.Generator) -> Wire:
    """The same bytes in pieces of other sizes; each arrives with its last byte."""
    data = b"".join(piece for piece, _ in wire)
    ends = np.cumsum([len(piece) for piece, _ in wire])
    edges = np.unique(np.minimum(np.cumsum(rng.integers(1, 2 * mean + 1, len(data))), len(data)))
    pieces: Wire = []
    before = 0
    for edge in edges.tolist():
        host = wire[int(np.searchsorted(ends, edge))][1]
        pieces.append((data[before:edge], host))
        before = edge
    return pieces


def in_order(items: Iterable[Item], infos: tuple[StreamInfo, ...]) -> Iterator[SampleBlock | Gap]:
    """Blocks and gaps; fails where they overlap, leave something out, or a mark lies ahead."""
    at = dict.fromkeys((info.name for info in infos), 0)
    for item in items:
        if isinstance(item, Reading):
            continue
        if isinstance(item, Marker):
            assert item.at <= at[item.stream]
            continue
        gap = isinstance(item, Gap)
        assert (item.at if gap else item.first) == at[item.stream]
        count = item.count if gap else len(item.data)
        assert count > 0
        assert gap or item.data.ndim == 2
        at[item.stream] += count
        yield item


def in_arrays(items: Iterable[Item], infos: tuple[StreamInfo, ...]) -> Arrays:
    """Samples of each stream at their indices, NaN in gaps; nothing overlaps or is skipped."""
    shapes = {info.name: info.n_channels for info in infos}
    parts: dict[str, list[np.ndarray]] = {name: [np.empty((0, n))] for name, n in shapes.items()}
    for item in in_order(items, infos):
        if isinstance(item, Gap):
            parts[item.stream].append(np.full((item.count, shapes[item.stream]), np.nan))
        else:
            parts[item.stream].append(item.data.astype(float))
    return {name: np.concatenate(rows) for name, rows in parts.items()}


@cache
def rows_per_packet(kind: DeviceKind) -> float:
    """Rows of the main stream that a packet brings; what start() left over does not count."""
    run, wire, half = started(kind), usual_wire(kind), PACKETS // 2
    return (len(run.signal(wire)) - len(run.signal(wire[:half]))) / half
