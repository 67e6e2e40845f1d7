"""Handing a recording over: as what, which part of it, and what shall stay behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.folders import show_folder
from emgstudio.gui.overlay import Overlay
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock
from emgstudio.gui.running import Running, tell_not_done
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, column, label, row
from emgstudio.session.exporting import export_recording
from emgstudio.storage.exporters import FORMATS, ExportReport, ExportRequest, ExportView

if TYPE_CHECKING:
    from emgstudio.session.session import Session

VIEWS = (
    (ExportView.RAW, "Raw, as the device gave it"),
    (ExportView.CONDITIONED, "Conditioned, as the filter shows it"),
    (ExportView.ENVELOPE, "Envelope, moving RMS of 100 ms"),
)
STAYS = "Stays behind: the client's code, date and time, author, serial numbers"
STAYS_TEXTS = ", notes, and label texts that are no known words"
LEAVES = "Leaves with the file: the client's code, date and time, author, serial numbers"


class ExportPage(QWidget):
    """A form, a bar while it runs, and a report of what was done and what was taken out."""

    def __init__(
        self, session: Session, tick: Tick, document: Document, visible: tuple[float, float]
    ) -> None:
        super().__init__()
        self.session = session
        self.path = document.path
        self.work = Running(self, tick, "Progress of the export", "Stop the export")
        self.report: ExportReport | None = None
        self._condition = document.source.condition
        self._spans = _spans(document, visible)
        self.format = _choice(
            "Format", [(f"{f.title}: {f.detail}", f.key) for f in FORMATS.values()]
        )
        self.view = _choice("Signal", [(text, view) for view, text in VIEWS])
        self.part = _choice("Part", [(text, text) for text in self._spans])
        self.subject = QLineEdit()
        self.subject.setPlaceholderText("A pseudonym, the same for each recording of a client")
        self.subject.setAccessibleName("Code to write instead of the client's")
        self.texts = QCheckBox("Let all label texts and notes out")
        self.identified = QCheckBox("Keep code, date, author and serial numbers")
        self.folder = QLineEdit(str(session.recordings_folder() / "exports"))
        self.folder.setAccessibleName("Folder for the export")
        self.privacy = label("", "muted", wrap=True)
        self.state = StatusWord()
        self.told = label("", "muted", wrap=True)
        self.form = QWidget()
        self.begin = button("Export", self.start, icon="export", kind="primary")
        self.begin.setMinimumHeight(40)
        self.show_files = button("Show in folder", self._show_files, icon="folder")
        self._lay_out()
        for box in (self.texts, self.identified):
            box.toggled.connect(self._describe)
        self.format.currentIndexChanged.connect(self._describe)
        self.folder.textChanged.connect(lambda _text: self._describe())
        self.work.ended.connect(self._tell)
        self._describe()

    @property
    def running(self) -> bool:
        """True while files are written."""
        return self.work.busy

    def request(self) -> ExportRequest:
        """What the form asks for."""
        span = self._spans[self.part.currentData()]
        return ExportRequest(
            self.format.currentData(),
            view=ExportView(self.view.currentData()),
            condition=self._condition,
            start_s=span[0] if span else None,
            stop_s=span[1] if span else None,
            subject="".join(c for c in self.subject.text() if c.isalnum()),
            identified=self.identified.isChecked(),
            texts=self.texts.isChecked(),
        )

    def start(self) -> None:
        """Write the files, beside everything else."""
        if self.running or not self.begin.isEnabled():
            return
        if self.report is not None:
            self._show_form()
            return
        request, path = self.request(), self.path
        folder = Path(self.folder.text().strip()).expanduser()
        task = self.session.tasks.submit(
            "Export", lambda progress: export_recording(path, folder, request, progress)
        )
        self.work.follow(task)
        self._show_running(True)

    def cancel(self) -> None:
        """Stop; nothing half-written is left behind."""
        self.work.cancel()

    def _tell(self, task: Task[ExportReport]) -> None:
        self._show_running(False)
        if task.state is TaskState.DONE:
            self.report = task.result()
            self.state.show_status("good", f"Exported to {self.report.folder.name}")
            lines = [*self.report.remarks, *(f"Taken out: {what}" for what in self.report.removed)]
            self.told.setText("\n".join(lines))
            # The report stands alone, so that all of it can be read.
            self.form.hide()
            self.begin.setText("Export again")
            self.show_files.show()
            self.show_files.setFocus()
        else:
            tell_not_done(
                task,
                self.state,
                self.told,
                stopped="Stopped. Nothing was written.",
                failed="It could not be exported.",
            )

    def _describe(self) -> None:
        self.subject.setEnabled(not self.identified.isChecked() and not self.running)
        if self.identified.isChecked():
            text = LEAVES
        else:
            text = STAYS + ("" if self.texts.isChecked() else STAYS_TEXTS)
        if self.texts.isChecked():
            text += ". Read the labels: they may name people"
        self.privacy.setText(f"{text}.")
        given = bool(self.folder.text().strip())
        self.begin.setEnabled(given and not self.running)
        if not self.running and self.report is None:
            word = "Ready" if given else "Choose a folder."
            self.state.show_status("good" if given else "check", word)

    def _show_form(self) -> None:
        self.report = None
        self.told.setText("")
        self.show_files.hide()
        self.form.show()
        self.begin.setText("Export")
        self._describe()

    def _show_running(self, on: bool) -> None:
        self.report = None
        self.show_files.hide()
        for field in (self.format, self.view, self.part, self.texts, self.identified, self.folder):
            field.setEnabled(not on)
        self.state.setVisible(not on)
        self.told.setVisible(not on)
        self._describe()
        if on:
            self.work.stop.setFocus()

    def _show_files(self) -> None:
        if self.report is not None:
            show_folder(self.report.folder)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Folder for the export", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _lay_out(self) -> None:
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(10)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for text, field in (
            ("Format", self.format),
            ("Signal", self.view),
            ("Part", self.part),
            ("Client's code", self.subject),
        ):
            caption = QLabel(text)
            caption.setBuddy(field)
            form.addRow(caption, field)
        form.addRow("", self.texts)
        form.addRow("", self.identified)
        form.addRow("", self.privacy)
        choose = button("Choose…", self._choose_folder)
        choose.setAccessibleName("Choose the folder for the export")
        place = row(self.folder, choose)
        place.setStretchFactor(self.folder, 1)
        form.addRow("Folder", place)
        words = column(self.state, self.told, self.work.doing, self.work.bar, spacing=4)
        foot = row(1, self.show_files, self.work.stop, self.begin, spacing=12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(16)
        outer.addWidget(label(self.path.name, "muted", wrap=True))
        outer.addWidget(self.form)
        outer.addLayout(words)
        outer.addLayout(foot)
        outer.addStretch(1)
        self.show_files.hide()


class Exporting:
    """Shows the page over ``host``; leaving it stops what is being written."""

    def __init__(self, session: Session, tick: Tick, host: QWidget) -> None:
        self._session = session
        self._tick = tick
        self._host = host
        self.page: ExportPage | None = None
        self._overlay: Overlay | None = None

    def open(self, document: Document, visible: tuple[float, float]) -> None:
        """Ask how ``document`` shall be handed over; ``visible`` is what is on screen, in s."""
        self.close()
        self.page = ExportPage(self._session, self._tick, document, visible)
        self._overlay = Overlay(self._host, "Export", column(self.page), width=820)
        self._overlay.closed.connect(self._left)
        self.page.format.setFocus()

    def close(self) -> None:
        """The recording or the window closes."""
        if self._overlay is not None:
            self._overlay.leave()

    def _left(self) -> None:
        if self.page is not None:
            self.page.cancel()
        self.page, self._overlay = None, None


def _spans(
    document: Document, visible: tuple[float, float]
) -> dict[str, tuple[float, float] | None]:
    """The parts that one may want, as they are called, in seconds; None for everything."""
    parts: dict[str, tuple[float, float] | None] = {"The whole recording": None}
    chosen = document.range()
    if chosen is not None:
        parts[f"The selection, {clock(chosen[0])} to {clock(chosen[1])}"] = chosen
    parts[f"What is visible, {clock(visible[0])} to {clock(visible[1])}"] = visible
    return parts


def _choice(name: str, entries: list[tuple[str, str]]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    for text, data in entries:
        made.addItem(text, data)
    return made
