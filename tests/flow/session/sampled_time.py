"""Time of sessions whose simulated sensors sample; no window, no decoder."""

from __future__ import annotations

from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.session.session import Session
from tests.made_time import MadeTime

# A sensor gives out ticks of 16 ms: the one that is not over yet is not there.
TICK_S = 0.02


class SampledTime(MadeTime):
    """Goes on when the sensors have sent what is due."""

    def __init__(self) -> None:
        super().__init__()
        self._sensors: list[tuple[DeviceWorker, float]] = []

    def connect(self, session: Session, uri: str, seconds: float = 0.2) -> str:
        """Connect an emulated sensor that samples at its own speed, and let it."""
        device_id = session.connect(uri)
        self.sessions.append(session)
        worker = session.devices[device_id]
        self._sensors.append((worker, self.now))
        self.settle()
        self.go(seconds)
        return device_id

    def behind(self) -> str:
        return next((w.title for w, began in self._sensors if not self._has_sent(w, began)), "")

    def _has_sent(self, worker: DeviceWorker, began: float) -> bool:
        due = self.now - began - TICK_S
        sent = [stream.clean.head >= due * stream.info.rate for stream in worker.streams]
        return worker.state is DeviceState.CLOSED or (bool(sent) and all(sent))
