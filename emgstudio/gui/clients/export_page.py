"""All recordings of a client handed over, de-identified unless somebody asks otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QProgressBar, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui import wording
from emgstudio.gui.folders import show_folder
from emgstudio.gui.review.export_page import LEAVES, STAYS, STAYS_TEXTS
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, column, label, row
from emgstudio.storage.exporters import FORMATS, ExportReport, ExportRequest

if TYPE_CHECKING:
    from emgstudio.session.session import Session

NEVER = "The name and the notes about the client never leave."


class ClientExportPage(QWidget):
    """A form, a bar while it runs, and what was taken out; ``close_page`` stops it."""

    def __init__(self, session: Session, tick: Tick, code: str) -> None:
        super().__init__()
        self._session = session
        self._code = code
        self.task: Task[list[ExportReport]] | None = None
        self.reports: list[ExportReport] = []
        count = len(session.clients.sessions(code))
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        for one in FORMATS.values():
            self.format.addItem(f"{one.title}: {one.detail}", one.key)
        self.texts = QCheckBox("Let all label texts and notes in recordings out")
        self.identified = QCheckBox("Keep code, date, author and serial numbers")
        self.folder = QLineEdit(str(session.recordings_folder() / "exports"))
        self.folder.setAccessibleName("Folder for the export")
        self.privacy = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the export")
        self.doing = label("", "muted")
        self.state = StatusWord()
        self.told = label("", "muted", wrap=True)
        self.begin = button("Export", self.start, icon="export", kind="primary")
        self.stop = button("Cancel", self.cancel)
        self.stop.setAccessibleName("Stop the export")
        self.show_files = button("Show in folder", self._show_files, icon="folder")
        for box in (self.texts, self.identified):
            box.setAccessibleName(box.text())
            box.toggled.connect(self._describe)
        layout = column(
            label(wording.several(count, "recording", "recordings"), "muted"),
            self.format,
            self.texts,
            self.identified,
            self.privacy,
            label("Folder", "muted"),
            self.folder,
            self.state,
            self.told,
            self.doing,
            self.bar,
            row(1, self.show_files, self.stop, self.begin, spacing=12),
            spacing=10,
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        tick.frame.connect(self._frame)
        self._describe()
        self._show_running(False)

    def request(self) -> ExportRequest:
        """What the form asks for."""
        return ExportRequest(
            self.format.currentData(),
            identified=self.identified.isChecked(),
            texts=self.texts.isChecked(),
        )

    def start(self) -> None:
        """Write the files, beside everything else."""
        if self.task is not None:
            return
        request, code = self.request(), self._code
        folder = Path(self.folder.text().strip() or ".").expanduser()
        clients = self._session.clients
        self.task = self._session.tasks.submit(
            "Export of a client", lambda progress: clients.export(code, folder, request, progress)
        )
        self._show_running(True)

    def cancel(self) -> None:
        """Stop; the recordings that were written whole stay."""
        if self.task is not None:
            self.task.cancel()

    def _frame(self, _now: float) -> None:
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(task.progress * 1000))
        waiting = task.state is TaskState.WAITING
        text = "Waiting until other work is done" if waiting else task.text
        if self.doing.text() != text:
            self.doing.setText(text)
        if task.ended:
            self.task = None
            self._show_running(False)
            self._tell(task)

    def _tell(self, task: Task[list[ExportReport]]) -> None:
        if task.state is TaskState.DONE:
            self.reports = task.result()
            place = self.reports[0].folder.parent
            count = wording.several(len(self.reports), "recording", "recordings")
            self.state.show_status("good", f"{count} exported to {place.name}")
            remarks = dict.fromkeys(line for r in self.reports for line in r.remarks)
            removed = dict.fromkeys(what for r in self.reports for what in r.removed)
            self.told.setText("\n".join([*remarks, *(f"Taken out: {what}" for what in removed)]))
            self.show_files.show()
        elif task.state is TaskState.CANCELLED:
            self.state.show_status("lamp-off", "Stopped. What was written whole stays.")
        else:
            error = task.error
            known = error if isinstance(error, EmgError) else None
            self.state.show_status("stop", known.message if known else "It could not be exported.")
            self.told.setText(known.hint if known else repr(error))

    def _describe(self) -> None:
        if self.identified.isChecked():
            text = LEAVES
        else:
            text = STAYS + ("" if self.texts.isChecked() else STAYS_TEXTS)
        warn = " Read the labels: they may name people." if self.texts.isChecked() else ""
        self.privacy.setText(f"{text}. {NEVER}{warn}")

    def _show_running(self, on: bool) -> None:
        self.told.setText("")
        self.show_files.hide()
        for field in (self.format, self.texts, self.identified, self.folder):
            field.setEnabled(not on)
        for part in (self.bar, self.doing, self.stop):
            part.setVisible(on)
        self.state.setVisible(not on)
        self.state.show_status("good", "Ready")
        self.begin.setEnabled(not on)

    def _show_files(self) -> None:
        if self.reports:
            show_folder(self.reports[0].folder.parent)
