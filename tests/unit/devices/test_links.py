"""The simulated and the replay link, without a worker, as fast as they go."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import (
    Channel,
    Gap,
    Marker,
    Mask,
    Reading,
    SampleBlock,
    Samples,
    StreamInfo,
)
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.link import Link, LinkEnded, LinkLost
from emgstudio.devices.links.pace import Pace
from emgstudio.devices.links.simulated import SimulatedLink
from emgstudio.devices.registry import open_device


class Tape:
    """A recording in memory: an EMG stream with holes and a slower second stream."""

    def __init__(self, seconds: float = 2.0) -> None:
        rng = np.random.default_rng(0)
        self.data: dict[str, Samples] = {}
        self.valid: dict[str, Mask] = {}
        infos = []
        for name, rate, dtype in (("EMG", 1000.0, "int32"), ("ACC", 99.0, "float32")):
            count = int(seconds * rate)
            self.data[name] = (1000 * rng.standard_normal((count, 2))).astype(dtype)
            self.valid[name] = np.ones(count, bool)
            channels = (Channel(f"{name} 1", scale=0.1), Channel(f"{name} 2"))
            infos.append(StreamInfo(name, rate, channels, dtype, "tape"))  # type: ignore[arg-type]
        self.streams = tuple(infos)

    def samples(self, stream: str) -> int:
        return len(self.valid[stream])

    def read(self, stream: str, start: int, stop: int) -> tuple[Samples, Mask]:
        return self.data[stream][start:stop], self.valid[stream][start:stop]

    def markers(self, stream: str) -> tuple[Marker, ...]:
        return (Marker("EMG", 100, 50, "fist", "labels", 1),) if stream == "EMG" else ()


def play(driver: Driver, link: Link, seconds: float = 1e9, stream: str = "EMG") -> list[Item]:
    """Everything the device sends until ``seconds`` of ``stream`` or its end."""
    link.open()
    infos = {info.name: info for info in driver.start(link)}
    items: list[Item] = []
    with suppress(LinkEnded):
        while reached(items, stream) < seconds * infos[stream].rate:
            items += driver.feed(link.read(0.05), 0.0)
    return items


def reached(items: list[Item], stream: str) -> int:
    ends = [0]
    for item in items[-50:]:
        if isinstance(item, SampleBlock) and item.stream == stream:
            ends.append(item.first + len(item.data))
        elif isinstance(item, Gap) and item.stream == stream:
            ends.append(item.at + item.count)
    return max(ends)


def laid_out(items: list[Item], stream: str) -> tuple[np.ndarray, np.ndarray]:
    """Data and validity as one array; fails if items overlap or leave a hole unexplained."""
    parts, valid, at = [], [], 0
    for item in items:
        if isinstance(item, Reading | Marker) or item.stream != stream:
            continue
        first = item.at if isinstance(item, Gap) else item.first
        count = item.count if isinstance(item, Gap) else len(item.data)
        assert first == at
        at += count
        parts.append(np.zeros((count, 2)) if isinstance(item, Gap) else item.data)
        valid.append(np.full(count, isinstance(item, SampleBlock)))
    return np.concatenate(parts), np.concatenate(valid)


def tape_link(tape: Tape, query: str) -> tuple[Driver, Link]:
    return open_device(f"replay:tape?{query}", lambda _path: tape)


def test_replay_is_exact_with_gaps_and_two_streams() -> None:
    tape = Tape()
    for a, b in ((0, 13), (500, 501), (700, 1210), (1990, 2000)):
        tape.valid["EMG"][a:b] = False
    tape.valid["ACC"][5:9] = False
    items = play(*tape_link(tape, "speed=0"))
    for name in ("EMG", "ACC"):
        data, valid = laid_out(items, name)
        np.testing.assert_array_equal(valid, tape.valid[name])
        np.testing.assert_array_equal(data[valid], tape.data[name][valid])


def test_replay_says_when_the_recording_has_ended() -> None:
    driver, link = tape_link(Tape(0.2), "speed=0")
    play(driver, link)
    with pytest.raises(LinkEnded, match="The recording has ended"):
        link.read(0.0)


def test_replay_in_a_loop_goes_on_counting() -> None:
    tape = Tape(0.5)
    tape.valid["EMG"][490:] = False
    items = play(*tape_link(tape, "speed=0&loop=1"), seconds=1.4)
    data, valid = laid_out(items, "EMG")
    assert [(m.at, m.count) for m in items if isinstance(m, Marker)][:2] == [(100, 50), (600, 50)]
    for begin in (0, 500):
        assert valid[begin : begin + 490].all()
        assert not valid[begin + 490 : begin + 500].any()
        np.testing.assert_array_equal(data[begin : begin + 490], tape.data["EMG"][:490])


def test_an_empty_recording_is_refused() -> None:
    _, link = tape_link(Tape(0.0), "speed=0")
    with pytest.raises(EmgError, match="is empty"):
        link.open()


def test_replay_introduces_itself() -> None:
    driver, link = open_device(f"replay:{Path('/some/walk')}", lambda _path: Tape())
    link.open()
    infos = driver.start(link)
    assert [info.device for info in infos] == ["Replay of tape"] * 2
    assert driver.name == "Replay of walk"
    assert infos[0].channels[0].scale == 0.1


def test_simulated_drop_outs_are_counted_to_the_sample() -> None:
    driver, link = open_device("sim:dropouts?speed=0&channels=2")
    assert isinstance(link, SimulatedLink)
    items = play(driver, link, seconds=60.0)
    _, valid = laid_out(items, "EMG")
    missing = int((~valid).sum())
    # A loss at the very end has not shown yet.
    assert link.dropped - 160 <= missing <= link.dropped
    assert 0.01 < missing / len(valid) < 0.035


class Racing(Pace):
    """Of which a thousand seconds pass between two looks: nobody makes samples so fast."""

    looks = 0

    def due(self) -> float:
        self.looks += 1
        assert self.looks < 1000, "this would never end"
        return 1000.0 * self.looks


def test_a_simulated_sensor_comes_back_where_time_is_faster_than_samples_are_made() -> None:
    driver, link = open_device("sim:clean?channels=1&rate=1000")
    assert isinstance(link, SimulatedLink)
    play(driver, link, seconds=0.1)
    link.close()
    link._pace = pace = Racing(1.0)
    link.open()
    driver.start(link)
    items = [item for item in driver.feed(link.read(0.0), 0.0) if not isinstance(item, Reading)]
    lost, block = items[0], items[1]
    assert isinstance(lost, Gap)
    assert isinstance(block, SampleBlock)
    assert lost.count == link.dropped
    assert 0 <= 1000 * 1000 * pace.looks - (lost.at + lost.count) <= 3_000_000
    assert block.first == lost.at + lost.count


def test_simulated_battery_dies() -> None:
    driver, link = open_device("sim:battery?speed=0&channels=1")
    items = play(driver, link, seconds=59.9)
    levels = [item.value for item in items if isinstance(item, Reading)]
    assert levels[0] == 22.0
    assert levels[-1] == pytest.approx(3.0, abs=0.5)
    assert levels == sorted(levels, reverse=True)
    for _ in range(50):
        rest = driver.feed(link.read(0.02), 0.0)
    assert not rest
    link.close()
    with pytest.raises(LinkLost, match="battery"):
        link.open()


def test_a_closed_link_says_so() -> None:
    _, link = open_device("sim:clean")
    link.close()
    with pytest.raises(LinkLost):
        link.read(0.0)
    with pytest.raises(LinkLost):
        link.write(b"{}\n")


def test_pace_keeps_absolute_deadlines_and_forgives_lateness() -> None:
    pace = Pace(10.0)
    pace.start()
    assert not pace.wait_for(1000.0, 0.001)
    assert pace.wait_for(0.01, 1.0)
    pace._origin -= 100.0
    assert pace.due() >= 1000.0
    pace.forgive(0.5, 0.1)
    assert 1.4 < pace.due() < 3.0
