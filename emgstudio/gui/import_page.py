"""How a file of another program is to be read: a look at it, and what its columns mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.forms import PlainDouble
from emgstudio.gui.running import Running, tell_not_done
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, column, label, pad, row
from emgstudio.storage.importers.preview import Preview

if TYPE_CHECKING:
    from emgstudio.session.session import Session

UNITS = ("µV", "mV", "V", "a.u.")
LARGEST_RATE = 1e6
TABLE_HEIGHT = 214
NONE = -1
# The storage speaks to the command line; here the same is a field of the form.
WORDS = {
    "for example --rate 1000": "in the field “Sampling rate”",
    "try --label-column ": "choose column ",
}


class ImportPage(QWidget):
    """Asks what cannot be guessed, imports beside everything else, and says how it went.

    ``imported`` carries the folder of the new recording.
    """

    imported = Signal(Path)

    def __init__(self, session: Session, tick: Tick, file: Path, seen: Preview) -> None:
        super().__init__()
        self.session = session
        self.file = file
        self.seen = seen
        self.work = Running(self, tick, "Progress of the import", "Stop the import")
        self.rate = self._rate_field()
        self.unit = self._unit_field()
        self.labels = self._column_field("Label column", "No labels", seen.label)
        self.repetitions = self._column_field(
            "Repetition column", "No repetitions", seen.repetition
        )
        self.table = self._make_table()
        self.state = StatusWord()
        self.hint = label("", "muted", wrap=True)
        self.begin = button("Import", self.start, icon="import", kind="primary")
        self.begin.setMinimumHeight(40)
        self._lay_out()
        self.rate.valueChanged.connect(self._check)
        self.labels.currentIndexChanged.connect(self._check)
        self.repetitions.currentIndexChanged.connect(self._check)
        self.work.ended.connect(self._tell)
        self._check()

    @property
    def running(self) -> bool:
        """True while the file is read."""
        return self.work.busy

    def start(self) -> None:
        """Read the file as the form says."""
        if self.running or not self.begin.isEnabled():
            return
        how = {}
        if self.seen.choosable:
            how = {
                "label_column": self._column_text(self.labels),
                "repetition_column": self._column_text(self.repetitions),
            }
        # An untouched guess is left to the importer, which checks it on the whole file.
        rate = None if self.rate.value() == self.seen.rate else self.rate.value()
        task = self.session.import_file(
            self.file,
            self.session.recordings_folder(),
            rate=rate,
            unit=self.unit.currentData(),
            **how,
        )
        self.work.follow(task)
        self._show_running(True)

    def cancel(self) -> None:
        """Stop reading; nothing half-read is left behind."""
        self.work.cancel()

    def _tell(self, task: Task[Path]) -> None:
        self._show_running(False)
        if task.state is TaskState.DONE:
            self.state.show_status("good", "Imported")
            self.imported.emit(task.result())
            return
        tell_not_done(
            task,
            self.state,
            self.hint,
            stopped="Stopped. Nothing was imported.",
            failed="It could not be imported.",
        )
        self.hint.setText(in_words_of_the_form(self.hint.text()))

    def _check(self) -> None:
        """Whether the form is complete, and which column is what."""
        known = self.rate.value() > 0
        twice = self.labels.currentData() != NONE and (
            self.labels.currentData() == self.repetitions.currentData()
        )
        self.begin.setEnabled(known and not twice and not self.running)
        if not known:
            self.state.show_status("check", "The file does not tell its sampling rate.")
            self.hint.setText("Type it in, in hertz. It is in the manual of the device.")
        elif twice:
            self.state.show_status("check", "Labels and repetitions are the same column.")
            self.hint.setText("Choose another column for one of them.")
        else:
            self.state.show_status("good", "Ready to import")
            self.hint.setText("The file stays as it is; the recording is a copy.")
        self._show_roles()

    def _show_running(self, on: bool) -> None:
        for field in (self.rate, self.unit, self.labels, self.repetitions, self.begin):
            field.setEnabled(not on)
        self.labels.setEnabled(not on and self.seen.choosable)
        self.repetitions.setEnabled(not on and self.seen.choosable)
        self.state.setVisible(not on)
        self.hint.setVisible(not on)
        if on:
            self.work.stop.setFocus()

    def _show_roles(self) -> None:
        unused = (self.seen.label, self.seen.repetition) if self.seen.named else ()
        roles = {
            **dict.fromkeys(unused, "not used"),
            self.seen.time: "time",
            self.labels.currentData(): "label",
            self.repetitions.currentData(): "repetition",
        }
        for at, name in enumerate(self.seen.columns):
            self.table.setHorizontalHeaderItem(
                at, QTableWidgetItem(f"{name}\n{roles.get(at, 'signal')}")
            )

    def _make_table(self) -> QTableWidget:
        made = QTableWidget(len(self.seen.rows), len(self.seen.columns))
        made.setAccessibleName("The first lines of the file")
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        made.verticalHeader().hide()
        made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for at, values in enumerate(self.seen.rows):
            for column_at, text in enumerate(values):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                made.setItem(at, column_at, item)
        made.setFixedHeight(theme().pixels(TABLE_HEIGHT))
        return made

    def _rate_field(self) -> PlainDouble:
        made = PlainDouble()
        made.setDecimals(3)
        made.setRange(0.0, LARGEST_RATE)
        made.setSpecialValueText("not known")
        made.setSuffix(" Hz")
        made.setValue(self.seen.rate or 0.0)
        made.setAccessibleName("Sampling rate in Hz")
        pad(made)
        return made

    def _unit_field(self) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName("Unit")
        unit = self.seen.unit
        made.addItem(f"As in the file ({unit})" if unit else "Not known (a.u.)", None)
        for choice in UNITS:
            made.addItem(choice, choice)
        return made

    def _column_field(self, name: str, none: str, guess: int | None) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        if not self.seen.choosable:
            made.addItem("As in the file", NONE)
            made.setEnabled(False)
            return made
        made.addItem(none, NONE)
        for at, column_name in enumerate(self.seen.columns):
            if at != self.seen.time:
                made.addItem(column_name, at)
        made.setCurrentIndex(max(0, made.findData(guess if guess is not None else NONE)))
        return made

    def _column_text(self, field: QComboBox) -> str:
        """The column as the importer counts, "" for none."""
        chosen = field.currentData()
        return "" if chosen == NONE else str(chosen + 1)

    def _lay_out(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(28)
        left, right = _form(), _form()
        for form, text, field in (
            (left, "Sampling rate", self.rate),
            (left, "Unit", self.unit),
            (right, "Labels", self.labels),
            (right, "Repetitions", self.repetitions),
        ):
            caption = QLabel(text)
            caption.setBuddy(field)
            form.addRow(caption, field)
        fields.addLayout(left, 1)
        fields.addLayout(right, 1)
        words = column(self.state, self.hint, self.work.doing, self.work.bar, spacing=4)
        foot = row(spacing=16)
        foot.addLayout(words, 1)
        foot.addWidget(self.work.stop, 0, Qt.AlignmentFlag.AlignBottom)
        foot.addWidget(self.begin, 0, Qt.AlignmentFlag.AlignBottom)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(14)
        outer.addLayout(
            column(
                label(self.file.name, "heading", wrap=True),
                label(self.seen.summary, "muted", wrap=True),
                spacing=2,
            )
        )
        outer.addWidget(self.table)
        outer.addLayout(fields)
        outer.addLayout(foot)


def in_words_of_the_form(hint: str) -> str:
    """What to do, said for the window."""
    for given, said in WORDS.items():
        hint = hint.replace(given, said)
    return hint


def _form() -> QFormLayout:
    made = QFormLayout()
    made.setHorizontalSpacing(14)
    made.setVerticalSpacing(8)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return made
