"""Reads the models that a list does not have yet, while the window goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from emgstudio.core.tasks import Task, TaskState
from emgstudio.gui.widgets import column, label
from emgstudio.session.saved_models import read_models, unread_models

if TYPE_CHECKING:
    from emgstudio.session.session import Session

NAME = "Reading saved models"


class ModelReading(QWidget):
    """A line that is there only while older models are read; ``read`` when a list can grow."""

    read = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._task: Task[None] | None = None
        self.words = label("", "muted", wrap=True)
        self.setLayout(column(self.words))
        self.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self.hide()

    @property
    def busy(self) -> bool:
        """True while models are read."""
        return self._task is not None

    def look(self) -> None:
        """Begin if there is something to read and nothing reads."""
        if self._task is not None:
            return
        paths = unread_models(self._session)
        if not paths:
            return
        tasks = self._session.tasks
        self._task = tasks.submit(NAME, lambda progress: read_models(paths, progress))
        self.words.setText(f"{NAME} …")
        self.show()

    def frame(self, _now: float = 0.0) -> None:
        """Follow what is read; call it at every frame."""
        task = self._task
        if task is None:
            return
        words = f"{NAME}: {task.text}" if task.text else f"{NAME} …"
        if self.words.text() != words:
            self.words.setText(words)
        if task.ended:
            self._task = None
            self.hide()
            # Not after a failure, which has been told: to look again at once would fail again.
            if task.state is TaskState.DONE:
                self.read.emit()
