"""One piece of running work on a page: its bar, its words, its stop button, and how it ended."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, label

WAITING = "Waiting until other work is done"
STEPS = 1000


class Running(QObject):
    """Follows one task at a time for ``page``, which lays out ``bar``, ``doing`` and ``stop``.

    They are there only while it runs. ``ended`` carries the task when it is over.
    """

    ended = Signal(object)

    def __init__(self, page: QWidget, tick: Tick, bar: str, stop: str) -> None:
        super().__init__(page)
        self.task: Task[Any] | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(bar)
        self.doing = label("", "muted")
        self.stop = button("Cancel", self.cancel)
        self.stop.setAccessibleName(stop)
        self._show(False)
        tick.frame.connect(self._frame)

    @property
    def busy(self) -> bool:
        """True while something runs or waits."""
        return self.task is not None

    def follow(self, task: Task[Any]) -> None:
        """Show how far ``task`` is, from now on."""
        self.task = task
        self.bar.setValue(0)
        self.doing.setText("")
        self._show(True)

    def cancel(self) -> None:
        """Ask the work to stop; ``ended`` comes when it has."""
        if self.task is not None:
            self.task.cancel()

    def drop(self) -> None:
        """Ask the work to stop, and follow it no further."""
        self.cancel()
        self.task = None
        self._show(False)

    def _frame(self, _now: float) -> None:
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(task.progress * STEPS))
        text = WAITING if task.state is TaskState.WAITING else task.text
        if self.doing.text() != text:
            self.doing.setText(text)
        if task.ended:
            self.task = None
            self._show(False)
            self.ended.emit(task)

    def _show(self, on: bool) -> None:
        for part in (self.bar, self.doing, self.stop):
            part.setVisible(on)


def failure(task: Task[Any], otherwise: str) -> tuple[str, str]:
    """What went wrong and what to do; ``otherwise`` where the program itself is at fault."""
    if isinstance(task.error, EmgError):
        return task.error.message, task.error.hint
    return otherwise, repr(task.error)


def tell_not_done(
    task: Task[Any], state: StatusWord, told: QLabel, *, stopped: str, failed: str
) -> None:
    """Say on the page that ``task`` was stopped or failed, and what to do."""
    if task.state is TaskState.CANCELLED:
        state.show_status("lamp-off", stopped)
        told.setText("")
        return
    message, hint = failure(task, failed)
    state.show_status("stop", message)
    told.setText(hint)
