"""The screen that a person looks at while a cue script runs; it says when each cue was painted."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QVBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.gui import theme
from emgstudio.gui.assets import gesture_picture, image_picture
from emgstudio.gui.second_screen import FIRST_SIZE, SecondScreen
from emgstudio.gui.wizard.movement_picture import drawing_of
from emgstudio.gui.wizard.stage import Cue, CueStage
from emgstudio.ml.gestures import GESTURES
from emgstudio.session.cue_script import CueScript, ScriptCue
from emgstudio.session.cue_script_run import ScriptView

LARGEST_TEXT = 96
TEXT_SHARE = 0.09


class ScriptStage(CueStage):
    """The countdown ring of the calibration with any picture or words in it.

    ``painted`` carries the number of the step and the host time at which its picture
    was complete; every painting of it is told. Connect it queued: what is done about it must
    not keep the picture from the display.
    """

    painted = Signal(int, float)

    def __init__(self, script: CueScript) -> None:
        super().__init__()
        self._script = script
        self._shown: ScriptView | None = None
        self._made: dict[tuple[object, ...], QPixmap] = {}

    def show_script(self, script: CueScript) -> None:
        """Pictures of another script."""
        self._script = script
        self._made.clear()
        self.update()

    def show_view(self, view: ScriptView) -> None:
        """The moment of the script to show."""
        new = self._shown is None or (view.step, view.cue) != (self._shown.step, self._shown.cue)
        self._shown = view
        seconds = str(math.ceil(view.remaining_s - 1e-6)) if view.remaining_s > 0 else ""
        role = "good" if view.kind == "cue" else "outline"
        self.show_cue(Cue(view.kind, round(view.fraction, 3), role, seconds, faded=view.paused))
        if new:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._shown is not None and not self._shown.paused:
            self.painted.emit(self._shown.step, host_time())

    def _picture(self, _kind: str, size: int) -> QPixmap:
        cue = self._shown.cue if self._shown is not None else None
        if cue is None:
            return QPixmap()
        wanted = (cue, size, self.devicePixelRatioF(), theme.current().name)
        if wanted not in self._made:
            self._made[wanted] = self._of(cue, size) if cue.picture else self._words(cue.text, size)
        return self._made[wanted]

    def _of(self, cue: ScriptCue, size: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if cue.picture in GESTURES:
            return gesture_picture(drawing_of(cue.picture), QSize(size, size), ratio)
        file = self._script.picture_file(cue)
        assert file is not None
        return image_picture(file, QSize(size, size), ratio)

    def _words(self, text: str, size: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        made = QPixmap(QSize(size, size) * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        font = painter.font()
        font.setPixelSize(max(12, min(size // 4, 2 * size // max(4, longest_word(text)))))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(0, 0, size, size), flags, text)
        painter.end()
        return made


def longest_word(text: str) -> int:
    """How many letters the longest word has."""
    return max((len(word) for word in text.split()), default=0)


class CueScreen(SecondScreen):
    """Words above, the stage below; ``painted`` as of the stage."""

    painted = Signal(int, float)

    def __init__(self, script: CueScript) -> None:
        super().__init__(f"Cues: {script.name}")
        self.setAccessibleName("Cues")
        self._script = script
        self._text = ""
        self.stage = ScriptStage(script)
        self.stage.painted.connect(self.painted, Qt.ConnectionType.QueuedConnection)
        layout = QVBoxLayout(self)
        layout.addSpacing(int(FIRST_SIZE.height() * 0.16))
        layout.addWidget(self.stage, 1)
        self._layout = layout

    def show_view(self, view: ScriptView) -> None:
        """The moment of the script to show."""
        text = words_of(view, self._script)
        if text != self._text:
            self._text = text
            self.stage.setAccessibleName(text)
            self.update()
        self.stage.show_view(view)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().background))
        font = painter.font()
        font.setPixelSize(max(18, min(LARGEST_TEXT, int(self.height() * TEXT_SHARE))))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        area = QRectF(12, 8, self.width() - 24, self.stage.geometry().top() - 8)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, flags, self._text)
        painter.end()


def words_of(view: ScriptView, script: CueScript) -> str:
    """What stands above the picture."""
    if view.paused:
        return "Paused"
    if view.kind == "lead":
        return "Get ready"
    if view.kind == "pause":
        return script.pause_text
    if view.kind == "done":
        return "Finished, thank you"
    # Words without a picture stand in the ring.
    return view.cue.text if view.cue is not None and view.cue.picture else ""
