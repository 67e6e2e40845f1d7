"""Time that a test leads: it goes on only as far as everybody has followed, however slow they are.

In real time a thread that stands still for a second is a sensor that missed its cue, a hold
without a movement in it, a decision that came too late. Here nobody misses anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtTest import QTest

from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.gui.tick import Tick
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.session.session import Session

# A frame of the window and a few packets of the simulated sensor.
STEP_S = 0.04
FOLLOW_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.001


class LedTime:
    """Stands where :mod:`emgstudio.core.clock` has ``time``; moved by :meth:`until` alone.

    Cues, simulated sensors and decisions go by it. Timers of Qt do not; while a task
    runs, time goes no faster than in the world.
    """

    def __init__(self, session: Session, tick: Tick) -> None:
        self._session = session
        self._tick = tick
        self._now = time.perf_counter()
        self._set_up: dict[DeviceWorker, float] = {}

    def perf_counter(self) -> float:
        """What the product takes for the host's clock."""
        return self._now

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Let time pass frame by frame until ``condition``, for at most so many seconds of it."""
        end = self._now + seconds
        while not condition():
            if self._now > end:
                pytest.fail(f"not within {seconds} s: {condition}")
            self._step()

    def go_on(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self._now + seconds
        while self._now < end:
            self._step()

    def _step(self) -> None:
        self._now += STEP_S
        if self._session.tasks.tasks:
            time.sleep(STEP_S)
        self._wait_for_all()
        # Not only events: what was to be deleted later is gone, too.
        QTest.qWait(1)
        self._tick.beat()

    def _wait_for_all(self) -> None:
        given_up = time.monotonic() + FOLLOW_WITHIN_S
        while behind := self._behind():
            if time.monotonic() > given_up:
                pytest.fail(f"{behind} did not follow within {FOLLOW_WITHIN_S} s")
            time.sleep(LOOK_AGAIN_S)

    def _behind(self) -> str:
        """Who has not got as far as time has; "" when all have."""
        for worker in self._session.devices.values():
            if self._keeps_waiting(worker):
                return worker.title
        return "the decoder" if _deciding(self._session.decoder) else ""

    def _keeps_waiting(self, worker: DeviceWorker) -> bool:
        match worker.state:
            case DeviceState.OPENING | DeviceState.IDENTIFYING:
                return True
            case DeviceState.CONFIGURING:
                # Its first packet needs time, but not more than this.
                return self._now > self._set_up.setdefault(worker, self._now) + 2 * STEP_S
            case DeviceState.STREAMING:
                return min(stream.arrivals[-1][0] for stream in worker.streams) < self._now
        return False


def _deciding(decoder: Decoder | None) -> bool:
    """Whether there is a window that nothing was decided about yet."""
    if decoder is None or decoder.state is not DecoderState.RUNNING:
        return False
    return decoder._reader.ring.head >= decoder._due


class Pause:
    """Instead of waiting for a time that does not come by itself: look again soon."""

    def wait(self, _seconds: float) -> bool:
        time.sleep(LOOK_AGAIN_S)
        return False
