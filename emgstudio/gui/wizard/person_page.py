"""Who it is for, which side, and what kind of control; as it was last time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.gui.wizard.choice import Choice
from emgstudio.gui.wizard.cueing import SITES
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.session.calibration_person import code_problem

SIDES = {"right": "Right", "left": "Left"}
LIMBS = {"intact": "Hand is there", "residual": "Residual limb"}
CONTROLS = {
    "pattern": "Several movements",
    "two_site": "Two muscles",
    "proportional": "One muscle, stepless",
}
ABOUT = {
    "pattern": "The pattern over all electrodes tells the movements apart. Four sites or more.",
    "two_site": "One muscle opens, another one closes. Two sites.",
    "proportional": "The strength of one muscle drives one movement. One site.",
}


class PersonPage(WizardPage):
    """A pseudonymous code, the side, the limb, the control, and how the sensor was put on."""

    def __init__(
        self, flow: Flow, to_new_day: Callable[[], object], to_models: Callable[[], object]
    ) -> None:
        super().__init__(flow)
        self.code = QComboBox()
        self.code.setEditable(True)
        typed = TypingField()
        self.code.setLineEdit(typed)
        self.code.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.code.setAccessibleName("Code of the person")
        typed.setPlaceholderText("for example C-0042, never a name")
        typed.setMaxLength(40)
        self.side = Choice("Side", SIDES)
        self.limb = Choice("Limb", LIMBS)
        self.control = Choice("Control", CONTROLS)
        self.about = label("", "muted", wrap=True)
        self.mark = TypingField()
        self.mark.setAccessibleName("How the sensor is put on")
        self.mark.setPlaceholderText("for example: USB plug to the thumb, two fingers below elbow")
        self.mark.setMaxLength(200)
        self.problem = label("", "problem", wrap=True)
        self.on = button("Continue", self.primary, icon="arrow-right", kind="primary")
        self.day = button("New day", to_new_day, icon="sun")
        self.day.setToolTip("One short hold each, under a minute: a saved model fits again")
        self.models = button("Saved models", to_models, icon="model")
        self.models.setToolTip("Every version: look, compare, note, use, export")
        large_target(self.code, self.mark, self.on, self.day, self.models)
        typed.editingFinished.connect(self._changed)
        self.code.activated.connect(lambda _at: self._changed())
        self.mark.editingFinished.connect(self._changed)
        for choice in (self.side, self.limb, self.control):
            choice.chosen.connect(lambda _key: self._changed())
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Show who it is for at present."""
        person = self.flow.person
        codes = list(self.flow.book.codes())
        if [self.code.itemText(i) for i in range(self.code.count())] != codes:
            self.code.clear()
            self.code.addItems(codes)
        self.code.setEditText(person.code)
        self.side.show_value(person.side)
        self.limb.show_value(person.limb)
        self.control.show_value(person.control)
        self.mark.setText(person.mark)
        self.about.setText(ABOUT[person.control])

    def primary(self) -> None:
        """On to the sites, if the code can be used."""
        if self._changed():
            self.flow.go(SITES)

    def _changed(self) -> bool:
        code = self.code.currentText().strip()
        problem = code_problem(code)
        self.problem.setText(problem)
        self._form.setRowVisible(self.problem, bool(problem))
        self.on.setEnabled(not problem)
        if problem:
            return False
        person = replace(
            self.flow.person,
            side=self.side.value,
            limb=self.limb.value,
            control=self.control.value,
            mark=self.mark.text().strip(),
            code=code,
        )
        if person != self.flow.person:
            self.flow.set_person(person)
        return True

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(9)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for words, field in (
            ("Code", self.code),
            ("Side", self.side),
            ("Limb", self.limb),
            ("Control", self.control),
            ("", self.about),
            ("Sensor sits", self.mark),
        ):
            form.addRow(label(words, "muted"), field)
        form.insertRow(1, self.problem)
        form.setRowVisible(self.problem, False)
        self._form = form
        head = column(
            label("Who is this for, and which side?", "title", wrap=True),
            label(
                "What was chosen last time is filled in. Nothing here leaves this computer.",
                "muted",
                wrap=True,
            ),
            spacing=2,
        )
        inside = QWidget()
        inside.setMaximumWidth(860)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(card(form, margin=14))
        around = QWidget()
        wide = row(1)
        wide.insertWidget(0, inside, 20)
        around.setLayout(wide)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 14, 24, 14)
        outer.setSpacing(8)
        outer.addWidget(FittedScroll(around))
        outer.addStretch()
        outer.addWidget(self._foot())

    def _foot(self) -> FoldingRow:
        """What somebody who was calibrated before wants instead, and the way on."""
        foot = FoldingRow(spacing=8)
        foot.add(label("Calibrated before?", "heading"), 1)
        foot.add(self.day)
        foot.add(self.models)
        foot.add_stretch()
        foot.add(self.on)
        return foot
