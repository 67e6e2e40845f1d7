"""Silence of a device is not the same as a computer that was busy with other things."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emgstudio.devices import worker as worker_module
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, FakeDriver, FakeLink


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class SleepyLink(FakeLink):
    """Every third read finds nothing, and then the thread stands still for ten seconds."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.reads = 0

    def read(self, timeout_s: float) -> bytes:
        self.reads += 1
        if self.reads % 3:
            return b"\x01"
        self.clock.now += 10.0
        return b""


def test_a_thread_that_stood_still_takes_what_came_meanwhile_for_no_silence(
    wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(worker_module, "host_time", clock)
    link = SleepyLink(clock)
    bench = Bench(FakeDriver(), link)
    bench.worker.start()
    wait_until(lambda: link.reads > 30)
    bench.worker.stop()
    assert bench.states() == [
        DeviceState.OPENING,
        DeviceState.IDENTIFYING,
        DeviceState.CONFIGURING,
        DeviceState.STREAMING,
        DeviceState.CLOSED,
    ]
    assert bench.notices() == []
