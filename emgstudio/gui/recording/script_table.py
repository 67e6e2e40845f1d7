"""The cues of a script as a table that can be typed into."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHeaderView,
    QTableWidget,
    QWidget,
)

from emgstudio.gui.forms import PlainDouble
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, pad, row
from emgstudio.ml.gestures import GESTURES
from emgstudio.session.cue_script import LONGEST_CUE_S, PICTURE_ENDINGS, ScriptCue

COLUMNS = ("Text", "Picture", "Duration", "Label in the recording")
ROW_HEIGHT = 40
SHOWN_ROWS = 3


class ScriptTable(QWidget):
    """``changed`` after every edit, ``chosen`` with the cue of another row."""

    changed = Signal()
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName("Cues of the script")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        height = theme().pixels(ROW_HEIGHT)
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.setMinimumHeight(height * (SHOWN_ROWS + 1))
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.currentCellChanged.connect(lambda *_cells: self._choose())
        self.add = button("Add a cue", self._add, icon="plus")
        self.remove = button("Remove", self._remove, icon="delete")
        self.up = button("Up", lambda: self._move(-1), icon="chevron-up")
        self.down = button("Down", lambda: self._move(1), icon="chevron-down")
        self.picture = button("Picture file…", self._ask_picture, icon="file")
        self.setLayout(
            column(self.table, row(self.add, self.remove, self.up, self.down, self.picture, 1))
        )

    def show_cues(self, cues: tuple[ScriptCue, ...]) -> None:
        """Other cues."""
        with QSignalBlocker(self.table):
            self.table.setRowCount(0)
            for cue in cues:
                self._append(cue)
        if cues:
            self.table.selectRow(0)

    def cues(self) -> tuple[ScriptCue, ...]:
        """The cues as they stand there."""
        return tuple(self._cue(at) for at in range(self.table.rowCount()))

    def _cue(self, at: int) -> ScriptCue:
        text, picture, seconds, name = (self.table.cellWidget(at, k) for k in range(len(COLUMNS)))
        assert isinstance(text, TypingField)
        assert isinstance(picture, QComboBox)
        assert isinstance(seconds, QDoubleSpinBox)
        assert isinstance(name, TypingField)
        return ScriptCue(
            text.text().strip(), picture.currentData(), seconds.value(), name.text().strip()
        )

    def _append(self, cue: ScriptCue) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        text, name = TypingField(), TypingField()
        for field, words, what in ((text, cue.text, "Text"), (name, cue.label, "Label")):
            field.setText(words)
            field.setAccessibleName(f"{what} of the cue")
            field.setFrame(False)
            field.textEdited.connect(lambda _text: self._edited())
        name.setPlaceholderText("the text")
        picture = QComboBox()
        picture.setAccessibleName("Picture of the cue")
        picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        picture.addItem("none", "")
        for key, gesture in GESTURES.items():
            picture.addItem(gesture.title, key)
        self._show_picture(picture, cue.picture)
        picture.currentIndexChanged.connect(lambda _index: self._edited())
        seconds = PlainDouble()
        seconds.setAccessibleName("Duration of the cue in s")
        seconds.setRange(0.0, LONGEST_CUE_S)
        seconds.setSuffix(" s")
        seconds.setValue(cue.duration_s)
        seconds.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        pad(seconds)
        seconds.valueChanged.connect(lambda _value: self._edited())
        for place, widget in enumerate((text, picture, seconds, name)):
            self.table.setCellWidget(at, place, widget)

    def _show_picture(self, box: QComboBox, picture: str) -> None:
        if box.findData(picture) < 0:
            box.addItem(picture, picture)
        box.setCurrentIndex(box.findData(picture))

    def _add(self) -> None:
        with QSignalBlocker(self.table):
            self._append(ScriptCue(f"Cue {self.table.rowCount() + 1}"))
        self.table.selectRow(self.table.rowCount() - 1)
        self._edited()

    def _remove(self) -> None:
        at = self.table.currentRow()
        if at >= 0:
            # While a row goes there is a moment without its fields.
            with QSignalBlocker(self.table):
                self.table.removeRow(at)
            self._edited()

    def _move(self, by: int) -> None:
        at, cues = self.table.currentRow(), list(self.cues())
        if 0 <= at < len(cues) and 0 <= at + by < len(cues):
            cues.insert(at + by, cues.pop(at))
            self.show_cues(tuple(cues))
            self.table.selectRow(at + by)
            self._edited()

    def _ask_picture(self) -> None:
        at = self.table.currentRow()
        if at < 0:
            return
        endings = " ".join(f"*{ending}" for ending in PICTURE_ENDINGS)
        chosen, _ = QFileDialog.getOpenFileName(self, "Picture", "", f"Pictures ({endings})")
        box = self.table.cellWidget(at, 1)
        if chosen and isinstance(box, QComboBox):
            self._show_picture(box, chosen)

    def _choose(self) -> None:
        at = self.table.currentRow()
        if 0 <= at < self.table.rowCount():
            self.chosen.emit(self._cue(at))

    def _edited(self) -> None:
        self.changed.emit()
        self._choose()
