"""The process that a test kills in the middle of a set; it says when the second work phase runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.plan import Muscle, Plan, Resting
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.run import TherapyRun

SAMPLES = (".i16", ".i32", ".f32")
LOOKED_S = 2.5


def in_memory(session: Session) -> float:
    """Seconds of signal that came and are not in the file, up to a constant."""
    recorder, stream = session.recorder, session.main_stream
    assert recorder is not None
    assert stream is not None
    row = np.dtype(stream.info.dtype).itemsize * stream.info.n_channels
    size = sum(f.stat().st_size for f in recorder.path.iterdir() if f.suffix in SAMPLES)
    return (stream.received - size / row) / stream.info.rate


def main(folder: Path) -> None:
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
    behind: list[float] = []
    stream = session.main_stream
    enough = stream.received + LOOKED_S * stream.info.rate
    while stream.received < enough:
        run.advance(host_time())
        behind.append(in_memory(session))
        time.sleep(0.01)
    # What came before the recording is in none of the files: nothing is behind at the least.
    lost_s = median(behind) - min(behind)
    sys.stdout.write(f"{session.recorder.path}\n{lost_s}\n")
    sys.stdout.flush()
    while True:
        run.advance(host_time())
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
