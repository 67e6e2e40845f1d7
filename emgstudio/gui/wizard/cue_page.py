"""Rest and cued repetitions: what to do now, for how long, and what comes next."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from emgstudio.gui import wording
from emgstudio.gui.assets import Picture, set_icon
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import button, column, label, large_target, row
from emgstudio.gui.wizard.effort import EffortBar, EffortMeter
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.stage import Cue, CueStage, picture_of
from emgstudio.gui.wizard.takes import TakesGrid
from emgstudio.ml.gestures import GESTURES, REST, gesture_title
from emgstudio.ml.protocol import CueView


class CuePage(WizardPage):
    """Big picture in a countdown ring; Space pauses, R redoes, Esc offers to stop."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.stage = CueStage()
        self.meter = EffortMeter()
        self.effort = EffortBar()
        self.takes = TakesGrid()
        self.takes.redo_wanted.connect(flow.redo)
        self.word = label("", "display")
        self.title = label("", "big")
        self.instruction = label("", "muted", wrap=True)
        self.next_word = label("", "muted")
        self.next_title = label("", "heading")
        self.next_picture = Picture("gestures/rest", QSize(64, 64))
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of all takes")
        self.left = label("", "muted")
        self.pause = button("Pause", flow.toggle_pause)
        self._pause_icon = set_icon(self.pause, "pause")
        self.redo = button("Redo last", flow.redo_picked, icon="repeat")
        self.stop = button("Stop…", flow.ask_to_stop, icon="stop-square", kind="quiet")
        for made, key in ((self.pause, "Space"), (self.redo, "R"), (self.stop, "Esc")):
            made.setToolTip(f"Key: {key}")
        large_target(self.pause, self.redo, self.stop)
        self.hint = label("", "heading", wrap=True)
        self._question = self._make_question()
        self._said = ""
        self._lay_out()

    def refresh(self) -> None:
        """Buttons follow what can be done."""
        flow = self.flow
        view = flow.view()
        paused = view is not None and view.phase == "paused"
        text, icon = ("Go on", "play") if paused else ("Pause", "pause")
        if self.pause.text() != text:
            self.pause.setText(text)
            self.pause.setAccessibleName(text)
            self._pause_icon.show(icon)
        self.pause.setEnabled(flow.running)
        self.stop.setEnabled(flow.running)
        self.redo.setEnabled(flow.running and bool(flow.takes()))
        self._question.setVisible(flow.stopping)
        count = wording.several(len(flow.takes()), "take is", "takes are")
        self._question_text.setText(f"Stop here? {count} recorded and kept.")
        self.hint.setText(flow.hint)
        self.hint.setVisible(bool(flow.hint))
        self.frame()

    def frame(self) -> None:
        """Everything here follows the plan, no time is measured."""
        view = self.flow.view()
        if view is None:
            return
        self.stage.show_cue(cue_of(view))
        word, title = words_of(view)
        _set(self.word, word)
        _set(self.title, title)
        _set(self.instruction, _instruction(view))
        self._say(f"{word}: {title}" if title else word)
        self.bar.setValue(round(view.progress * 1000))
        self._show_next(view)
        plan = self.flow.plan if self.flow.calibration is None else self.flow.calibration.plan
        done = frozenset(self.flow.takes())
        now = (view.gesture, view.repetition)
        self.takes.show_takes(
            plan.classes,
            plan.repetitions,
            done,
            now if view.phase in ("rest", "hold", "countdown") else None,
        )
        total = len(plan.classes) * plan.repetitions
        _set(self.left, f"{len(done)} of {total} takes")
        self.effort.show_share(self.meter.take(self.flow.session.main_stream))
        self.redo.setEnabled(self.flow.running and bool(done))

    def primary(self) -> None:
        """Go on, when paused."""
        view = self.flow.view()
        if view is not None and view.phase == "paused":
            self.flow.toggle_pause()

    def _lay_out(self) -> None:
        next_box = QHBoxLayout()
        next_box.setSpacing(12)
        next_box.addWidget(self.next_picture)
        next_box.addLayout(column(1, self.next_word, self.next_title, 1, spacing=2))
        next_box.addStretch(1)
        side = QVBoxLayout()
        side.setSpacing(14)
        side.addLayout(next_box)
        side.addWidget(FittedScroll(self.takes))
        side.addWidget(self.left)
        side.addStretch(1)
        for word in (self.hint, self.word, self.title, self.instruction):
            word.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = QVBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.hint)
        middle.addWidget(self.word)
        middle.addWidget(self.title)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.instruction)
        across = QHBoxLayout()
        across.setSpacing(24)
        across.addWidget(self.effort)
        across.addLayout(middle, 1)
        across.addLayout(side)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 12, 24, 14)
        outer.setSpacing(10)
        outer.addLayout(across, 1)
        outer.addWidget(self._question)
        outer.addWidget(self.bar)
        outer.addLayout(row(self.pause, self.redo, 1, self.stop))

    def _make_question(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "card")
        self._question_text = label("", "heading")
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.addWidget(self._question_text, 1)
        self.stop_now = button("Stop", self.flow.stop)
        self.go_on = button("Go on", self.flow.toggle_pause, kind="primary")
        large_target(self.stop_now, self.go_on)
        inside.addWidget(self.stop_now)
        inside.addWidget(self.go_on)
        return frame

    def _show_next(self, view: CueView) -> None:
        following = view.next_gesture
        _set(self.next_word, "Next" if following else "")
        _set(self.next_title, gesture_title(following) if following else "")
        self.next_picture.setVisible(following in GESTURES)
        if following in GESTURES:
            self.next_picture.show_picture(f"gestures/{picture_of(following)}")

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self.stage.setAccessibleName(text)


def cue_of(view: CueView) -> Cue:
    """The picture, ring and number for a moment of the plan."""
    seconds = str(math.ceil(view.remaining_s - 1e-6)) if view.remaining_s > 0 else ""
    if view.phase == "rest":
        return Cue(REST, view.fraction, "good", seconds)
    if view.phase == "countdown":
        return Cue(view.gesture, 1.0 - view.fraction, "check", seconds)
    if view.phase == "hold":
        return Cue(view.gesture, view.fraction, "good", seconds)
    if view.phase == "pause":
        return Cue(REST, 1.0 - view.fraction, "outline", "", faded=True)
    if view.phase == "paused":
        return Cue(view.gesture or view.next_gesture or REST, 0.0, "outline", "", faded=True)
    return Cue(REST, 1.0 if view.phase == "done" else 0.0, "good", "")


def words_of(view: CueView) -> tuple[str, str]:
    """What to do, and which movement."""
    title = gesture_title(view.gesture) if view.gesture else ""
    following = gesture_title(view.next_gesture) if view.next_gesture else ""
    return {
        "ready": ("Ready", ""),
        "rest": ("Rest", "Let your arm be soft"),
        "countdown": ("Get ready", title),
        "hold": ("HOLD", title),
        "pause": ("Relax", f"Next: {following}" if following else ""),
        "paused": ("Paused", title or following),
        "done": ("All takes are recorded", ""),
    }[view.phase]


def _instruction(view: CueView) -> str:
    if view.phase == "paused":
        return "Space goes on. An interrupted take is asked for again."
    gesture = view.next_gesture if view.phase == "pause" else view.gesture
    known = GESTURES.get(gesture)
    return known.instruction if known else " "


def _set(widget: QLabel, text: str) -> None:
    if widget.text() != text:
        widget.setText(text)
