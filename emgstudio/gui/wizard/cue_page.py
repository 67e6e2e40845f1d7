"""Rest and cued repetitions: what to do now, for how long, and what comes next."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
)

from emgstudio.core.words import several
from emgstudio.gui.assets import set_icon
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.widgets import button, column, label, large_target
from emgstudio.gui.wizard.coach_words import AdviceLine, RestQuestion
from emgstudio.gui.wizard.cue_sound import CueSoundChoice, words_of
from emgstudio.gui.wizard.effort import EffortBar, EffortMeter
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.movement_picture import MovementPicture
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.stage import Cue, CueStage
from emgstudio.gui.wizard.takes import TakesGrid
from emgstudio.ml.gestures import GESTURES, REST, gesture_title
from emgstudio.ml.protocol import CueView
from emgstudio.session.calibration_person import COMFORTABLE


class CuePage(WizardPage):
    """Big picture in a countdown ring.

    Space pauses, R redoes the chosen take, U brings the old one back, the arrows
    choose one, Esc offers to stop.
    """

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.stage = CueStage(flow.pictures)
        self.meter = EffortMeter()
        self.effort = EffortBar()
        self.takes = TakesGrid()
        self.takes.redo_wanted.connect(flow.redo)
        self.word = label("", "display", wrap=True)
        self.title = label("", "big", wrap=True)
        self.instruction = label("", "muted", wrap=True)
        self.next_word = label("", "muted")
        self.next_title = label("", "heading")
        self.next_picture = MovementPicture(flow.pictures, REST, 64)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of all takes")
        self.left = label("", "muted")
        self.pause = button("Pause", flow.toggle_pause)
        self._pause_icon = set_icon(self.pause, "pause")
        self.redo = button("Redo last", flow.redo_picked, icon="repeat")
        self.back = button("Old take back", flow.bring_back, icon="undo")
        self.stop = button("Stop…", flow.ask_to_stop, icon="stop-square", kind="quiet")
        self.sound = CueSoundChoice(flow.session)
        self.keys = label("Space pauses · R redo · U old take back · ← → choose", "muted")
        for made, key in (
            (self.pause, "Space"),
            (self.redo, "R"),
            (self.back, "U"),
            (self.stop, "Esc"),
        ):
            made.setToolTip(f"Key: {key}")
        self.said = AdviceLine(flow)
        self.rest_question = RestQuestion(flow)
        large_target(self.pause, self.redo, self.back, self.stop)
        self.hint = label("", "heading", wrap=True)
        self._question = self._make_question()
        self._said, self._asked = "", ""
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
        self._offer()
        self.said.refresh()
        self.rest_question.refresh()
        self._question.setVisible(flow.stopping)
        count = several(len(flow.takes()), "take is", "takes are")
        words = f"Stop here? {count} recorded and kept."
        if flow.stopping and self._asked != words:
            flow.sound.say(words, after=True)
        self._asked = words if flow.stopping else ""
        self._question_text.setText(words)
        self.hint.setText(flow.hint)
        self.hint.setVisible(bool(flow.hint))
        self.frame()

    def frame(self) -> None:
        """Everything here follows the plan, no time is measured."""
        view = self.flow.view()
        if view is None:
            return
        self.stage.show_cue(cue_of(view))
        self._sound(view)
        word, title = words_of(view)
        _set(self.word, word)
        _set(self.title, title)
        _set(self.instruction, self._instruction(view))
        self._say(f"{word}: {title}" if title else word)
        self.bar.setValue(round(view.progress * 1000))
        self._show_next(view)
        plan = self.flow.plan if self.flow.calibration is None else self.flow.calibration.plan
        takes = self.flow.takes()
        done = frozenset(takes)
        now = (view.gesture, view.repetition)
        running = now if view.phase in ("rest", "hold", "countdown") else None
        # A take more than the plan has is seen while it is made, too.
        asked = done if running is None else done | {running}
        columns = max([plan.repetitions, *(repetition for _, repetition in asked)])
        self.takes.show_takes(plan.classes, columns, done, running)
        total = max(len(asked), len(plan.classes) * plan.repetitions)
        _set(self.left, f"{len(done)} of {total} takes")
        self._show_marks(takes)
        self._show_effort(view)
        self._offer()

    def _sound(self, view: CueView) -> None:
        """The same for the ear: the person need not look at the screen."""
        calibration = self.flow.calibration
        effort = calibration.style.word(view.repetition) if calibration is not None else ""
        more = self.flow.hint if view.phase == "paused" else ""
        self.sound.refresh()
        self.flow.sound.follow(view, effort, more)

    def _offer(self) -> None:
        """What can be done with the chosen take."""
        flow = self.flow
        take = flow.picked_take
        self.redo.setEnabled(flow.running and take is not None)
        words = f"Redo {gesture_title(take[0])} {take[1]}" if take and flow.picked else "Redo last"
        if self.redo.text() != words:
            self.redo.setText(words)
            self.redo.setAccessibleName(words)
        calibration = flow.calibration
        old = calibration is not None and take is not None and calibration.replaced(*take)
        self.back.setEnabled(flow.can_redo and bool(old))

    def _show_marks(self, takes: dict[tuple[str, int], str]) -> None:
        coach = self.flow.coach
        if coach is None:
            return
        marks = {take: mark for take, name in takes.items() if (mark := coach.mark(name))}
        self.takes.show_marks(marks, self.flow.picked)

    def _show_effort(self, view: CueView) -> None:
        calibration = self.flow.calibration
        share = self.meter.take(self.flow.session.main_stream) if self.flow.ready else 0.0
        self.effort.show_share(share)
        if calibration is None or view.phase in ("rest", "paused", "done"):
            self.effort.show_zone(COMFORTABLE, "comfort-\nable")
            return
        style = calibration.style
        fraction = view.fraction if view.phase == "hold" else 0.0
        repetition = max(1, view.repetition)
        word = style.word(repetition) if style.effort == "levels" else ""
        self.effort.show_zone(style.zone(repetition, fraction), word or "aim\nhere")

    def primary(self) -> None:
        """Go on, when paused; a rest that was none is asked for again."""
        view, coach = self.flow.view(), self.flow.coach
        if coach is not None and coach.rest_refused:
            self.flow.repeat_rest()
        elif view is not None and view.phase == "paused":
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
        outer.addWidget(self.said)
        outer.addWidget(self.rest_question)
        outer.addWidget(self._question)
        outer.addWidget(self.bar)
        foot = FoldingRow(spacing=8)
        for made, rank in ((self.pause, 0), (self.redo, 0), (self.back, 0), (self.keys, 2)):
            foot.add(made, rank)
        foot.add_stretch()
        foot.add(self.sound, 1)
        foot.add(self.stop)
        outer.addWidget(foot)

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
        self.next_picture.setVisible(bool(following))
        if following:
            self.next_picture.show_movement(following)

    def _instruction(self, view: CueView) -> str:
        """How to do it, how hard, and where the arm is."""
        if view.phase == "paused":
            return "Space goes on. An interrupted take is asked for again."
        gesture = view.next_gesture if view.phase == "pause" else view.gesture
        known = GESTURES.get(gesture)
        parts = [known.instruction if known else " "]
        calibration = self.flow.calibration
        if calibration is not None and view.phase in ("countdown", "hold"):
            style = calibration.style
            word = style.word(view.repetition)
            parts.append(f"Effort: {word}." if word else "")
            parts.append(style.position_words(view.repetition, calibration.plan.repetitions))
        return " ".join(part for part in parts if part)

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


def _set(widget: QLabel, text: str) -> None:
    if widget.text() != text:
        widget.setText(text)
