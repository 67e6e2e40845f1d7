"""The operator's view while an exercise runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.gui.therapy.flow import TherapyFlow
from emgstudio.gui.therapy.lanes import LevelLanes, SoftLane
from emgstudio.gui.therapy.offers import RunOffers
from emgstudio.gui.therapy.page import Attempt, TherapyPage
from emgstudio.gui.therapy.run_panel import RunPanel
from emgstudio.gui.widgets import column
from emgstudio.session.therapy.run import TherapyRun
from emgstudio.session.therapy.sound import ExerciseSound


class RunPage(TherapyPage):
    """Levels with the goal line on the left, the exercise on the right."""

    def __init__(self, flow: TherapyFlow, attempt: Attempt, sound: ExerciseSound) -> None:
        super().__init__(flow, attempt)
        self.sound = sound
        self.lanes = LevelLanes()
        self.lanes.moved.connect(self.move_goal)
        self.panel = RunPanel(
            {
                "pause": self.toggle_pause,
                "skip": self.skip,
                "repeat": self.repeat_set,
                "measure": self.measure_again,
                "mark": lambda: self.attempt(self._mark),
                "finish": self.finish,
                "sound": self._change_sound,
            }
        )
        self.offers = RunOffers(
            {
                "accept": self.accept,
                "decline": self.decline,
                "allow": lambda: self._answer(TherapyRun.allow),
                "rest": lambda: self._answer(TherapyRun.rest_now),
                "go on": lambda: self._answer(TherapyRun.go_on),
                "measure": self.measure_again,
            }
        )
        self.panel.goal_moved.connect(self.move_goal)
        self._shown: TherapyRun | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        left = column(self.lanes, self.offers)
        left.setStretch(0, 1)
        layout.addLayout(left, 1)
        layout.addWidget(self.panel)

    def refresh(self) -> None:
        """Another run begins with empty lanes."""
        run = self.flow.run
        if run is None:
            return
        if run is not self._shown or run.unit != self.lanes.unit:
            self._shown = run
            names = [m.words for m in run.plan.muscles]
            self.lanes.begin(names, run.unit, run.exercise.goal, percent=run.percent != "")
        self.show_state(run)

    def frame(self, now: float) -> None:
        """Draw what the run has read."""
        run = self.flow.run
        if run is not None:
            self.lanes.show_levels(now, run.levels, run.exercise.goal, soft_lanes(run))
            self.show_state(run)

    def show_state(self, run: TherapyRun) -> None:
        """Everything beside the levels, as it is now."""
        self.panel.show_run(run)
        self.offers.show_run(run)
        self._show_sound()

    def toggle_pause(self) -> None:
        """Stop the timer, or go on; seen at once."""
        run = self._running()
        if run is None:
            return
        if run.exercise.paused:
            run.resume(host_time())
        else:
            # First what is heard: it must not outlast the key.
            self.sound.hush()
            run.pause(host_time())
        self.show_state(run)

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
            self.show_state(run)

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
        self.sound.hush()
        self.attempt(lambda: self.flow.finish(host_time()))

    def measure_again(self) -> None:
        """Pause, measure the reference effort anew, and come back to the same set."""
        run = self._running()
        if run is not None and run.references:
            self.sound.hush()
            self.flow.measure_again(host_time())

    def primary(self) -> None:
        """Enter does nothing while somebody works."""

    def _answer(self, answered: Callable[[TherapyRun, float], object]) -> None:
        if (run := self._running()) is not None:
            answered(run, host_time())
            self.show_state(run)

    def _change_sound(self, **values: Any) -> None:
        session = self.flow.session
        self.attempt(lambda: session.update_settings(session.settings.changed("sounds", **values)))
        self._show_sound()

    def _show_sound(self) -> None:
        self.panel.sound.show_sound(self.flow.session.settings.sounds, self.sound.problem)

    def _running(self) -> TherapyRun | None:
        return self.flow.run if self.flow.running and not self.flow.on_hold else None

    def _mark(self) -> None:
        self.flow.session.annotate("mark")


def soft_lanes(run: TherapyRun) -> list[SoftLane]:
    """The muscles that should stay soft, as lanes below those that work."""
    found = []
    for place, (muscle, level) in enumerate(zip(run.plan.resting, run.resting, strict=True)):
        watch = run.soft.get(place)
        limit = watch.limit if watch is not None else None
        tense = watch is not None and watch.tense
        found.append(SoftLane(muscle.muscle.words, run.resting_unit, limit, level, tense))
    return found
