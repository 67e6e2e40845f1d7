"""How a client's measures go over the sessions, computed beside everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.clients.trend_plot import TrendPlot, breaks, goal_levels
from emgstudio.gui.running import Running, failure
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, card, column, label, row
from emgstudio.session.therapy.report import trends
from emgstudio.session.therapy.results import TherapyResult

if TYPE_CHECKING:
    from emgstudio.session.session import Session

NONE_YET = "No therapy session yet. Progress appears here from the first one on."
STOPPED = "Stopped before all sessions were looked at."


class ProgressStrip(QWidget):
    """A plot per measure with its sentence; ``computed`` carries the results, oldest first."""

    computed = Signal(object)

    def __init__(self, session: Session, tick: Tick) -> None:
        super().__init__()
        self._session = session
        self.work = Running(
            self, tick, "Progress of looking at the sessions", "Stop looking at the sessions"
        )
        self.plots: list[TrendPlot] = []
        self.across = 2
        self._code = ""
        self.again = button("Look at all", self._again)
        self._running = QWidget()
        self._running.setLayout(row(self.work.doing, self.work.bar, self.work.stop))
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self.words = label(NONE_YET, "muted", wrap=True)
        left = column(self._running, row(self.words, self.again), self._grid, spacing=8)
        left.setContentsMargins(0, 0, 0, 0)
        self.setLayout(left)
        self._show_running(False)
        self.again.hide()
        self.work.ended.connect(self._tell)

    def show_client(self, code: str) -> None:
        """Look at the sessions of another client; "" is nobody."""
        self.work.drop()
        self._code = code
        self._show_plots([])
        self.again.hide()
        if not code:
            return
        clients = self._session.clients
        if not clients.sessions(code):
            self._show_running(False)
            self.words.setText(NONE_YET)
            return
        self.work.follow(
            self._session.tasks.submit(
                "Looking at sessions", lambda progress: clients.results(code, progress)
            )
        )
        self.words.setText("")
        self._show_running(True)

    def cancel(self) -> None:
        """What was computed until now is kept."""
        self.work.cancel()

    def _again(self) -> None:
        self.show_client(self._code)

    def _tell(self, task: Task[list[TherapyResult]]) -> None:
        self._show_running(False)
        if task.state is TaskState.DONE:
            self.show_results(task.result())
            return
        stopped = task.state is TaskState.CANCELLED
        failed = " ".join(failure(task, "The sessions could not be looked at."))
        self.words.setText(STOPPED if stopped else failed)
        self.again.show()

    def show_results(self, results: Sequence[TherapyResult]) -> None:
        """The plots of these."""
        self._show_plots(results)
        self.words.setText(NONE_YET)
        self.words.setVisible(not results)
        self.computed.emit(list(results))

    def _show_plots(self, results: Sequence[TherapyResult]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.plots = []
        for number, found in enumerate(trends(results)):
            plot = TrendPlot(found, goal_levels(found, results[-1]))
            self.plots.append(plot)
            unit = "" if found.unit == "1" else f", {found.unit}"
            said = [*filter(None, (found.sentence, found.aside)), *breaks(found.points)]
            words = column(
                label(f"{found.channel}: {found.name}{unit}", "heading", wrap=True),
                plot,
                label("\n".join(said), "muted", wrap=True),
                1,
                spacing=6,
            )
            self._grid.addWidget(
                card(words, margin=12), number // self.across, number % self.across
            )

    def _show_running(self, on: bool) -> None:
        self._running.setVisible(on)
        self.words.setVisible(not on)
