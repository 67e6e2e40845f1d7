"""Gives decisions to other programs and machines: paced, the newest only, rest at the end.

Every output has a thread of its own, so that a slow one delays no other and
nothing delays the decoder.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Decision, Level
from emgstudio.session.sink_kinds import checked_address
from emgstudio.session.sink_message import Message, Sink

log = logging.getLogger(__name__)

PACE_S = 0.05
RETRY_S = 2.0
# A decision older than this says nothing about now.
STALE_S = 0.5
# A lost packet must not leave a hand closed.
RESTS_AT_END = 3
JOIN_S = 5.0


class SinkState(StrEnum):
    """``resting``: nothing is decided at present. ``failed`` tries again by itself.

    ``yielding``: our own window is in front, and must not be typed into.
    """

    RESTING = "resting"
    YIELDING = "yielding"
    SENDING = "sending"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """One output for people; ``latency_s`` from the newest sample to the last sending.

    ``keys``: it presses keys of this computer.
    """

    address: str
    title: str
    state: SinkState
    sent: int
    latency_s: float | None
    problem: str
    keys: bool = False


class LatestDecision(Protocol):
    """What of a decoder is needed."""

    latest: Decision | None


Latest = Callable[[], LatestDecision | None]
InFront = Callable[[], bool]


def not_in_front() -> bool:
    """Without a window none of ours is in front."""
    return False


class Output:
    """One address. ``step`` does what is due; the thread only calls it in time.

    ``in_front`` tells whether our own window is; what presses keys then lets go of them.
    Raises EmgError for an address that cannot be one.
    """

    def __init__(
        self, address: str, latest: Latest, outbox: Outbox, in_front: InFront = not_in_front
    ) -> None:
        self.address = address
        self.state = SinkState.RESTING
        self.sent = 0
        self._kind, self._where, self._options = checked_address(address)
        self._latest, self._outbox, self._in_front = latest, outbox, in_front
        self._sink: Sink | None = None
        self._rests = RESTS_AT_END
        self._problem = ""
        self._retry_at = 0.0
        self._latency: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decision sink", daemon=False)

    @property
    def status(self) -> SinkStatus:
        """How it goes."""
        return SinkStatus(
            self.address, self._kind.title, self.state, self.sent, self._latency, self._problem,
            self._kind.here,
        )  # fmt: skip

    def start(self) -> None:
        """Begin to send; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Send rest and close; may be called again."""
        self._stopping.set()
        if self._thread.ident is not None and self._thread.is_alive():
            self._thread.join(JOIN_S)

    def step(self, now: float) -> None:
        """Send the newest decision, or rest where there is none; ``now`` is host time."""
        if self.state is SinkState.FAILED and now < self._retry_at:
            return
        yielding = self._kind.here and self._in_front()
        quiet = SinkState.YIELDING if yielding else SinkState.RESTING
        message = None if yielding else self._newest(now)
        if message is None:
            if self._rests == 0:
                self.state = quiet
                return
            self._rests -= 1
            message = Message(time_s=now)
        else:
            self._rests = RESTS_AT_END
        try:
            if self._sink is None:
                self._sink = self._kind.open(self._where, self._options)
            self._sink.send(message)
        except (OSError, EmgError) as error:
            self._fail(error, now)
            return
        self.sent += 1
        resting = self._rests < RESTS_AT_END
        self._latency = None if resting else now - message.time_s
        self._problem = ""
        self.state = quiet if resting else SinkState.SENDING

    def close(self, now: float) -> None:
        """The last word is rest, whatever was decided."""
        sink, self._sink = self._sink, None
        self.state = SinkState.CLOSED
        if sink is None:
            return
        try:
            for _ in range(RESTS_AT_END):
                sink.send(Message(time_s=now))
        except (OSError, EmgError) as error:
            log.warning("no rest at the end for %s: %s", self.address, error)
        finally:
            self._let_go(sink)

    def _newest(self, now: float) -> Message | None:
        """The newest decision as a message; None when nothing decides or it is too old."""
        decoder = self._latest()
        decision = decoder.latest if decoder is not None else None
        if decision is None or now - decision.time > STALE_S:
            return None
        return Message(
            decision.gesture,
            decision.proportional,
            decision.confidence,
            decision.time,
            decision.rejected,
            decision.latency_s,
        )

    def _fail(self, error: Exception, now: float) -> None:
        first = self.state is not SinkState.FAILED
        self.state, self._problem = SinkState.FAILED, str(error)
        self._retry_at = now + RETRY_S
        sink, self._sink = self._sink, None
        if sink is not None:
            self._let_go(sink)
        # Whoever listens again must first hear rest.
        self._rests = RESTS_AT_END
        if first:
            self._outbox.notice(
                Level.WARNING,
                f"Decisions do not reach {self.address} ({error}).",
                "It is tried again every two seconds.",
                source="sinks",
            )

    def _let_go(self, sink: Sink) -> None:
        try:
            sink.close()
        except OSError as error:
            # A full disk refuses what is left once more; it is told already.
            log.info("%s does not close in order: %s", self.address, error)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(PACE_S):
                self.step(host_time())
        except Exception as error:
            log.exception("decision sink failed")
            self._outbox.notice(
                Level.ERROR,
                f"Decisions no longer go to {self.address} ({error}).",
                "Add it again.",
                source="sinks",
            )
        finally:
            self.close(host_time())


class DecisionSinks:
    """All outputs of a session. ``latest`` gives the decoder that runs, None for none."""

    def __init__(self, latest: Latest, outbox: Outbox) -> None:
        self.own_window_in_front = False
        """Set by the window; nothing is typed into it."""
        self._latest, self._outbox = latest, outbox
        self._outputs: dict[str, Output] = {}

    def status(self, address: str) -> SinkStatus | None:
        """How it goes with one output, None for an address that nothing goes to."""
        output = self._outputs.get(address)
        return output.status if output is not None else None

    @property
    def statuses(self) -> tuple[SinkStatus, ...]:
        """Every output, in the order in which they were added."""
        return tuple(output.status for output in self._outputs.values())

    def add(self, address: str) -> None:
        """Give decisions to ``address`` from now on; EmgError when it cannot be one."""
        known = self._outputs.get(address)
        if known is not None and known.state is not SinkState.CLOSED:
            return
        output = Output(address, self._latest, self._outbox, lambda: self.own_window_in_front)
        self._outputs[address] = output
        output.start()

    def remove(self, address: str) -> None:
        """Send rest there and close it; without effect for an unknown one."""
        output = self._outputs.pop(address, None)
        if output is not None:
            output.stop()

    def stop(self) -> None:
        """Send rest everywhere and close all; may be called twice."""
        for address in tuple(self._outputs):
            self.remove(address)
