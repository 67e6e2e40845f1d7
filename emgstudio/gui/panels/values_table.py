"""What the pictures show as numbers, once a second: for reading, and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from emgstudio.gui.theme import theme

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 34
HEADS = ("Channel", "Signal", "RMS", "Peak to peak", "Mean")
WIDEST = ("EMG 10", "no contact", "−88.8 µV", "−88.8 µV", "−0.888 µV")
AROUND, NARROWEST = 26, 70
FIRST_NUMBER = 2
EXPLAINED = (
    "Name from the channel map",
    "What the quality check says",
    "Root mean square of the conditioned signal over the last second",
    "Largest minus smallest value of the conditioned signal over the last second",
    "Mean of the raw signal over the last second",
)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One channel's numbers as text."""

    channel: int
    name: str
    state: str
    rms: str = "–"
    span: str = "–"
    mean: str = "–"

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of the columns."""
        return (self.name, self.state, self.rms, self.span, self.mean)


def alignment(column: int) -> int:
    """Words to the left; numbers to the right, so that digits stand below each other."""
    words = column < FIRST_NUMBER
    side = Qt.AlignmentFlag.AlignLeft if words else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class ValuesModel(QAbstractTableModel):
    """Rows of numbers; only what changed is told on."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[ValueRow, ...] = ()

    def show_rows(self, rows: Sequence[ValueRow]) -> None:
        """New numbers."""
        before, now = self.rows, tuple(rows)
        if [r.channel for r in before] != [r.channel for r in now]:
            self.beginResetModel()
            self.rows = now
            self.endResetModel()
            return
        self.rows = now
        changed = [n for n, (a, b) in enumerate(zip(before, now, strict=True)) if a != b]
        if changed:
            last = len(HEADS) - 1
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADS)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.name if column == 0 else f"{row.name}, {HEADS[column]}: {row.cells[column]}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(section)
        return EXPLAINED[section] if role == Qt.ItemDataRole.ToolTipRole else None


class ValuesTable(QTableView):
    """``chosen`` carries the channel of the row that was selected."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = ValuesModel()
        self.setModel(self.values)
        self.setAccessibleName("Values of all channels, once a second")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setWordWrap(False)
        self.selectionModel().currentRowChanged.connect(self._moved)
        theme().changed.connect(self._fit)
        self._fit()

    def select(self, channel: int) -> None:
        """Show which channel is selected."""
        rows = [row.channel for row in self.values.rows]
        if channel in rows and rows.index(channel) != self.currentIndex().row():
            self.setCurrentIndex(self.values.index(rows.index(channel), 0))

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.values.rows[now.row()].channel)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().pixels(ROW_HEIGHT))
        metrics = self.fontMetrics()
        self.horizontalHeader().setMinimumSectionSize(theme().pixels(NARROWEST))
        for column, widest in enumerate(WIDEST):
            wide = max(metrics.horizontalAdvance(text) for text in (widest, HEADS[column]))
            self.setColumnWidth(column, wide + theme().pixels(AROUND))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()
