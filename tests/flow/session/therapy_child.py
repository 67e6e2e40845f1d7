"""The process that a test kills in the middle of a set; it says when the second work phase runs."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.plan import Muscle, Plan, Resting
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.run import TherapyRun
from emgstudio.storage.recorder import Recorder

SAMPLES = (".i16", ".i32", ".f32")
LOOKS = 10


class Rounds:
    """What each round of the recorder left in memory of what was there when it began, in rows."""

    def __init__(self) -> None:
        self.left: list[int] = []
        self._plain = Recorder._round
        self._begun: int | None = None

    def round(self, recorder: Recorder) -> bool:
        """In the place of the recorder's own."""
        (source,) = recorder._sources
        ring, row = source.reader.ring, np.dtype(source.info.dtype).itemsize
        if self._begun is None:
            self._begun = recorder.written(ring)
        there = ring.head - self._begun
        goes_on = self._plain(recorder)
        size = sum(f.stat().st_size for f in recorder.path.iterdir() if f.suffix in SAMPLES)
        self.left.append(there - size // (row * source.info.n_channels))
        return goes_on


def main(folder: Path, told: Path) -> None:
    rounds = Rounds()
    Recorder._round = lambda recorder: rounds.round(recorder)  # type: ignore[method-assign]
    session = Session()
    session.update_settings(session.settings.changed("recording", folder=str(folder)))
    session.connect("sim:clean?rate=1000&channels=2")
    while session.main_stream is None or session.main_stream.received < 500:
        time.sleep(0.01)
    first, second = (channel.name for channel in session.main_stream.info.channels)
    protocol = Protocol("up", "Up", Kind.UP, (Step("", 3, 600.0, 600.0),), goals=(5.0,))
    # A limit that no live channel stays below: it is tense from the first second on.
    soft = Resting(Muscle(second, "Trapezius"), 1e-6)
    plan = Plan(
        protocol, (Muscle(first, "Deltoid"),), Goal(Kind.UP, 5.0), "C-0007", resting=(soft,)
    )
    run = TherapyRun(session, session.main_stream, plan)
    run.begin(host_time())
    run.skip(host_time())
    while not run.tense:
        run.advance(host_time())
        time.sleep(0.01)
    run.rest_now(host_time())
    run.skip(host_time())
    run.move_goal(host_time(), 5.0)
    session.annotate("mark")
    assert run.exercise.part.phase is Phase.WORK
    enough = len(rounds.left) + LOOKS
    while len(rounds.left) < enough:
        run.advance(host_time())
        time.sleep(0.01)
    assert session.recorder is not None
    whole = told.with_suffix(".begun")
    whole.write_text(json.dumps([str(session.recorder.path), max(rounds.left)]), "utf-8")
    whole.rename(told)
    while True:
        run.advance(host_time())
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
