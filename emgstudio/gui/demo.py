"""The demo in the app's own window, with a picture of each room on the way."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from PySide6.QtCore import QTimer

from emgstudio.core.errors import EmgError
from emgstudio.gui.app import make_application
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.tick import Tick
from emgstudio.session.demo import Demo, DemoResult
from emgstudio.session.session import Session

log = logging.getLogger(__name__)

# A room that was just entered needs a few frames until it looks as it does in use.
FRAMES_TO_SETTLE = 12
PICTURE_AT_PROGRESS = 0.5


class DemoWindow:
    """Pulls a demo forward at each frame and photographs the rooms."""

    def __init__(self, window: MainWindow, out: Path, seconds: float, uri: str) -> None:
        self.window = window
        self.pictures: list[Path] = []
        self.error: Exception | None = None
        self.ended = False
        self._out = out
        self._demo = Demo(window.session, out, seconds=seconds, uri=uri, on_stage=self._stage)
        self._tour: list[tuple[str, object]] = []
        self._frames_left = 0
        self._show_result_for = 0
        self._cue_seen = False
        self._go("live")
        window.tick.frame.connect(self._frame)

    @property
    def result(self) -> DemoResult | None:
        return self._demo.result

    def _frame(self, _now: float) -> None:
        if self.ended:
            return
        try:
            if self._demo.result is None:
                self._demo.advance()
                self._photograph_cue()
                self._photograph_result()
            else:
                self._go_on_tour(self._demo.result)
        except Exception as error:  # noqa: BLE001
            # Raised again by whoever started the demo, outside Qt's event loop.
            self.error = error
            self._end()

    def _stage(self, stage: str) -> None:
        if stage == "connect":
            self._go("calibrate")
        elif stage == "train":
            self._show_result_for = FRAMES_TO_SETTLE
        elif stage == "test":
            self._photograph("live")

    def _photograph_cue(self) -> None:
        run = self.window.session.calibration
        if run is None or self._cue_seen:
            return
        view = run.view()
        if view.phase == "hold" and view.progress >= PICTURE_AT_PROGRESS:
            self._cue_seen = True
            self._photograph("calibrate")

    def _photograph_result(self) -> None:
        if self._show_result_for == 0:
            return
        self._show_result_for -= 1
        if self._show_result_for == 0:
            self._photograph("calibrate-result")
            self._go("live")

    def _go_on_tour(self, result: DemoResult) -> None:
        if not self._tour and self._frames_left == 0:
            self._tour = [("review", result.session), ("devices", None), ("home", None)]
            self._enter_next()
            return
        self._frames_left -= 1
        if self._frames_left > 0:
            return
        self._photograph(self._tour.pop(0)[0])
        if self._tour:
            self._enter_next()
        else:
            self._end()

    def _enter_next(self) -> None:
        room, thing = self._tour[0]
        self._go(room, thing)
        self._frames_left = FRAMES_TO_SETTLE

    def _go(self, room: str, thing: object = None) -> None:
        if room in self.window.rooms:
            self.window.go_to(room, thing)

    def _photograph(self, name: str) -> None:
        path = self._out / f"{len(self.pictures) + 1:02d}-{name}.png"
        if self.window.grab().save(str(path)):
            self.pictures.append(path)
        else:
            log.error("the picture %s could not be written", path)

    def _end(self) -> None:
        self.ended = True
        QTimer.singleShot(0, self.window.finish_and_close)


def run_demo_in_window(
    out: Path, seconds: float, uri: str, *, visible: bool
) -> tuple[DemoResult, list[Path]]:
    """Run the demo, on the screen or (not ``visible``) in memory; result and pictures.

    Raises EmgError when the demo cannot go on or its window is closed early.
    """
    if not visible:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    session = Session()
    app = make_application(session)
    tick = Tick(session)
    window = MainWindow(session, tick, unattended=True)
    demo = DemoWindow(window, out, seconds, uri)
    try:
        window.show()
        tick.start()
        app.exec()
    finally:
        tick.stop()
        session.close()
    if demo.error is not None:
        raise demo.error
    if demo.result is None:
        raise EmgError("The demo was closed before its end.", "What was recorded is kept.")
    return demo.result, demo.pictures
