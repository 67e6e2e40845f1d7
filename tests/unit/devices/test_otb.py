"""OT Bioelettronica: what is sent, how rows are found, and what a break costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, Marker
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.muovi import MuoviDriver, MuoviOptions, control_byte
from emgstudio.devices.drivers.otb import RowLayout, RowReader
from emgstudio.devices.drivers.quattrocento import (
    QuattrocentoDriver,
    QuattrocentoOptions,
    crc8,
    settings,
)
from emgstudio.devices.drivers.sessantaquattro import (
    SessantaquattroDriver,
    SessantaquattroOptions,
    control_word,
)
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.otb import (
    ROWS_PER_PACKET,
    MuoviEmulator,
    QuattrocentoEmulator,
    RowEmulator,
    SessantaquattroEmulator,
)
from emgstudio.devices.link import LinkLost
from tests.unit.devices.network_wires import SaidLink, TimelessLink, heard, joined, pieces_of

pytestmark = pytest.mark.usefixtures("stepped_time")

Make = Callable[[], Driver]
SMALL = QuattrocentoOptions(channels=96)
DEVICES: dict[str, tuple[Make, Callable[[Faults], RowEmulator]]] = {
    "muovi": (lambda: MuoviDriver(MuoviOptions()), MuoviEmulator),
    "muovi+": (
        lambda: MuoviDriver(MuoviOptions(probe="Muovi+")),
        lambda faults: MuoviEmulator(faults, plus=True),
    ),
    "muovi eeg": (lambda: MuoviDriver(MuoviOptions(signal="EEG")), MuoviEmulator),
    "sessantaquattro": (
        lambda: SessantaquattroDriver(SessantaquattroOptions()),
        SessantaquattroEmulator,
    ),
    "sessantaquattro 24 bit": (
        lambda: SessantaquattroDriver(SessantaquattroOptions(channels=16, bits=24)),
        SessantaquattroEmulator,
    ),
    "quattrocento": (lambda: QuattrocentoDriver(SMALL), QuattrocentoEmulator),
}
devices = pytest.mark.parametrize("name", DEVICES)


def pair(name: str, **faults: Any) -> tuple[Driver, RowEmulator, TimelessLink]:
    make, emulate = DEVICES[name]
    emulator = emulate(Faults(**faults))
    return make(), emulator, TimelessLink(emulator)


@pytest.mark.parametrize(
    ("options", "byte"),
    [
        (MuoviOptions(), 0b1000),
        (MuoviOptions(mode="half the channels"), 0b1010),
        (MuoviOptions(signal="EEG", mode="test"), 0b0110),
    ],
)
def test_muovi_command(options: MuoviOptions, byte: int) -> None:
    assert control_byte(options) == byte


def test_sessantaquattro_command() -> None:
    assert control_word(SessantaquattroOptions(), go=True) == bytes([0b0101_1000, 0b0100_0001])
    odd = SessantaquattroOptions(8, 4000, "bipolar", 24, high_pass=False)
    assert control_word(odd, go=True) == bytes([0b0110_0001, 0b1000_0001])
    assert control_word(odd, go=False) == bytes([0b0110_0001, 0b1000_0000])


def test_quattrocento_command() -> None:
    words = settings(QuattrocentoOptions(), go=True)
    assert len(words) == 40
    assert words[0] == 0b1100_1111
    assert words[1:39] == bytes(2) + bytes([0, 0, 0x14]) * 12
    assert crc8(words) == 0, "a message with its own CRC has none left"
    assert crc8(b"123456789") == 0xA1, "the check value that CRC-8/MAXIM is published with"
    assert settings(QuattrocentoOptions(), go=False)[0] == 0x80


@devices
def test_every_sample_arrives_where_it_belongs(name: str) -> None:
    driver, emulator, link = pair(name)
    items = heard(driver, link, 1.0)
    emg = joined(items, driver._infos[0].name)
    inputs = emg.shape[1]
    assert len(emg) > 0.9 * driver._infos[0].rate
    np.testing.assert_array_equal(emg, emulator.rows(0, len(emg))[:, :inputs])
    for info in driver._infos[1:]:
        assert len(joined(items, info.name)) == len(emg)
    assert driver.garbage == driver.repeated == 0


def test_units_are_the_makers() -> None:
    driver, _, link = pair("quattrocento")
    heard(driver, link, 0.1)
    emg, aux = driver._infos
    assert emg.channels[0].scale == pytest.approx(0.50863, rel=1e-4)
    assert (emg.channels[0].unit, aux.channels[0].unit) == ("µV", "V")
    assert aux.channels[0].scale == pytest.approx(152.588e-6, rel=1e-4)


@devices
def test_cut_anywhere_it_means_the_same(name: str) -> None:
    driver, _, link = pair(name, drop_these=frozenset({3, 4, 6}))
    wanted = joined(heard(driver, link, 80 / driver.options.rate), driver._infos[0].name)
    assert np.isnan(wanted[:, 0]).sum() == 3 * ROWS_PER_PACKET
    wire = b"".join(link.said)
    for mean in (2, 13, 300):
        again = DEVICES[name][0]()
        said = SaidLink(pieces_of(wire, mean))
        again.start(said)
        got = again.feed(b"", 0.0)
        while said.pieces:
            got += again.feed(said.read(0.0), 0.0)
        np.testing.assert_array_equal(joined(got, again._infos[0].name), wanted)


@devices
def test_lost_bytes_shift_no_channel(name: str) -> None:
    driver, emulator, link = pair(name, corrupt=0.05)
    items = heard(driver, link, 2.0)
    emg = joined(items, driver._infos[0].name)
    there = ~np.isnan(emg[:, 0])
    truth = emulator.rows(0, len(emg))[:, : emg.shape[1]].astype(float)
    # No checksum: of the packet that was cut the row at the cut may be made of two halves.
    wrong = np.flatnonzero((emg != truth).any(axis=1) & there)
    assert len(wrong) <= len(emulator.dropped)
    assert there.mean() > 0.9
    assert 0 < (~there).sum() <= (len(emulator.dropped) + 1) * ROWS_PER_PACKET


@devices
def test_bits_that_flip_cost_rows_and_nothing_else(name: str) -> None:
    driver, _, link = pair(name)
    heard(driver, link, 0.5)
    wire = bytearray(b"".join(link.said))
    again = DEVICES[name][0]()
    rng = np.random.default_rng(3)
    head = driver._reader.layout.row_bytes * 8
    for place in rng.integers(head, len(wire), 60):
        wire[place] ^= 1 << int(rng.integers(8))
    said = SaidLink([bytes(wire)])
    again.start(said)
    emg = joined(again.feed(b"", 0.0), again._infos[0].name)
    there = ~np.isnan(emg[:, 0])
    truth = joined(heard(*pair(name)[::2], 0.6), again._infos[0].name)[: len(emg)]
    assert there.sum() >= len(emg) - 61 * 2
    assert (emg[there] != truth[there]).any(axis=1).sum() <= 60


@devices
def test_noise_gives_nothing_and_then_the_next_row(name: str) -> None:
    driver, _, link = pair(name)
    heard(driver, link, 0.3)
    wire = b"".join(link.said)
    layout = driver._reader.layout
    reader = RowReader(layout, 2000.0)
    noise = np.random.default_rng(4).integers(0, 256, 200_000, np.uint8).tobytes()
    assert reader.feed(noise, 0.0) == []
    stretches = reader.feed(wire, 0.0)
    assert sum(len(s.data) for s in stretches) >= len(wire) // layout.row_bytes - 1
    assert reader.garbage >= len(noise) - layout.row_bytes


def test_rows_that_come_twice_are_dropped_and_counted() -> None:
    layout = RowLayout(3, 2, 2)
    rows = np.arange(300).reshape(100, 3)
    rows[:, 2] = np.arange(100) + 65500
    wire = [row.astype(">u2").tobytes() for row in rows]
    reader = RowReader(layout, 1000.0)
    parts = wire[:60], wire[40:60], wire[60:]
    got = [stretch for part in parts for stretch in reader.feed(b"".join(part), 0.0)]
    data = np.concatenate([s.data for s in got])
    np.testing.assert_array_equal(data[:, 0], rows[:, 0])
    assert reader.repeated == 20
    assert not any(s.lost for s in got)


def test_a_hole_longer_than_the_counter_is_measured_by_time() -> None:
    layout = RowLayout(2, 2, 1)
    count = np.arange(200_000)
    rows = np.stack([count % 99, count], 1).astype(">u2")
    reader = RowReader(layout, 2000.0)
    at = [*range(0, 20_000, 200), *range(180_000, 200_000, 200)]
    lost = [
        s.lost for k in at for s in reader.feed(rows[k : k + 200].tobytes(), (k + 200) / 2000.0)
    ]
    assert sum(lost) == 160_000


@devices
def test_a_trigger_is_a_marker(name: str) -> None:
    driver, emulator, link = pair(name)
    items = heard(driver, link, 5.5)
    marks = [item for item in items if isinstance(item, Marker)]
    assert [mark.at for mark in marks] == [0, round(5 * emulator.rate)]


@pytest.mark.parametrize("extra", [4, 8])
def test_sessantaquattro_says_itself_how_wide_it_is(extra: int) -> None:
    driver = SessantaquattroDriver(SessantaquattroOptions(channels=8))
    emulator = SessantaquattroEmulator(Faults(), extra)
    items = heard(driver, TimelessLink(emulator), 0.5)
    names = [info.name for info in driver._infos]
    assert names == (["EMG", "AUX", "QUAT"] if extra == 8 else ["EMG", "AUX"])
    emg = joined(items, "EMG")
    np.testing.assert_array_equal(emg, emulator.rows(0, len(emg))[:, :8])


def test_muovi_mode_1_is_what_the_rows_say() -> None:
    driver = MuoviDriver(MuoviOptions(mode="half the channels"))
    (emg, _) = driver.start(TimelessLink(MuoviEmulator(Faults())))
    assert (emg.n_channels, emg.channels[0].unit) == (16, "µV")
    layout = RowLayout(38, 2, 37)
    rows = np.zeros((20, 38), ">i2")
    rows[:, 37] = np.arange(20)
    assert layout.row_bytes * 20 == len(rows.tobytes())
    (emg, _) = driver.start(SaidLink([rows.tobytes()]))
    assert (emg.n_channels, emg.channels[0].unit) == (32, "a.u.")


def test_the_wrong_device_is_refused() -> None:
    driver = MuoviDriver(MuoviOptions())
    with pytest.raises(EmgError, match="not what") as refused:
        driver.start(TimelessLink(MuoviEmulator(Faults(), plus=True)))
    assert not isinstance(refused.value, LinkLost)


def test_stopping_is_the_makers_command() -> None:
    for name in DEVICES:
        driver, emulator, link = pair(name)
        heard(driver, link, 0.1)
        assert emulator.streaming
        driver.stop(link)
        driver.stop(link)
        assert not emulator.streaming


def test_gaps_are_those_of_every_stream() -> None:
    driver, _, link = pair("quattrocento", drop_these=frozenset({5}))
    gaps = [item for item in heard(driver, link, 0.3) if isinstance(item, Gap)]
    assert gaps == [Gap(stream, 20, 4) for stream in ("EMG", "AUX")]
