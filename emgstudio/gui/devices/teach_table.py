"""What each column of lines of numbers is, one row for each, with what came in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QLineEdit

from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT
from emgstudio.devices.drivers.ascii_options import Scale
from emgstudio.devices.drivers.ascii_teach import Lesson, Use
from emgstudio.gui.devices.spark import Spark
from emgstudio.gui.widgets import label

HEADINGS = ("Column", "What it is", "Name", "")
COLOURS = 8


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """The widgets of one column."""

    use: QComboBox
    name: QLineEdit
    words: QLabel
    spark: Spark


class TeachTable(QFrame):
    """``edited`` when a person changes what a column is or its name."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "well")
        self.rows: list[ColumnRow] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 12, 14, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(3, 1)

    @property
    def uses(self) -> tuple[Use, ...]:
        """What each column is, as chosen now."""
        return tuple(Use(row.use.currentData()) for row in self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each column, as typed now."""
        return tuple(row.name.text().strip() for row in self.rows)

    def show_columns(self, uses: Sequence[Use], names: Sequence[str]) -> None:
        """Begin anew with these columns."""
        while (item := self._grid.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self.rows = []
        for at, heading in enumerate(HEADINGS):
            self._grid.addWidget(label(heading, "muted"), 0, at)
        for number, (use, name) in enumerate(zip(uses, names, strict=True), start=1):
            self._add(number, use, name)
        self._enable()

    def show_values(self, lesson: Lesson, scale: Scale | None) -> None:
        """The newest numbers of each column; µV beside them where there is a scale."""
        for column, (row, use) in enumerate(zip(self.rows, self.uses, strict=True)):
            values = lesson.values[:, column]
            volts = scale if use is Use.EMG else None
            low, high = float(values.min()), float(values.max())
            newest = amount(float(values[-1]), volts)
            row.words.setText(f"now {newest} · from {low:g} to {high:g}{_span(low, high, volts)}")
            row.spark.show_values(values)
        self._say_units(scale)

    def _say_units(self, scale: Scale | None) -> None:
        unit = ARBITRARY_UNIT if scale is None else MICROVOLT
        for row, use in zip(self.rows, self.uses, strict=True):
            row.use.setItemText(0, f"EMG in {unit}")
            row.use.setToolTip(f"EMG in {unit}" if use is Use.EMG else str(use))

    def _add(self, number: int, use: Use, name: str) -> None:
        box = QComboBox()
        box.setAccessibleName(f"What column {number} is")
        for choice in Use:
            box.addItem("EMG in a.u." if choice is Use.EMG else str(choice), choice)
        box.setCurrentIndex(box.findData(use))
        line = QLineEdit(name)
        line.setAccessibleName(f"Name of column {number}")
        line.setMinimumWidth(line.fontMetrics().horizontalAdvance("m" * 8))
        caption = label(str(number))
        caption.setBuddy(box)
        row = ColumnRow(box, line, label("", "muted", wrap=True), Spark(
            f"Newest values of column {number}", (number - 1) % COLOURS
        ))  # fmt: skip
        box.currentIndexChanged.connect(lambda _index: self._changed())
        line.textEdited.connect(lambda _text: self.edited.emit())
        upper = 2 * number - 1
        for at, part in enumerate((caption, box, line, row.spark)):
            self._grid.addWidget(part, upper, at)
        self._grid.addWidget(row.words, upper + 1, 1, 1, 3)
        self.rows.append(row)

    def _changed(self) -> None:
        self._enable()
        self.edited.emit()

    def _enable(self) -> None:
        for row, use in zip(self.rows, self.uses, strict=True):
            row.name.setEnabled(use is Use.EMG)


def amount(value: float, scale: Scale | None) -> str:
    """A number as it came, and what it is worth."""
    if scale is None:
        return f"{value:g}"
    return f"{value:g} = {(value - scale.zero) * scale.factor:.1f} {MICROVOLT}"


def _span(low: float, high: float, scale: Scale | None) -> str:
    if scale is None:
        return ""
    ends = np.sort((np.array([low, high]) - scale.zero) * scale.factor)
    return f" ({ends[0]:.0f} to {ends[1]:.0f} {MICROVOLT})"
