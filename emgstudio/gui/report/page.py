"""The report before it is printed: its pages as they will be, a comment, and where to save it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task, TaskState
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.folders import show_folder
from emgstudio.gui.report.clinical import clinical_report
from emgstudio.gui.report.facts import Facts, gather
from emgstudio.gui.report.figure_files import figures_zip
from emgstudio.gui.report.form import ReportForm
from emgstudio.gui.report.handout import client_handout
from emgstudio.gui.report.plots import local
from emgstudio.gui.report.printing import Printed, pdf_of, picture_of, save_new
from emgstudio.gui.report.saving import ask_file
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, column, label, row
from emgstudio.session.therapy.report import numbers_csv
from emgstudio.session.therapy.results import TherapyResult

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REDRAW_MS = 300
WIDEST, NARROWEST, ASIDE, FORM_WIDTH = 760, 240, 14, 380


class ReportPage(QWidget):
    """Computes the results of ``paths`` beside everything else, then shows the report."""

    def __init__(self, session: Session, tick: Tick, paths: Sequence[Path]) -> None:
        super().__init__()
        self.session = session
        self.facts: Facts | None = None
        self.pages: Printed | None = None
        self.saved: Path | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the report")
        self.state = StatusWord("Computing the results")
        self.words = label("", "muted", wrap=True)
        self.stop = button("Cancel", self.cancel)
        self.form = ReportForm(session)
        self.pictures = QWidget()
        self.pictures.setProperty("role", "page")
        self.shown: list[QLabel] = []
        self.preview = QScrollArea()
        self.save = button("Save PDF…", self.ask_pdf, kind="primary")
        self.csv = button("Numbers as CSV…", self.ask_csv)
        self.figures = button("Figures…", self.ask_figures, tooltip="PNG, SVG, PDF and CSV of each")
        self.show_saved = button("Show in folder", self._show_folder)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW_MS)
        self._redraw.timeout.connect(self.draw)
        self.form.changed.connect(self._redraw.start)
        self._lay_out()
        self._paths = tuple(paths)
        self.task: Task[Facts] | None = None
        self.form.more_wanted.connect(self._compute)
        self._compute()
        tick.frame.connect(self._frame)

    def cancel(self) -> None:
        """Stop computing."""
        if self.task is not None:
            self.task.cancel()

    def _compute(self) -> None:
        """Begin, or begin anew with other measures; the pages stay until there are new ones."""
        self.cancel()
        paths, also = self._paths, self.form.measures.chosen
        self.task = self.session.tasks.submit(
            "Report", lambda progress: gather(paths, progress, self._older, also)
        )
        self.state.show_status("lamp-off", "Computing the results")
        self.bar.show()
        self.stop.show()

    def draw(self) -> None:
        """Lay the pages out anew and show them."""
        if self.facts is None:
            return
        make = client_handout if self.form.handout else clinical_report
        self.pages = make(self.facts, self.form.words(), self.form.paper.currentText())
        ratio = self.devicePixelRatioF()
        wide = round(self._page_width() * ratio)
        count = len(self.pages.pages)
        made = [QPixmap.fromImage(picture_of(self.pages, k, wide)) for k in range(count)]
        layout = self.pictures.layout()
        assert layout is not None
        # Those that are there take the new pictures: nothing blinks, nothing scrolls.
        while len(self.shown) > count:
            old = self.shown.pop()
            layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        while len(self.shown) < count:
            self.shown.append(QLabel())
            layout.addWidget(self.shown[-1])
            self.shown[-1].show()
        for number, (picture, page) in enumerate(zip(made, self.shown, strict=True), 1):
            picture.setDevicePixelRatio(ratio)
            page.setPixmap(picture)
            page.setAccessibleName(f"Page {number} of {count}")
        self.pictures.adjustSize()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pages are as wide as there is room."""
        super().resizeEvent(event)
        self._redraw.start()

    def file_name(self) -> str:
        """By code and day; no name of a person."""
        assert self.facts is not None
        result = self.facts.newest
        kind = "handout" if self.form.handout else "report"
        return " ".join(filter(None, (result.client, kind, f"{local(result.when):%Y-%m-%d}")))

    def ask_pdf(self) -> None:
        """Ask where the PDF goes; the name that is proposed is free."""
        if self.facts is not None:
            ask_file(self, "Save the report", self.file_name(), "pdf", self.save_pdf)

    def ask_csv(self) -> None:
        """Ask where the numbers go."""
        if self.facts is not None:
            ask_file(self, "Save the numbers", self.file_name(), "csv", self.save_csv)

    def ask_figures(self) -> None:
        """Ask where the figures go, all in one file."""
        if self.facts is not None:
            stem = self.file_name().replace(" handout ", " report ").replace("report", "figures")
            ask_file(self, "Save the figures", stem, "zip", self.save_figures)

    def save_pdf(self, file: Path) -> None:
        """Write what the preview shows, up to the last key."""
        self.form.keep_settings()
        self.draw()
        if self.pages is not None:
            self._write(file, pdf_of(self.pages))

    def save_csv(self, file: Path) -> None:
        """Write every number of every session."""
        if self.facts is not None:
            self._write(file, numbers_csv(self.facts.results).encode())

    def save_figures(self, file: Path) -> None:
        """Write each figure as PNG, SVG and PDF with its values beside it."""
        if self.facts is not None:
            self._write(file, figures_zip(self.facts))

    def _page_width(self) -> int:
        room = self.preview.viewport().width() - 2 * ASIDE
        return min(theme().pixels(WIDEST), max(NARROWEST, room))

    def _fit_form(self) -> None:
        self._right.setFixedWidth(theme().pixels(FORM_WIDTH))

    def _older(self, client: str, progress: Progress) -> Sequence[TherapyResult]:
        """What the client's folder keeps; nothing of somebody who has none."""
        try:
            self.session.clients.get(client)
        except EmgError:
            return ()
        return self.session.clients.results(client, progress)

    def _write(self, file: Path, data: bytes) -> None:
        try:
            save_new(file, data)
        except EmgError as error:
            self._tell("stop", error.message, error.hint)
            return
        self.saved = file
        self.show_saved.show()
        self._tell("good", f"Saved as {file.name}", f"In {file.parent}")

    def _show_folder(self) -> None:
        if self.saved is not None:
            show_folder(self.saved.parent)

    def _tell(self, level: str, words: str, more: str = "") -> None:
        self.state.show_status(level, words)
        self.words.setText(more)
        self.words.setVisible(bool(more))

    def _frame(self, _now: float) -> None:
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(1000 * task.progress))
        if task.text and self.words.text() != task.text:
            self.words.setText(task.text)
            self.words.show()
        if task.ended:
            self.task = None
            self._ended(task)

    def _ended(self, task: Task[Facts]) -> None:
        self.bar.hide()
        self.stop.hide()
        kept = "There is no report." if self.facts is None else "The report is as before."
        if task.state is TaskState.DONE:
            self.facts = task.result()
            self._show_report(self.facts)
        elif task.state is TaskState.CANCELLED:
            self._tell("lamp-off", f"Stopped. {kept}")
        else:
            known = task.error if isinstance(task.error, EmgError) else None
            words = known.message if known else kept
            self._tell("stop", words, known.hint if known else repr(task.error))

    def _show_report(self, facts: Facts) -> None:
        count = len(facts.results)
        self._tell("good", f"Report of {count} session{'s' if count > 1 else ''}")
        if facts.left_out:
            self.words.setText(f"{facts.left_out} recordings without an exercise are left out.")
            self.words.show()
        self.form.about(facts.newest.client)
        for part in (self.form, self.preview, self.save, self.csv, self.figures):
            part.show()
        self.draw()

    def _lay_out(self) -> None:
        pages = QVBoxLayout(self.pictures)
        pages.setSpacing(14)
        pages.setContentsMargins(ASIDE, ASIDE, ASIDE, ASIDE)
        self.preview.setWidgetResizable(True)
        # Always or never: a bar that comes and goes would change the width of the pages.
        self.preview.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.preview.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.preview.setWidget(self.pictures)
        self.preview.setAccessibleName("Pages of the report")
        side = column(
            column(self.state, self.words, self.bar, spacing=4),
            row(self.stop, 1),
            FittedScroll(self.form),
            1,
            row(self.save, self.csv, self.figures, 1),
            row(self.show_saved, 1),
            spacing=12,
        )
        self._right = right = QWidget()
        right.setLayout(side)
        self._fit_form()
        theme().changed.connect(self._fit_form)
        outer = row(spacing=18)
        outer.addWidget(self.preview, 1)
        outer.addWidget(right)
        self.setLayout(outer)
        for part in (self.form, self.save, self.csv, self.figures, self.show_saved, self.words):
            part.hide()
