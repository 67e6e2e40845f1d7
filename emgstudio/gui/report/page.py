"""The report before it is printed: its pages as they will be, a comment, and where to save it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.report.facts import Facts, gather
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, label

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class ReportPage(QWidget):
    """Computes the results of ``paths`` beside everything else, then shows the report."""

    def __init__(self, session: Session, tick: Tick, paths: Sequence[Path]) -> None:
        super().__init__()
        self.session = session
        self.facts: Facts | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the report")
        self.state = StatusWord("Computing the results")
        self.words = label("", "muted", wrap=True)
        layout = QVBoxLayout(self)
        for part in (self.state, self.bar, self.words):
            layout.addWidget(part)
        self.task: Task[Facts] | None = session.tasks.submit(
            "Report", lambda progress: gather(paths, progress)
        )
        tick.frame.connect(self._frame)

    def cancel(self) -> None:
        """Stop computing."""
        if self.task is not None:
            self.task.cancel()

    def _frame(self, _now: float) -> None:
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(1000 * task.progress))
        if task.ended:
            self.task = None
            self._tell(task)

    def _tell(self, task: Task[Facts]) -> None:
        if task.state is TaskState.DONE:
            self.facts = task.result()
            self.state.show_status("good", "Report")
            self.words.setText(self.facts.sentence)
        elif task.state is TaskState.FAILED:
            known = task.error if isinstance(task.error, EmgError) else None
            self.state.show_status("stop", known.message if known else "There is no report.")
            self.words.setText(known.hint if known else repr(task.error))
