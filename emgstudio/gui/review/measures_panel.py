"""Measures of the selected stretch, per channel in its unit, to the clipboard or a file."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.stretch_measures import NAMES, StretchMeasures
from emgstudio.gui.review.document import Document
from emgstudio.gui.widgets import button, label, row
from emgstudio.session.measuring import measure
from emgstudio.session.script import measuring_script

PAUSE_MS = 120
NOTHING = "Select a stretch: drag over the signals or choose an annotation."
SHOWN = NAMES[1:]
SHORT = {"peak-to-peak": "P–P"}


class MeasuresPanel(QWidget):
    """Waits until a drag pauses, and measures only while it is seen.

    ``said`` tells where a file has been saved, or why not.
    """

    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._old = False
        self.measures: StretchMeasures | None = None
        self.about = label("", "muted", wrap=True)
        self.table = QTableWidget(0, len(SHOWN) + 2)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Measures of the selection per channel")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.copy = button("Copy", self._copy, tooltip="Copy all values with unit and recipe")
        self.copy.setAccessibleName("Copy the measures")
        self.save = button("Save CSV…", self.ask, tooltip="A row per value, with unit and recipe")
        self.save.setAccessibleName("Save the measures as CSV")
        self.script = button("Script…", self.ask_script, tooltip="The same as a Python script")
        self.script.setAccessibleName("Save what was measured as a Python script")
        self.buttons = row(self.copy, self.save, self.script, 1, spacing=6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)
        layout.addLayout(self.buttons)
        self.dialog: QFileDialog | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.measure_now)

    def show_document(self, document: Document | None) -> None:
        """Measure in another recording."""
        self._document = document
        self.refresh()

    def refresh(self) -> None:
        """The selection or the kind of signal has changed."""
        if self.isVisible():
            self._timer.start()
        else:
            self._old = True

    def showEvent(self, event: QShowEvent) -> None:
        """Take over what changed unseen."""
        super().showEvent(event)
        if self._old:
            self._timer.start()

    def measure_now(self) -> None:
        """Measure what is selected at once."""
        self._timer.stop()
        self._old = False
        document = self._document
        chosen = document.range() if document else None
        self.measures = None
        if document is None or chosen is None or chosen[1] <= chosen[0]:
            self._show(NOTHING)
            return
        source = document.source
        span = (document.stream.sample_at(chosen[0]), document.stream.sample_at(chosen[1]))
        try:
            self.measures = measure(document.stream, source.condition, source.view, span)
        except EmgError as error:
            self._show(f"{error.message} {error.hint}")
            return
        rate = document.stream.info.rate
        recipe = source.view.before_rectifying().recipe(source.condition, rate)
        self._show(
            f"{self.measures.stop_s - self.measures.start_s:.3f} s, {recipe}. "
            "RMS and ARV about the mean. Point at a value to see how it is made."
        )

    def ask(self) -> None:
        """Ask where the measures shall be saved."""
        self._ask("Save measures", "Table (*.csv)", "csv", self.save_as)

    def ask_script(self) -> None:
        """Ask where the script shall be saved."""
        self._ask("Save script", "Python script (*.py)", "py", self.save_script)

    def save_as(self, path: Path) -> None:
        """Save the measures as CSV."""
        if self.measures is not None:
            self._write(path, self.measures.table(","), "Measures")

    def save_script(self, path: Path) -> None:
        """Save a script that measures the same again."""
        document = self._document
        if self.measures is None or document is None:
            return
        span = (self.measures.start_s, self.measures.stop_s)
        source = document.source
        text = measuring_script(
            path.name, document.path.name, source.condition, source.view, [span]
        )
        self._write(path, text, "Script")

    def _ask(self, title: str, kind: str, suffix: str, save: Callable[[Path], None]) -> None:
        document = self._document
        if self.measures is None or document is None:
            return
        dialog = QFileDialog(self, title, str(document.path.parent), kind)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{document.path.name} measures")
        dialog.fileSelected.connect(lambda file: save(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _write(self, path: Path, text: str, what: str) -> None:
        try:
            write_atomic(path, text.encode())
        except OSError as error:
            self.said.emit(f"{what} not saved: {error.strerror}. Choose another folder.")
            return
        self.said.emit(f"{what} saved as {path.name} in {path.parent}")

    def _show(self, text: str) -> None:
        self.about.setText(text)
        measured, document = self.measures, self._document
        channels = document.stream.info.channels if measured and document else ()
        self.table.setVisible(bool(channels))
        self.copy.setVisible(bool(channels))
        self.save.setVisible(bool(channels))
        self.script.setVisible(bool(channels))
        self.table.setRowCount(len(channels))
        if measured is None:
            return
        units = {r.name: r.unit for r in measured.rows}
        heads = [f"{SHORT.get(name, name)}\n{units[name]}" for name in SHOWN]
        self.table.setHorizontalHeaderLabels(["Channel", *heads, "To check"])
        by_place = {(r.channel, r.name): r for r in measured.rows}
        for i, channel in enumerate(channels):
            self.table.setItem(i, 0, QTableWidgetItem(channel.name))
            for column, name in enumerate(SHOWN, 1):
                self.table.setItem(i, column, _cell(by_place[channel.name, name]))
            doubts = "; ".join(measured.flags(channel.name))
            self.table.setItem(i, len(SHOWN) + 1, QTableWidgetItem(doubts))

    def _copy(self) -> None:
        if self.measures is not None:
            QGuiApplication.clipboard().setText(self.measures.table())
            self.said.emit("Measures copied")


def _cell(measured: Measure) -> QTableWidgetItem:
    made = QTableWidgetItem(_number(measured))
    made.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    doubts = "".join(f"\nTo check: {flag}" for flag in measured.flags)
    made.setToolTip(f"{measured.recipe}{doubts}")
    return made


def _number(measured: Measure) -> str:
    if math.isnan(measured.value):
        return "–"
    return f"{measured.value:.3f}" if measured.unit == "s" else f"{measured.value:.4g}"
