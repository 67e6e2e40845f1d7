"""Sound of the exercise: off at once, how loud, and what is heard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QSlider, QToolButton, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.settings import Sounds
from emgstudio.gui.assets import set_icon
from emgstudio.gui.widgets import label, large_target, row

ON, OFF = "Sound off  (Ctrl+M)", "Sound on  (Ctrl+M)"


class SoundRow(QWidget):
    """``change`` is called with the values of :class:`Sounds` that a person changed.

    ``problem`` is a label of its own for whoever has room: why nothing is heard.
    """

    def __init__(self, change: Callable[..., object]) -> None:
        super().__init__()
        self._change = change
        self._shown: tuple[Sounds, EmgError | None] | None = None
        self.mute = QToolButton()
        self.mute.setProperty("kind", "quiet")
        self.mute.setAccessibleName(ON)
        self.mute.clicked.connect(lambda _checked=False: self._toggle())
        self._icon = set_icon(self.mute, "sound")
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 100)
        self.volume.setPageStep(20)
        self.volume.setMinimumWidth(60)
        self.volume.setAccessibleName("Volume")
        self.volume.setToolTip("Volume")
        self.volume.valueChanged.connect(lambda value: self._change(volume=value))
        self.cues = QCheckBox("Cues")
        self.cues.setToolTip("Sounds when work and rest begin, and for a reached goal")
        self.cues.toggled.connect(lambda on: self._change(cues=on))
        self.tone = QCheckBox("Tone")
        self.tone.setToolTip("A tone that is higher with more effort")
        self.tone.toggled.connect(lambda on: self._change(tone=on))
        for box in (self.cues, self.tone):
            box.setAccessibleName(f"Sound: {box.text()}")
        self.problem = label("", "muted", wrap=True)
        large_target(self.mute, self.cues, self.tone)
        line = row(self.mute, self.volume, self.cues, self.tone)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.problem.hide()

    def show_sound(self, sounds: Sounds, problem: EmgError | None) -> None:
        """The settings as they are, or why nothing is heard; cheap when nothing changed."""
        if (sounds, problem) == self._shown:
            return
        self._shown = (sounds, problem)
        self.problem.setVisible(problem is not None)
        self.setVisible(problem is None)
        if problem is not None:
            self.problem.setText(problem.message)
            self.problem.setToolTip(problem.hint)
        self._icon.show("sound-off" if sounds.muted else "sound")
        for name in (self.mute.setToolTip, self.mute.setAccessibleName):
            name(OFF if sounds.muted else ON)
        for part in (self.volume, self.cues, self.tone):
            part.blockSignals(True)
        self.volume.setValue(sounds.volume)
        self.cues.setChecked(sounds.cues)
        self.tone.setChecked(sounds.tone)
        for part in (self.volume, self.cues, self.tone):
            part.blockSignals(False)

    def _toggle(self) -> None:
        if self._shown is not None:
            self._change(muted=not self._shown[0].muted)
