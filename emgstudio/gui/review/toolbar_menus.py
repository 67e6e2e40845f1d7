"""Two menus above a recording: which view of the signals is shown, and how fast it is played."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.gui.review.playback import SPEEDS

VIEWS = {
    Shown.RAW: "Raw",
    Shown.CONDITIONED: "Conditioned",
    Shown.RECTIFIED: "Rectified",
    Shown.ENVELOPE: "Envelope",
}


class SignalMenu(QToolButton):
    """``chosen`` carries a Shown; ``heartbeat`` and ``hum`` whether they are to be taken out."""

    chosen = Signal(object)
    heartbeat = Signal(bool)
    hum = Signal(bool)
    spectrogram = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        group = QActionGroup(self)
        self.kinds: dict[Shown, QAction] = {}
        for shown, text in VIEWS.items():
            made = group.addAction(text)
            made.setCheckable(True)
            made.triggered.connect(lambda _on=False, shown=shown: self.chosen.emit(shown))
            menu.addAction(made)
            self.kinds[shown] = made
        menu.addSeparator()
        self.heartbeat_out = _checkable(menu, "Heartbeat taken out")
        self.heartbeat_out.triggered.connect(self.heartbeat.emit)
        self.hum_out = _checkable(menu, "Mains hum taken out")
        self.hum_out.triggered.connect(self.hum.emit)
        menu.addSeparator()
        self.with_spectrogram = _checkable(menu, "Spectrogram (S)")
        self.with_spectrogram.triggered.connect(self.spectrogram.emit)
        self.setMenu(menu)
        self.setToolTip("What is shown of the signals; the file stays as it was recorded (F)")
        self.show_view(SignalView())

    def show_view(self, view: SignalView) -> None:
        """Say what is shown now."""
        self.kinds[view.shown].setChecked(True)
        self.heartbeat_out.setChecked(view.heartbeat_out)
        self.hum_out.setChecked(view.hum_out)
        self.setText(VIEWS[view.shown])
        self.setAccessibleName(f"Signal shown: {VIEWS[view.shown]}")


class PlaySpeed(QToolButton):
    """``chosen`` carries a speed, ``looped`` whether the selection is played again and again."""

    chosen = Signal(float)
    looped = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        group = QActionGroup(self)
        self.speeds: dict[float, QAction] = {}
        for speed in SPEEDS:
            made = group.addAction(_times(speed))
            made.setCheckable(True)
            made.triggered.connect(lambda _on=False, speed=speed: self.chosen.emit(speed))
            menu.addAction(made)
            self.speeds[speed] = made
        menu.addSeparator()
        self.loop = _checkable(menu, "Loop the selection (L)")
        self.loop.triggered.connect(self.looped.emit)
        self.setMenu(menu)
        self.setToolTip("How fast it is played (Ctrl+Up, Ctrl+Down)")
        self.show_speed(1.0, loop=False)

    def show_speed(self, speed: float, *, loop: bool) -> None:
        """Say how it is played now."""
        self.speeds[speed].setChecked(True)
        self.loop.setChecked(loop)
        self.setText(_times(speed) + (", loop" if loop else ""))
        again = ", looped" if loop else ""
        self.setAccessibleName(f"Playing speed: {_times(speed)}{again}")


def _times(speed: float) -> str:
    return f"{speed:g}×"


def _checkable(menu: QMenu, text: str) -> QAction:
    made = menu.addAction(text)
    made.setCheckable(True)
    return made
