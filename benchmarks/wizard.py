"""How long a calibration, a redone take and a new day take somebody: the wizard, clicked through.

    python -m benchmarks.wizard

The real pages on the simulated person, in real time; only the thinking time of a person is
missing. Targets: P1 180 s from Start to saved (five movements and rest,
three repetitions), P2 10 s from the click on a take to its new lamp, P3 60 s from Begin to
kept, with the band turned by one electrode since. After P1 the 30-second test counts targets.
Exits 1 if one is missed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from emgstudio.gui.app import make_application
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard.flow import MOVEMENTS, SAVE
from emgstudio.session.session import Session

FIVE = ("open", "fist", "pinch", "point", "wrist_flexion")
TARGETS_S = {"P1": 180.0, "P2": 10.0, "P3": 60.0}
LEAST_REACHED = 0.9
PATIENCE_S = 400.0


def until(app: QApplication, condition: Callable[[], object]) -> None:
    """Let the window live until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S:g} s: {condition}")
        app.processEvents()
        time.sleep(0.004)


def record(app: QApplication, room: CalibrateRoom) -> float:
    """From Start to the verdict, s."""
    flow = room.flow
    flow.go(MOVEMENTS)
    for gesture, card in room.choose.cards.items():
        card.setChecked(gesture in FIVE)
    began = time.monotonic()
    room.choose.start.click()
    until(app, lambda: flow.model is not None and flow.task is None)
    print(f"   {room.check.headline.text()}")
    return time.monotonic() - began


def save(room: CalibrateRoom) -> float:
    """From the verdict to a saved model, s."""
    began = time.monotonic()
    room.flow.go(SAVE)
    room.save.save.click()
    assert room.flow.saved is not None, "it was not saved"
    return time.monotonic() - began


def redo(app: QApplication, room: CalibrateRoom) -> float:
    """From the click on a take to the new verdict, s."""
    flow = room.flow
    model = flow.model
    row = next(made for made in room.check.rows if made.gesture == "pinch")
    others = {take: name for take, name in flow.takes().items() if take != ("pinch", 1)}
    began = time.monotonic()
    row.takes[0].click()
    until(app, lambda: flow.model is not model and flow.task is None)
    took = time.monotonic() - began
    now = flow.takes()
    assert all(now[take] == name for take, name in others.items()), "another take was touched"
    return took


def try_out(app: QApplication, room: CalibrateRoom) -> tuple[int, int, str]:
    """Targets reached, of how many, and the words of the 30-second test."""
    test = room.try_it.test
    room.try_it.test_button.click()
    until(app, lambda: not test.running)
    result = test.result
    assert result is not None
    return result.reached, len(result.targets), result.words


def new_day(app: QApplication, room: CalibrateRoom) -> float:
    """From Begin to kept, s."""
    session, day = room.session, room.day
    for device in list(session.devices):
        session.disconnect(device)
    session.connect("sim:rotated?person=A&seed=5")
    until(app, lambda: room.flow.ready)
    room.show_new_day()
    assert day.models is not None
    began = time.monotonic()
    day.models.buttons[0].click()
    until(app, lambda: day.day is not None and day.day.result is not None)
    print(f"   {day.shown.headline.text()}")
    for lamp in day.shown.findings:
        print(f"   {lamp.word.text()}")
    day.keep.click()
    return time.monotonic() - began


def main() -> int:
    """Click through everything and print the times."""
    os.environ["EMGSTUDIO_HOME"] = tempfile.mkdtemp()
    session = Session()
    app = make_application(session)
    tick = Tick(session)
    tick.start()
    room = CalibrateRoom(session, tick)
    room.resize(1280, 720)
    room.show()
    session.connect("sim:gestures?person=A")
    until(app, lambda: room.flow.ready)
    took: dict[str, float] = {}
    print("calibration")
    took["P1"] = record(app, room)
    took["P2"] = redo(app, room)
    room.check.try_it.click()
    reached, targets, words = try_out(app, room)
    print(f"   {words}")
    took["P1"] += save(room)
    print("new day")
    took["P3"] = new_day(app, room)
    room.close_room()
    tick.stop()
    session.close()
    for key, most in TARGETS_S.items():
        print(f"{key}  {took[key]:6.1f} s  target {most:g} s")
    print(f"E1  {reached} of {targets} targets reached, nine of ten are asked for")
    late = any(took[key] > most for key, most in TARGETS_S.items())
    return int(late or reached < LEAST_REACHED * targets)


if __name__ == "__main__":
    sys.exit(main())
