"""All recordings of a client handed over, de-identified unless somebody asks otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from emgstudio.core.tasks import Task, TaskState
from emgstudio.core.words import several
from emgstudio.gui.folders import show_folder
from emgstudio.gui.review.export_page import LEAVES, STAYS, STAYS_TEXTS
from emgstudio.gui.running import Running, tell_not_done
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
        self.work = Running(self, tick, "Progress of the export", "Stop the export")
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
        self.state = StatusWord()
        self.told = label("", "muted", wrap=True)
        self.begin = button("Export", self.start, icon="export", kind="primary")
        self.show_files = button("Show in folder", self._show_files, icon="folder")
        for box in (self.texts, self.identified):
            box.setAccessibleName(box.text())
            box.toggled.connect(self._describe)
        layout = column(
            label(several(count, "recording"), "muted"),
            self.format,
            self.texts,
            self.identified,
            self.privacy,
            label("Folder", "muted"),
            self.folder,
            self.state,
            self.told,
            self.work.doing,
            self.work.bar,
            row(1, self.show_files, self.work.stop, self.begin, spacing=12),
            spacing=10,
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.work.ended.connect(self._tell)
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
        if self.work.busy:
            return
        request, code = self.request(), self._code
        folder = Path(self.folder.text().strip() or ".").expanduser()
        clients = self._session.clients
        task = self._session.tasks.submit(
            "Export of a client", lambda progress: clients.export(code, folder, request, progress)
        )
        self.work.follow(task)
        self._show_running(True)

    def cancel(self) -> None:
        """Stop; the recordings that were written whole stay."""
        self.work.cancel()

    def _tell(self, task: Task[list[ExportReport]]) -> None:
        self._show_running(False)
        if task.state is TaskState.DONE:
            self.reports = task.result()
            place = self.reports[0].folder.parent
            count = several(len(self.reports), "recording")
            self.state.show_status("good", f"{count} exported to {place.name}")
            remarks = dict.fromkeys(line for r in self.reports for line in r.remarks)
            removed = dict.fromkeys(what for r in self.reports for what in r.removed)
            self.told.setText("\n".join([*remarks, *(f"Taken out: {what}" for what in removed)]))
            self.show_files.show()
        else:
            tell_not_done(
                task,
                self.state,
                self.told,
                stopped="Stopped. What was written whole stays.",
                failed="It could not be exported.",
            )

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
        self.state.setVisible(not on)
        self.state.show_status("good", "Ready")
        self.begin.setEnabled(not on)

    def _show_files(self) -> None:
        if self.reports:
            show_folder(self.reports[0].folder.parent)
