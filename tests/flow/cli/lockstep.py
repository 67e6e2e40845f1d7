"""Time of whole commands, whose threads run as they always do.

Made seconds pass in the pauses of the command's loop; in each, every device has to have
sent what is due, the decoder to have decided on it, every output to have passed it on, and
a recorder to be at most some seconds behind. A replay or a simulated person then takes as
long as its work takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from emgstudio.devices.links.pace import Pace
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.session.session import Session
from emgstudio.session.sinks import Output
from tests.made_time import FOLLOW_WITHIN_S, LOOK_AGAIN_S, MadeTime

# Seconds of signal; rings hold 60.
UNWRITTEN_S = 20.0


class Lockstep(MadeTime):
    """Goes on by 40 ms at most at a time; a device's speed makes more of it for its signal."""

    # Shorter than a hop of the decoder.
    step_s = 0.04

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._settled = self.now
        self._idle: dict[Pace, float] = {}
        self._passed_on: dict[Output, float] = {}
        pauses = SimpleNamespace(Event=lambda: self)
        patch.setattr("emgstudio.core.clock.time", self)
        patch.setattr("emgstudio.cli.device.threading", pauses)
        patch.setattr("emgstudio.cli.demo.threading", pauses)
        patch.setattr("emgstudio.session.sinks.PACE_S", LOOK_AGAIN_S)
        # The last words of an output are waited for, however late its thread comes.
        patch.setattr("emgstudio.session.sinks.JOIN_S", FOLLOW_WITHIN_S)
        self._watch(patch)

    def wait(self, seconds: float) -> bool:
        """The pause of a command's loop, as of an event that nobody sets."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self._settled + self.step_s)
            if self.now >= self._settled + self.step_s:
                self.settle()
                self._settled = self.now
        return False

    def behind(self) -> str:
        return next(self._busy(), "")

    def _watch(self, patch: pytest.MonkeyPatch) -> None:
        enter, step = Session.__enter__, Output.step

        def entered(session: Session) -> Session:
            self.sessions.append(session)
            return enter(session)

        def wait_for(pace: Pace, seconds: float, _timeout_s: float) -> bool:
            """A device that waits for its next packet has passed on what came before."""
            if pace.due() < seconds:
                self._idle[pace] = self.now
                time.sleep(LOOK_AGAIN_S)
            return pace.due() >= seconds

        def stepped(output: Output, now: float) -> None:
            step(output, now)
            self._passed_on[output] = now

        patch.setattr(Session, "__enter__", entered)
        patch.setattr(Pace, "wait_for", wait_for)
        patch.setattr(Output, "step", stepped)

    def _busy(self) -> Iterator[str]:
        for session in self.sessions:
            yield from (task.name for task in session.tasks.tasks)
            yield from (one.title for one in session.devices.values() if self._sends(one))
            if session.decoder is not None and _decides(session.decoder):
                yield "decoder"
            for output in session.sinks._outputs.values():
                if self._passed_on.get(output) != self.now:
                    yield output.address
            recorder = session.recorder
            for stream in session.recorded if recorder is not None else ():
                unwritten = stream.raw.head - recorder.written(stream.raw)
                if unwritten > UNWRITTEN_S * stream.info.rate:
                    yield "recorder"

    def _sends(self, worker: DeviceWorker) -> bool:
        if worker.state is DeviceState.CLOSED:
            return False
        return self._idle.get(worker._link._pace) != self.now


def _decides(decoder: Decoder) -> bool:
    if decoder.state not in (DecoderState.RUNNING, DecoderState.WAITING):
        return False
    return not decoder._reader.ring.head < decoder._due < float("inf")
