"""Memory over a long run: 16 channels at 2 kHz, drawn in the Live room and recorded.

    python benchmarks/soak.py [--minutes 10] [--channels 16] [--rate 2000]

Prints resident memory each minute, what was lost, and the growth after the
first minute (rings, pictures and caches are full by then). Linux only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--rate", type=int, default=2000)
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This benchmark reads /proc and runs on Linux only.")
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
    frames = [0]
    tick.frame.connect(lambda _now: frames.__setitem__(0, frames[0] + 1))
    session.connect(f"sim:gestures?rate={arguments.rate}&channels={arguments.channels}")
    window.go_to("live")
    seen: list[tuple[float, float]] = []

    def minute(n: int) -> None:
        if n == 0:
            session.start_recording()
        seen.append((n, resident_mb()))
        recorder = session.recorder
        lost = recorder.status.lost if recorder else 0
        print(f"{n:>3} min  {seen[-1][1]:8.1f} MB  {frames[0] / 60:5.1f} frames/s  lost {lost}")
        frames[0] = 0
        if n >= arguments.minutes:
            QTimer.singleShot(0, window.finish_and_close)
        else:
            QTimer.singleShot(60_000, lambda: minute(n + 1))

    QTimer.singleShot(3000, lambda: minute(0))
    window.show()
    tick.start()
    app.exec()
    tick.stop()
    session.close()
    settled = next(mb for n, mb in seen if n >= min(1, arguments.minutes))
    print(f"growth after the first minute: {seen[-1][1] - settled:+.1f} MB (goal < 50 MB)")
    folder.cleanup()


if __name__ == "__main__":
    main()
