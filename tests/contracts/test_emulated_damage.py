"""What every driver makes of bytes that were cut, lost, doubled, damaged or never were its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from emgstudio.core.types import Gap
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.trigno import AUX_PORT, COMMANDS
from emgstudio.devices.frames import encode
from emgstudio.devices.gatt import Record
from emgstudio.devices.links.tcp import port_frame
from emgstudio.devices.registry import DeviceKind
from tests.contracts.emulated import (
    KINDS,
    PACKETS,
    Started,
    Wire,
    cut,
    each,
    fed,
    for_kinds,
    in_arrays,
    in_order,
    rows_of,
    rows_per_packet,
    started,
    usual_wire,
)

pytestmark = pytest.mark.usefixtures("stepped_time")

# Without a counter, or with one to 16 at most; how many packets in a row can be missed exactly.
UNCOUNTED = {"spikerbox": 0, "gforce": 0, "myo": 3, "bitalino": 15}
NOISE_BYTES = 1_000_000
HEAP_BYTES = 2000
CUT_BYTES = 30_000
HOLE_S = 3.0

counted = for_kinds(kind for kind in KINDS if kind.key not in UNCOUNTED)
uncounted = for_kinds(kind for kind in KINDS if kind.key in UNCOUNTED)
framed = for_kinds(kind for kind in KINDS if kind.scheme == "ble" or kind.key == "trigno")


@each
def test_bytes_cut_anywhere_give_the_same_samples(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)
    wire = wire[: max(12, min(300, CUT_BYTES // len(wire[-1][0])))]
    wanted = run.arrays(wire)
    rng = np.random.default_rng(1)
    for mean in (1, 7, 300):
        got = run.arrays(cut(wire, mean, rng))
        for name, rows in wanted.items():
            assert_array_equal(got[name], rows)


@counted
def test_lost_packets_leave_a_gap_of_their_size_and_move_nothing(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)
    rng = np.random.default_rng(3)
    lost = set(rng.choice(np.arange(10, PACKETS - 60), 60, replace=False).tolist())
    lost |= set(range(200, 290))
    wanted = run.signal(wire)
    items = run.decoded([piece for k, piece in enumerate(wire) if k not in lost])
    got = in_arrays(items, run.infos)[run.main]
    assert len(got) == len(wanted)
    there = ~np.isnan(got[:, 0])
    assert_array_equal(got[there], wanted[there])
    # A row made of two packets is lost with either.
    missing = len(lost) * rows_per_packet(kind)
    assert round(missing) <= (~there).sum() <= max(missing, 2 * missing * (missing < len(lost)))
    assert not any(item.estimated for item in items if isinstance(item, Gap))


@counted
def test_packets_that_come_twice_or_late_are_dropped(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)[:300]
    again = list(wire)
    for place, number in ((250, 248), (150, 149), (100, 99)):
        again.insert(place, (wire[number][0], wire[place][1]))
    wanted = run.arrays(wire)
    for name, rows in run.arrays(again).items():
        there = ~np.isnan(rows[:, 0])
        assert len(rows) == len(wanted[name])
        assert_array_equal(rows[there], wanted[name][there])
        # A packet out of turn may make its neighbour doubtful where there is no checksum.
        assert (~there).sum() <= 3 * max(1.0, 2 * rows_per_packet(kind))


@uncounted
def test_what_the_protocol_can_tell_of_a_small_loss_is_exact(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)
    most = UNCOUNTED[kind.key]
    lost = [100 + 50 * n + k for n in range(1, most + 1) for k in range(n)]
    wanted = run.signal(wire)
    items = run.decoded([piece for k, piece in enumerate(wire) if k not in lost])
    got = in_arrays(items, run.infos)[run.main]
    there = ~np.isnan(got[:, 0])
    assert (~there).sum() == len(lost) * rows_per_packet(kind)
    assert_array_equal(got[there], wanted[there])


@uncounted
def test_a_long_hole_that_nobody_counted_is_an_estimate_by_time(kind: DeviceKind) -> None:
    run = started(kind)
    rate = run.emulator.packet_rate
    before, hole, after = round(0.6 * rate), round(HOLE_S * rate), round(1.5 * rate)
    wire = run.packets(before) + run.packets(after, before + hole)
    items = run.decoded(wire)
    signal = in_arrays(items, run.infos)[run.main]
    lost = int(np.isnan(signal[:, 0]).sum())
    rows = rows_per_packet(kind)
    assert abs(lost - hole * rows) <= max(0.02 * run.infos[0].rate, 2 * rows, UNCOUNTED[kind.key])
    gaps = [i for i in items if isinstance(i, Gap) and i.stream == run.main]
    assert max(gaps, key=lambda gap: gap.count).estimated


@each
def test_after_a_megabyte_of_noise_it_goes_on_with_the_next_good_packet(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)[:120]
    driver = run.fresh()
    fed(driver, wire[:20])
    fed(driver, noise(wire[19][1]))
    got = rows_of(fed(driver, wire[20:]), run.main)
    assert swallowed(run, wire, got, 20) <= rows_per_packet(kind)


@framed
def test_a_megabyte_of_noise_in_whole_frames_does_not_stop_it(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)
    driver = run.fresh()
    items = fed(driver, noise_in_frames(kind, run, wire[0][1]))
    # A counter inside a whole frame is believed, so where rows belong may be wrong from now on.
    good = fed(driver, wire) if kind.scheme == "ble" else []
    assert list(in_order(items + good, run.infos))
    if good:
        assert_array_equal(rows_of(good, run.main)[-50:], run.signal(wire)[-50:])


@each
def test_flipped_bits_spoil_only_what_they_hit(kind: DeviceKind) -> None:
    run, wire = started(kind), list(usual_wire(kind))
    rng = np.random.default_rng(2)
    hit = sorted(rng.choice(np.arange(5, PACKETS - 5), 40, replace=False).tolist())
    for k in hit:
        wire[k] = (flipped(wire[k][0], rng), wire[k][1])
    wanted, got = run.signal(usual_wire(kind)), run.signal(wire)
    per_packet = rows_per_packet(kind)
    slack = 3 * len(hit) * max(per_packet, 1.0)
    off = abs(len(got) - len(wanted))
    assert off <= (slack if kind.key in UNCOUNTED else 2 * per_packet + 1)
    if kind.key not in UNCOUNTED:
        n = min(len(got), len(wanted))
        assert (got[:n] != wanted[:n]).any(axis=1).sum() <= slack


@each
def test_a_megabyte_with_a_flipped_bit_for_each_packet_raises_nothing(kind: DeviceKind) -> None:
    run, wire = started(kind), usual_wire(kind)
    rng = np.random.default_rng(6)
    whole = b"".join(data for data, _ in wire)
    turn_s = PACKETS / run.emulator.packet_rate
    driver, items = run.fresh(), list[Item]()
    for turn in range(-(-NOISE_BYTES // len(whole))):
        broken = np.frombuffer(whole, np.uint8).copy()
        hit = rng.integers(0, len(broken), PACKETS)
        broken[hit] ^= np.left_shift(1, rng.integers(0, 8, PACKETS)).astype(np.uint8)
        data = broken.tobytes()
        for at in range(0, len(data), HEAP_BYTES):
            host = wire[0][1] + (turn + at / len(data)) * turn_s
            items += driver.feed(data[at : at + HEAP_BYTES], host)
    assert list(in_order(items, run.infos))


def noise(host: float) -> Wire:
    """A million random bytes in pieces of up to 2000."""
    rng = np.random.default_rng(4)
    data = rng.bytes(NOISE_BYTES)
    edges = np.cumsum(rng.integers(1, HEAP_BYTES, NOISE_BYTES)).tolist()
    pieces: Wire = []
    before = 0
    for edge in edges:
        pieces.append((data[before:edge], host))
        before = edge
        if edge >= NOISE_BYTES:
            return pieces
    raise AssertionError


def noise_in_frames(kind: DeviceKind, run: Started, host: float) -> Wire:
    """A million random bytes as what Bluetooth notifies, or as what comes from a network port."""
    rng = np.random.default_rng(5)
    pieces: Wire = []
    fitting = len(run.emulator.packet(run.first)) - len(encode(Record.NOTIFIED, b""))
    total = 0
    before = [0, 0, 0]
    while total < NOISE_BYTES:
        # Random lengths seldom fit a packet, so half of them do.
        payload = rng.bytes(fitting if rng.random() < 0.5 else int(rng.integers(0, 245)))
        if kind.scheme == "ble":
            frame = encode(Record.NOTIFIED, payload, int(rng.integers(0, 12)))
        else:
            port = int(rng.integers(COMMANDS, AUX_PORT + 1))
            frame = port_frame(port, before[port], payload)
            before[port] += len(payload)
        pieces.append((frame, host))
        total += len(payload)
    return pieces


def swallowed(run: Started, wire: Wire, got: np.ndarray, after: int) -> float:
    """Rows of ``wire[after:]`` that are missing at the beginning of ``got``."""
    wanted = run.signal(wire)[len(run.signal(wire[:after])) :]
    assert len(got)
    same = 0
    while same < min(len(got), len(wanted)) and (got[-1 - same] == wanted[-1 - same]).all():
        same += 1
    return len(wanted) - same


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """The same with one bit turned over."""
    broken = bytearray(data)
    if broken:
        broken[int(rng.integers(len(broken)))] ^= 1 << int(rng.integers(8))
    return bytes(broken)
