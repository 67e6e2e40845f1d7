"""From the start of the process to the first moving trace.

    python -m benchmarks.start [--runs 5]

A child opens the window in the Live room on the simulated device and ends when
new signal columns were painted twice. Modules are compiled beforehand, as in an
installed program. Baseline of the same run: a child that
only imports PySide6, numpy and pyqtgraph and shows an empty plot.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

BASELINE = """
import numpy, pyqtgraph
from PySide6.QtWidgets import QApplication
app = QApplication([])
plot = pyqtgraph.PlotWidget()
plot.plot(numpy.zeros(10))
plot.show()
app.processEvents()
"""
APP = """
from PySide6.QtCore import QTimer
from emgstudio.gui.app import make_application
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session
session = Session()
app = make_application(session)
tick = Tick(session)
window = MainWindow(session, tick, unattended=True)
session.connect("sim:gestures")
window.go_to("live")
heads = []

def look(_now):
    stream = session.main_stream
    if stream is not None and stream.raw.head and (not heads or stream.raw.head > heads[-1]):
        heads.append(stream.raw.head)
    if len(heads) == 3:
        # Two further frames have been drawn since the first samples came.
        tick.frame.disconnect(look)
        QTimer.singleShot(0, window.finish_and_close)

tick.frame.connect(look)
window.show()
tick.start()
app.exec()
"""


def seconds(code: str, compiled: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"EMGSTUDIO_HOME": home, "OPENBLAS_NUM_THREADS": "1"}
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        environment["PYTHONPYCACHEPREFIX"] = compiled
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    rows = {"empty pyqtgraph plot": BASELINE, "EMG Studio, first moving trace": APP}
    medians = {}
    with tempfile.TemporaryDirectory() as compiled:
        for name, code in rows.items():
            seconds(code, compiled)
            medians[name] = statistics.median(seconds(code, compiled) for _ in range(runs))
    baseline = medians["empty pyqtgraph plot"]
    for name, median in medians.items():
        print(f"{name:<32} {median:6.2f} s   {median / baseline:5.2f} ×")


if __name__ == "__main__":
    main()
