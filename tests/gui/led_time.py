"""Time of a whole window: its sensors, its decoder and its frames."""

from __future__ import annotations

import time

from PySide6.QtTest import QTest

from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.gui.tick import Tick
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.session.session import Session
from tests.made_time import LOOK_AGAIN_S, MadeTime


class LedTime(MadeTime):
    """A step is a frame of the window and a few packets of the simulated sensor.

    Cues, simulated sensors and decisions go by it; timers of Qt do not.
    """

    step_s = 0.04

    def __init__(self, session: Session, tick: Tick) -> None:
        # What was begun before goes on from there.
        super().__init__(time.perf_counter())
        self.sessions = [session]
        self._tick = tick
        self._set_up: dict[DeviceWorker, float] = {}

    def step(self) -> None:
        super().step()
        # Not only events: what was to be deleted later is gone, too.
        QTest.qWait(1)
        self._tick.beat()

    def behind(self) -> str:
        for session in self.sessions:
            for worker in session.devices.values():
                if self._keeps_waiting(worker):
                    return worker.title
            if _deciding(session.decoder):
                return "the decoder"
        return ""

    def _keeps_waiting(self, worker: DeviceWorker) -> bool:
        match worker.state:
            case DeviceState.OPENING | DeviceState.IDENTIFYING:
                return True
            case DeviceState.CONFIGURING:
                # Its first packet needs time, but not more than this.
                return self.now > self._set_up.setdefault(worker, self.now) + 2 * self.step_s
            case DeviceState.STREAMING:
                return min(stream.arrivals[-1][0] for stream in worker.streams) < self.now
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
