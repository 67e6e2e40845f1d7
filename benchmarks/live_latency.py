"""How long a sample takes to the screen and to a decision, in the whole app while it draws.

    python -m benchmarks.live_latency [--seconds 20] [--size 1600x900]

A classifier is trained on a short demo first. Then the window runs offscreen with the
simulated sensor, recording, spectrogram and decoder on. Sample to pixel: from the moment
a column's last sample was taken (the stream's clock) until the paint event that shows
it has ended. Packet to pixel and packet to decision: from the arrival of the packet with
the last sample that was needed. "Without the queue" leaves out how long the device's and
the decoder's thread stood ready while a processor ran something else (Linux tells it):
other programs' doing. Goal: packet to decision p99 at most 2 ms.
"""

from __future__ import annotations

import argparse
import bisect
import os
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# As the command line does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TRAINED_S = 30.0
SETTLE_S = 4.0
GOAL_MS = 2.0
SENSOR = "sim:gestures?person=A&seed=1"


class Watch:
    """Remembers arrivals for longer than the stream does, and delays in ms."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.indices: list[int] = []
        self.hosts: list[float] = []
        self.delays: dict[str, list[float]] = {}
        self.decided = stream.raw.head

    def refresh(self) -> None:
        last = self.indices[-1] if self.indices else -1
        for host, index in self.stream.arrivals:
            if index > last:
                self.indices.append(index)
                self.hosts.append(host)

    def arrived(self, index: float) -> float | None:
        """When the packet came that held this sample."""
        self.refresh()
        at = bisect.bisect_left(self.indices, index)
        return self.hosts[at] if at < len(self.indices) else None

    def add(self, name: str, since: float | None, now: float) -> None:
        if since is not None:
            self.delays.setdefault(name, []).append((now - since) * 1000)


class Queue:
    """Seconds of processor, and seconds queued for one, of the threads behind each decision."""

    def __init__(self, stream: Any, decoder: Any) -> None:
        self.waited: dict[int, float] = {}
        self.spent: list[float] = []
        self._packets: deque[tuple[int, float]] = deque(maxlen=200)
        self._asleep = (0.0, 0.0)
        accept, keep, wait = stream.accept, decoder._keep, decoder._reader.wait_until

        def accepted(item: Any, host: float) -> None:
            before = thread_times()[1]
            accept(item, host)
            self._packets.append((stream.raw.head, thread_times()[1] - before))

        def slept(index: int, timeout_s: float) -> bool:
            self._asleep = thread_times()
            return bool(wait(index, timeout_s))

        def kept(decision: Any) -> None:
            keep(decision)
            spent, waited = (b - a for a, b in zip(self._asleep, thread_times(), strict=True))
            self.spent.append(spent)
            packets = tuple(self._packets)
            brought = next((wait_s for head, wait_s in packets if head > decision.index), 0.0)
            self.waited[decision.index] = waited + brought

        stream.accept, decoder._keep, decoder._reader.wait_until = accepted, kept, slept


def thread_times() -> tuple[float, float]:
    """Seconds that this thread ran, and stood ready to run; the second only on Linux."""
    told = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    queued = int(told.read_text().split()[1]) * 1e-9 if told.exists() else 0.0
    return time.thread_time(), queued


def watch_paint(traces: Any, watch: Watch) -> None:
    """Take the time after each paint event of every column that became visible by it."""
    from emgstudio.core.clock import host_time

    plain = traces.paintEvent
    shown = [traces.head]

    def timed(event: Any) -> None:
        plain(event)
        now = host_time()
        for column in range(max(shown[0], traces.head - 50), traces.head):
            index = (column + 1) * traces.feed.per_column
            watch.add("sample to pixel", watch.stream.clock.time(index), now)
            watch.add("packet to pixel", watch.arrived(index), now)
        shown[0] = traces.head

    traces.paintEvent = timed


def measured(model: Path, asked: argparse.Namespace) -> dict[str, list[float]]:
    """Delays in ms by name."""
    from PySide6.QtCore import QTimer

    from emgstudio.gui.app import make_application
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session

    session = Session()
    app = make_application(session)
    tick = Tick(session)
    window = MainWindow(session, tick, unattended=True)
    window.resize(*map(int, asked.size.split("x")))
    session.connect(SENSOR)
    window.go_to("live")
    window.show()
    tick.start()
    watches: list[Watch] = []
    queues: list[Queue] = []

    def look(_now: float) -> None:
        if not watches or session.decoder is None:
            return
        watch = watches[0]
        for made in session.decoder.decisions:
            if made.index > watch.decided:
                watch.decided = made.index
                ready = made.time + made.latency_s
                watch.add("sample to decision", made.time, ready)
                arrived, queued = watch.arrived(made.index), queues[0].waited.get(made.index)
                watch.add("packet to decision", arrived, ready)
                if arrived is not None and queued is not None:
                    watch.add("… without the queue", arrived + queued, ready)

    def go_on() -> None:
        if session.main_stream is None or session.main_stream.received < 2000:
            QTimer.singleShot(100, go_on)
            return
        session.start_recording()
        session.start_decoding(model)
        QTimer.singleShot(round(1000 * SETTLE_S), begin)

    def begin() -> None:
        watches.append(Watch(session.main_stream))
        queues.append(Queue(session.main_stream, session.decoder))
        watch_paint(window.rooms["live"].traces, watches[0])
        QTimer.singleShot(round(1000 * asked.seconds), window.finish_and_close)

    tick.frame.connect(look)
    QTimer.singleShot(100, go_on)
    app.exec()
    tick.stop()
    session.close()
    watches[0].delays["processor a decision"] = [1000 * s for s in queues[0].spent]
    return watches[0].delays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="1600x900")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMGSTUDIO_HOME"] = folder
        from emgstudio.cli.demo import run_without_window
        from emgstudio.session.demo_report import demo_facts

        facts = demo_facts(run_without_window(Path(folder) / "demo", TRAINED_S, SENSOR))
        began = time.monotonic()
        delays = measured(Path(facts["model"]), asked)
        print(f"{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}, times in ms")
    print(f"{'':<20} {'median':>8} {'p95':>8} {'p99':>8} {'max':>8} {'n':>7}")
    for name, values in sorted(delays.items()):
        middle, late, last, most = np.percentile(values, [50, 95, 99, 100])
        print(f"{name:<20} {middle:8.1f} {late:8.1f} {last:8.1f} {most:8.1f} {len(values):7d}")
    for name in ("packet to decision", "… without the queue"):
        reached = np.percentile(delays[name], 99) <= GOAL_MS
        print(f"goal {name} p99 <= {GOAL_MS:g} ms: {'reached' if reached else 'missed'}")


if __name__ == "__main__":
    main()
