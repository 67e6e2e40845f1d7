"""The list of all annotations with a filter; choosing one goes there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.review.labels import label_colour
from emgstudio.gui.row_table import Index, RowTable
from emgstudio.gui.widgets import label
from emgstudio.storage.annotation_columns import AnnotationColumns

HEADINGS = ("Time", "Length", "Label", "Track")
WIDEST = ("0:00:00.00", "000.00", "wrist flexio")
CELL_PX = 16
SEARCHED = ("label", "track", "note", "author")


class AnnotationTable(RowTable):
    """The annotations that pass the filter, in order of time."""

    headings = HEADINGS
    rows: AnnotationColumns

    def __init__(self) -> None:
        super().__init__()
        self.document: Document | None = None
        self.rows = AnnotationColumns.of()
        self._filter = ""

    def show(self, document: Document | None, words: str) -> None:
        """Show what has every one of ``words`` in its label, track, note or author."""
        with self.other_rows():
            self.document, self._filter = document, words.casefold()
            wanted = self._filter.split()
            items = document.index.items if document else AnnotationColumns.of()
            self.rows = items.take(matching(items, wanted)) if wanted else items

    def row_of(self, id: str) -> int:
        """Where an annotation is in the list, -1 if it is not shown."""
        return self.rows.row_of(id)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            length = "·" if item.is_event else f"{item.duration:.2f}"
            return (clock(item.start, 2), length, item.label, item.track)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 2 and self.document:
            return _swatch(label_colour(self.document, item.label))
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.note or None
        return None


class ListPanel(QWidget):
    """Filter field, count and list; ``jumped`` carries the id of the chosen annotation."""

    jumped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._following = False
        self.model = AnnotationTable()
        self.filter = TypingField()
        self.filter.setPlaceholderText("Filter by label, track, note…")
        self.filter.setAccessibleName("Filter annotations")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.refresh)
        self.count = label("", "muted")
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("List of annotations")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        self._fit()
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.filter)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.count)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Rows and columns as large as their words, whatever the size of text."""
        words = self.table.fontMetrics()
        self.table.verticalHeader().setDefaultSectionSize(max(26, words.height() + 8))
        for column, text in enumerate(WIDEST):
            self.table.setColumnWidth(column, words.horizontalAdvance(text) + CELL_PX)

    def show_document(self, document: Document | None) -> None:
        """List another recording's annotations."""
        self._document = document
        self.refresh()

    def refresh(self) -> None:
        """Annotations or the filter have changed."""
        self._following = True
        self.model.show(self._document, self.filter.text())
        self._following = False
        total = len(self._document.index) if self._document else 0
        shown = len(self.model.rows)
        self.count.setText(f"{shown} of {total}" if shown != total else f"{total} annotations")
        self.follow()

    def follow(self) -> None:
        """Mark the row of the selected annotation."""
        self._following = True
        selected = self._document.selected_id if self._document else ""
        row = self.model.row_of(selected) if selected else -1
        if row >= 0:
            self.table.setCurrentIndex(self.model.index(row, 0))
        else:
            self.table.clearSelection()
        self._following = False

    def _row_chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        if not self._following and now.isValid():
            self.jumped.emit(self.model.rows[now.row()].id)


def matching(items: AnnotationColumns, words: list[str]) -> NDArray[np.bool_]:
    """A mask of those that have every one of ``words``; each text is looked at once."""
    texts = items.stock.texts
    columns = [items.rows[name] for name in SEARCHED]
    used = np.unique(np.concatenate(columns)).tolist()
    found = np.ones(len(items), bool)
    for word in words:
        has = np.zeros(len(texts), bool)
        has[[number for number in used if word in texts[number].casefold()]] = True
        found &= np.any([has[column] for column in columns], axis=0)
    return found


def _swatch(colour: QColor) -> QPixmap:
    pixmap = QPixmap(10, 10)
    pixmap.fill(colour)
    return pixmap
