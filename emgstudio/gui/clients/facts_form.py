"""What is known of a client, as fields; on a client's page each is stored when it is left."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.gui.widgets import column, label, row
from emgstudio.storage.clients.client import Client

SIDES = (("not stated", ""), ("left", "left"), ("right", "right"), ("both", "both"))
NOTES_LINES = 4


class NotesField(QPlainTextEdit):
    """Several lines of text; ``left`` when the keyboard goes elsewhere. Tab goes on."""

    left = Signal()

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 24)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class FactsForm(QWidget):
    """Name (while names are open), birth year, side, notes, consent; nothing is required.

    ``edited`` comes when a field is left or ticked, whether or not anything is new; notes
    are ``lines`` high.
    """

    edited = Signal()

    def __init__(self, lines: int = NOTES_LINES) -> None:
        super().__init__()
        self._filling = False
        self.name = _line("Name", "only on this screen, stored encrypted")
        self.year = _line("Year of birth", "e.g. 1980")
        self.side = QComboBox()
        self.side.setAccessibleName("Side")
        for text, value in SIDES:
            self.side.addItem(text, value)
        self.consent = QCheckBox("Consent given")
        self.consent.setAccessibleName("Consent given")
        self.day = _line("Date of the consent", "2026-11-21")
        self.notes = NotesField(lines)
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Write no names here: notes are not encrypted.")
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setHorizontalSpacing(12)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._name_row = _caption("Name", self.name)
        form.addRow(self._name_row, self.name)
        form.addRow(_caption("Year of birth", self.year), self.year)
        form.addRow(_caption("Side", self.side), self.side)
        agreed = row(self.consent, self.day)
        agreed.setStretchFactor(self.day, 1)
        whole = column(form, agreed, label("Notes", "muted"), self.notes, spacing=8)
        whole.setContentsMargins(0, 0, 0, 0)
        self.setLayout(whole)
        for field in (self.name, self.year, self.day):
            field.editingFinished.connect(self._told)
        self.side.currentIndexChanged.connect(self._told)
        self.consent.toggled.connect(self._consent_ticked)
        self.notes.left.connect(self._told)
        self.show_facts(None)

    def show_facts(
        self, client: Client | None, name: str = "", *, names_open: bool = False
    ) -> None:
        """Fill the fields from a client, or empty them for a new one."""
        self._filling = True
        self.name.setText(name)
        for part in (self._name_row, self.name):
            part.setVisible(names_open)
        year = client.birth_year if client else None
        self.year.setText("" if year is None else str(year))
        self.side.setCurrentIndex(self.side.findData(client.side if client else ""))
        self.consent.setChecked(bool(client and client.consent))
        self.day.setText(client.consent if client else "")
        self.day.setEnabled(self.consent.isChecked())
        notes = client.notes if client else ""
        # Setting the same text would throw the cursor and the field's own undo away.
        if self.notes.toPlainText() != notes:
            self.notes.setPlainText(notes)
        self._filling = False

    def facts(self) -> dict[str, object]:
        """The fields of a Client. Raises EmgError for a year that is no number."""
        text = self.year.text().strip()
        if text and not text.isdecimal():
            raise EmgError(f"“{text}” is no year of birth.", "Write four digits; or leave it out.")
        return {
            "birth_year": int(text) if text else None,
            "side": self.side.currentData(),
            "consent": self.day.text().strip() if self.consent.isChecked() else "",
            "notes": self.notes.toPlainText().strip(),
        }

    def _consent_ticked(self, on: bool) -> None:
        self.day.setEnabled(on)
        if not self._filling:
            self.day.setText(date.today().isoformat() if on else "")
        self._told()

    def _told(self) -> None:
        if not self._filling:
            self.edited.emit()


def _line(name: str, example: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(example)
    return made


def _caption(text: str, field: QWidget) -> QLabel:
    made = label(text, "muted")
    made.setBuddy(field)
    return made
