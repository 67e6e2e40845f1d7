"""Sensors that have no maker: what their text and bytes must mean for ever."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, SampleBlock
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.ascii_options import AsciiOptions
from emgstudio.devices.drivers.ble_uart import UARTS, UartDriver, UartOptions
from emgstudio.devices.drivers.chords import ChordsDriver, ChordsOptions
from emgstudio.devices.drivers.packed import PackedDriver, PackedOptions
from emgstudio.devices.emulators import packed
from tests.golden.gatt_script import ScriptedDevice
from tests.golden.test_serial_devices import CHORDS, Played

pytestmark = pytest.mark.usefixtures("stepped_time")

NORDIC = UARTS["nordic"]


def test_lines_of_numbers() -> None:
    options = AsciiOptions(rate=500.0, baud=115200, vref=5.0, bits=10, gain=200.0)
    driver = AsciiDriver(options)
    heard = b"ount,biceps,triceps\r\n" + b"".join(b"%d,512,100\r\n" % k for k in range(40))
    (info,) = driver.start(Played(b"count,biceps,triceps\r\n", heard))
    assert (info.rate, [c.name for c in info.channels]) == (500.0, ["biceps", "triceps"])
    assert {c.unit for c in info.channels} == {"µV"}
    wire = b"40,513,0\r\n41,512,1023\r\n43, 1 ,2\r\nnoise\r\n44,3,4\r\n45,5"
    first, gap, second = driver.feed(wire, 100.0)
    assert isinstance(first, SampleBlock)
    assert isinstance(second, SampleBlock)
    assert (first.first, first.data.tolist()) == (0, [[513, 0], [512, 1023]])
    assert gap == Gap("EMG", 2, 1)
    assert (second.first, second.data.tolist()) == (3, [[1, 2], [3, 4]])
    step = 5.0 / 1024 / 200.0 * 1e6
    np.testing.assert_allclose(info.to_physical(first.data)[0], [step, -512 * step], rtol=1e-5)
    assert driver.damaged == 1


def test_a_serial_sensor_over_nordic_uart() -> None:
    begin = CHORDS.index(b"\xc7\x7c")
    answers = {b"WHORU\n": CHORDS[:begin], b"START\n": CHORDS[begin:]}

    def answer(command: bytes) -> list[tuple[str, bytes]]:
        # 20 bytes in a notification, as old modules send them.
        said = answers.get(command, b"")
        return [(NORDIC.notify, said[at : at + 20]) for at in range(0, len(said), 20)]

    services = {NORDIC.service: {NORDIC.notify: ["notify"], NORDIC.write: ["write"]}}
    device = ScriptedDevice("EMG-UART", services, {}, answer=answer)
    driver = UartDriver(UartOptions(decoder="chords"), ChordsDriver(ChordsOptions()))
    (info,) = driver.start(device)
    assert (info.rate, info.n_channels) == (500.0, 3)
    first, gap, last = driver.feed(b"", 0.0)
    assert isinstance(first, SampleBlock)
    assert isinstance(last, SampleBlock)
    assert first.data.tolist() == [[0, 2048, 4095], [1, 2049, 4094], [0xC77C, 0x0102, 0x0301]]
    assert gap == Gap("EMG", 3, 2)
    assert last.data.tolist() == [[4, 2052, 4091]]
    driver.stop(device)
    assert device.written(NORDIC.write) == [b"WHORU\n", b"START\n", b"STOP\n"]


def packed_payload(counter: int, first: int) -> bytes:
    """Row k of channel c is first + k, negative for odd channels."""
    numbers = np.arange(first, first + 10)[:, None] * np.array([1, -1] * 4)
    return counter.to_bytes(2, "little") + numbers.astype("<i2").tobytes()


def test_packed_numbers_of_a_preset() -> None:
    def answer(command: bytes) -> list[tuple[str, bytes]]:
        return [(packed.DATA, packed_payload(0xFFFF, 1000))] if command == b"\x01" else []

    device = ScriptedDevice("EMG-Packed", packed.PackedEmulator.services, {}, answer=answer)
    driver = PackedDriver(PackedOptions())
    (info,) = driver.start(device)
    assert (info.rate, info.n_channels, info.channels[0].unit) == (1000.0, 8, "a.u.")
    # The counter of packets goes on at 0; 0 and 1 are missing.
    wire = device.notified(packed.DATA, packed_payload(2, -5))
    wire += device.notified(packed.DATA, packed_payload(3, 0)[:-1])
    first, gap, second = driver.feed(wire, 0.0)
    assert isinstance(first, SampleBlock)
    assert isinstance(second, SampleBlock)
    assert first.data[0].tolist() == [1000, -1000] * 4
    assert gap == Gap("EMG", 10, 20)
    assert (second.first, second.data[:, 1].tolist()) == (30, [5, 4, 3, 2, 1, 0, -1, -2, -3, -4])
    assert first.data.dtype == info.dtype == "int16"
    driver.stop(device)
    assert device.written(packed.CONTROL) == [b"\x01", b"\x00"]


def test_a_sensor_that_packs_otherwise_is_refused() -> None:
    def answer(_command: bytes) -> list[tuple[str, bytes]]:
        return [(packed.DATA, b"short")]

    device = ScriptedDevice("Other", packed.PackedEmulator.services, {}, answer=answer)
    with pytest.raises(EmgError, match="sends 5 bytes at once instead of"):
        PackedDriver(PackedOptions()).start(device)
