"""How long tasks take a person: real clicks in the real window, hand times from a model.

Each step of a task is done with the mouse or the keyboard on the window as it is; the
application's own waiting is measured, the hand's time is that of the key-stroke model (Card,
Moran, Newell 1980): 1.35 s to think, 1.1 s to point and 0.28 s to press for each click, 0.28 s
for each key. T1 begins with a fresh profile at the start of the process. ``--mvc`` also
measures T4, which takes as long as a person would.

    python -m benchmarks.tasks [--mvc]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

STARTED = time.monotonic()
THINK_S, POINT_S, PRESS_S = 1.35, 1.1, 0.28
GIVE_UP_S = 180.0
TARGETS = {"T1": (15.0, 3), "T3": (45.0, 4), "T4": (75.0, 2), "T5": (10.0, 2)}
URI = "sim:clean?rate=1000&channels=2"
HOLDING = "sim:tremor?rate=1000&channels=2"
REFERENCE = 2

if TYPE_CHECKING:
    from emgstudio.gui.main_window import MainWindow


@dataclass
class Hand:
    """A person's hand: clicks on what can be seen and types; counts both.

    ``wait`` lets the application work until ``done`` and counts the seconds.
    """

    clicks: int = 0
    keys: int = 0
    thoughts: int = 0
    waited_s: float = 0.0

    def click(self, widget: Any) -> None:
        """Press and let go of the left button in the middle of a widget."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.wait(lambda: widget.isVisible() and widget.isEnabled())
        self.clicks += 1
        self.thoughts += 1
        at = widget.rect().center()
        if hasattr(widget, "hitButton") and not widget.hitButton(at):
            # The box of a check box is at its left end.
            at.setX(10)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)

    def type(self, widget: Any, text: str, *, enter: bool = False) -> None:
        """Keys into a widget that has the focus already."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.thoughts += 1
        self.keys += len(text) + enter
        QTest.keyClicks(widget, text)
        if enter:
            QTest.keyClick(widget, Qt.Key.Key_Return)

    def wait(self, done: Callable[[], object]) -> None:
        """Until something is so; RuntimeError when it never is."""
        from PySide6.QtWidgets import QApplication

        began = time.monotonic()
        while not done():
            if time.monotonic() - began > GIVE_UP_S:
                raise RuntimeError(f"this never happened: {done}")
            QApplication.processEvents()
            time.sleep(0.002)
        self.waited_s += time.monotonic() - began

    @property
    def hand_s(self) -> float:
        """Thinking, pointing and pressing by the model."""
        presses = self.clicks + self.keys
        return THINK_S * self.thoughts + POINT_S * self.clicks + PRESS_S * presses

    @property
    def seconds(self) -> float:
        return self.hand_s + self.waited_s


def first_signal(hand: Hand, window: MainWindow) -> None:
    """T1: from the first start to a moving signal of the simulated person."""
    home: Any = window.room
    hand.click(home.tick_box)
    demo = next(tile for tile in home.tiles if "demo" in tile.accessibleName().lower())
    hand.click(demo)
    hand.wait(lambda: window.session.main_stream is not None)
    stream = window.session.main_stream
    hand.wait(lambda: stream is not None and stream.clean.head > stream.info.rate / 2)
    hand.wait(lambda: window.room.key == "live")


def repeat_session(hand: Hand, window: MainWindow, code: str) -> None:
    """T3: from the window to the running exercise of a client who was here before."""
    from emgstudio.gui.rail import Rail

    hand.click(window.findChildren(Rail)[0].buttons["clients"])
    clients: Any = window.room
    hand.type(clients.list.search, code[-4:], enter=True)
    hand.click(clients.page.repeat)
    therapy: Any = window.rooms["therapy"]
    hand.wait(lambda: window.room.key == "therapy" and therapy.place.good.isEnabled())
    hand.click(therapy.place.good)
    hand.click(therapy.reference.begin)
    hand.wait(lambda: therapy.flow.running and therapy.run.lanes.levels)


def measure_maximum(hand: Hand, window: MainWindow) -> None:
    """T4: three maximal efforts of one muscle with the rests between them, kept."""
    therapy: Any = window.rooms["therapy"]
    stored: list[bool] = []
    panel = therapy.reference.panel
    panel.stored.connect(lambda: stored.append(True))
    hand.click(panel.begin)
    hand.wait(lambda: not panel.running)
    hand.click(panel.keep)
    hand.wait(lambda: stored)


def save_report(hand: Hand, window: MainWindow, folder: Path) -> Path:
    """T5: from the end of an exercise to its PDF on the disk."""
    from PySide6.QtWidgets import QFileDialog, QLineEdit

    from emgstudio.gui.report.page import ReportPage

    therapy: Any = window.rooms["therapy"]
    hand.click(therapy.end.report)
    hand.wait(lambda: window.findChildren(ReportPage))
    page = window.findChildren(ReportPage)[0]
    hand.click(page.save)
    hand.wait(lambda: page.findChildren(QFileDialog))
    dialog = page.findChildren(QFileDialog)[0]
    dialog.setDirectory(str(folder))
    name = dialog.findChildren(QLineEdit)[0]
    hand.type(name, "", enter=True)
    hand.wait(lambda: list(folder.glob("*.pdf")))
    return next(folder.glob("*.pdf"))


def close_report(window: MainWindow) -> None:
    """Back to the page beneath it."""
    from emgstudio.gui.overlay import Overlay

    for overlay in window.findChildren(Overlay):
        overlay.leave()


def known_client(window: MainWindow) -> str:
    """Somebody who was here before with the first protocol, and whose reference is kept."""
    from emgstudio.session.reference import Method, Reference
    from emgstudio.session.therapy.goal import goal_of
    from emgstudio.session.therapy.plan import Muscle, Plan
    from emgstudio.session.therapy.protocol import Kind, Protocol, Step

    session = window.session
    stream = session.main_stream
    assert stream is not None
    device, channel = session.device_of(stream), stream.info.channels[0]
    assert device is not None
    kept = Reference(
        channel.name, 300.0, channel.unit, 0.5, Method.MVC, "2026-11-14T10:00:00+00:00"
    )
    session.references.store(device.uri, stream.info, [kept])
    protocol = Protocol(
        "short", "Short", Kind.UP, (Step("", 1, 2.0, 1.0),), reference=Method.MVC, goals=(5.0,)
    )
    code = session.clients.add(notes="left knee").code
    muscle = Muscle(channel.name, "Vastus medialis", "left")
    session.clients.remember_plan(Plan(protocol, (muscle,), goal_of(protocol), code))
    return code


def finish_exercise(hand: Hand, window: MainWindow) -> None:
    """The short exercise runs to its end; nobody's time is counted."""
    from emgstudio.gui.therapy.flow import END

    therapy: Any = window.rooms["therapy"]
    hand.wait(lambda: therapy.flow.step == END)


