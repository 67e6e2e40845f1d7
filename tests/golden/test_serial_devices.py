"""Bytes written by hand from the makers' descriptions, and what they must mean for ever."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import Gap, Marker, SampleBlock
from emgstudio.devices.drivers.chords import ChordsDriver, ChordsOptions
from emgstudio.devices.drivers.spikerbox import SpikerBoxDriver, SpikerBoxOptions
from emgstudio.devices.link import LinkLost

pytestmark = pytest.mark.usefixtures("stepped_time")

CHORDS = bytes.fromhex(
    "4E504700 52500D0A"  # noise of a board that wakes
    "5250492D5049434F2D5250323034300D0A"  # RPI-PICO-RP2040
    "C77C FE 0000 0800 0FFF 01"
    "C77C FF 0001 0801 0FFE 01"
    "C77C 00 C77C 0102 0301 01"  # data that look like a header
    "C77C 03 0004 0804 0FFB 01"  # 01 and 02 are missing
)

SPIKERBOX_SAYS = bytes.fromhex(
    "FFFF010180FF 4857543A4D5553434C4553533B FFFF010181FF"
)  # HWT:MUSCLESS;
SPIKERBOX = bytes.fromhex(
    "877F 8000 84"  # 7 << 7 | 127, then 0, then half a frame
    "FFFF010180FF 45564E543A333B FFFF010181FF"  # EVNT:3; in its middle
    "03"
)


class Played:
    """Gives heaps of bytes, then nothing."""

    def __init__(self, *data: bytes) -> None:
        self.data = list(data)
        self.written: list[bytes] = []

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        return self.data.pop(0) if self.data else b""

    def write(self, data: bytes) -> None:
        self.written.append(data)


def test_chords() -> None:
    driver = ChordsDriver(ChordsOptions(gain=1000.0))
    link = Played(CHORDS)
    (info,) = driver.start(link)
    assert link.written == [b"WHORU\n", b"START\n"]
    assert (info.rate, info.n_channels, info.device) == (500.0, 3, "Chords RPI-PICO-RP2040")
    assert info.channels[0].unit == "µV"
    first, gap, last = driver.feed(b"", 0.0)
    assert isinstance(first, SampleBlock)
    assert first.first == 0
    assert first.data.tolist() == [[0, 2048, 4095], [1, 2049, 4094], [0xC77C, 0x0102, 0x0301]]
    assert gap == Gap("EMG", 3, 2)
    assert isinstance(last, SampleBlock)
    assert (last.first, last.data.tolist()) == (5, [[4, 2052, 4091]])
    physical = info.to_physical(first.data[:2])
    step = 3.3 / 4096 / 1000.0 * 1e6
    np.testing.assert_allclose(physical[0], [-2048 * step, 0.0, 2047 * step], rtol=1e-5, atol=1e-3)


def test_chords_without_a_gain_is_millivolts_at_the_pin() -> None:
    driver = ChordsDriver(ChordsOptions())
    (info,) = driver.start(Played(CHORDS))
    assert {c.unit for c in info.channels} == {"mV"}
    np.testing.assert_allclose(info.to_physical(np.array([[0, 2048, 4095]]))[0, 1], 1650.0)


def test_a_board_that_is_not_in_the_table() -> None:
    with pytest.raises(Exception, match="calls itself 'UNO-R9'"):
        ChordsDriver(ChordsOptions()).start(Played(b"\0\0UNO-R9\r\n"))
    with pytest.raises(LinkLost, match="No board with Chords"):
        ChordsDriver(ChordsOptions()).start(Played(b"hello"))


def test_spikerbox() -> None:
    driver = SpikerBoxDriver(SpikerBoxOptions())
    link = Played(SPIKERBOX_SAYS, b"\x84\x00" * 20)
    (info,) = driver.start(link)
    assert link.written == [b"b:;\n", b"conf s:10000;c:1;\n"]
    assert (info.device, info.rate, info.n_channels) == ("Muscle SpikerShield", 10_000.0, 1)
    first, event, last = driver.feed(SPIKERBOX, 0.0)
    assert isinstance(first, SampleBlock)
    assert isinstance(last, SampleBlock)
    assert event == Marker("EMG", 2, 0, "event 3")
    assert [first.data.tolist(), last.data.tolist()] == [[[1023], [0]], [[515]]]
    assert info.to_physical(last.data).tolist() == [[3.0]]
