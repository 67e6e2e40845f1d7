"""What is to be done: protocol, muscles on the body, channels and goal, all with defaults."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from emgstudio.gui.overlay import Overlay
from emgstudio.gui.therapy.body import BodyPicture
from emgstudio.gui.therapy.flow import PLACE, TherapyFlow
from emgstudio.gui.therapy.muscle_rows import MuscleRows
from emgstudio.gui.therapy.page import Attempt, TherapyPage, scrolled
from emgstudio.gui.therapy.protocol_cards import ProtocolCards, times
from emgstudio.gui.therapy.protocol_form import GOALS, ProtocolForm
from emgstudio.gui.widgets import DecimalField, button, card, column, label, large_target, pad, row
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.session.therapy.goal import STEP, Goal
from emgstudio.session.therapy.protocol import HIGHEST_GOAL, Kind, Protocol

CARDS_WIDTH = 300
NOBODY = "Nobody in particular: the session is kept among the recordings."


class ProtocolPage(TherapyPage):
    """One page, everything filled in; ``go_to`` leads to other rooms."""

    def __init__(
        self, flow: TherapyFlow, attempt: Attempt, go_to: Callable[[str, object], None]
    ) -> None:
        super().__init__(flow, attempt)
        self._go_to = go_to
        self.client = label("", "muted", wrap=True)
        self.cards = ProtocolCards()
        self.cards.chosen.connect(flow.choose)
        self.edit = button("Times and goal…", self._edit, icon="edit")
        self.form: ProtocolForm | None = None
        self._over: Overlay | None = None
        self.body = BodyPicture()
        self.muscles = MuscleRows(flow)
        self.body.chosen.connect(self.muscles.put)
        self.about = label("", "title", wrap=True)
        self.text = label("", wrap=True)
        self.goal_words = label("", wrap=True)
        self.goals = [self._goal_box(k) for k in range(2)]
        self.add = button("One more muscle", flow.add_muscle, icon="plus", kind="quiet")
        self.soft = button("One that should stay soft", flow.add_soft, icon="plus", kind="quiet")
        self.soft.setToolTip("It is told when it works although it should not.")
        self.map = button(
            "Channel map, tap to assign…", lambda: go_to("devices", None), kind="quiet"
        )
        self.problem = wrapping_status()
        self.way_out = button("", self._way_out)
        self.way_out.setAccessibleName("What to do first")
        self.start = button("Start", self.primary, icon="play", kind="primary")
        large_target(self.start, self.way_out)
        self._lay_out()

    def refresh(self) -> None:
        """What the flow says."""
        flow, protocol = self.flow, self.flow.protocol
        self.client.setText(f"For {flow.client}" if flow.client else NOBODY)
        self.cards.show_protocols(flow.protocols.all())
        self.cards.show_chosen(protocol.id)
        self.about.setText(protocol.title)
        self.text.setText(f"{protocol.text} {times(protocol).capitalize()}.")
        self.edit.setEnabled(bool(protocol.steps))
        self.muscles.refresh()
        self.body.show_muscles(flow.chosen)
        free = len(flow.chosen) < len(flow.channels())
        self.add.setEnabled(free)
        self.soft.setEnabled(free)
        self.add.setVisible(protocol.kind in (Kind.FREE, Kind.ASSESS))
        self._show_goal()
        self.slow_frame(0.0)

    def slow_frame(self, now: float) -> None:
        """A sensor may come and go."""
        flow = self.flow
        if flow.stream is not None and not flow.muscles:
            flow.fill()
        missing = flow.missing()
        self.start.setEnabled(missing is None)
        self.way_out.setVisible(missing is not None and bool(missing.button))
        if missing is not None:
            self.problem.show_status("check", missing.sentence)
            self.way_out.setText(missing.button)
            self.way_out.setAccessibleName(missing.button)
            return
        nameless = [m for m in flow.chosen if not m.name]
        if nameless:
            text = "Ready. Click the muscle on the body, so that the report can name it."
        else:
            text = "Ready."
        self.problem.show_status("good", text)

    def primary(self) -> None:
        """On to where the electrodes go."""
        if self.flow.missing() is None:
            self.flow.go(PLACE)

    def _goal_box(self, place: int) -> DecimalField:
        box = DecimalField()
        box.setDecimals(0)
        box.setRange(1.0, HIGHEST_GOAL)
        box.setSingleStep(STEP)
        box.setAccessibleName(f"Goal {place + 1}")
        pad(box)
        box.valueChanged.connect(self._goal_changed)
        return box

    def _show_goal(self) -> None:
        goal, protocol = self.flow.goal, self.flow.protocol
        values: tuple[float, ...] = ()
        if goal is not None and protocol.kind in GOALS:
            both = protocol.kind in (Kind.BAND, Kind.RECIPROCAL)
            values = (goal.low, goal.high) if both else (goal.shown,)
        names = GOALS.get(protocol.kind, ())
        unit = "% of the reference" if protocol.reference is not None else "of the signal's unit"
        for k, box in enumerate(self.goals):
            box.setVisible(k < len(values))
            if k < len(values):
                box.blockSignals(True)
                box.setRange(1.0, max(HIGHEST_GOAL, values[k]))
                box.setValue(values[k])
                box.setSuffix(f" {unit}")
                box.setPrefix(f"{names[k]}  " if len(values) > 1 else "")
                box.setAccessibleName(names[k])
                box.blockSignals(False)
        if protocol.kind in (Kind.ASSESS, Kind.FREE):
            self.goal_words.setText("No goal: it is measured and shown.")
        elif goal is None:
            factor = protocol.rest_factor
            self.goal_words.setText(f"At most {factor:g} × the level at rest, which is measured.")
        else:
            self.goal_words.setText("")
        self.goal_words.setVisible(bool(self.goal_words.text()))

    def _goal_changed(self, _value: float) -> None:
        flow, goal = self.flow, self.flow.goal
        if goal is None:
            return
        first, second = (box.value() for box in self.goals)
        match goal.kind:
            case Kind.BAND:
                second = max(second, first + 1.0)
                flow.goal = Goal(Kind.BAND, first, second)
            case Kind.RECIPROCAL:
                flow.goal = Goal(Kind.RECIPROCAL, first, second)
            case Kind.DOWN:
                flow.goal = Goal(Kind.DOWN, high=first)
            case kind:
                flow.goal = Goal(kind, first)

    def _way_out(self) -> None:
        missing = self.flow.missing()
        if missing is not None and missing.room:
            self._go_to(missing.room, None)

    def _edit(self) -> None:
        self.form = ProtocolForm(self.flow.protocols, self.flow.protocol, self.attempt)
        self.form.kept.connect(self._kept)
        self._over = Overlay(self.window(), "My protocol", column(self.form), width=560)

    def _kept(self, protocol: Protocol) -> None:
        if self._over is not None:
            self._over.leave()
            self._over = None
        self.flow.choose(protocol)

    def _lay_out(self) -> None:
        left = QWidget()
        cards = scrolled(self.cards, "Protocols")
        left.setLayout(column(label("Protocol", "heading"), cards, self.edit))
        left.setMinimumWidth(max(CARDS_WIDTH, self.edit.sizeHint().width()))
        # Below each other: two goals with their words are wider than a small window.
        goal = column(*(row(box, 1) for box in self.goals), spacing=8)
        inside = QWidget()
        inside.setLayout(
            column(
                self.about,
                self.text,
                self.client,
                label("Muscles and channels", "heading"),
                self.muscles,
                row(self.add, self.soft, 1),
                row(self.map, 1),
                label("Goal", "heading"),
                self.goal_words,
                goal,
                1,
                spacing=8,
            )
        )
        middle = QVBoxLayout()
        middle.addWidget(scrolled(inside, "Muscles and goal"), 1)
        foot = row(self.problem, self.start)
        foot.setStretch(0, 1)
        middle.addWidget(card(column(foot, row(self.way_out, 1), spacing=6), margin=10))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        layout.addWidget(left, 3)
        layout.addWidget(self.body, 3)
        layout.addLayout(middle, 5)
