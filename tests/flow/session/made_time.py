"""Time that a test moves on while emulated sensors sample: no load of the machine shows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.session.session import Session

STEP_S = 0.1
# A sensor gives out ticks of 16 ms: the one that is not over yet is not there.
TICK_S = 0.02
# Far above what any of it takes.
GIVE_UP_S = 120.0


class MadeTime:
    """Stands where :mod:`emgstudio.core.clock` has ``time``.

    It goes on in small steps, and after each only when the sensors have sent what is due.
    While a task runs it goes no faster than in the world.
    """

    def __init__(self, wait_until: Callable[..., None]) -> None:
        self.now = 1000.0
        self._wait_until = wait_until
        self._sessions: list[Session] = []
        self._sensors: list[tuple[DeviceWorker, float]] = []

    def perf_counter(self) -> float:
        return self.now

    def connect(self, session: Session, uri: str, seconds: float = 0.2) -> str:
        """Connect an emulated sensor that samples at its own speed, and let it."""
        device_id = session.connect(uri)
        self._sessions.append(session)
        worker = session.devices[device_id]
        self._wait_until(lambda: bool(worker.streams))
        self._sensors.append((worker, self.now))
        self.go(seconds)
        return device_id

    def go(self, seconds: float) -> None:
        """Let so much time pass."""
        for _ in range(round(seconds / STEP_S)):
            self._step()

    def until(self, condition: Callable[[], object]) -> None:
        """Let time pass until something is so; looked at in each step."""
        deadline = time.monotonic() + GIVE_UP_S
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {GIVE_UP_S} s of the world: {condition}")
            self._step()

    def _step(self) -> None:
        if any(session.tasks.tasks for session in self._sessions):
            time.sleep(STEP_S)
        self.now += STEP_S
        self._wait_until(self._all_sent)

    def _all_sent(self) -> bool:
        return all(
            worker.state is DeviceState.CLOSED
            or stream.clean.head >= (self.now - began - TICK_S) * stream.info.rate
            for worker, began in self._sensors
            for stream in worker.streams
        )
