"""Changes a label set: names, keys, kinds, colours, exclusive groups, HED tags."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QTableWidget,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.gui.recording.label_button import label_icon
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, label, row
from emgstudio.session.label_sets import COLOURS, KEYS, Label, LabelKind, LabelSet

COLUMNS = ("Label", "Key", "Kind", "Colour", "Only one of", "HED tags")
# Columns of words share the width that those of choices leave.
TYPED = (0, 4, 5)
KINDS = ((LabelKind.POINT, "moment"), (LabelKind.SEGMENT, "span"))
ROW_HEIGHT = 40
SHOWN_ROWS = 5


class LabelSetForm(QWidget):
    """A table of labels; ``changed`` after every edit, ``value()`` is what stands there."""

    changed = Signal()

    def __init__(self, made: LabelSet) -> None:
        super().__init__()
        self.name = TypingField()
        self.name.setAccessibleName("Name of the label set")
        self.score = TypingField()
        self.score.setAccessibleName("Name of the 0 to 10 scale")
        self.score.setPlaceholderText("none")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName("Labels of the set")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme().pixels(ROW_HEIGHT))
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for typed in TYPED:
            head.setSectionResizeMode(typed, QHeaderView.ResizeMode.Stretch)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.table.setMinimumHeight(theme().pixels(ROW_HEIGHT) * SHOWN_ROWS)
        self.problem = label("", "problem", wrap=True)
        self.add = button("Add a label", self._add, icon="plus")
        self.remove = button("Remove the chosen one", self._remove, icon="delete")
        top = row(label("Name"), self.name, label("Scale 0–10"), self.score, spacing=10)
        self.setLayout(column(top, self.table, row(self.add, self.remove, 1), self.problem))
        for field in (self.name, self.score):
            field.textEdited.connect(lambda _text: self._edited())
        self.show_set(made)

    def show_set(self, made: LabelSet) -> None:
        """Another set to change."""
        self.name.setText(made.name)
        self.score.setText(made.score)
        self.table.setRowCount(0)
        for item in made.labels:
            self._append(item)
        self._check()

    def value(self) -> LabelSet:
        """The set as it stands in the form. Raises EmgError when it cannot be used."""
        labels = tuple(self._label(at) for at in range(self.table.rowCount()))
        return LabelSet(self.name.text().strip(), labels, self.score.text().strip())

    def _label(self, at: int) -> Label:
        name, key, kind, colour, group, hed = (
            self.table.cellWidget(at, place) for place in range(len(COLUMNS))
        )
        assert isinstance(name, QLineEdit)
        assert isinstance(key, QComboBox)
        assert isinstance(kind, QComboBox)
        assert isinstance(colour, QComboBox)
        assert isinstance(group, QLineEdit)
        assert isinstance(hed, QLineEdit)
        return Label(
            name.text().strip(),
            key.currentData(),
            colour.currentData(),
            LabelKind(kind.currentData()),
            group.text().strip(),
            hed.text().strip(),
        )

    def _append(self, item: Label) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        key = _choice("Key", [("", "none"), *((k, k) for k in KEYS)], item.key)
        kind = _choice("Kind", KINDS, item.kind)
        colour = _choice("Colour", [(n, str(n + 1)) for n in range(COLOURS)], item.colour)
        side = theme().pixels(14)
        colour.setIconSize(QSize(side, side))
        for number in range(COLOURS):
            colour.setItemIcon(number, label_icon(Label("", colour=number)))
        name, group = _field("Label", item.name), _field("Group of which only one is", item.group)
        group.setPlaceholderText("any")
        hed = _field("HED tags of the label for EMG-BIDS", item.hed)
        hed.setPlaceholderText("none")
        hed.setToolTip("Hierarchical Event Descriptors, for example Agent-action, Move-body-part")
        for place, widget in enumerate((name, key, kind, colour, group, hed)):
            self.table.setCellWidget(at, place, widget)
        for box in (key, kind, colour):
            box.currentIndexChanged.connect(lambda _index: self._edited())
        for field in (name, group, hed):
            field.textEdited.connect(lambda _text: self._edited())

    def _add(self) -> None:
        used = [self._label(at) for at in range(self.table.rowCount())]
        taken = {item.key for item in used}
        key = next((key for key in KEYS if key not in taken), "")
        self._append(Label(f"label {len(used) + 1}", key, len(used) % COLOURS))
        self.table.selectRow(len(used))
        self.table.scrollToBottom()
        self._edited()

    def _remove(self) -> None:
        at = self.table.currentRow()
        if at >= 0:
            self.table.removeRow(at)
            self._edited()

    def _edited(self) -> None:
        self._check()
        self.changed.emit()

    def _check(self) -> None:
        try:
            self.value()
            self.problem.setText("")
        except EmgError as error:
            self.problem.setText(error.message)
        self.problem.setVisible(bool(self.problem.text()))


def _choice(name: str, choices: object, now: object) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for value, text in choices:  # type: ignore[attr-defined]
        box.addItem(text, value)
    # A cell of the table is a little narrower than its column.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(max(len(box.itemText(n)) for n in range(box.count())) + 2)
    box.setCurrentIndex(max(0, box.findData(now)))
    return box


def _field(name: str, text: str) -> TypingField:
    field = TypingField()
    field.setAccessibleName(name)
    field.setText(text)
    field.setFrame(False)
    return field
