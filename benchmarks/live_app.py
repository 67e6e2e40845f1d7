"""What the whole app costs while it shows and records, and whether it keeps 30 frames a second.

    python -m benchmarks.live_app [--seconds 20] [--size 1600x900] [--platform offscreen]

Two cases, each in a process of its own: 16 channels at 2 kHz from the simulated sensor
(goal: at most 15 % of a core), and 384 at 2048 Hz from an emulated Quattrocento in another
process (goal: 30 frames a second ± 1). Both record, with spectrogram, lamps and levels on.
CPU seconds of this process per second; what the simulated sensor itself needs is measured
in the same run and told apart: a real sensor brings its own computer. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SETTLE_S = 5.0
CONNECT_S = 90.0
SHARE_GOAL = 0.15
FPS_GOAL, FPS_WITHIN = 30.0, 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="1600x900")
    parser.add_argument("--platform", default="offscreen")
    parser.add_argument("--only", choices=("16", "384"))
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This benchmark reads CPU clocks of threads and runs on Linux only.")
    os.environ["QT_QPA_PLATFORM"] = arguments.platform
    # As the command line does.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if arguments.case:
        print(json.dumps(measured(arguments.case, arguments.seconds, arguments.size)))
        return
    print(f"load average before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    if arguments.only != "384":
        found = run_case("sim:gestures?channels=16&rate=2000", arguments)
        tell("16 channels, 2000 Hz", found)
        share = found["cpu"] - found["sensor"]
        verdict(f"{share:.1%} of a core without the sensor", share <= SHARE_GOAL, "<= 15 %")
    if arguments.only != "16":
        port = free_port()
        emulator = subprocess.Popen(
            [sys.executable, "-m", "emgstudio", "emulate", "quattrocento", "--tcp", str(port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            found = run_case(f"tcp:127.0.0.1:{port}?driver=quattrocento", arguments)
        finally:
            emulator.terminate()
            emulator.wait()
        tell("384 channels, 2048 Hz", found)
        kept = abs(found["fps"] - FPS_GOAL) <= FPS_WITHIN
        verdict(f"{found['fps']:.1f} frames a second", kept, "30 ± 1")


def run_case(uri: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One case in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.live_app", "--case", uri]
    command += ["--seconds", str(arguments.seconds), "--size", arguments.size]
    command += ["--platform", arguments.platform]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(uri: str, seconds: float, size: str) -> dict[str, Any]:
    """Show and record ``uri`` for a while; shares of a core by thread, frames, what was lost."""
    folder = tempfile.TemporaryDirectory()
    os.environ["EMGSTUDIO_HOME"] = folder.name
    from PySide6.QtCore import QTimer

    from emgstudio.gui.app import make_application
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session

    session = Session()
    app = make_application(session)
    tick = Tick(session)
    window = MainWindow(session, tick, unattended=True)
    window.resize(*map(int, size.split("x")))
    meter = Meter()
    device = session.connect(uri)
    meter.watch_sensor(session.devices[device])
    window.go_to("live")
    window.show()
    tick.start()
    began = time.monotonic()
    found: dict[str, Any] = {}

    def go_on() -> None:
        stream = session.main_stream
        if stream is None or stream.received < stream.info.rate:
            if time.monotonic() - began > CONNECT_S:
                window.finish_and_close()
                return
            QTimer.singleShot(200, go_on)
            return
        session.start_recording()
        QTimer.singleShot(round(1000 * SETTLE_S), begin)

    def begin() -> None:
        meter.begin(window.rooms["live"])
        QTimer.singleShot(round(1000 * seconds), end)

    def end() -> None:
        found.update(meter.end(window.rooms["live"]))
        assert session.recorder is not None
        found["lost_on_disk"] = session.recorder.status.lost
        found["lost_on_the_way"] = sum(stream.lost for stream in session.streams)
        window.finish_and_close()

    QTimer.singleShot(200, go_on)
    app.exec()
    tick.stop()
    session.close()
    folder.cleanup()
    if not found:
        raise SystemExit(f"{uri} did not stream within {CONNECT_S:g} s.")
    return found


class Meter:
    """CPU of the process and of each thread, and frames painted, between two moments."""

    def __init__(self) -> None:
        self._sensor_s = 0.0

    def watch_sensor(self, worker: Any) -> None:
        """Count what a simulated sensor needs to make its signal."""
        link = worker._link
        if "simulated" not in type(link).__module__:
            return
        read = link.read

        def timed(*args: Any, **kwargs: Any) -> Any:
            at = time.thread_time()
            try:
                return read(*args, **kwargs)
            finally:
                self._sensor_s += time.thread_time() - at

        link.read = timed

    def begin(self, room: Any) -> None:
        self._at = time.monotonic()
        self._cpu, self._threads = time.process_time(), thread_seconds()
        self._frames, self._sensor = room.traces.painted, self._sensor_s

    def end(self, room: Any) -> dict[str, Any]:
        wall = time.monotonic() - self._at
        threads = {
            name: round((spent - self._threads.get(name, 0.0)) / wall, 4)
            for name, spent in thread_seconds().items()
        }
        return {
            "cpu": (time.process_time() - self._cpu) / wall,
            "sensor": (self._sensor_s - self._sensor) / wall,
            "fps": (room.traces.painted - self._frames) / wall,
            "threads": dict(sorted(threads.items(), key=lambda item: -item[1])),
        }


def thread_seconds() -> dict[str, float]:
    """CPU seconds of every Python thread so far, by name."""
    spent: dict[str, float] = {}
    for thread in threading.enumerate():
        if thread.ident is not None:
            clock = time.pthread_getcpuclockid(thread.ident)
            spent[thread.name] = spent.get(thread.name, 0.0) + time.clock_gettime(clock)
    return spent


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


def tell(title: str, found: dict[str, Any]) -> None:
    print(f"\n{title}: {found['cpu']:.1%} of a core, of it the simulated sensor")
    print(f"  {found['sensor']:.1%}; {found['fps']:.1f} frames a second")
    threads = ", ".join(f"{name} {share:.1%}" for name, share in found["threads"].items())
    print(f"  by thread: {threads}")
    print(f"  lost on the way {found['lost_on_the_way']}, on disk {found['lost_on_disk']}")


def verdict(figure: str, reached: bool, goal: str) -> None:
    print(f"  {'reached' if reached else 'MISSED'}: {figure} (goal {goal})")


if __name__ == "__main__":
    main()