def row(task: str, hand: Hand) -> str:
    """One line of the table."""
    seconds, clicks = TARGETS[task]
    good = hand.seconds <= seconds and hand.clicks <= clicks
    return (
        f"{task}  {hand.clicks} clicks {hand.keys} keys  hand {hand.hand_s:5.1f} s  "
        f"app {hand.waited_s:5.1f} s  together {hand.seconds:5.1f} s  "
        f"(at most {seconds:g} s, {clicks} clicks)  {'met' if good else 'MISSED'}"
    )


def run(folder: Path, *, mvc: bool) -> list[str]:
    """All tasks in one window, in the order of a first day; their lines."""
    from emgstudio.gui.app import make_application
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session

    session = Session()
    make_application(session)
    window = MainWindow(session, Tick(session))
    window.tick.start()
    window.show()
    first = Hand()
    first.waited_s = time.monotonic() - STARTED
    first_signal(first, window)
    lines = [row("T1", first)]
    session.disconnect(next(iter(session.devices)))
    session.connect(URI)
    aside = Hand()
    aside.wait(lambda: session.main_stream is not None and session.main_stream.received > 2000)
    code = known_client(window)
    repeat = Hand()
    repeat_session(repeat, window, code)
    lines.append(row("T3", repeat))
    finish_exercise(aside, window)
    report = Hand()
    pdf = save_report(report, window, folder)
    lines.append(f"{row('T5', report)}  {pdf.stat().st_size // 1000} kB")
    if mvc:
        close_report(window)
        # Somebody who works nearly all the time, so that an effort finds them working.
        session.disconnect(next(iter(session.devices)))
        aside.wait(lambda: session.main_stream is None)
        session.connect(HOLDING)
        aside.wait(lambda: session.main_stream is not None)
        therapy: Any = window.rooms["therapy"]
        therapy.flow.go(REFERENCE)
        maximum = Hand()
        measure_maximum(maximum, window)
        lines.append(row("T4", maximum))
    window.finish_and_close()
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mvc", action="store_true", help="T4 too: over a minute")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMGSTUDIO_HOME"] = str(Path(folder) / "home")
        out = Path(folder) / "reports"
        out.mkdir()
        for line in run(out, mvc=arguments.mvc):
            print(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
