"""Bytes of Cyton, BITalino and Shimmer3, written by hand from their descriptions."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import Gap, Marker, Reading, SampleBlock
from emgstudio.devices.drivers import bitalino
from emgstudio.devices.drivers.bitalino import BitalinoDriver, BitalinoOptions
from emgstudio.devices.drivers.cyton import CytonDriver, CytonOptions
from emgstudio.devices.drivers.shimmer3 import Shimmer3Driver, Shimmer3Options

pytestmark = pytest.mark.usefixtures("stepped_time")

CYTON_ABOUT = (
    b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\n"
    b"LIS3DH Device ID: 0x33\r\nFirmware: v3.1.2\r\n$$$"
)
CYTON_PACKETS = bytes.fromhex(
    "A0 00 7FFFFF 800000 000001 FFFFFF 00D1B7 FF2E49 A0A0A0 000000 0010 FFF0 2000 C0"
    "A0 01 000002 000003 000004 000005 000006 000007 000008 000009 0000 0000 0000 C0"
    "A0 04 000002 000003 000004 000005 000006 000007 000008 000009 0000 0000 0000 C0"
    "A0 05 000002 000003 000004 000005 000006 000007 000008 000009 0000 0000 0000 C0"
    "A0 0A 000002 000003 000004 000005 000006 000007 000008 000009 0020 FFE0 2000 C0"
    "A0 0B 000002 000003 000004 000005 000006 000007 000008 000009 0000 0000 0000 C0"
)
BITALINO_ABOUT = b"BITalino_v5.2\n" + bytes.fromhex("0002 0002 0002 0002 0002 0002 5F02 0000 01")
BITALINO_ONE = bytes.fromhex("AC4A50 B04A68 FFCF7E")
BITALINO_SIX = bytes.fromhex("951A80AA55FD0F15 951A80AA55FD0F20 951A80AA55FD0F33")
SHIMMER_ANSWERS = {
    "20": "FF",
    "3F": "FF 25 03",
    "2E": "FF 2F 0300 0000 0B 00",
    "A3 00": "FF",
    "05 4000": "FF",
    "08 100000": "FF",
    "61 00 00 0A 03 A0 10 69 60 00 00 00 02 03": "FF",
    "61 01 00 0A 03 A0 10 81 81 00 00 00 02 01": "FF",
    "01": "FF 02 4000 01FF0109 03 01 1D 1E 1F",
    "95": "FF 8A 94 400B 80",
    "07": "FF"
    "00 DED0B2 C0 000001 FFFFFF"
    "00 1ED1B2 C0 7FFFFF 800000"
    "8A 71 20"
    "00 5ED1B2 C0 00D1B7 FF2E49"
    "00 1ED2B2 C0 000002 000003"  # two are missing
    "00 5ED2B2 C0 000004 000005",
}


class Played:
    """Gives one heap of bytes, then nothing."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.written = b""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        data, self.data = self.data, b""
        return data

    def write(self, data: bytes) -> None:
        self.written += data


def test_cyton() -> None:
    answers = b"".join(b"Success: Channel set for %d$$$" % k for k in range(1, 9))
    link = Played(CYTON_ABOUT + answers + CYTON_PACKETS)
    driver = CytonDriver(CytonOptions(gain=24))
    emg, acc = driver.start(link)
    settings = b"".join(b"x%d060100X" % k for k in range(1, 9))
    assert link.written == b"sv" + settings + b"b"
    first, hole, second, hole_2, third, row = driver.feed(b"", 0.0)
    assert isinstance(first, SampleBlock)
    assert first.data.tolist() == [
        [8388607, -8388608, 1, -1, 53687, -53687, -6250336, 0],
        [2, 3, 4, 5, 6, 7, 8, 9],
    ]
    # 4.5 V / 24 / (2²³ − 1) for each count.
    np.testing.assert_allclose(
        emg.to_physical(first.data)[0, [0, 2, 4]], [187500.0, 0.02235174, 1200.0], rtol=2e-5
    )
    assert (hole, hole_2) == (Gap("EMG", 2, 2), Gap("EMG", 6, 4))
    assert isinstance(second, SampleBlock)
    assert isinstance(third, SampleBlock)
    assert (second.first, third.first, len(third.data)) == (4, 10, 2)
    assert isinstance(row, SampleBlock)
    np.testing.assert_allclose(acc.to_physical(row.data), [[0.002, -0.002, 1.024]], rtol=1e-6)


def test_bitalino_with_one_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitalino, "PAUSE_S", 0.0)
    link = Played(BITALINO_ABOUT + BITALINO_ONE)
    driver = BitalinoDriver(BitalinoOptions())
    (info,) = driver.start(link)
    assert link.written == bytes.fromhex("00 07 0B C3 05")
    battery, block, marker = driver.feed(b"", 0.0)
    assert battery == Reading("battery voltage", 3.91, "V")
    assert isinstance(block, SampleBlock)
    assert block.data.tolist() == [[683], [684], [1023]]
    assert marker == Marker("EMG", 2, 0, "I1 on")
    # (count / 1024 − ½) · 3.3 V / 1009
    np.testing.assert_allclose(
        info.to_physical(block.data)[:, 0],
        [(n / 1024 - 0.5) * 3.3 / 1009 * 1e6 for n in (683, 684, 1023)],
        rtol=1e-5,
    )


def test_bitalino_with_six_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitalino, "PAUSE_S", 0.0)
    driver = BitalinoDriver(BitalinoOptions(emg="1,2,3,4,5,6"))
    (info,) = driver.start(Played(BITALINO_ABOUT + BITALINO_SIX))
    _, block = driver.feed(b"", 0.0)
    assert isinstance(block, SampleBlock)
    assert block.data.tolist() == [[1023, 341, 682, 1, 42, 21]] * 3
    assert [c.rails for c in info.channels] == [(0, 1023)] * 4 + [(0, 63)] * 2


class Answering(Played):
    """Answers each command with what the table says."""

    def __init__(self, table: dict[str, str]) -> None:
        super().__init__(b"")
        self._table = {bytes.fromhex(ask): bytes.fromhex(say) for ask, say in table.items()}
        self.asked: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.asked.append(data)
        self.data += self._table[data]


def test_shimmer3() -> None:
    link = Answering(SHIMMER_ANSWERS)
    driver = Shimmer3Driver(Shimmer3Options(rate=512))
    (info,) = driver.start(link)
    assert link.asked == [bytes.fromhex(ask) for ask in SHIMMER_ANSWERS]
    assert (info.rate, info.device) == (512.0, "Shimmer3 (firmware 3 v0.11.0)")
    battery, block, hole, after = driver.feed(link.read(0.0), 0.0)
    # 2880 / 4095 · 3 V · 1.988.
    assert battery == Reading("battery voltage", 4.19, "V")
    assert isinstance(block, SampleBlock)
    assert block.data.tolist() == [[1, -1], [8388607, -8388608], [53687, -53687]]
    # 2.42 V / (2²³ − 1) / 12 for each count.
    np.testing.assert_allclose(
        info.to_physical(block.data)[:, 0], [0.0240405, 201666.67, 1290.6647], rtol=2e-5
    )
    assert hole == Gap("EMG", 3, 2)
    assert isinstance(after, SampleBlock)
    assert (after.first, after.data.tolist()) == (5, [[2, 3], [4, 5]])
