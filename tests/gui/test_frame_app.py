"""The app as a process: it shows, records, and ends in order whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QImage

from emgstudio.gui.theme import DARK, LIGHT
from emgstudio.storage.recording import Recording

MINUTES = 200.0

# The end comes after its time, and on a slow machine not before there is something to see.
SHOT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from emgstudio.gui import app
from emgstudio.session.session import Session
finish = app._finish
def finish_later(window, picture):
    if window.room.traces.head > 30:
        finish(window, picture)
    else:
        QTimer.singleShot(50, lambda: finish_later(window, picture))
app._finish = finish_later
sys.exit(app.run_app(Session(), connect=["sim:gestures"], room="live",
                     screenshot=Path(sys.argv[1]), quit_after_s=0.5))
"""

RECORDING = """
import sys
from PySide6.QtCore import QTimer
from emgstudio.gui import main_window
from emgstudio.gui.app import run_app
from emgstudio.session.session import Session
from emgstudio.storage.format import sample_suffix
session = Session()
def look():
    if session.recorder is None and session.streams:
        session.start_recording()
    if session.recorder is None:
        return
    folder = session.recorder.path
    kinds = {sample_suffix(stream.info.dtype) for stream in session.streams}
    files = [file for file in folder.rglob("*") if file.suffix in kinds]
    written = sum(file.stat().st_size for file in files)
    if written > 0 and session.recorder.status.seconds > 0.5:
        print("recording", written, folder, flush=True)
        timer.stop()
def begin(window):
    global timer
    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(50)
opened = main_window.MainWindow.show
main_window.MainWindow.show = lambda self: (opened(self), begin(self))
sys.exit(run_app(session, connect=["sim:clean"], room="live"))
"""


def test_a_run_that_ends_by_itself_leaves_a_picture_of_moving_traces(tmp_path: Path) -> None:
    picture = tmp_path / "shots" / "live.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHOT, str(picture)],
        capture_output=True,
        text=True,
        timeout=MINUTES,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB32)
    assert image.width() >= 1280
    pixels = np.frombuffer(image.constBits(), np.uint32)
    inks = {QColor(c).rgb() for c in DARK.traces + LIGHT.traces}
    found = [ink for ink in inks if (pixels == np.uint32(ink)).any()]
    assert len(found) >= 8, "the traces of eight channels are drawn"


def test_a_polite_kill_finishes_the_recording(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RECORDING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("recording "), process.communicate(timeout=MINUTES)
        process.send_signal(signal.SIGTERM)
        # It ends by itself; how soon is the machine's business.
        _, errors = process.communicate(timeout=MINUTES)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    _, written, path = line.strip().split(" ", 2)
    with Recording.open(Path(path)) as recording:
        assert recording.state == "finished"
        whole = (
            s.samples * s.info.n_channels * s.raw(0, 1)[0].itemsize
            for s in recording.streams.values()
        )
        assert sum(whole) >= int(written) > 0
