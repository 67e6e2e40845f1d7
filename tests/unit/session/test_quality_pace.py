"""A computer that is too slow watches fewer channels, never none, and says so."""

from __future__ import annotations

import numpy as np

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Channel, ConditionSpec, SampleBlock, StreamInfo
from emgstudio.devices.drivers.simulated import SimulatedDriver, SimulatedOptions
from emgstudio.devices.stream import Stream
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.session.quality import QualityWatch
from emgstudio.session.quality_stream import (
    HOPS_A_LOOK,
    LATE_LOOKS,
    WELL_LOOKS,
    StreamQuality,
)
from tests.simulated_quality import HandDevice

RATE, CHANNELS = 200.0, 64


class Given:
    """One device, filled by hand."""

    def __init__(self) -> None:
        channels = tuple(Channel(f"EMG {n + 1}") for n in range(CHANNELS))
        self.stream = Stream(StreamInfo("EMG", RATE, channels, "int16", "Array"), ConditionSpec())
        device = HandDevice(SimulatedDriver(SimulatedOptions()), (self.stream,))
        self.outbox = Outbox()
        self.devices = {"array": device}
        self.random = np.random.default_rng(5)

    def let_decide(self, ahead_s: float) -> None:
        """Nothing decides here."""

    def push(self, seconds: float) -> None:
        count = round(seconds * RATE)
        data = self.random.normal(0.0, 3.0, (count, CHANNELS)).astype(np.int16)
        self.stream.accept(SampleBlock("EMG", self.stream.raw.head, data), 0.0)


def test_lamps_are_told_while_the_computer_is_behind() -> None:
    given = Given()
    watch = QualityWatch(given)
    watch.look(1.0)
    # So much waits that it cannot be worked off at once: the answer must not wait for the rest.
    given.push(HOPS_A_LOOK * 0.5 + 0.6)
    watch.look(2.0)
    assert {one.level for one in watch.lamps(given.stream)} == {LampLevel.GOOD}
    assert len(watch.lamps(given.stream)) == CHANNELS


def test_half_of_the_channels_are_watched_when_all_are_too_many() -> None:
    given = Given()
    watch = QualityWatch(given)
    now = 0.0
    watch.look(now)
    # More arrives between two looks than one look works off.
    for _ in range(LATE_LOOKS):
        given.push(HOPS_A_LOOK * 0.5 + 0.6)
        now += 1.0
        watch.look(now)
    given.push(2.5)
    watch.look(now + 1.0)
    lamps = watch.lamps(given.stream)
    assert len(lamps) == CHANNELS
    assert {one.channel for one in lamps if one.measures} == set(range(0, CHANNELS, 2))
    assert any(f"{CHANNELS // 2} of {CHANNELS}" in one.text for one in given.outbox.drain())


def test_each_further_step_is_not_told_again() -> None:
    given = Given()
    watch = QualityWatch(given)
    watch.look(0.0)
    (quality,) = watch._streams.values()
    told: list[str] = []
    for wanted in (32, 16):
        quality._reader.position = given.stream.raw.head
        for _ in range(LATE_LOOKS):
            given.push(HOPS_A_LOOK * 0.5 + 0.6)
            watch.look(0.0)
        assert len(quality.watched) == wanted
        told += [one.text for one in given.outbox.drain()]
    quality._reader.position = given.stream.raw.head
    for _ in range(2 * WELL_LOOKS):
        watch.look(0.0)
    told += [one.text for one in given.outbox.drain()]
    assert [text.split(":")[0] for text in told] == [
        "This computer is too busy to watch every channel",
        f"The quality lamps follow all {CHANNELS} channels of Array again.",
    ]


def test_all_are_watched_again_once_there_is_time() -> None:
    given = Given()
    quality = StreamQuality(given.stream, given.devices["array"])
    quality.watch(2)
    assert len(quality.watched) == CHANNELS // 2
    for _ in range(WELL_LOOKS):
        quality.look(0.0)
    assert len(quality.watched) == CHANNELS


def test_a_stream_without_emg_has_no_lamps_and_harms_nobody() -> None:
    given = Given()
    motion = StreamInfo("ACC", 100.0, (Channel("x", "g", kind="ACC"),), "int16", "Array")
    device = given.devices["array"]
    device.streams = (Stream(motion, ConditionSpec()), given.stream)
    watch = QualityWatch(given)
    for now in range(4):
        watch.look(float(now))
        given.push(2.5)
    assert watch.lamps(device.streams[0]) == ()
    assert {one.level for one in watch.lamps(given.stream)} == {LampLevel.GOOD}
