"""The operator's view while an exercise runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.gui.therapy.flow import TherapyFlow
from emgstudio.gui.therapy.lanes import LevelLanes
from emgstudio.gui.therapy.page import Attempt, TherapyPage
from emgstudio.gui.therapy.run_panel import RunPanel
from emgstudio.session.therapy.run import TherapyRun


class RunPage(TherapyPage):
    """Levels with the goal line on the left, the exercise on the right."""

    def __init__(
        self, flow: TherapyFlow, attempt: Attempt, show_screen: Callable[[], object]
    ) -> None:
        super().__init__(flow, attempt)
        self.lanes = LevelLanes()
        self.lanes.moved.connect(self.move_goal)
        self.panel = RunPanel(
            {
                "pause": self.toggle_pause,
                "skip": self.skip,
                "repeat": self.repeat_set,
                "mark": lambda: self.attempt(self._mark),
                "screen": show_screen,
                "finish": self.finish,
            }
        )
        self.panel.goal_moved.connect(self.move_goal)
        self.panel.accepted.connect(self.accept)
        self.panel.declined.connect(self.decline)
        self._shown: TherapyRun | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        layout.addWidget(self.lanes, 1)
        layout.addWidget(self.panel)

    def refresh(self) -> None:
        """Another run begins with empty lanes."""
        run = self.flow.run
        if run is None:
            return
        if run is not self._shown:
            self._shown = run
            names = [m.words for m in run.plan.muscles]
            self.lanes.begin(names, run.unit, run.exercise.goal, percent=run.percent != "")
        self.panel.show_run(run)

    def frame(self, now: float) -> None:
        """Draw what the run has read."""
        run = self.flow.run
        if run is not None:
            self.lanes.show_levels(now, run.levels, run.exercise.goal)
            self.panel.show_run(run)

    def toggle_pause(self) -> None:
        """Stop the timer, or go on; seen at once."""
        run = self._running()
        if run is None:
            return
        (run.resume if run.exercise.paused else run.pause)(host_time())
        self.panel.show_run(run)

    def skip(self) -> None:
        """To the next part."""
        if (run := self._running()) is not None:
            run.skip(host_time())

    def repeat_set(self) -> None:
        """The running set from its beginning."""
        if (run := self._running()) is not None:
            run.repeat_set(host_time())

    def move_goal(self, by: float) -> None:
        """Higher or lower, kept with its time."""
        run = self._running()
        if run is not None:
            run.move_goal(host_time(), by)
            self.panel.show_run(run)

    def accept(self) -> None:
        """The goal that was offered."""
        if (run := self._running()) is not None:
            run.accept(host_time())

    def decline(self) -> None:
        """The goal stays."""
        if (run := self._running()) is not None:
            run.exercise.decline()

    def finish(self) -> None:
        """End here; what is done is kept."""
        self.attempt(lambda: self.flow.finish(host_time()))

    def primary(self) -> None:
        """Enter does nothing while somebody works."""

    def _running(self) -> TherapyRun | None:
        return self.flow.run if self.flow.running else None

    def _mark(self) -> None:
        self.flow.session.annotate("mark")
