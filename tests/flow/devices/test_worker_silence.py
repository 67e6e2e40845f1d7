"""Silence of a device is not the same as a computer that was busy with other things."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emgstudio.devices import worker as worker_module
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, FakeDriver, FakeLink, HandClock


class SleepyLink(FakeLink):
    """Ten times two reads find something, and then the thread stands still for ten seconds."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self.clock = clock
        self.reads = 0

    def read(self, timeout_s: float) -> bytes:
        self.reads += 1
        if self.reads > 30:
            return super().read(timeout_s)
        if self.reads % 3:
            return b"\x01"
        self.clock.now += 10.0
        return b""


def test_a_thread_that_stood_still_takes_what_came_meanwhile_for_no_silence(
    clock: HandClock, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STALL_S", 1.0)
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
