"""What every driver of a real device must do, proven against its emulator.

Packets are taken straight from the emulator, so each test knows which were sent
and in what state they arrived.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from emgstudio.core.options import option_fields, options_from_text
from emgstudio.core.types import Gap, Marker, SampleBlock, StreamInfo
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import DRIVERS, DeviceKind

KINDS = [kind for kind in DRIVERS if kind.emulator is not None]
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.scheme}:{kind.key}")

# Options that spare the test waiting, by driver.
OPTIONS: dict[str, dict[str, str]] = {
    "ascii": {"rate": "500", "baud": "115200"},
    "quattrocento": {"channels": "96"},
}
# Without a counter, or with one to 16, the length of a hole is an estimate by time.
UNCOUNTED = {"spikerbox", "bitalino", "myo", "gforce"}
# Bytes over TCP do not get lost or damaged, and these protocols have no frames to find again.
UNFRAMED_SCHEMES = {"tcp"}
SPEED = 10.0
PACKETS = 1200
GARBAGE_BYTES = 100_000

Wire = list[tuple[bytes, float]]


@dataclass
class Started:
    """A driver that has just begun to stream, and the packets that come next."""

    driver: Driver
    infos: tuple[StreamInfo, ...]
    wire: Wire

    def decoded(self, wire: Wire) -> list[Item]:
        """What a fresh copy of the driver makes of these bytes."""
        driver = copy.deepcopy(self.driver)
        return [item for data, host in wire for item in driver.feed(data, host)]


def options_of(kind: DeviceKind) -> Any:
    return options_from_text(kind.options, OPTIONS.get(kind.key, {}))


def connected(kind: DeviceKind) -> tuple[Driver, LoopbackLink, PacketEmulator]:
    assert kind.emulator is not None
    emulator = kind.emulator(Faults())
    assert isinstance(emulator, PacketEmulator)
    driver, link = kind.driver(options_of(kind)), LoopbackLink(emulator, SPEED)
    link.open()
    return driver, link, emulator


@cache
def started(kind: DeviceKind) -> Started:
    driver, link, emulator = connected(kind)
    infos = driver.start(link)
    first, now = emulator.sent, link.now
    # What start() had not fetched yet arrives with the first packet.
    late = emulator.due(now)
    first = emulator.sent
    wire = [
        (emulator.packet(first + k), now + (k + 1) / emulator.packet_rate) for k in range(PACKETS)
    ]
    wire[0] = (late + wire[0][0], wire[0][1])
    return Started(driver, infos, wire)


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


def in_arrays(items: Iterable[Item], infos: tuple[StreamInfo, ...]) -> dict[str, np.ndarray]:
    """Samples of each stream at their indices, NaN in gaps; nothing overlaps or is skipped."""
    shapes = {info.name: info.n_channels for info in infos}
    parts: dict[str, list[np.ndarray]] = {name: [np.empty((0, n))] for name, n in shapes.items()}
    at = dict.fromkeys(shapes, 0)
    for item in items:
        if isinstance(item, Gap):
            assert item.at == at[item.stream]
            assert item.count > 0
            rows = np.full((item.count, shapes[item.stream]), np.nan)
        elif isinstance(item, SampleBlock):
            assert item.first == at[item.stream]
            assert item.data.ndim == 2
            rows = item.data.astype(float)
        else:
            assert not isinstance(item, Marker) or item.at <= at[item.stream]
            continue
        parts[item.stream].append(rows)
        at[item.stream] += len(rows)
    return {name: np.concatenate(rows) for name, rows in parts.items()}


def rows_per_packet(run: Started) -> float:
    """Rows of the main stream that a packet brings; what start() left over does not count."""
    main, half = run.infos[0].name, PACKETS // 2
    early, all_rows = (
        len(in_arrays(run.decoded(run.wire[:n]), run.infos)[main]) for n in (half, PACKETS)
    )
    return (all_rows - early) / half


@each
def test_it_says_what_it_is(kind: DeviceKind) -> None:
    assert kind.key.isidentifier()
    assert kind.title
    assert kind.examples
    for field in option_fields(kind.options):
        assert field.label
        assert field.type in (bool, int, float, str)


@each
def test_streams_are_described(kind: DeviceKind) -> None:
    run = started(kind)
    assert run.driver.name
    assert len({info.name for info in run.infos}) == len(run.infos)
    for info in run.infos:
        assert info.rate > 0
        assert info.channels
        assert len({c.name for c in info.channels}) == info.n_channels
        assert all(c.unit and c.scale for c in info.channels)
    for item in run.decoded(run.wire[:50]):
        if isinstance(item, SampleBlock):
            info = next(i for i in run.infos if i.name == item.stream)
            assert item.data.shape[1] == info.n_channels
            assert item.data.dtype == info.dtype


@each
def test_the_signal_comes_through(kind: DeviceKind) -> None:
    run = started(kind)
    signal = in_arrays(run.decoded(run.wire), run.infos)[run.infos[0].name]
    assert not np.isnan(signal).any(), "nothing was lost"
    assert len(signal) >= PACKETS / 2 - 2
    assert (signal.std(axis=0) > 0).any()


@each
def test_bytes_cut_anywhere_give_the_same_samples(kind: DeviceKind) -> None:
    run = started(kind)
    wire = run.wire[:300]
    wanted = in_arrays(run.decoded(wire), run.infos)
    rng = np.random.default_rng(1)
    for mean in (1, 7, 300):
        got = in_arrays(run.decoded(cut(wire, mean, rng)), run.infos)
        for name, rows in wanted.items():
            np.testing.assert_array_equal(got[name], rows)


@each
def test_lost_packets_leave_a_gap_of_their_size_and_move_nothing(kind: DeviceKind) -> None:
    if kind.key in UNCOUNTED or kind.scheme in UNFRAMED_SCHEMES:
        pytest.skip("no counter, or nothing can be lost")
    run = started(kind)
    rng = np.random.default_rng(3)
    lost = set(rng.choice(np.arange(10, PACKETS - 60), 60, replace=False).tolist())
    lost |= set(range(200, 290))
    main = run.infos[0].name
    wanted = in_arrays(run.decoded(run.wire), run.infos)[main]
    left = [piece for k, piece in enumerate(run.wire) if k not in lost]
    got = in_arrays(run.decoded(left), run.infos)[main]
    assert len(got) == len(wanted)
    there = ~np.isnan(got[:, 0])
    np.testing.assert_array_equal(got[there], wanted[there])
    # A row made of two packets is lost with either.
    missing = len(lost) * rows_per_packet(run)
    assert round(missing) <= (~there).sum() <= max(missing, 2 * missing * (missing < len(lost)))


@each
def test_whatever_arrives_it_goes_on_with_the_next_good_packet(kind: DeviceKind) -> None:
    run = started(kind)
    rng = np.random.default_rng(4)
    driver = copy.deepcopy(run.driver)
    host = run.wire[0][1]
    noise = rng.bytes(GARBAGE_BYTES)
    at = 0
    while at < len(noise):
        size = int(rng.integers(1, 2000))
        driver.feed(noise[at : at + size], host)
        at += size
    if kind.scheme in UNFRAMED_SCHEMES:
        return
    good = run.wire[:200]
    rows = 0
    for data, when in good:
        for item in driver.feed(data, when):
            if isinstance(item, SampleBlock) and item.stream == run.infos[0].name:
                rows += len(item.data)
    # One packet may be swallowed by what looked like the beginning of one before it.
    assert rows >= (len(good) - 3) * rows_per_packet(run) - 1


@each
def test_flipped_bits_spoil_only_what_they_hit(kind: DeviceKind) -> None:
    run = started(kind)
    rng = np.random.default_rng(2)
    hit = sorted(rng.choice(np.arange(5, PACKETS - 5), 40, replace=False).tolist())
    wire = list(run.wire)
    for k in hit:
        broken = bytearray(wire[k][0])
        broken[int(rng.integers(len(broken)))] ^= 1 << int(rng.integers(8))
        wire[k] = (bytes(broken), wire[k][1])
    items = run.decoded(wire)
    if kind.scheme in UNFRAMED_SCHEMES:
        return
    main = run.infos[0].name
    wanted = in_arrays(run.decoded(run.wire), run.infos)[main]
    got = in_arrays(items, run.infos)[main]
    per_packet = rows_per_packet(run)
    slack = 3 * len(hit) * max(per_packet, 1.0)
    assert abs(len(got) - len(wanted)) <= (slack if kind.key in UNCOUNTED else 2 * per_packet + 1)
    if kind.key not in UNCOUNTED:
        n = min(len(got), len(wanted))
        spoilt = (got[:n] != wanted[:n]).any(axis=1).sum()
        assert spoilt <= slack


@each
def test_two_of_a_kind_do_not_disturb_each_other(kind: DeviceKind) -> None:
    run = started(kind)
    one, two = copy.deepcopy(run.driver), copy.deepcopy(run.driver)
    wire = run.wire[:200]
    first: list[Item] = []
    second: list[Item] = []
    for k, (data, host) in enumerate(wire):
        first += one.feed(data, host)
        if k >= 100:
            second += two.feed(*wire[k - 100])
    main = run.infos[0].name
    alone = in_arrays(run.decoded(wire), run.infos)[main]
    np.testing.assert_array_equal(in_arrays(first, run.infos)[main], alone)
    half = in_arrays(run.decoded(wire[:100]), run.infos)[main]
    np.testing.assert_array_equal(in_arrays(second, run.infos)[main], half)


@each
def test_it_stops_twice_and_starts_again(kind: DeviceKind) -> None:
    driver, link, _ = connected(kind)
    infos = driver.start(link)
    driver.stop(link)
    driver.stop(link)
    link.close()
    link.close()
    link.open()
    assert driver.start(link) == infos
    link.close()


@each
def test_a_cable_pulled_while_reading_is_a_lost_link(kind: DeviceKind) -> None:
    driver, link, _ = connected(kind)
    infos = driver.start(link)
    driver.feed(link.read(0.2), link.now)
    link.unplug()
    with pytest.raises(LinkLost):
        link.read(0.05)
    with pytest.raises(LinkLost):
        driver.start(link)
    link.plug()
    link.open()
    assert driver.start(link) == infos
    items: list[Item] = []
    while not any(isinstance(item, SampleBlock) for item in items):
        items += driver.feed(link.read(0.05), link.now)
    link.close()
