"""Banners above the room: something that waits for a decision but blocks nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from emgstudio.core.tasks import Task, TaskState
from emgstudio.core.types import Level, Notice
from emgstudio.core.words import several
from emgstudio.gui.assets import Picture
from emgstudio.gui.notices import NoticeBook
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, column, label

if TYPE_CHECKING:
    from pathlib import Path

    from emgstudio.session.session import Session


class Banner(QFrame):
    """A sentence, a hint, and one button for each way to go on."""

    def __init__(
        self, text: str, hint: str, *choices: tuple[str, str, Callable[[], object]]
    ) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setAccessibleName(f"{text} {hint}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 10)
        layout.setSpacing(12)
        layout.addWidget(Picture("icons/info", QSize(20, 20), "accent"))
        words = column(label(text, "heading", wrap=True), label(hint, wrap=True), spacing=2)
        layout.addLayout(words, 1)
        for name, kind, called in choices:
            layout.addWidget(button(name, called, kind=kind))


class RecoveryBanner(QWidget):
    """Offers to bring recordings into order that a crash or power cut left unfinished."""

    def __init__(
        self, session: Session, tick: Tick, book: NoticeBook, opened: Callable[[Path], object]
    ) -> None:
        super().__init__()
        self._session = session
        self._book = book
        self._opened = opened
        self._tasks: dict[Task[Any], Path] = {}
        self.banner: Banner | None = None
        self._place = QVBoxLayout(self)
        self._place.setContentsMargins(0, 0, 0, 0)
        self.hide()
        tick.arrived.connect(self._arrived)

    def look(self) -> None:
        """Show the banner if there is anything to recover."""
        paths = self._session.unfinished()
        if not paths:
            return
        what = several(len(paths), "recording was", "recordings were")
        names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
        self.banner = Banner(
            f"{what} not finished, perhaps because of a crash or a power cut.",
            f"{names}. Everything that reached the disk is still there.",
            ("Later", "", self._leave),
            ("Recover", "primary", lambda: self._recover(paths)),
        )
        self._place.addWidget(self.banner)
        self.show()

    def _leave(self) -> None:
        self.hide()
        if self.banner is not None:
            self.banner.deleteLater()
            self.banner = None

    def _recover(self, paths: list[Path]) -> None:
        self._leave()
        for path in paths:
            self._tasks[self._session.recover(path)] = path

    def _arrived(self, item: object) -> None:
        if not isinstance(item, Task) or item not in self._tasks:
            return
        path = self._tasks.pop(item)
        if item.state is TaskState.DONE:
            self._book.add(
                Notice(Level.INFO, item.result().text, path.name),
                (("Open", lambda: self._opened(path)),),
            )
