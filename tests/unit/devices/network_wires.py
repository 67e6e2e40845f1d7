"""A wire without time: an emulator heard at once, with what it said and what it meant."""

from __future__ import annotations

import numpy as np

from emgstudio.core.types import Gap, SampleBlock
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.emulators.emulator import Emulator
from emgstudio.devices.link import LinkLost

STEP_S = 0.01


class TimelessLink:
    """Each read is 10 ms later; nothing waits. ``said`` is all that the emulator sent."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.now = 0.0
        self.said: list[bytes] = []
        self.commands = b""

    def open(self) -> None:
        self.emulator.opened(self.now)

    def close(self) -> None: ...

    def write(self, data: bytes) -> None:
        self.commands += data
        self.emulator.receive(data)

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        self.now += STEP_S
        self.said.append(self.emulator.due(self.now))
        return self.said[-1]


class SaidLink:
    """Says what was said before, in the given pieces, then is lost."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def open(self) -> None: ...

    def close(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        if not self.pieces:
            raise LinkLost("all said")
        return self.pieces.pop(0)


def heard(driver: Driver, link: TimelessLink, seconds: float) -> list[Item]:
    """What ``driver`` made of ``seconds`` of streaming; begins with start()."""
    link.open()
    driver.start(link)
    items = driver.feed(b"", link.now)
    until = link.now + seconds
    while link.now < until:
        items += driver.feed(link.read(0.0), link.now)
    return items


def joined(items: list[Item], stream: str) -> np.ndarray:
    """Samples of a stream at their indices, NaN in gaps; fails on overlaps and on holes."""
    parts: list[np.ndarray] = []
    at, width = 0, 0
    for item in items:
        if not isinstance(item, SampleBlock | Gap) or item.stream != stream:
            continue
        gap = isinstance(item, Gap)
        assert (item.at if gap else item.first) == at
        if gap:
            parts.append(np.full((item.count, width), np.nan))
        else:
            width = item.data.shape[1]
            parts.append(item.data.astype(float))
        at += len(parts[-1])
    return np.concatenate(parts)


def pieces_of(data: bytes, mean: int, seed: int = 1) -> list[bytes]:
    """``data`` cut at random places, ``mean`` bytes apart on average."""
    rng = np.random.default_rng(seed)
    edges = np.cumsum(rng.integers(1, 2 * mean + 1, len(data) // mean + 1))
    edges = edges[edges < len(data)]
    parts = np.split(np.frombuffer(data, np.uint8), edges)
    return [part.tobytes() for part in parts]
