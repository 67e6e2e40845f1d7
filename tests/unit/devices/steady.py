"""An emulated device in a time of its own, so that a busy machine changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from emgstudio.core.types import Gap, SampleBlock, Samples
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.emulators.waves import Wave


class SteadyLink:
    """Each read takes ``step_s`` of the emulator's time, whatever the computer does.

    ``wire`` is everything that was read.
    """

    def __init__(self, emulator: Emulator, step_s: float = 0.01, now: float = 1000.0) -> None:
        self.emulator = emulator
        self.step_s = step_s
        self.now = now
        self.wire = b""

    def open(self) -> None:
        self.emulator.opened(self.now)

    def close(self) -> None: ...

    def write(self, data: bytes) -> None:
        self.emulator.receive(data)

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        self.now += self.step_s
        data = self.emulator.due(self.now)
        self.wire += data
        return data


def tones(hertz: float, channels: int) -> Wave:
    """A sine on all channels, on channel k (from 1) with k/``channels`` of its size."""

    def wave(number: int, channel: int, rate: float) -> float:
        return (channel + 1) / channels * math.sin(2.0 * math.pi * hertz * number / rate)

    return wave


def streamed(driver: Driver, link: SteadyLink, seconds: float) -> list[Item]:
    """Everything a started driver says for so many seconds of the emulator's time."""
    items: list[Item] = []
    until = link.now + seconds
    while link.now < until:
        items += driver.feed(link.read(0.0), link.now)
    return items


def lost(items: Sequence[Item], stream: str = "EMG") -> list[tuple[int, int]]:
    """The gaps of a stream as (first, count)."""
    return [(i.at, i.count) for i in items if isinstance(i, Gap) and i.stream == stream]


def joined(items: Sequence[Item], stream: str = "EMG") -> tuple[np.ndarray, Samples]:
    """Indices and rows of a stream; fails when anything overlaps or is unexplained."""
    at = 0
    index: list[int] = []
    rows: list[Samples] = []
    for item in items:
        if not isinstance(item, SampleBlock | Gap) or item.stream != stream:
            continue
        if isinstance(item, Gap):
            assert item.at == at
            at += item.count
        else:
            assert item.first == at
            index += range(at, at + len(item.data))
            rows.append(item.data)
            at += len(item.data)
    return np.array(index), np.concatenate(rows)
