"""Where Qt begins: one timer that brings the session's news and the next frame to the window."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from emgstudio.core.clock import host_time

if TYPE_CHECKING:
    from emgstudio.session.session import Session

INTERVAL_MS = 33
FULL_COLLECTION_EVERY_S = 10.0
GENERATION_THRESHOLDS = (1000, 15, 15)
# How long the window's Python may keep a thread waiting that has a packet or a decision.
SWITCH_S = 0.0005
# What a frame takes: it begins after a decision that would fall into it.
FRAME_S = 0.006


class Tick(QObject):
    """Drains the outbox (``arrived``, one per item), then announces a ``frame`` (host seconds).

    It also says for how long a thread may keep the interpreter from others, and owns
    Python's cyclic garbage collector: a collection in a worker thread while widgets
    live crashed 4 of 6 runs, so that only this thread collects.
    What lives when it starts is never looked through again: that has come to stay.
    """

    arrived = Signal(object)
    frame = Signal(float)

    def __init__(self, session: Session, interval_ms: int = INTERVAL_MS) -> None:
        super().__init__()
        self._session = session
        self._collector_was_on = False
        self._switched_every = sys.getswitchinterval()
        self._full_collection = host_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.beat)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        """Begin to beat; from here on this thread collects the garbage."""
        if self.running:
            return
        self._switched_every = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._collector_was_on = gc.isenabled()
        gc.disable()
        # Without a collection before: that took 80 ms, and of what imports leave behind
        # it found 600 objects of 54 000.
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Stop beating and give the collector back."""
        if not self.running:
            return
        self._timer.stop()
        sys.setswitchinterval(self._switched_every)
        if self._collector_was_on:
            gc.enable()

    def beat(self) -> None:
        """One tick: news first, so that a frame shows what they say."""
        self._session.let_decide(FRAME_S)
        now = host_time()
        try:
            for item in self._session.outbox.drain():
                self.arrived.emit(item)
            if self._session.calibration is not None:
                self._session.calibration.advance()
        finally:
            self.frame.emit(now)
            self._collect(now)

    def _collect(self, now: float) -> None:
        young, middle, old = gc.get_count()
        if old > GENERATION_THRESHOLDS[2] and now - self._full_collection > FULL_COLLECTION_EVERY_S:
            self._full_collection = now
            gc.collect()
        elif middle > GENERATION_THRESHOLDS[1]:
            gc.collect(1)
        elif young > GENERATION_THRESHOLDS[0]:
            gc.collect(0)
