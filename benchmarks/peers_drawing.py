"""What a live frame costs the GUI thread in other programs' own drawing code, beside ours.

    python -m benchmarks.peers_drawing --python /tmp/peers/bin/python [--channels 16] [--rounds 3]

The peers are installed by hand into an environment of their own and run there, each in a
process, never imported into ours:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install PySide6 pyqtgraph vispy libemg mne-lsl
    /tmp/peers/bin/pip install --no-deps biosignal-device-interface

Every program gets the same noise bursts, 2 kHz, and draws frame after frame into a window of
1600 × 900; only where its samples come from is replaced (no LSL network, no shared memory, no
device). CPU milliseconds of the drawing thread per frame, events and painting included: the
least of the medians of several rounds, ours and theirs in turn. Seconds shown are told, for
LibEMG shows 500 samples. vispy and matplotlib's window need an X server (DISPLAY; Xvfb will do):
OpenGL is then software, whose threads are not counted. One line per peer says so when it
cannot be run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1600, 900)
RATE, SECONDS, FPS = 2000.0, 10.0, 30
TIMEOUT_S = 300.0
WARM_UP = 3


class Feed:
    """The newest samples of a device that sends a frame's worth at a time, in µV."""

    def __init__(self, channels: int) -> None:
        random = np.random.default_rng(1)
        t = np.arange(int(20 * RATE)) / RATE
        phase = np.linspace(0, 1, channels, endpoint=False)
        strength = np.clip(np.sin(2 * np.pi * (t[:, None] / 4 + phase)), 0, 1) ** 1.5
        noise = random.standard_normal((len(t), channels), dtype=np.float32)
        self.x = (noise * (3 + 120 * strength)).astype(np.float32)
        self.sent = 0
        self.channels = channels

    def push(self) -> np.ndarray:
        """The samples of one frame, ``(n, channels)``."""
        n = round(RATE / FPS)
        rows = np.arange(self.sent, self.sent + n) % len(self.x)
        self.sent += n
        return self.x[rows]


def timed(frame: Callable[[], None], frames: int) -> float:
    """Median CPU ms of this thread per frame."""
    spent = []
    for _ in range(frames + WARM_UP):
        began = time.thread_time()
        frame()
        spent.append((time.thread_time() - began) * 1000)
    return statistics.median(spent[WARM_UP:])


def needs_display() -> None:
    """Raise a sentence where there is no X server."""
    if not os.environ.get("DISPLAY"):
        raise RuntimeError("needs an X server: set DISPLAY, Xvfb will do")


def mne_lsl_viewer(feed: Feed, frames: int) -> float:
    """MNE-LSL's StreamViewer: its scope and its pyqtgraph window."""
    os.environ["QT_API"] = "pyside6"
    from mne_lsl.stream_viewer.backends.pyqtgraph import _BackendPyQtGraph
    from mne_lsl.stream_viewer.scope import ScopeEEG
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    names = [f"EMG {i + 1}" for i in range(feed.channels)]
    described = SimpleNamespace(
        name="EMG", sfreq=RATE, get_channel_info=lambda: SimpleNamespace(ch_names=names)
    )
    given: list[np.ndarray] = []

    def pull_chunk() -> tuple[np.ndarray, list[float]]:
        chunk = given.pop()
        return chunk, [0.0] * len(chunk)

    inlet = SimpleNamespace(get_sinfo=lambda: described, pull_chunk=pull_chunk)
    window = _BackendPyQtGraph(ScopeEEG(inlet), (0, 0, *SIZE), int(SECONDS), 400.0)
    app.processEvents()

    def frame() -> None:
        window._update_loop()
        app.processEvents()

    def with_samples() -> None:
        given.append(feed.push())
        frame()

    for _ in range(round(SECONDS * FPS)):
        given.append(feed.push())
        window.scope.update_loop()
    return timed(with_samples, frames)


def libemg_visualize(feed: Feed, frames: int) -> float:
    """LibEMG's OnlineDataHandler.visualize: matplotlib, 500 samples."""
    needs_display()
    import matplotlib

    matplotlib.use("QtAgg")
    from libemg import data_handler
    from matplotlib import pyplot
    from PySide6.QtWidgets import QApplication

    newest_first = np.zeros((5000, feed.channels))
    made: list[Any] = []

    class Kept(data_handler.FuncAnimation):  # type: ignore[name-defined, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    def get_variable(name: str) -> np.ndarray:
        return np.array([[feed.sent]]) if name.endswith("_count") else newest_first.copy()

    class Handler(data_handler.OnlineDataHandler):  # type: ignore[name-defined, misc]
        def prepare_smm(self) -> None:
            self.modalities = ["emg"]
            self.smm = SimpleNamespace(get_variable=get_variable)

    found: list[float] = []

    def show() -> None:
        figure = pyplot.gcf()
        figure.set_size_inches(SIZE[0] / figure.dpi, SIZE[1] / figure.dpi)
        figure.canvas.manager.show()
        app = QApplication.instance()
        app.processEvents()
        made[-1].event_source.stop()

        def frame() -> None:
            new = feed.push()
            newest_first[len(new) :] = newest_first[: -len(new)].copy()
            newest_first[: len(new)] = new[::-1]
            made[-1]._step()
            app.processEvents()

        found.append(timed(frame, frames))
        handler.visualize_signal.set()

    data_handler.FuncAnimation = Kept
    data_handler.pyplot.show = show
    handler = Handler([])
    handler.visualize(block=True)
    return found[0]


