"""Which movements, how often and how long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.words import several
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import (
    DecimalField,
    StatusWord,
    button,
    card,
    column,
    label,
    large_target,
    pad,
    row,
)
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.gesture_card import GestureCard
from emgstudio.gui.wizard.movement_picture import PictureButton
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.ml.gestures import GESTURES, REST
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration_person import POSITIONS, CueStyle

EFFORT_WORDS = {
    "levels": "middle, weak, strong",
    "ramp": "ramp up and down",
    "same": "always the same",
}
WHY_LEVELS = (
    "Movements learnt at one effort only are often missed when they are made softer: "
    "weak, middle and strong takes are recognised at every effort."
)
COLUMNS = 7
SIDES = 72
"""Margins of the page and the scroll bar, logical pixels."""
FEW, SENSIBLE = 3, 8


class ChoosePage(WizardPage):
    """Picture cards, repetitions and times; says how long it will take."""

    def __init__(self, flow: Flow, to_models: Callable[[], object]) -> None:
        super().__init__(flow)
        self.cards: dict[str, GestureCard] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self.own = TypingField()
        self.own.setPlaceholderText("Own movement, Enter")
        self.own.setAccessibleName("Name of an own movement")
        self.own.returnPressed.connect(self._add_own)
        self.picture = PictureButton(flow.pictures, flow.attempt)
        self.picture.taken.connect(lambda movement: self.cards[movement].paint())
        self.repetitions = QSpinBox()
        self.repetitions.setRange(1, 10)
        self.repetitions.setValue(flow.plan.repetitions)
        self.hold = _seconds(flow.plan.hold_s, 1.0, 6.0)
        self.pause = _seconds(flow.plan.pause_s, 0.5, 10.0)
        self.effort = QComboBox()
        for key, words in EFFORT_WORDS.items():
            self.effort.addItem(words, key)
        self.effort.setToolTip(WHY_LEVELS)
        self.effort.setAccessibleDescription(WHY_LEVELS)
        self.positions = QSpinBox()
        self.positions.setRange(1, len(POSITIONS))
        self.positions.setToolTip(
            "More than one: hanging, bent, reaching forward. Three takes each."
        )
        self.estimate = label("", "heading")
        self.advice = StatusWord()
        self.saved = button("Use a saved model…", to_models, icon="model")
        self.start = button("Start", self.primary, icon="play", kind="primary")
        large_target(self.saved, self.start)
        self.start.setMinimumWidth(150)
        for field, name in (
            (self.repetitions, "Repetitions"),
            (self.hold, "Hold"),
            (self.pause, "Pause"),
            (self.positions, "Arm positions"),
        ):
            field.setAccessibleName(name)
            pad(field)
            field.valueChanged.connect(self._changed)
        self.effort.setAccessibleName("Effort")
        self.effort.currentIndexChanged.connect(self._changed)
        self._lay_out()
        for gesture in GESTURES:
            self._add_card(gesture)
        self.refresh()

    def primary(self) -> None:
        """Begin with the cues."""
        if self.start.isEnabled():
            self.flow.start()

    def refresh(self) -> None:
        """A running or finished calibration changes what the button says."""
        words = "Start again" if self.flow.calibration is not None else "Start"
        self.start.setText(words)
        self.start.setAccessibleName(words)
        self._adopt(self.flow.plan)
        self._show(self.flow.plan)

    def chosen(self) -> tuple[str, ...]:
        """The movements that are checked, in the order of the cards, rest first."""
        return tuple(g for g, made in self.cards.items() if made.isChecked())

    def _lay_out(self) -> None:
        head = column(
            label("Choose what the hand shall do.", "title", wrap=True),
            label(
                "Three to six movements are a good beginning. Rest is always one.",
                "muted",
                wrap=True,
            ),
            spacing=2,
        )
        top = QHBoxLayout()
        top.addLayout(head, 1)
        top.addWidget(self.saved, 0, Qt.AlignmentFlag.AlignTop)
        cards = QWidget()
        cards.setProperty("role", "page")
        inside = QVBoxLayout(cards)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.setSpacing(12)
        inside.addLayout(top)
        inside.addLayout(self._grid)
        inside.addLayout(row(self.own, self.picture, 1))
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(cards)
        plan = FlowLayout((18, 6))
        for text, field in (
            ("Repetitions", self.repetitions),
            ("Hold", self.hold),
            ("Pause", self.pause),
            ("Effort", self.effort),
            ("Arm positions", self.positions),
        ):
            pair = QWidget()
            pair.setLayout(row(label(text, "muted"), field))
            plan.addWidget(pair)
        go = FoldingRow(spacing=14)
        go.add(self.advice, 2)
        go.add_stretch()
        go.add(self.estimate, 1)
        go.add(self.start)
        self._plan_row = go
        plan_box = column(plan, go, spacing=8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 18, 24, 16)
        outer.setSpacing(12)
        outer.addWidget(scroll, 1)
        outer.addWidget(card(plan_box, margin=12))

    def _add_card(self, gesture: str) -> GestureCard:
        made = GestureCard(gesture, self.flow.pictures)
        self.cards[gesture] = made
        self._arrange()
        made.toggled.connect(self._changed)
        if gesture not in GESTURES:
            made.toggled.connect(lambda _on: self._offer_picture(gesture))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()

    def _arrange(self) -> None:
        """As many cards side by side as fit without cutting a word."""
        widest = max((made.sizeHint().width() for made in self.cards.values()), default=1)
        room = self.width() - SIDES + self._grid.spacing()
        columns = min(COLUMNS, max(1, room // (widest + self._grid.spacing())))
        # The style sheet gives buttons a least height, which overrides what a card asks for.
        tallest = max((made.sizeHint().height() for made in self.cards.values()), default=1)
        for row_number in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(row_number, 0)
        for at, made in enumerate(self.cards.values()):
            self._grid.addWidget(made, at // columns, at % columns)
            self._grid.setRowMinimumHeight(at // columns, tallest)
        self.own.setMinimumWidth(self.fontMetrics().averageCharWidth() * 30)

    def _add_own(self) -> None:
        name = "_".join(self.own.text().strip().lower().split())
        self.own.clear()
        if name:
            (self.cards.get(name) or self._add_card(name)).setChecked(True)

    def _offer_picture(self, movement: str = "") -> None:
        """The button is for the own movement that was chosen last, while one is chosen."""
        own = [name for name in self.chosen() if name not in GESTURES]
        known = movement if movement in own else self.picture.movement
        self.picture.ask_for(known if known in own else own[-1] if own else "")

    def _adopt(self, plan: CuePlan) -> None:
        """Cards and numbers follow a plan that was chosen elsewhere."""
        for gesture in plan.movements:
            if gesture not in self.cards:
                self._add_card(gesture)
        fields = (self.repetitions, self.hold, self.pause, self.effort, self.positions)
        style = self.flow.style
        for widget in (*self.cards.values(), *fields):
            widget.blockSignals(True)
        for gesture, made in self.cards.items():
            made.choose(gesture == REST or gesture in plan.movements)
        self.repetitions.setValue(max(1, plan.repetitions // style.positions))
        self.hold.setValue(plan.hold_s)
        self.pause.setValue(plan.pause_s)
        self.effort.setCurrentIndex(self.effort.findData(style.effort))
        self.positions.setValue(style.positions)
        for widget in (*self.cards.values(), *fields):
            widget.blockSignals(False)
        self._offer_picture()

    def _changed(self) -> None:
        try:
            plan = CuePlan(
                self.chosen(),
                repetitions=self.repetitions.value() * self.positions.value(),
                hold_s=self.hold.value(),
                pause_s=self.pause.value(),
                countdown_s=self.flow.plan.countdown_s,
                rest_s=self.flow.plan.rest_s,
                seed=self.flow.plan.seed,
            )
        except EmgError as error:
            self.start.setEnabled(False)
            self.estimate.setText(error.message)
            self.advice.show_status("check", error.hint)
            self._plan_row.fold()
            return
        self._show(plan)
        style = CueStyle(self.effort.currentData(), self.positions.value())
        if style != self.flow.style:
            self.flow.style = style
        if plan != self.flow.plan:
            self.flow.choose(plan)

    def _show(self, plan: CuePlan) -> None:
        self.start.setEnabled(self.flow.ready)
        self.estimate.setText(f"About {_about(plan.duration_s)}")
        self.advice.show_status(*_advice(plan))
        self._plan_row.fold()


def _advice(plan: CuePlan) -> tuple[str, str]:
    count = len(plan.movements)
    if plan.repetitions < 2:
        return "check", "One repetition cannot be tested"
    if count < FEW:
        return "check", "Three movements or more are advised"
    if count > SENSIBLE:
        return "check", "Many movements are hard to tell apart"
    return "good", f"{several(count, 'movement')} and rest"


def _about(seconds: float) -> str:
    """Rounded up to ten seconds: nobody counts on less."""
    tens = int(-(-seconds // 10)) * 10
    minutes, rest = divmod(tens, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _seconds(value: float, smallest: float, largest: float) -> DecimalField:
    made = DecimalField()
    made.setRange(smallest, largest)
    made.setSingleStep(0.5)
    made.setDecimals(1)
    made.setSuffix(" s")
    made.setValue(value)
    return made
