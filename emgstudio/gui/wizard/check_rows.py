"""One movement of the check: lamp, verdict, its takes, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from emgstudio.gui.assets import set_icon
from emgstudio.gui.widgets import StatusWord, button, column, label, row
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.movement_picture import MovementPicture
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.report import GestureResult, RepetitionResult

LAMPS = {"green": "good", "amber": "check", "red": "stop", "untested": "lamp-off"}
WORDS = {"green": "reliable", "amber": "needs care", "red": "not reliable", "untested": "untested"}
FEW = 5
"""Up to so many takes stand beside the verdict, more below it."""
DOUBTFUL = 0.5
"""A take of which less is recognised is in doubt; when to redo it the report says."""


def take_lamp(take: RepetitionResult) -> str:
    """The lamp of one take: right if most of it is recognised, a cross where a redo is advised."""
    if take.redo:
        return "stop"
    return "check" if take.recall < DOUBTFUL else "good"


class GestureRow(QFrame):
    """A movement and its buttons; ``others`` are what it can be merged with."""

    def __init__(self, result: GestureResult, flow: Flow, others: tuple[str, ...]) -> None:
        super().__init__()
        self.gesture = result.gesture
        self._flow = flow
        recall = f"{result.recall * 100:.0f} %" if result.recall is not None else "–"
        self.status = StatusWord(f"{recall}  {WORDS[result.light]}", LAMPS[result.light])
        verdict = label(result.verdict, "muted", wrap=True)
        words = column(
            row(label(gesture_title(result.gesture), "heading"), self.status, 1, spacing=12),
            verdict,
            spacing=1,
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(12)
        layout.addWidget(MovementPicture(flow.pictures, result.gesture, 42))
        layout.addLayout(words, 1)
        self._many = len(result.repetitions) > FEW
        self.takes = [
            _take_button(take, result.gesture, flow, numbered=not self._many)
            for take in result.repetitions
        ]
        self._takes = QWidget()
        self._takes.setLayout(row(*self.takes, 1, spacing=0 if self._many else 12))
        self._words, self._across = words, layout
        (words if self._many else layout).addWidget(self._takes)
        self.folded = self._many
        self.redo = button("Redo", lambda: flow.redo_gesture(result.gesture), icon="repeat")
        self.redo.setToolTip(f"Record every take of {gesture_title(result.gesture)} again")
        self.redo.setAccessibleName(f"Redo {gesture_title(result.gesture)}")
        layout.addWidget(self.redo)
        self.more = QToolButton()
        self.more.setProperty("kind", "quiet")
        set_icon(self.more, "more")
        self.more.setAccessibleName(f"More for {gesture_title(result.gesture)}")
        self.more.setToolTip("Add a take, merge, leave out")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = self._make_menu(others)
        self.more.setMenu(self.menu)
        layout.addWidget(self.more)
        self.allow(flow.can_redo)

    @property
    def whole_width(self) -> int:
        """Logical pixels that it needs with the takes beside the verdict."""
        beside = 0 if self._many or not self.folded else self._takes.sizeHint().width() + 12
        return self.minimumSizeHint().width() + beside

    def fold(self, folded: bool) -> None:
        """Takes below the verdict (where there is little room), or beside it."""
        if self._many or folded == self.folded:
            return
        self.folded = folded
        if folded:
            self._words.addWidget(self._takes)
        else:
            self._across.insertWidget(2, self._takes)

    def allow(self, redo: bool) -> None:
        """Whether takes can be recorded again."""
        for made in (self.redo, *self.takes):
            made.setEnabled(redo)
        for action in self._recording:
            action.setEnabled(redo)
        self.more.setEnabled(not self._flow.from_disk)

    def _make_menu(self, others: tuple[str, ...]) -> QMenu:
        flow, gesture = self._flow, self.gesture
        menu = QMenu(self)

        def add(text: str, called: Callable[[], object], where: QMenu = menu) -> None:
            where.addAction(text).triggered.connect(lambda _on=False: called())

        add("Add a take", partial(flow.add_repetition, gesture))
        for repetition in sorted({r for g, r in flow.takes() if g == gesture}):
            calibration = flow.calibration
            if calibration is not None and calibration.replaced(gesture, repetition):
                add(f"Old take {repetition} back", partial(flow.bring_back, gesture, repetition))
        self._recording = list(menu.actions())
        if gesture != REST:
            merge = menu.addMenu("Merge with")
            for other in others:
                if other not in (gesture, REST):
                    add(gesture_title(other), partial(flow.merge, gesture, other), merge)
            merge.setEnabled(bool(merge.actions()))
            add("Leave out", partial(flow.leave_out, gesture))
        return menu


def _take_button(
    take: RepetitionResult, gesture: str, flow: Flow, *, numbered: bool
) -> QToolButton:
    """The lamp of one take; a click records it again."""
    made = QToolButton()
    made.setProperty("kind", "quiet")
    made.setText(str(take.repetition))
    if numbered:
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    tone = take_lamp(take)
    lesson = flow.lesson
    hint = lesson.hints.get((gesture, take.repetition)) if lesson is not None else None
    if hint is not None and tone == "good":
        tone = "check"
    set_icon(made, tone, StatusWord.COLOURS[tone])
    name = f"{gesture_title(gesture)} {take.repetition}"
    why = f" {hint.sentence}" if hint is not None else ""
    text = f"{name}: {take.recall * 100:.0f} % right.{why} Click: redo it"
    made.setToolTip(text)
    made.setAccessibleName(text)
    made.clicked.connect(lambda _on=False: flow.redo(gesture, take.repetition))
    return made
