"""BITalino: set-up, frames, checksum, loss that the short counter shows and that it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, Marker, Reading
from emgstudio.devices.drivers import bitalino
from emgstudio.devices.drivers.bitalino import BitalinoDriver, BitalinoOptions
from emgstudio.devices.drivers.bitalino_frames import FrameReader, checksums
from emgstudio.devices.emulators.bitalino import BitalinoEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.link import LinkLost
from tests.unit.devices.steady import SteadyLink, joined, streamed, tones

pytestmark = pytest.mark.usefixtures("stepped_time")


def board(faults: Faults, **how: Any) -> BitalinoEmulator:
    """An emulator whose channels show sines that differ in size."""
    return BitalinoEmulator(faults, **{"wave": tones(40.0, 6), "amplitude_uv": 1000.0, **how})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitalino, "PAUSE_S", 0.0)


def started(
    emulator: BitalinoEmulator, options: BitalinoOptions | None = None, now: float = 1000.0
) -> tuple[BitalinoDriver, SteadyLink]:
    driver = BitalinoDriver(options or BitalinoOptions())
    link = SteadyLink(emulator, now=now)
    link.open()
    driver.start(link)
    return driver, link


def shown(channel: int, at: np.ndarray, rate: float = 1000.0) -> np.ndarray:
    """What the emulator shows on an input (from 1), in µV."""
    return 1000.0 * channel / 6 * np.sin(2 * np.pi * 40.0 * at / rate)


@pytest.mark.parametrize("emg", ["1", "1,2", "2 4 6", "1,2,3,4", "1,2,3,4,5", "1,2,3,4,5,6"])
def test_inputs_in_microvolt(emg: str) -> None:
    driver = BitalinoDriver(BitalinoOptions(emg=emg))
    link = SteadyLink(board(Faults()))
    (info,) = driver.start(link)
    index, rows = joined(streamed(driver, link, 1.0))
    assert len(rows) > 900
    physical = info.to_physical(rows)
    for place, channel in enumerate(info.channels):
        # Half a step of the converter: 10 bits, from the fifth input on 6.
        step = 3.3 / (1 << (10 if place < 4 else 6)) / 1009 * 1e6
        # The short ones drop bits, so they lie up to a step below.
        wanted = shown(int(channel.name[-1]), index)
        np.testing.assert_allclose(
            physical[:, place], wanted, atol=(0.51 if place < 4 else 1) * step
        )
        assert channel.unit == "µV"


def test_other_inputs_are_a_stream_in_volts() -> None:
    driver = BitalinoDriver(BitalinoOptions(emg="2", others="1,2"))
    link = SteadyLink(board(Faults(), amplitude_uv=0.0))
    emg, aux = driver.start(link)
    assert [c.name for c in (*emg.channels, *aux.channels)] == ["EMG A2", "A1"]
    items = streamed(driver, link, 0.5)
    np.testing.assert_allclose(aux.to_physical(joined(items, "AUX")[1]), 1.65)
    np.testing.assert_allclose(emg.to_physical(joined(items)[1]), 0.0)


@pytest.mark.parametrize("rate", [1, 10, 100, 1000])
def test_every_rate(rate: int) -> None:
    driver = BitalinoDriver(BitalinoOptions(rate=rate))
    link = SteadyLink(board(Faults()), step_s=0.05)
    (info,) = driver.start(link)
    assert info.rate == rate
    index, _ = joined(streamed(driver, link, 12.0))
    assert index[-1] == pytest.approx(12 * rate, rel=0.02, abs=4)


def test_a_stream_left_running_is_stopped_first() -> None:
    emulator = board(Faults())
    driver, link = started(emulator, BitalinoOptions(emg="1,2,3"))
    streamed(driver, link, 0.5)
    driver, link = started(emulator, now=link.now + 3.0)
    index, rows = joined(streamed(driver, link, 0.5))
    assert rows.shape == (len(index), 1)


def test_silence_is_told() -> None:
    class Silent(BitalinoEmulator):
        def _obey(self, command: int) -> None:
            del command

    bitalino.ANSWER_S, before = 0.02, bitalino.ANSWER_S
    try:
        with pytest.raises(LinkLost, match="No BITalino"):
            started(Silent(Faults()))
    finally:
        bitalino.ANSWER_S = before


@pytest.mark.parametrize(("version", "told"), [("5.2", True), ("5.1", True), ("4.1", False)])
def test_the_battery_is_told_once(version: str, told: bool) -> None:
    driver, link = started(board(Faults(), version=version, battery_v=3.7))
    readings = [i for i in streamed(driver, link, 0.5) if isinstance(i, Reading)]
    assert readings == ([Reading("battery voltage", 3.7, "V")] if told else [])
    assert driver.name == f"BITalino v{version}"


@settings(max_examples=20)
@given(holes=st.lists(st.tuples(st.integers(20, 950), st.integers(1, 15)), max_size=20))
def test_holes_shorter_than_the_counter_are_exact(holes: list[tuple[int, int]]) -> None:
    lost_ones = {k for at, count in holes for k in range(at, at + count)}
    runs = np.split(s := np.array(sorted(lost_ones)), np.flatnonzero(np.diff(s) > 1) + 1)
    if any(len(run) > 15 for run in runs):
        return
    # Single frames between two holes confirm nothing.
    if len(s) > 1 and ((np.diff(s) > 1) & (np.diff(s) <= 3)).any():
        return
    emulator = board(Faults(drop_these=frozenset(lost_ones)))
    driver, link = started(emulator)
    index, rows = joined(streamed(driver, link, 1.2))
    assert set(range(index[-1] + 1)) - set(index.tolist()) == lost_ones
    wanted = [emulator.count(0, k) for k in index]
    np.testing.assert_array_equal(rows[:, 0], wanted)


def test_a_long_hole_is_an_estimate_near_the_truth() -> None:
    emulator = board(Faults(drop_these=frozenset(range(4000, 5003))))
    driver, link = started(emulator)
    items = streamed(driver, link, 8.0)
    gaps = [i for i in items if isinstance(i, Gap)]
    assert sum(g.count for g in gaps) % 16 == 1003 % 16
    assert sum(g.count for g in gaps) == pytest.approx(1003, abs=32)
    assert any(g.estimated for g in gaps)


def test_damaged_frames_cost_little() -> None:
    emulator = board(Faults(corrupt=0.01))
    driver, link = started(emulator, BitalinoOptions(emg="1,2,3,4"))
    index, rows = joined(streamed(driver, link, 4.0))
    damaged = [k for k in emulator.dropped if k < index[-1]]
    assert damaged
    missing = len(set(range(index[-1])) - set(index.tolist()))
    assert len(damaged) <= missing <= 2 * len(damaged)
    wanted = np.array([[emulator.count(c, k) for c in range(4)] for k in index])
    # A damaged frame passes the four-bit checksum and the counter once in 256 times.
    assert (rows != wanted).any(axis=1).sum() <= 2
    assert driver.garbage > 0


def test_inputs_that_change_are_markers() -> None:
    emulator = board(Faults())
    driver, link = started(emulator)
    streamed(driver, link, 0.2)
    emulator.inputs[1] = 1
    at = emulator.sent
    items = streamed(driver, link, 0.2)
    emulator.inputs[1] = 0
    items += streamed(driver, link, 0.2)
    on, off = (i for i in items if isinstance(i, Marker))
    assert on == Marker("EMG", at, 0, "I2 on")
    assert (off.at > at, off.label) == (True, "I2 off")


@pytest.mark.parametrize("text", ["0", "7", "a", "1-3"])
def test_inputs_that_do_not_exist_are_told(text: str) -> None:
    with pytest.raises(EmgError, match="does not name inputs"):
        BitalinoDriver(BitalinoOptions(emg=text))


def test_no_input_is_told() -> None:
    with pytest.raises(EmgError, match="No input"):
        BitalinoDriver(BitalinoOptions(emg=""))


@given(st.binary(min_size=2, max_size=17))
def test_the_checksum_is_the_makers(data: bytes) -> None:
    register = 0
    for byte in (*data[:-1], data[-1] & 0xF0):
        for bit in range(7, -1, -1):
            register <<= 1
            if register & 0x10:
                register ^= 0x03
            register ^= byte >> bit & 1
    frame = np.frombuffer(data, np.uint8).reshape(1, -1)
    assert checksums(frame)[0] == register & 0x0F


@settings(max_examples=20)
@given(st.data())
def test_frames_are_found_however_the_bytes_are_cut(data: st.DataObject) -> None:
    emulator = board(Faults())
    emulator.channels = (0, 1, 2)
    wire = b"".join(emulator.packet(k) for k in range(50))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=30)))
    reader = FrameReader(6)
    pieces = [reader.feed(wire[a:b]) for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert np.concatenate(pieces).tobytes() == wire


def test_a_million_random_bytes_raise_nothing() -> None:
    noise = np.random.default_rng(4).integers(0, 256, 1_000_000, np.uint8).tobytes()
    driver, link = started(board(Faults()), BitalinoOptions(emg="1,2,3,4,5,6"))
    for at in range(0, len(noise), 8192):
        driver.feed(noise[at : at + 8192], link.now)
