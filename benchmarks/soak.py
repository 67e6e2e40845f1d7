"""A long run with everything on: drawn in the Live room, recorded, looked at from all sides.

    python -m benchmarks.soak [--minutes 30] [--channels 64] [--rate 2000] [--size 1600x900]

Spectrogram of eight channels, power spectrum, lamps, levels and marks run beside a
recording (``--decode``: and a decoder, trained on the spot in the first minutes);
traces, bars and array take turns. Prints resident
memory, frames a second and what was lost, each minute; then whether the goals are met:
no sample lost, less than 50 MB of growth after the first minutes (rings of five minutes and
caches are full by then), at least 25 frames a second in every minute. Linux only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# As the command line does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

GROWTH_GOAL_MB, FPS_GOAL = 50.0, 25.0
SETTLED_AFTER = 6
MARK_EVERY_MS, TURN_EVERY_MS = 10_000, 20_000


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--size", default="1600x900")
    parser.add_argument("--decode", action="store_true")
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This benchmark reads /proc and runs on Linux only.")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMGSTUDIO_HOME"] = folder
        sys.exit(soak(arguments))


def soak(arguments: argparse.Namespace) -> int:
    """Run for so many minutes; 0 when all goals are met."""
    from PySide6.QtCore import QTimer

    from emgstudio.gui.app import make_application
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session

    session = Session()
    app = make_application(session)
    tick = Tick(session)
    window = MainWindow(session, tick, unattended=True)
    window.resize(*map(int, arguments.size.split("x")))
    session.connect(f"sim:gestures?rate={arguments.rate}&channels={arguments.channels}")
    window.go_to("live")
    run = Run(session, window, arguments)
    QTimer.singleShot(3000, run.begin)
    window.show()
    tick.start()
    app.exec()
    tick.stop()
    session.close()
    return run.verdict()


class Run:
    """Switches everything on and writes down what each minute brought."""

    def __init__(self, session: Any, window: Any, arguments: argparse.Namespace) -> None:
        from PySide6.QtCore import QTimer

        self._session, self._window = session, window
        self._minutes, self._decodes = arguments.minutes, arguments.decode
        self._room = window.rooms["live"]
        self._painted = 0
        self._turn = 0
        self._decoding: Any = None
        self._timers = [QTimer(), QTimer(), QTimer()]
        self.memory: list[float] = []
        self.fps: list[float] = []
        self.lost = 0

    def begin(self) -> None:
        """Record, train a decoder from a short calibration, show everything."""
        from emgstudio.ml.protocol import CuePlan

        self._session.start_recording()
        plan = CuePlan(
            ("fist", "open"), repetitions=2, hold_s=1.2, pause_s=0.3, countdown_s=0.2, rest_s=2.0
        )
        if self._decodes:
            self._session.start_calibration(plan)
        for channel in range(min(8, self._room.stream.info.n_channels)):
            self._room.spectrogram.pin(channel)
        self._room.spectrogram.toggle_spectrum()
        for timer, every, called in zip(
            self._timers,
            (60_000, MARK_EVERY_MS, TURN_EVERY_MS),
            (self._minute, self._mark, self._next_picture),
            strict=True,
        ):
            timer.timeout.connect(called)
            timer.start(every)
        self._painted = self._frames()

    def verdict(self) -> int:
        """Print whether the goals are met."""
        settled = self.memory[min(SETTLED_AFTER, len(self.memory)) - 1]
        growth, slowest = self.memory[-1] - settled, min(self.fps)
        figures = (
            (f"{self.lost} samples lost", self.lost == 0, "0"),
            (f"memory {growth:+.1f} MB", growth < GROWTH_GOAL_MB, "< 50 MB"),
            (f"{slowest:.1f} frames/s in the slowest minute", slowest >= FPS_GOAL, ">= 25"),
        )
        for figure, reached, goal in figures:
            print(f"{'reached' if reached else 'MISSED'}: {figure} (goal {goal})")
        return int(not all(reached for _, reached, _ in figures))

    def _frames(self) -> int:
        page = self._room.page
        return int(page.traces.painted + page.grid.painted + page.bars.painted)

    def _minute(self) -> None:
        painted = self._frames()
        self.fps.append((painted - self._painted) / 60)
        self._painted = painted
        self.memory.append(resident_mb())
        recorder = self._session.recorder
        self.lost = recorder.status.lost + sum(s.lost for s in self._session.streams)
        decoding = "decoding" if self._session.decoder is not None else "not decoding"
        print(
            f"{len(self.fps):>3} min  {self.memory[-1]:8.1f} MB  {self.fps[-1]:5.1f} frames/s  "
            f"lost {self.lost}  {decoding}  load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        self._decode()
        if len(self.fps) >= self._minutes:
            for timer in self._timers:
                timer.stop()
            self._window.finish_and_close()

    def _decode(self) -> None:
        """Train when the cues are over, decode when the training is."""
        calibration = self._session.calibration
        if self._decoding is None and calibration is not None and calibration.finished:
            self._decoding = self._session.train_calibration(trim_start_s=0.4, trim_end_s=0.0)
        elif self._decoding is not None and self._decoding.ended and not self._session.decoder:
            self._session.start_decoding(self._decoding.result())

    def _mark(self) -> None:
        self._session.annotate("soak")

    def _next_picture(self) -> None:
        from emgstudio.gui.panels.live_toolbar import Picture

        turns = (Picture.TRACES, Picture.TRACES, Picture.BARS, Picture.GRID)
        self._turn += 1
        self._room.pictures.show(turns[self._turn % len(turns)])


if __name__ == "__main__":
    main()
