"""A person's own protocol: name, goal, sets, times and measures, made from the one chosen."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.gui.measure_menu import MeasureMenu
from emgstudio.gui.therapy.page import Attempt
from emgstudio.gui.therapy.protocol_cards import KINDS
from emgstudio.gui.widgets import DecimalField, button, column, label, pad, row
from emgstudio.session.reference import Method
from emgstudio.session.therapy.protocol import HIGHEST_GOAL, Kind, Protocol, Protocols, Step

GOALS = {
    Kind.UP: ("Goal",),
    Kind.COMPARE: ("Goal of both sides",),
    Kind.RECIPROCAL: ("First muscle at least", "Second muscle at most"),
    Kind.BAND: ("Lower line", "Upper line"),
    Kind.DOWN: ("Line",),
}
# What a goal of another kind than that of the protocol begins with.
BEGINNINGS: dict[Kind, tuple[float, ...]] = {
    Kind.UP: (60.0,),
    Kind.COMPARE: (60.0,),
    Kind.RECIPROCAL: (60.0, 20.0),
    Kind.BAND: (40.0, 60.0),
    Kind.DOWN: (20.0,),
}
# Below the name and the kind.
GOALS_ROW = 2
OF_TWO = (Kind.COMPARE, Kind.RECIPROCAL)


def own_id(title: str, taken: set[str]) -> str:
    """An id from a title that no other protocol has."""
    plain = "".join(c if c.isalnum() else "_" for c in title.lower()).strip("_") or "own"
    number, made = 1, f"own_{plain}"
    while made in taken:
        number += 1
        made = f"own_{plain}_{number}"
    return made


def of_kind(base: Protocol, kind: Kind) -> Protocol:
    """The same times with another kind of goal, in per cent of a reference."""
    if kind is base.kind:
        return base
    values = BEGINNINGS[kind]
    muscles = 2 if kind in OF_TWO else 1 if base.kind in OF_TWO else base.muscles
    return replace(
        base, kind=kind, goals=() if kind is Kind.BAND else values, rest_factor=None,
        band=(values[0], values[1]) if kind is Kind.BAND else None,
        reference=base.reference or Method.MVC, muscles=muscles,
    )  # fmt: skip


class ProtocolForm(QWidget):
    """``kept`` carries the protocol that was saved or, after a removal, the one to show."""

    kept = Signal(object)

    def __init__(self, protocols: Protocols, base: Protocol, attempt: Attempt) -> None:
        super().__init__()
        self._protocols = protocols
        self._base = self._first = base
        self._attempt = attempt
        self.title = QLineEdit(base.title if base.own else f"{base.title}, my times")
        self.title.setAccessibleName("Name of the protocol")
        self.title.setMaxLength(60)
        form = self._form = QFormLayout()
        form.addRow("Name", self.title)
        self.goals: list[DecimalField] = []
        self.kind = QComboBox()
        self.kind.addItems([KINDS[kind] for kind in GOALS])
        self.kind.setAccessibleName("Kind of goal")
        if base.kind in GOALS:
            form.addRow("Goal", self.kind)
            self.kind.setCurrentIndex(list(GOALS).index(base.kind))
        self._show_goals()
        self.kind.currentIndexChanged.connect(self._choose_kind)
        self.sets = _whole(form, "Sets", 1, 20, base.sets)
        self.steps = [self._step_boxes(form, step) for step in base.steps]
        self.measures = MeasureMenu("Measured besides mean, peak and goal", base.measures)
        form.addRow("Also measured", self.measures)
        save = button("Save as my protocol", self._keep, kind="primary")
        self.save = save
        buttons: list[QWidget | int] = [1, save]
        if base.own:
            buttons.insert(0, button("Remove", self._drop, kind="quiet"))
        hint = label("Muscles stay those of the protocol it is made from.", "muted", wrap=True)
        self.setLayout(column(form, hint, row(*buttons), spacing=12))

    def made(self) -> Protocol:
        """What the form says. Raises EmgError when it cannot be."""
        base, title = self._base, self.title.text().strip()
        if not title:
            raise EmgError("A protocol needs a name.", "Write what it is called.")
        values = tuple(box.value() for box in self.goals)
        band, goals, factor = base.band, base.goals, base.rest_factor
        if base.kind is Kind.BAND:
            band = (values[0], values[1])
        elif base.rest_factor is not None:
            factor = values[0]
        elif values:
            goals = values
        steps = tuple(
            Step(
                step.name, count.value(), work.value(), rest.value(),
                None if step.rest_most_s is None else max(step.rest_most_s, rest.value()),
            )
            for step, (count, work, rest) in zip(base.steps, self.steps, strict=True)
        )  # fmt: skip
        taken = {p.id for p in self._protocols.all()}
        return replace(
            base, id=base.id if base.own else own_id(title, taken), title=title, goals=goals,
            band=band, rest_factor=factor, sets=self.sets.value(), steps=steps,
            measures=self.measures.chosen,
            source="own", own=True,
        )  # fmt: skip

    def _values(self) -> tuple[float, ...]:
        base = self._base
        if base.band is not None:
            return base.band
        return (base.rest_factor,) if base.rest_factor is not None else base.goals

    def _choose_kind(self, place: int) -> None:
        self._base = of_kind(self._first, list(GOALS)[place])
        self._show_goals()

    def _show_goals(self) -> None:
        """The lines of this kind of goal, below its name."""
        for box in self.goals:
            self._form.removeRow(box)
        self.goals = [
            self._goal_box(GOALS_ROW + k, name)
            for k, name in enumerate(GOALS.get(self._base.kind, ()))
        ]
        for box, value in zip(self.goals, self._values(), strict=False):
            box.setValue(value)

    def _goal_box(self, place: int, name: str) -> DecimalField:
        factor = self._base.rest_factor is not None
        box = DecimalField()
        box.setRange(1.0, 10.0 if factor else HIGHEST_GOAL)
        box.setDecimals(1 if factor else 0)
        box.setSingleStep(0.1 if factor else 5.0)
        unit = "% of the reference" if self._base.reference is not None else "of the signal's unit"
        box.setSuffix(" × the level at rest" if factor else f" {unit}")
        box.setAccessibleName(name)
        pad(box)
        self._form.insertRow(place, name, box)
        return box

    def _step_boxes(
        self, form: QFormLayout, step: Step
    ) -> tuple[QSpinBox, DecimalField, DecimalField]:
        name = f"{step.name[:1].upper()}{step.name[1:]}: " if step.name else ""
        count = _whole(form, f"{name}Repetitions", 1, 200, step.repetitions)
        return (
            count,
            _seconds(form, f"{name}Work", step.work_s),
            _seconds(form, f"{name}Rest", step.rest_s),
        )

    def _keep(self) -> None:
        def work() -> None:
            protocol = self.made()
            self._protocols.keep(protocol)
            self.kept.emit(protocol)

        self._attempt(work)

    def _drop(self) -> None:
        def work() -> None:
            self._protocols.drop(self._base.id)
            self.kept.emit(self._protocols.all()[0])

        self._attempt(work)


def _whole(form: QFormLayout, name: str, low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setAccessibleName(name)
    pad(box)
    form.addRow(name, box)
    return box


def _seconds(form: QFormLayout, name: str, value: float) -> DecimalField:
    box = DecimalField()
    box.setRange(0.0, 3600.0)
    box.setDecimals(1)
    box.setSuffix(" s")
    box.setValue(value)
    box.setAccessibleName(name)
    pad(box)
    form.addRow(name, box)
    return box
