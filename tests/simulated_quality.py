"""The quality lamps on the simulated device, faster than real time and always the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from emgstudio.core.types import ConditionSpec, Gap, Reading, SampleBlock
from emgstudio.devices.drivers.simulated import SimulatedDriver, SimulatedOptions
from emgstudio.devices.emulators.scenarios import Scenario, scenario, timed
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from emgstudio.devices.links.simulated import SimulatedLink
from emgstudio.devices.stream import Stream
from emgstudio.session.quality_stream import StreamQuality

STEP_S = 0.5


@dataclass
class HandDevice:
    """What a watched device must have, filled by hand."""

    driver: SimulatedDriver
    streams: tuple[Stream, ...] = ()
    readings: dict[str, Reading] = field(default_factory=dict)


# A moment in seconds of signal, and what lights then: (code, channel counted from 1).
History = list[tuple[float, frozenset[tuple[str, int]]]]


def _setup(key: str, rate: float, seed: int, faulty: tuple[float, float] | None):
    chosen = scenario(key)
    if faulty is not None:
        chosen = timed(chosen, *faulty)
    return chosen, SensorSetup(rate, chosen.channels, "A", seed, 1.0, 1.0)


def _note(history: History, seconds: float, quality: StreamQuality) -> None:
    quality.look(seconds)
    lit = frozenset(
        (lamp.code, column + 1)
        for place, column in enumerate(quality.columns)
        for lamp in quality.lamps(place)
    )
    if not history or history[-1][1] != lit:
        history.append((seconds, lit))


def watch_signal(
    key: str,
    seconds: float,
    *,
    rate: float = 1000.0,
    seed: int = 1,
    faulty: tuple[float, float] | None = None,
) -> History:
    """Every change of what lights; a fault is there from the first to the second of ``faulty``.

    The sensor's samples go straight into the stream: no link, no loss.
    """
    begin_for = None if faulty is None else (faulty[0], faulty[1] - faulty[0])
    chosen, setup = _setup(key, rate, seed, begin_for)
    sensor = SimulatedSensor(chosen, setup)
    device = HandDevice(SimulatedDriver(SimulatedOptions()))
    stream = Stream(sensor.info, ConditionSpec())
    device.streams = (stream,)
    quality = StreamQuality(stream, device)
    history: History = []
    ticks = round(STEP_S * rate / sensor.tick_samples)
    while sensor.index < seconds * rate:
        raw = sensor.ticks(ticks)
        stream.accept(SampleBlock("EMG", stream.raw.head, raw), sensor.index / rate)
        _note(history, sensor.index / rate, quality)
    return history


def watch_outage(seconds: float, faulty: tuple[float, float]) -> History:
    """A good signal at 1 kHz of which nothing arrives, and nothing later, during ``faulty``."""
    rate = 1000.0
    chosen, setup = _setup("clean", rate, 1, None)
    sensor = SimulatedSensor(chosen, setup)
    device = HandDevice(SimulatedDriver(SimulatedOptions()))
    stream = Stream(sensor.info, ConditionSpec())
    device.streams = (stream,)
    quality = StreamQuality(stream, device)
    history: History = []
    ticks = round(STEP_S * rate / sensor.tick_samples)
    while sensor.index < seconds * rate:
        begun = sensor.index
        raw, now = sensor.ticks(ticks), sensor.index / rate
        if not faulty[0] < now <= faulty[1]:
            if begun > stream.raw.head:
                stream.accept(Gap("EMG", stream.raw.head, begun - stream.raw.head), now)
            stream.accept(SampleBlock("EMG", stream.raw.head, raw), now)
        _note(history, now, quality)
    return history


def watch_link(
    key: str, seconds: float, *, seed: int = 1, faulty: tuple[float, float] | None = None
) -> History:
    """As :func:`watch_signal`, over the simulated radio as fast as it goes, at 1 kHz."""
    begin_for = None if faulty is None else (faulty[0], faulty[1] - faulty[0])
    chosen, setup = _setup(key, 1000.0, seed, begin_for)
    return _over_the_air(chosen, setup, seconds)


def _over_the_air(chosen: Scenario, setup: SensorSetup, seconds: float) -> History:
    link = SimulatedLink(chosen, setup, speed=0.0)
    driver = SimulatedDriver(SimulatedOptions(speed=0.0))
    device = HandDevice(driver)
    link.open()
    stream = Stream(driver.start(link)[0], ConditionSpec())
    device.streams = (stream,)
    quality = StreamQuality(stream, device)
    history: History = []
    while stream.raw.head < seconds * setup.rate:
        now = stream.raw.head / setup.rate
        for item in driver.feed(link.read(0.05), now):
            if isinstance(item, Reading):
                channel = "" if item.channel is None else f" {item.channel + 1}"
                device.readings[item.key + channel] = item
            else:
                stream.accept(item, now)
        _note(history, stream.raw.head / setup.rate, quality)
    driver.stop(link)
    link.close()
    return history


def codes(history: History) -> set[str]:
    """Every code that lit at any time."""
    return {code for _, lit in history for code, _ in lit}


def lit_from(history: History) -> float:
    """When the first lamp lit; infinity if none did."""
    return next((when for when, lit in history if lit), np.inf)


def dark_from(history: History) -> float:
    """Since when nothing lights any more; infinity if something still does."""
    when, lit = history[-1]
    return np.inf if lit else when
