"""The label sets there are: choose one to use, change it, make one of your own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.recording.label_set_form import LabelSetForm
from emgstudio.gui.widgets import button, column, label
from emgstudio.session.label_sets import LabelSet, LabelSets

if TYPE_CHECKING:
    from emgstudio.session.session import Session

Attempt = Callable[[Callable[[], object]], object]


class LabelPage(QWidget):
    """``used`` when another set, or the same one changed, is to be used from now on."""

    used = Signal()

    def __init__(self, session: Session, attempt: Attempt) -> None:
        super().__init__()
        self._session = session
        self._attempt = attempt
        self._sets = LabelSets()
        self.choice = QComboBox()
        self.choice.setAccessibleName("Label set to change")
        self.form = LabelSetForm(session.recording.marks.labels)
        self.save = button("Save and use", self.save_now, kind="primary")
        self.new = button("New set", self._new, icon="plus")
        self.restore = button("Remove own set", self._restore, icon="delete")
        self.said = label("", "muted")
        hint = label(
            "A moment is marked when the key goes down. A span lasts while the key is held; "
            "tapped, it lasts until the next tap. Of one group only one span goes on at a time.",
            "muted",
            wrap=True,
        )
        deeds = FlowLayout()
        for part in (self.choice, self.new, self.restore, self.save, self.said):
            deeds.addWidget(part)
        self.setLayout(
            column(
                deeds,
                self.form,
                hint,
                spacing=10,
            )
        )
        self._show_names(session.recording.marks.labels.name)
        self.choice.activated.connect(lambda _index: self._show(self.choice.currentText()))
        self.form.changed.connect(lambda: self.said.setText("Not saved yet."))

    def save_now(self) -> None:
        """Keep the set and give its labels from now on."""
        self._attempt(self._save)

    def _save(self) -> None:
        made = self.form.value()
        path = self._sets.save(made)
        self._session.recording.marks.use(made)
        self._session.update_settings(
            self._session.settings.changed("recording", label_set=made.name)
        )
        self._show_names(made.name)
        self.said.setText(f"Saved as {path.name} and in use.")
        self.used.emit()

    def _show_names(self, chosen: str) -> None:
        self.choice.clear()
        self.choice.addItems(list(self._sets.all()))
        self.choice.setCurrentText(chosen)
        self.restore.setEnabled(self._sets.is_own(chosen))
        if self._sets.unreadable:
            self.said.setText(f"Not readable: {', '.join(self._sets.unreadable)}.")

    def _show(self, name: str) -> None:
        self.form.show_set(self._sets.get(name))
        self.restore.setEnabled(self._sets.is_own(name))
        self.said.setText("")

    def _new(self) -> None:
        names = self._sets.all()
        number = next(n for n in range(1, len(names) + 2) if f"My labels {n}" not in names)
        plain = self._sets.get("General")
        self.form.show_set(replace(LabelSet(f"My labels {number}"), labels=plain.labels[:3]))
        self.said.setText("Not saved yet.")
        self.form.name.setFocus()

    def _restore(self) -> None:
        name = self.choice.currentText()
        self._sets.remove(name)
        left = self._sets.get(name)
        self._show_names(left.name)
        self._show(left.name)
        self.said.setText(f"“{name}” as it ships." if left.name == name else f"“{name}” is gone.")
