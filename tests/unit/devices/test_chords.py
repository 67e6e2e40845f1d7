"""Chords boards: every board of the table, baud rates, damage."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import SampleBlock
from emgstudio.devices.drivers.chords import BOARDS, ChordsDriver, ChordsOptions
from emgstudio.devices.drivers.chords_packets import ChordsReader, channel_numbers
from emgstudio.devices.emulators.chords import ChordsEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.links.loopback import LoopbackLink

pytestmark = pytest.mark.usefixtures("stepped_time")

SPEED = 25.0
FIRST_PACKETS = 500


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_of_the_table(name: str) -> None:
    emulator = ChordsEmulator(Faults(), name, baud=115200 if "CLONE" in name else 230400)
    driver, link = ChordsDriver(ChordsOptions()), LoopbackLink(emulator, SPEED)
    link.open()
    (info,) = driver.start(link)
    board = BOARDS[name]
    assert (info.rate, info.n_channels) == (board.rate, board.channels)
    assert info.channels[0].rails == (0.0, 2**board.bits - 1)
    while not (items := driver.feed(link.read(0.05), link.now)):
        continue
    (block, *_) = items
    assert isinstance(block, SampleBlock)
    # On a busy machine the first packets may be gone before anybody reads.
    sent = b"".join(emulator.packet(k) for k in range(FIRST_PACKETS))
    wanted = channel_numbers(ChordsReader(board.channels).feed(sent + b"\xc7\x7c"))
    assert block.data[0].tolist() in wanted.tolist()
    driver.stop(link)
    link.close()


def test_fewer_channels_when_asked() -> None:
    driver = ChordsDriver(ChordsOptions(channels=2))
    link = LoopbackLink(ChordsEmulator(Faults()), SPEED)
    link.open()
    (info,) = driver.start(link)
    assert [c.name for c in info.channels] == ["A0", "A1"]
    while not (items := driver.feed(link.read(0.05), link.now)):
        continue
    assert items[0].data.shape[1] == 2


def test_whatever_damage_whole_packets_are_the_senders() -> None:
    emulator = ChordsEmulator(Faults(drop=0.05, corrupt=0.05, seed=3))
    emulator.due(0.0)
    emulator.start()
    sent = {emulator.packet(k) for k in range(3000)}
    reader = ChordsReader(emulator.board.channels)
    wire = b"".join(emulator.due(t / 10) for t in range(1, 61))
    got = [bytes(p) for p in reader.feed(wire)]
    whole = emulator.sent - len(emulator.dropped)
    # A packet cut short may cost the one before it, when it cannot be told which was cut.
    assert whole - len(emulator.dropped) < len(got) <= whole
    assert set(got) <= sent
    assert reader.garbage == len(wire) - len(got) * reader.length - _rest(wire, reader)


@pytest.mark.parametrize("heap", [1, 1000], ids=["byte by byte", "at once"])
def test_a_cut_packet_that_seems_to_end_well_is_not_taken(heap: int) -> None:
    emulator = ChordsEmulator(Faults())
    packets = [emulator.packet(k) for k in range(250, 265)]
    # The counter of the next one, 1, comes to lie where the cut one has its last byte.
    wire = b"".join(packets[:6]) + packets[6][:-3] + b"".join(packets[7:])
    reader = ChordsReader(emulator.board.channels)
    got = [bytes(p) for at in range(0, len(wire), heap) for p in reader.feed(wire[at : at + heap])]
    assert got == packets[:6] + packets[7:]


def _rest(wire: bytes, reader: ChordsReader) -> int:
    """Bytes that wait for more, found by the garbage they become at the end."""
    before = reader.garbage
    reader.feed(b"\x00" * reader.length * 2)
    rest = reader.garbage - before - 2 * reader.length
    reader.garbage = before
    return rest


def test_a_long_silence_counts_its_wraps() -> None:
    emulator = ChordsEmulator(Faults(), "UNO-R3")
    driver, link = ChordsDriver(ChordsOptions()), LoopbackLink(emulator, SPEED)
    link.open()
    driver.start(link)
    emulator.due(link.now)
    began, first = link.now, emulator.sent
    for k in range(200):
        driver.feed(emulator.packet(first + k), began + k / 250)
    lost = 1000
    items = []
    for k in range(200 + lost, 300 + lost):
        items += driver.feed(emulator.packet(first + k), began + k / 250)
    gap = next(item for item in items if not isinstance(item, SampleBlock))
    assert gap.count == lost
    assert not np.isnan(gap.at)
