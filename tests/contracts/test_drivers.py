"""What the drivers of simulated and replayed devices must do; real ones: test_emulated_drivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.core.options import option_fields
from emgstudio.core.types import Channel, Gap, Marker, Mask, SampleBlock, Samples, StreamInfo
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.registry import DRIVERS, DeviceKind, open_device

pytestmark = pytest.mark.usefixtures("stepped_time")


class Tape:
    """A short recording with one hole."""

    streams = (StreamInfo("EMG", 500.0, (Channel("1", scale=0.2), Channel("2")), "int16", "tape"),)

    def samples(self, stream: str) -> int:
        return 5000

    def read(self, stream: str, start: int, stop: int) -> tuple[Samples, Mask]:
        at = np.arange(start, stop)
        data = np.stack([at % 997, -at % 991], 1).astype(np.int16)
        return data, (at < 200) | (at >= 230)

    def markers(self, stream: str) -> tuple[Marker, ...]:
        return ()


# One address for each driver whose other end is an emulator, with loss where it can lose.
ADDRESSES = {"sim": "sim:dropouts?speed=50&rate=500", "replay": "replay:tape?speed=50"}


def opened(scheme: str) -> tuple[Driver, Link]:
    driver, link = open_device(ADDRESSES[scheme], lambda _path: Tape())
    link.open()
    return driver, link


class RecordedLink:
    """Plays the bytes that another link gave, in pieces of any size."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def open(self) -> None: ...

    def close(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        if not self.pieces:
            raise LinkLost("all played")
        return self.pieces.pop(0)


def recorded(scheme: str, seconds: float = 3.0) -> tuple[list[bytes], list[Item]]:
    """What came over the wire, from the first answer on, and what it meant."""
    driver, link = opened(scheme)
    pieces: list[bytes] = []
    read: Callable[[float], bytes] = link.read

    def remembering(timeout_s: float) -> bytes:
        pieces.append(read(timeout_s))
        return pieces[-1]

    link.read = remembering  # type: ignore[method-assign]
    (info, *_) = driver.start(link)
    items: list[Item] = []
    while sum(len(i.data) for i in items if isinstance(i, SampleBlock)) < seconds * info.rate:
        items += driver.feed(link.read(0.05), 0.0)
    link.close()
    return pieces, items


def in_one_array(items: list[Item], channels: int) -> np.ndarray:
    """Samples at their indices, NaN in gaps; fails when anything overlaps or is unexplained."""
    parts: list[np.ndarray] = []
    at = 0
    for item in items:
        if not isinstance(item, SampleBlock | Gap):
            continue
        gap = isinstance(item, Gap)
        assert (item.at if gap else item.first) == at
        parts.append(np.full((item.count, channels), np.nan) if gap else item.data.astype(float))
        at += len(parts[-1])
    return np.concatenate(parts)


NOISE_BYTES = 1_000_000
HEAP_BYTES = 2000
# Bridges to other libraries speak the same protocol; what is theirs: test_bridges.
BRIDGES = ("lsl", "brainflow")
OWN_KINDS = [k for k in DRIVERS if k.emulator is None and k.scheme not in BRIDGES]
kinds = pytest.mark.parametrize("kind", OWN_KINDS, ids=lambda kind: kind.scheme)


@kinds
def test_it_says_what_it_is(kind: DeviceKind) -> None:
    assert kind.scheme in ADDRESSES, "every driver needs an emulator and a row here"
    assert kind.driver.key
    assert kind.driver.title
    assert kind.examples
    for field in option_fields(kind.driver.Options):
        assert field.label
        assert field.type in (bool, int, float, str)


@kinds
def test_streams_are_described(kind: DeviceKind) -> None:
    driver, link = opened(kind.scheme)
    infos = driver.start(link)
    assert infos
    assert len({info.name for info in infos}) == len(infos)
    for info in infos:
        assert info.rate > 0
        assert info.channels
        assert all(c.unit and c.scale for c in info.channels)
    assert driver.name
    driver.stop(link)
    link.close()
    link.close()


@kinds
def test_bytes_cut_anywhere_give_the_same_samples(kind: DeviceKind) -> None:
    pieces, items = recorded(kind.scheme)
    wire = b"".join(pieces)
    rng = np.random.default_rng(1)
    channels = next(i.data.shape[1] for i in items if isinstance(i, SampleBlock))
    wanted = in_one_array(items, channels)
    assert np.isnan(wanted).any(), "the emulator should lose something"
    for mean in (1, 7, 300):
        edges = np.cumsum(rng.integers(1, 2 * mean + 1, len(wire) // mean + 1))
        cut = [p.tobytes() for p in np.split(np.frombuffer(wire, np.uint8), edges) if len(p)]
        again, _ = open_device(ADDRESSES[kind.scheme], lambda _path: Tape())
        link = RecordedLink(cut)
        again.start(link)
        got: list[Item] = []
        while link.pieces:
            got += again.feed(link.read(0.0), 0.0)
        np.testing.assert_array_equal(in_one_array(got, channels), wanted)


@kinds
def test_damage_on_the_wire_moves_no_sample(kind: DeviceKind) -> None:
    pieces, items = recorded(kind.scheme)
    channels = next(i.data.shape[1] for i in items if isinstance(i, SampleBlock))
    wanted = in_one_array(items, channels)
    rng = np.random.default_rng(2)
    head, wire = pieces[0], bytearray(b"".join(pieces[1:]))
    for place in rng.integers(0, len(wire), 40):
        wire[place] ^= int(rng.integers(1, 256))
    driver, _ = open_device(ADDRESSES[kind.scheme], lambda _path: Tape())
    driver.start(RecordedLink([head]))
    got = in_one_array(driver.feed(bytes(wire), 0.0), channels)
    there = ~np.isnan(got[:, 0])
    assert 0 < there.sum() < (~np.isnan(wanted[:, 0])).sum()
    np.testing.assert_array_equal(got[there], wanted[: len(got)][there])


@pytest.mark.parametrize(
    "kind", [k for k in DRIVERS if k.emulator is None], ids=lambda kind: kind.scheme
)
def test_after_a_megabyte_of_noise_it_goes_on_with_the_next_good_frame(kind: DeviceKind) -> None:
    # Bridges speak the same frames, so what the simulated device sent does for all.
    pieces, _ = recorded("sim")
    head, good = pieces[0], b"".join(pieces[1:])
    heard: list[list[Item]] = []
    for noise in (b"", np.random.default_rng(4).bytes(NOISE_BYTES)):
        driver = kind.driver(kind.options())
        driver.start(RecordedLink([head]))
        for at in range(0, len(noise), HEAP_BYTES):
            assert not driver.feed(noise[at : at + HEAP_BYTES], 0.0)
        heard.append(driver.feed(good, 0.0))
    (channels,) = {i.data.shape[1] for i in heard[0] if isinstance(i, SampleBlock)}
    wanted, got = (in_one_array(items, channels) for items in heard)
    np.testing.assert_array_equal(got, wanted)


@kinds
def test_an_answer_that_never_comes_is_a_lost_link(kind: DeviceKind) -> None:
    driver, _ = opened(kind.scheme)
    with pytest.raises(LinkLost):
        driver.start(RecordedLink([b"", b"nonsense", b"\x00" * 50]))


def test_every_row_belongs_to_a_driver() -> None:
    schemes: set[Any] = {kind.scheme for kind in OWN_KINDS}
    assert set(ADDRESSES) == schemes
