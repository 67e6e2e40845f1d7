"""A device in the test's hands, and a worker whose every word is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Channel, ConditionSpec, Notice, SampleBlock, StreamInfo
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.simulated import SimulatedOptions
from emgstudio.devices.link import Link
from emgstudio.devices.worker import DeviceChanged, DeviceState, DeviceWorker

INFO = StreamInfo("EMG", 1000.0, (Channel("a"),), "int16", "fake")
AWAY_S = 20.0


class HandClock:
    """Stands where a module has ``host_time``; stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeLink:
    """A device in the test's hands: what ``says`` holds is read, exceptions are raised."""

    def __init__(self) -> None:
        self.says: list[bytes | Exception] = []
        self.opening: list[Exception] = []
        self.opened = 0
        self.closed = 0
        self.wake = threading.Event()

    def say(self, what: bytes | Exception) -> None:
        self.says.append(what)
        self.wake.set()

    def open(self) -> None:
        self.opened += 1
        if self.opening:
            raise self.opening.pop(0)

    def read(self, timeout_s: float) -> bytes:
        if not self.says:
            self.wake.wait(timeout_s)
            self.wake.clear()
        said = self.says.pop(0) if self.says else b""
        if isinstance(said, Exception):
            raise said
        return said

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        self.closed += 1


class FakeDriver(Driver):
    """Every byte is ten samples; counts from 0 after each start, as most devices do."""

    key = "fake"
    title = "Fake"
    Options = SimulatedOptions

    def __init__(self) -> None:
        super().__init__(None)
        self.first = 0
        self.info = INFO

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        self.first = 0
        return (self.info,)

    def feed(self, data: bytes, host: float) -> list[Item]:
        items: list[Item] = []
        for byte in data:
            if byte == 0xFF:
                raise RuntimeError("a bug in the driver")
            items.append(SampleBlock("EMG", self.first, np.full((10, 1), byte, np.int16)))
            self.first += 10
        return items

    def stop(self, link: Link) -> None: ...


class Bench:
    """A worker and everything that it said."""

    def __init__(self, driver: Driver, link: Link) -> None:
        self.outbox = Outbox()
        self.worker = DeviceWorker("dev-1", "fake:x", driver, link, self.outbox, ConditionSpec())
        self.items: list[object] = []

    def states(self) -> list[DeviceState]:
        self.items += self.outbox.drain()
        return [item.state for item in self.items if isinstance(item, DeviceChanged)]

    def notices(self) -> list[Notice]:
        self.items += self.outbox.drain()
        return [item for item in self.items if isinstance(item, Notice)]

    def until_received(self, count: int, wait_until: Callable[..., None]) -> None:
        """Wait until the first stream has more than ``count`` samples, trying again at once."""

        def there() -> bool:
            if self.worker.state is DeviceState.WAITING:
                self.worker.wake()
            return bool(self.worker.streams) and self.worker.streams[0].received > count

        # A connection is many questions and answers: minutes, where a machine stands still at each.
        wait_until(there, 150.0)

    def come_back(self, clock: HandClock, wait_until: Callable[..., None]) -> None:
        """Let the loss be noticed, 20 s go by and 100 samples come again; the hole must be that.

        What was in the first heap after the loss was taken before it was read, so the hole is
        that much shorter.
        """
        worker = self.worker
        wait_until(lambda: worker.state is DeviceState.WAITING)
        emg = worker.streams[0]
        before, head = emg.received, emg.raw.head
        clock.now += AWAY_S
        self.until_received(before + 100, wait_until)
        worker.stop()
        (gap,) = emg.gaps
        assert gap.estimated
        assert gap.at == head == before
        assert 0 <= round(AWAY_S * emg.info.rate) - gap.count <= emg.received - before
        assert emg.raw.head == emg.received + emg.lost