def biosignal_interface(feed: Feed, frames: int) -> float:
    """Biosignal-Device-Interface's plot (MyoGestic 1.x), its default of 256 values a second."""
    needs_display()
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    import vispy

    vispy.use("pyside6")
    from biosignal_device_interface.gui.plot_widgets import biosignal_plot_widget
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    widget = biosignal_plot_widget.BiosignalPlotWidget(window)
    window.setCentralWidget(widget)
    window.resize(*SIZE)
    widget.configure(feed.channels, int(RATE), display_time=int(SECONDS))
    window.show()
    painted: list[int] = []
    widget.canvas.events.draw.connect(lambda _event: painted.append(1))
    for _ in range(10):
        app.processEvents()

    def frame() -> None:
        before, until = len(painted), time.monotonic() + 2.0
        widget.update_plot(feed.push().T / 200.0)
        while len(painted) == before and time.monotonic() < until:
            app.processEvents()

    spent = timed(frame, frames)
    if len(painted) < frames:
        raise RuntimeError(f"only {len(painted)} of {frames} frames were painted")
    return spent


PEERS: dict[str, tuple[str, Callable[[Feed, int], float], float]] = {
    "MNE-LSL StreamViewer": ("mne_lsl", mne_lsl_viewer, SECONDS),
    "LibEMG visualize": ("libemg", libemg_visualize, 500 / RATE),
    "Biosignal-Device-Interface": ("biosignal_device_interface", biosignal_interface, SECONDS),
}


def our_canvas(channels: int, scroll: bool) -> float:
    """Our trace canvas on the same machine, in a process of its own."""
    from PySide6.QtWidgets import QApplication

    from benchmarks.live_drawing import ours
    from emgstudio.gui.theme import theme

    app = QApplication([])
    theme().apply("dark")
    spent = ours(channels, RATE, 90, scroll=scroll)
    del app
    return spent


def child(name: str, channels: int) -> None:
    """One measurement, printed as JSON."""
    if name in ("sweep", "scroll"):
        print(json.dumps(our_canvas(channels, name == "scroll")))
        return
    print(json.dumps(PEERS[name][1](Feed(channels), 20)))


def measure(python: str, name: str, channels: int) -> float | str:
    """Run one program in a fresh process; ms per frame, or why not."""
    command = [python, str(Path(__file__).resolve()), "--child", name, "--channels", str(channels)]
    env = {**os.environ, "PYTHONPATH": str(ROOT) if name not in PEERS else ""}
    env.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_S:g} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return lines[-1] if lines else f"ended with {done.returncode}"
    spent: float = json.loads(done.stdout.splitlines()[-1])
    return spent


def installed(python: str, package: str) -> bool:
    """Whether that interpreter finds the package."""
    code = f"import importlib.util as u; raise SystemExit(u.find_spec({package!r}) is None)"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.channels)
        return
    there = {name: installed(asked.python, PEERS[name][0]) for name in PEERS}
    runs: dict[str, list[float]] = {}
    failed: dict[str, str] = {}
    for _ in range(asked.rounds):
        for name in ("sweep", "scroll", *(n for n in PEERS if there[n] and n not in failed)):
            python = asked.python if name in PEERS else sys.executable
            found = measure(python, name, asked.channels)
            if isinstance(found, str):
                failed[name] = found
            else:
                runs.setdefault(name, []).append(found)
    load = os.getloadavg()[0]
    print(f"{asked.channels} channels, {RATE:g} Hz, {SIZE[0]} × {SIZE[1]}, load {load:.1f}")
    print(f"{'':<30} {'shown s':>8} {'ms/frame':>9} {'÷ sweep':>8} {'÷ scroll':>9}")
    sweep, scroll = min(runs["sweep"]), min(runs["scroll"])
    for name in ("sweep", "scroll", *PEERS):
        if name in runs:
            seconds = PEERS[name][2] if name in PEERS else SECONDS
            ms = min(runs[name])
            title = f"EMG Studio, {name}" if name not in PEERS else name
            row = f"{title:<30} {seconds:8.2f} {ms:9.2f} {ms / sweep:8.0f} {ms / scroll:9.0f}"
            print(row)
        elif name in failed:
            print(f"{name}: {failed[name]}")
        else:
            print(f"{name}: {PEERS[name][0]} is not installed for {asked.python}")


if __name__ == "__main__":
    main()
