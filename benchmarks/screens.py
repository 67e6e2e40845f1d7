"""Takes the picture of every screen in both themes, at 100 and 150 %, one sheet per screen.

    python -m benchmarks.screens [OUT] [--only live review …]

A real window on the simulated person is led through its rooms. A sheet shows dark and
light at 1280 × 720 with texts of 100 %, below them at 1600 × 900 with texts of 150 %.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# As the app does: the threads of a busy machine would starve the simulated sensor.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["EMGSTUDIO_HOME"] = tempfile.mkdtemp(prefix="emgstudio-screens-")

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from emgstudio.gui.app import make_application
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session

LOOKS = (
    ("dark", 100, (1280, 720)),
    ("light", 100, (1280, 720)),
    ("dark", 150, (1600, 900)),
    ("light", 150, (1600, 900)),
)
TILE = (960, 540)
QUALITIES = (82, 70, 55)
WIDTHS = (1920, 1600, 1280)
LARGEST_BYTES = 150_000
SETTLES_S = 1.2
RESTS_S = 0.8
PATIENCE_S = 240.0


class Stage:
    """One window, and where its pictures go."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.session = Session()
        accepted = replace(self.session.settings, accepted_statement=True)
        self.session.update_settings(accepted.changed("appearance", theme="dark", scale=100))
        self.app = make_application(self.session)
        self.window = MainWindow(self.session, Tick(self.session))
        self.window.tick.start()
        self.window.resize(1280, 720)
        self.window.show()
        self.pause(0.3)

    def pause(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.004)

    def until(self, there: Callable[[], object]) -> None:
        """Let the window live until something is so. Raises TimeoutError if it never is."""
        end = time.monotonic() + PATIENCE_S
        while not there():
            self.app.processEvents()
            time.sleep(0.004)
            if time.monotonic() > end:
                raise TimeoutError(f"waited {PATIENCE_S:g} s at {sys._getframe(1).f_lineno}")

    def connect(self, uri: str) -> str:
        """Connect a device and wait for its signal."""
        device = self.session.connect(uri)
        self.until(lambda: (s := self.session.main_stream) is not None and s.raw.head > 500)
        return device

    def move(self) -> None:
        """Let the simulated person rest, then begin to close the hand."""
        for gesture in ("rest", "fist"):
            for device in self.session.devices.values():
                device.perform(gesture)
            self.pause(RESTS_S)

    def alone(self) -> None:
        """No device any more."""
        for device in list(self.session.devices):
            self.session.disconnect(device)
        self.pause(0.3)

    def sheet(
        self, name: str, widget: QWidget | None = None, before: Callable[[], object] | None = None
    ) -> None:
        """All four looks of the window, or of another widget, on one sheet; ``before`` each."""
        sheet = QImage(2 * TILE[0], 2 * TILE[1], QImage.Format.Format_RGB32)
        sheet.fill(Qt.GlobalColor.black)
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, (mode, percent, size) in enumerate(LOOKS):
            theme().apply(mode, percent)
            shown = self.window if widget is None else widget
            shown.resize(*size)
            if before is not None:
                before()
            self.pause(SETTLES_S)
            # Words that have just changed get their room before the picture is taken.
            self.app.sendPostedEvents()
            down, right = divmod(number, 2)
            place = QRect(right * TILE[0], down * TILE[1], *TILE)
            painter.drawImage(place, shown.grab().toImage())
        painter.end()
        theme().apply("dark", 100)
        self.window.resize(1280, 720)
        self.pause(0.1)
        self._save(name, sheet)

    def tiles(self, name: str, widget: QWidget, shows: Sequence[Callable[[], object]]) -> None:
        """A widget after each of ``shows``, three beside each other, dark above light."""
        across = 3
        wide, high = (2 * TILE[0]) // across, (2 * TILE[1]) // across
        rows = -(-len(shows) // across)
        sheet = QImage(across * wide, 2 * rows * high, QImage.Format.Format_RGB32)
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for down, mode in enumerate(("dark", "light")):
            theme().apply(mode, 100)
            widget.resize(1280, 720)
            for number, show in enumerate(shows):
                show()
                self.pause(SETTLES_S)
                row, column = divmod(number, across)
                place = QRect(column * wide, (down * rows + row) * high, wide, high)
                painter.drawImage(place, widget.grab().toImage())
        painter.end()
        theme().apply("dark", 100)
        self._save(name, sheet)

    def _save(self, name: str, sheet: QImage) -> None:
        file = self.out / f"{name}.webp"
        for width, quality in product(WIDTHS, QUALITIES):
            smooth = Qt.TransformationMode.SmoothTransformation
            sheet.scaledToWidth(width, smooth).save(str(file), "webp", quality)
            if file.stat().st_size <= LARGEST_BYTES:
                break
        print(f"{name} {file.stat().st_size // 1000} kB", flush=True)


def main() -> None:
    from benchmarks.screen_acts import ACTS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=Path("docs/screens"))
    parser.add_argument("--only", nargs="+", choices=list(ACTS), default=list(ACTS))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    stage = Stage(asked.out)
    try:
        for name in asked.only:
            ACTS[name](stage)
            stage.alone()
    finally:
        stage.window.finish_and_close()


if __name__ == "__main__":
    main()
