"""The exercise beside the levels: what to do now, how it goes, the goal and its suggestion."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from emgstudio.gui.assets import Picture
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.therapy.lanes import lines_of
from emgstudio.gui.therapy.sound_row import SoundRow
from emgstudio.gui.widgets import button, column, icon_button, label, large_target, row
from emgstudio.session.therapy.exercise import Exercise, Phase
from emgstudio.session.therapy.goal import STEP
from emgstudio.session.therapy.run import TherapyRun

WORDS = {
    Phase.PREPARE: ("clock", "muted", "GET READY"),
    Phase.WORK: ("play", "good", "WORK"),
    Phase.REST: ("pause", "check", "REST"),
    Phase.DONE: ("done", "good", "DONE"),
}
PAUSED = ("pause", "stop", "PAUSED")
SHAPE = QSize(34, 34)
LAST = 5
WIDTH = 320


def counts(exercise: Exercise) -> str:
    """Set and repetition, of how many."""
    part, protocol = exercise.part, exercise.protocol
    if not protocol.steps:
        return "Free session"
    parts = [f"Set {part.set_number} of {exercise.sets}"] if exercise.sets > 1 else []
    step = next((s for s in protocol.steps if s.name == part.step), protocol.steps[0])
    if part.step:
        parts.append(part.step)
    parts.append(f"repetition {max(1, part.repetition)} of {step.repetitions}")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def left_words(exercise: Exercise) -> str:
    """Seconds of this part that are left, "" when it has no end."""
    left = exercise.left_s
    return "" if math.isinf(left) else f"{math.ceil(left - 1e-6)} s"


class RunPanel(QFrame):
    """Buttons call what the page gives them; every key has a button."""

    goal_moved = Signal(float)

    def __init__(self, calls: dict[str, Callable[[], object]]) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setMinimumWidth(WIDTH)
        self.shape = Picture("icons/clock", SHAPE, "muted")
        self.word = label("", "display")
        self.word.setAccessibleName("What the client does now")
        self.left = label("", "display")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Time of this part")
        self.count = label("", "heading", wrap=True)
        self.goal = label("", "heading")
        self.less = icon_button("minus", "Goal lower  (−)", lambda: self.goal_moved.emit(-STEP))
        self.more = icon_button("plus", "Goal higher  (+)", lambda: self.goal_moved.emit(STEP))
        self.last = label("", wrap=True)
        self.figures = label("", wrap=True)
        self.reason = label("", "muted", wrap=True)
        self.sound = SoundRow(calls["sound"])
        self.pause = button("Pause  (Space)", calls["pause"], kind="primary")
        self.skip = button("Skip  (N)", calls["skip"])
        self.again = button("Repeat set", calls["repeat"])
        self.measure = button(
            "Reference  (V)", calls["measure"],
            tooltip="Pause, measure the reference effort anew, and go on with this set",
        )  # fmt: skip
        self.mark = button("Mark  (M)", calls["mark"])
        self.finish = button("Finish", calls["finish"], icon="stop-square")
        large_target(self.pause, self.less, self.more)
        large_target(self.skip, self.again, self.measure, self.mark, self.finish)
        self._lay_out()

    def show_run(self, run: TherapyRun) -> None:
        """Everything as it is now; cheap when nothing changed."""
        exercise = run.exercise
        icon, colour, word = PAUSED if exercise.paused else WORDS[exercise.part.phase]
        if word != self.word.text():
            self.word.setText(word)
            self.shape.show_picture(f"icons/{icon}", colour)
            text = "Go on  (Space)" if exercise.paused else "Pause  (Space)"
            self.pause.setText(text)
            self.pause.setAccessibleName(text)
        _say(self.left, left_words(exercise))
        seconds = exercise.part.seconds
        share = exercise.left_s / seconds if seconds and not math.isinf(seconds) else 0.0
        self.bar.setValue(round(1000 * share))
        _say(self.count, counts(exercise))
        self._show_goal(run)
        self._show_results(exercise)
        self.measure.setVisible(bool(run.references))
        _say(self.reason, run.fatigue_reason)
        self.reason.setVisible(bool(run.fatigue_reason))

    def _show_goal(self, run: TherapyRun) -> None:
        goal = run.exercise.goal
        lines = lines_of(goal, 0)
        text = " to ".join(f"{value:.0f}" for value in lines)
        _say(self.goal, f"Goal {text} {run.unit}" if lines else "No goal")
        for made in (self.less, self.more):
            made.setVisible(bool(lines))

    def _show_results(self, exercise: Exercise) -> None:
        done = exercise.repetitions
        dots = " ".join("●" if r.success else "○" for r in done[-LAST:])
        good = sum(r.success for r in done[-LAST:])
        _say(self.last, f"Last {min(LAST, len(done))}: {dots}" if done else "Last five: –")
        self.last.setAccessibleDescription(f"{good} of the last {min(LAST, len(done))} reached")
        share = exercise.success_share
        parts = [f"Success {100 * share:.0f} %" if share is not None else "Success –"]
        if done:
            parts.append(f"hold {done[-1].hold_s:.1f} s")
            calm = [r.relaxed for r in done if r.relaxed is not None]
            if calm:
                parts.append(f"relaxed {sum(calm)} of {len(calm)}")
        _say(self.figures, " · ".join(parts))

    def _lay_out(self) -> None:
        head = row(self.shape, self.word, 1, self.left, spacing=12)
        goal = row(self.goal, 1, self.less, self.more)
        told = column(
            self.count, goal, self.last, self.figures, self.reason, self.sound.problem, 1, spacing=8
        )
        inside = QWidget()
        inside.setLayout(told)
        area = FittedScroll(inside)
        area.setAccessibleName("Exercise")
        # What must be in reach at any time never scrolls away.
        go = row(self.pause, self.finish, spacing=12)
        go.setStretch(0, 1)
        rows = (row(self.skip, self.again), row(self.mark, self.measure))
        layout = column(head, self.bar, area, 1, self.sound, go, *rows)
        layout.setContentsMargins(12, 10, 12, 10)
        self.setLayout(layout)


def _say(shown: QWidget, text: str) -> None:
    if shown.property("text") != text:
        shown.setProperty("text", text)
