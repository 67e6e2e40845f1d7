"""Measures of the selected stretch, per channel in its unit."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.review.document import Document
from emgstudio.gui.review.measures import LONGEST_S, Measures, measure
from emgstudio.gui.widgets import label

PAUSE_MS = 120
HEADINGS = ("Channel", "RMS", "MAV", "P–P")


class MeasuresPanel(QWidget):
    """RMS, mean rectified value and peak-to-peak; waits until a drag pauses."""

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self.measures: Measures | None = None
        self.about = label("", "muted", wrap=True)
        self.table = QTableWidget(0, len(HEADINGS))
        self.table.setHorizontalHeaderLabels(HEADINGS)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Measures of the selection per channel")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.copy = QPushButton("Copy")
        self.copy.setAccessibleName("Copy the measures")
        self.copy.setToolTip("Copy as a table, with units")
        self.copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.measure_now)

    def show_document(self, document: Document | None) -> None:
        """Measure in another recording."""
        self._document = document
        self.measure_now()

    def refresh(self) -> None:
        """The selection or the kind of signal has changed."""
        self._timer.start()

    def measure_now(self) -> None:
        """Measure what is selected at once."""
        self._timer.stop()
        document = self._document
        chosen = document.range() if document else None
        self.measures = None
        if document is None or chosen is None or chosen[1] <= chosen[0]:
            self._show("Select a stretch: drag over the signals or choose an annotation.")
            return
        stream = document.stream
        start, stop = map(stream.sample_at, chosen)
        if stop - start > LONGEST_S * stream.info.rate:
            self._show(f"{chosen[1] - chosen[0]:.1f} s. Measures are for up to a minute.")
            return
        self.measures = measure(document.source, start, stop)
        kind = document.source.condition.summary() if document.source.conditioned else "raw"
        lost = stop - start - (self.measures.valid_samples if self.measures else 0)
        gaps = f", {lost} samples lost" if lost else ""
        self._show(f"{chosen[1] - chosen[0]:.3f} s, {kind}{gaps}. RMS about the mean.")

    def _show(self, text: str) -> None:
        self.about.setText(text)
        measured, document = self.measures, self._document
        channels = document.stream.info.channels if measured and document else ()
        self.table.setVisible(bool(channels))
        self.copy.setVisible(bool(channels))
        self.table.setRowCount(len(channels))
        if measured is None:
            return
        unit = channels[0].unit
        self.table.setHorizontalHeaderLabels([f"in {unit}", *HEADINGS[1:]])
        for i, channel in enumerate(channels):
            values = (measured.rms[i], measured.mean_rectified[i], measured.peak_to_peak[i])
            for column, cell in enumerate((channel.name, *map(_number, values))):
                item = QTableWidgetItem(cell)
                if column:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(i, column, item)

    def _copy(self) -> None:
        measured, document = self.measures, self._document
        if measured is None or document is None:
            return
        lines = ["channel\tunit\trms\tmean_rectified\tpeak_to_peak"]
        for i, channel in enumerate(document.stream.info.channels):
            values = (measured.rms[i], measured.mean_rectified[i], measured.peak_to_peak[i])
            lines.append("\t".join([channel.name, channel.unit, *(f"{v:.6g}" for v in values)]))
        QGuiApplication.clipboard().setText("\n".join(lines))


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
