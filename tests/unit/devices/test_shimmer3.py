"""Shimmer3: set-up, packets without a checksum, time stamps that tell what is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Reading, SampleBlock
from emgstudio.devices.drivers.shimmer3 import Shimmer3Driver, Shimmer3Options
from emgstudio.devices.drivers.shimmer3_packets import PacketReader
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.shimmer3 import Shimmer3Emulator
from emgstudio.devices.link import LinkLost
from tests.unit.devices.steady import SteadyLink, joined, lost, streamed, tones

pytestmark = pytest.mark.usefixtures("stepped_time")


def sensor(faults: Faults, **how: Any) -> Shimmer3Emulator:
    """An emulator whose channels show sines that differ in size."""
    return Shimmer3Emulator(faults, **{"wave": tones(40.0, 2), "amplitude_uv": 1000.0, **how})


def started(
    emulator: Shimmer3Emulator, options: Shimmer3Options | None = None, now: float = 1000.0
) -> tuple[Shimmer3Driver, SteadyLink]:
    driver = Shimmer3Driver(options or Shimmer3Options())
    link = SteadyLink(emulator, now=now)
    link.open()
    driver.start(link)
    return driver, link


def shown(channel: int, at: np.ndarray, rate: float) -> np.ndarray:
    """What the emulator shows on a channel, in µV."""
    return 1000.0 * (channel + 1) / 2 * np.sin(2 * np.pi * 40.0 * at / rate)


@pytest.mark.parametrize("rate", [128, 256, 512, 1024])
@pytest.mark.parametrize("gain", [1, 6, 12])
def test_two_channels_in_microvolt(rate: int, gain: int) -> None:
    driver = Shimmer3Driver(Shimmer3Options(rate=rate, gain=gain))
    emulator = sensor(Faults())
    link = SteadyLink(emulator)
    (info,) = driver.start(link)
    assert (info.rate, info.n_channels, info.dtype) == (rate, 2, "int32")
    index, rows = joined(streamed(driver, link, 1.0))
    assert len(rows) > 0.95 * rate
    physical = info.to_physical(rows)
    for channel in range(2):
        np.testing.assert_allclose(physical[:, channel], shown(channel, index, rate), atol=0.2)


def test_the_registers_are_the_makers_preset() -> None:
    emulator = sensor(Faults())
    started(emulator, Shimmer3Options(rate=256, gain=12))
    # 500 Hz converter, gain 12, channel 1 from the third pair; the second chip is off.
    assert emulator.registers[0].hex() == "02a01069600000000203"
    assert emulator.registers[1].hex() == "02a01081810000000201"
    assert emulator.sensors == 0x10


def test_the_name_tells_the_firmware() -> None:
    driver, _ = started(sensor(Faults()))
    assert driver.name == "Shimmer3 (firmware 3 v0.13.7)"


def test_motion_sensors_are_streams_of_their_own() -> None:
    driver = Shimmer3Driver(Shimmer3Options(accelerometer="wide-range", gyroscope=True))
    link = SteadyLink(sensor(Faults()))
    infos = driver.start(link)
    assert {(i.name, i.n_channels) for i in infos} == {("EMG", 2), ("ACC", 3), ("GYR", 3)}
    assert {c.unit for i in infos if i.name != "EMG" for c in i.channels} == {"a.u."}
    items = streamed(driver, link, 0.2)
    assert joined(items, "ACC")[1][0].tolist() == [-1004, -1005, -1006]
    assert joined(items, "GYR")[1][0].tolist() == [-2010, -2011, -2012]


def test_the_low_noise_accelerometer_has_no_sign() -> None:
    driver, link = started(sensor(Faults()), Shimmer3Options(accelerometer="low-noise"))
    assert joined(streamed(driver, link, 0.2), "ACC")[1][0].tolist() == [2048, 2049, 2050]


def test_a_sensor_left_streaming_is_stopped_first() -> None:
    emulator = sensor(Faults())
    driver, link = started(emulator)
    streamed(driver, link, 1.0)
    driver, link = started(emulator, now=link.now + 3.0)
    assert lost(streamed(driver, link, 1.0)) == []


def test_the_battery_is_told() -> None:
    driver, link = started(sensor(Faults()))
    readings = [i for i in streamed(driver, link, 0.5) if isinstance(i, Reading)]
    assert readings == [Reading("battery voltage", 4.19, "V")]
    link.write(b"\x95")
    readings = [i for i in streamed(driver, link, 0.5) if isinstance(i, Reading)]
    assert readings == [Reading("battery voltage", 4.19, "V")]


@pytest.mark.parametrize(("hardware", "told"), [(10, "Shimmer3R"), (31, "not known")])
def test_other_hardware_is_told(hardware: int, told: str) -> None:
    with pytest.raises(EmgError, match=told):
        started(sensor(Faults(), hardware=hardware))


def test_silence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shimmer3Emulator, "receive", lambda self, data: None)
    with pytest.raises(LinkLost, match="No Shimmer3"):
        started(sensor(Faults()))


def test_old_firmware_is_set_up_too() -> None:
    driver, link = started(sensor(Faults(), knows_ack_prefix=False))
    assert len(joined(streamed(driver, link, 0.5))[1]) > 400


@settings(max_examples=20)
@given(holes=st.sets(st.integers(2, 900), max_size=40), first=st.integers(0, (1 << 24) - 1))
def test_lost_packets_are_counted_to_the_sample(holes: set[int], first: int) -> None:
    emulator = sensor(Faults(drop_these=frozenset(holes)), first_stamp=first, status_every=100)
    driver, link = started(emulator)
    index, rows = joined(streamed(driver, link, 1.0))
    assert set(range(index[-1] + 1)) - set(index.tolist()) == holes
    wanted = [[emulator.counts(c, k) for c in range(2)] for k in index]
    np.testing.assert_array_equal(rows, wanted)
    assert (driver.garbage, driver.repeated) == (0, 0)


def test_an_hour_wraps_the_stamp() -> None:
    emulator = sensor(Faults())
    driver, _ = started(emulator)
    driver.feed(emulator.packet(emulator.sent) + emulator.packet(emulator.sent + 1), 0.0)
    found: list[int] = []
    # No sensor sends two packets a minute; it is what far holes look like.
    for minute in range(1, 60):
        at = minute * 60 * 1024
        items = driver.feed(emulator.packet(at) + emulator.packet(at + 1), 0.0)
        found += [i.first for i in items if isinstance(i, SampleBlock)]
    assert found == [minute * 60 * 1024 for minute in range(1, 60)]


def test_repeats_are_dropped_and_counted() -> None:
    driver, link = started(sensor(Faults()))
    data = b""
    for _ in range(20):
        data = link.read(0.0)
        driver.feed(data, link.now)
    assert not [i for i in driver.feed(data, link.now) if isinstance(i, SampleBlock)]
    assert driver.repeated > 5


def test_damaged_packets_cost_little() -> None:
    emulator = sensor(Faults(corrupt=0.02))
    driver, link = started(emulator)
    index, rows = joined(streamed(driver, link, 4.0))
    damaged = {k for k in emulator.dropped if k < index[-1]}
    assert len(damaged) > 40
    missing = set(range(index[-1])) - set(index.tolist())
    wanted = np.array([[emulator.counts(c, k) for c in range(2)] for k in index])
    spoilt = set(index[(rows != wanted).any(axis=1)].tolist())
    # A packet cut short still has its stamp; what it swallows of the next is seen there.
    assert spoilt <= damaged
    assert len(missing | spoilt) <= 3 * len(damaged)


@settings(max_examples=20)
@given(st.data())
def test_packets_are_found_however_the_bytes_are_cut(data: st.DataObject) -> None:
    emulator = sensor(Faults(), status_every=7)
    driver, _ = started(emulator)
    wire = b"\xff\x8a" + b"".join(emulator.packet(k) for k in range(40))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=30)))
    reader = PacketReader(11, driver._divider)
    pieces = [reader.feed(wire[a:b]) for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert np.concatenate(pieces).tobytes() == b"".join(emulator.packet(k)[:11] for k in range(40))
    assert reader.garbage == 2


@pytest.mark.parametrize(("top", "count"), [(1, 100_000), (2, 100_000), (256, 1_000_000)])
def test_a_million_random_bytes_raise_nothing(top: int, count: int) -> None:
    noise = np.random.default_rng(5).integers(0, top, count, np.uint8, endpoint=False)
    driver, link = started(sensor(Faults()))
    wire = noise.tobytes()
    for at in range(0, len(wire), 8192):
        driver.feed(wire[at : at + 8192], link.now)
