"""The thread that turns the newest conditioned window into a decision, once per hop."""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Chunk, Reader
from emgstudio.core.types import Decision, Level
from emgstudio.ml.decide import Decider, rest_decision
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec

log = logging.getLogger(__name__)

STALE_S = 0.5
# The write of its last sample wakes the decoder; this is for a device that is silent.
LONGEST_NAP_S = 0.05
# Work that lets decisions pass waits no longer than this after a packet was due.
LATE_S = 0.003
DECISIONS_KEPT = 6000
LATENCIES_KEPT = 4000


class DecoderState(StrEnum):
    """``waiting`` means that no valid window has come for half a second."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


class Decoder:
    """Decides on windows of a clean ring until it is stopped.

    The last decision is always rest once it has stopped, failed or seen nothing
    valid for 0.5 s, so that whatever follows it lets go. ``columns`` are those
    of the ring that the model looks at, all of them if not given.
    """

    def __init__(
        self,
        model: GestureModel,
        reader: Reader,
        clock: Clock,
        outbox: Outbox,
        columns: Sequence[int] | None = None,
    ) -> None:
        chosen = range(reader.ring.channels) if columns is None else columns
        if len(chosen) != len(model.channels):
            raise ValueError(f"{len(chosen)} channels, model has {len(model.channels)}")
        self.model = model
        self.state = DecoderState.IDLE
        self.latest: Decision | None = None
        self.dropped = 0
        """Windows with lost samples in them."""
        self._reader = reader
        self._clock = clock
        self._outbox = outbox
        self._decider = Decider(model)
        # None: as they are, without a copy.
        whole = len(chosen) == reader.ring.channels
        self._columns = None if whole else np.array(chosen, np.intp)
        self._lock = threading.Lock()
        self._decisions: deque[Decision] = deque(maxlen=DECISIONS_KEPT)
        self._latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._due: float = math.inf
        self._moved_on = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=False)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The newest decisions, oldest first; the last five minutes at 50 ms."""
        with self._lock:
            return tuple(self._decisions)

    @property
    def skipped(self) -> int:
        """Hops passed over because the decoder came too late."""
        return self._reader.skipped

    def latency(self) -> tuple[float, float]:
        """(median, 99th percentile) in s from the newest sample to the decision; NaN before any."""
        with self._lock:
            values = list(self._latencies)
        if not values:
            return math.nan, math.nan
        median, p99 = np.percentile(values, [50, 99])
        return float(median), float(p99)

    def let_pass(self, ahead_s: float) -> bool:
        """Wait until a decision is made that is due within ``ahead_s`` seconds; whether it was.

        For work in other threads that can wait some ms: all share one interpreter. It
        never waits for a packet that is more than 3 ms late.
        """
        due, ring = self._due, self._reader.ring
        if self.state is not DecoderState.RUNNING or due == math.inf:
            return False
        wait_s = LATE_S
        if due > ring.head:
            # The packet that brings the sample, if packets go on being as long.
            length = max(1, ring.last_write)
            last = ring.head + math.ceil((due - ring.head) / length) * length - 1
            left_s = self._clock.time(last) - host_time()
            if not -LATE_S < left_s < ahead_s:
                return False
            wait_s += left_s
        with self._moved_on:
            return self._moved_on.wait_for(lambda: self._due != due, wait_s)

    def set_postprocess(
        self, spec: PostprocessSpec, sureness: Mapping[str, float] | None = None
    ) -> None:
        """Steadier or faster from the next hop on; ``sureness`` per gesture if it changes too."""
        if sureness is not None:
            self.model = replace(self.model, sureness=dict(sureness))
        self._decider = Decider(self.model, spec)

    def start(self) -> None:
        """Begin to decide; without effect if it has begun before."""
        if self.state is not DecoderState.IDLE:
            return
        # The first prediction solves and loads things; it shall not delay the first decision.
        length, _ = self.model.window_samples
        self.model.predict(np.ones((length, len(self.model.channels)), np.float32))
        self.state = DecoderState.RUNNING
        self._thread.start()

    def stop(self) -> None:
        """End with a rest decision; waits for the thread. May be called again."""
        self._stopping.set()
        self._reader.let_go()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        final = DecoderState.STOPPED
        try:
            self._decide_until_stopped()
        except Exception as error:
            final = DecoderState.FAILED
            log.exception("decoder failed")
            self._outbox.notice(
                Level.ERROR,
                f"Recognition stopped: {error}.",
                "Start it again; if it stops again, calibrate again.",
                source="decoder",
            )
        finally:
            self._reader.leave()
            self._keep_rest()
            self.state = final

    def _decide_until_stopped(self) -> None:
        length, hop = self.model.window_samples
        last_valid = host_time()
        while not self._stopping.is_set():
            chunk = self._reader.window(length, hop)
            if chunk is not None and self._decide(chunk):
                last_valid = host_time()
                self.state = DecoderState.RUNNING
            elif self.state is DecoderState.RUNNING and host_time() - last_valid >= STALE_S:
                self._decider.reset()
                self._keep_rest()
                self.state = DecoderState.WAITING
            if chunk is None:
                self._wait((self._reader.ring.head // hop + 1) * hop)

    def _wait(self, due: int) -> None:
        """Until the sample before ``due`` has been written, or a little while."""
        if due != self._due:
            with self._moved_on:
                self._due = due
                self._moved_on.notify_all()
        self._reader.wait_until(due, LONGEST_NAP_S)

    def _decide(self, chunk: Chunk) -> bool:
        """Decide on a window; False if it has a gap."""
        decider, last = self._decider, chunk.stop - 1
        if not chunk.valid.all():
            decider.reset()
            self.dropped += 1
            return False
        taken = self._clock.time(last)
        if math.isnan(taken):
            taken = host_time()
        window = chunk.data if self._columns is None else chunk.data.take(self._columns, axis=1)
        decision = decider.step(window, last, taken)
        if decision is None:
            self.dropped += 1
            return False
        decision = replace(decision, latency_s=host_time() - taken)
        with self._lock:
            self._latencies.append(decision.latency_s)
        self._keep(decision)
        return True

    def _keep(self, decision: Decision) -> None:
        with self._lock:
            self._decisions.append(decision)
        self.latest = decision

    def _keep_rest(self) -> None:
        self._keep(rest_decision(self.model, self._reader.position - 1, host_time()))
