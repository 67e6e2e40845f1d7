"""What every room of the window has in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.tick import Tick

if TYPE_CHECKING:
    from emgstudio.session.session import Session

T = TypeVar("T")
Step = Callable[[], str | None]
"""Takes a change back or makes it again; its text, None when there is none."""


class Room(QWidget):
    """A page of the window: a view of the session that may be hidden at any time.

    Actions added with :meth:`add_action` work while the room is visible; the
    window shows them in its menus and its keyboard map (``actions()`` lists them).
    ``wanted`` asks the window to go to another room by ``key`` and open something there,
    ``said`` carries a Notice and what can be done about it (name and function of each),
    ``import_wanted`` asks for a file of another program, ``file_dropped`` brings one.
    The window builds a room when somebody first goes there, so that a room finds out
    in its constructor and in :meth:`entered` what has happened before.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon_name: ClassVar[str] = ""
    folds_labels: ClassVar[bool] = False
    """Whether the strip of labels is one line while this room is shown."""
    tells_changes: ClassVar[bool] = False
    """Whether it shows itself what undo and redo did; else the window says it."""

    wanted = Signal(str, object)
    said = Signal(object, object)
    import_wanted = Signal()
    file_dropped = Signal(Path)

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.tick = tick
        self.setAccessibleName(self.title)

    def entered(self) -> None:
        """The room has become visible."""

    def left(self) -> None:
        """Another room is shown now; streaming and recording go on."""

    def open(self, thing: object) -> None:
        """Show something that another room asked for, e.g. the path of a recording."""

    def undo(self) -> str | None:
        """Take the last change of this room back; its text, None when there is none."""
        return None

    def redo(self) -> str | None:
        """Make the change again that was taken back; its text, None when there is none."""
        return None

    def close_room(self) -> None:
        """The window is closing: stop what this room has running."""

    def add_action(
        self, text: str, shortcut: str, called: Callable[[], object], *, checkable: bool = False
    ) -> QAction:
        """A new action of this room, live only while the room is visible."""
        action = QAction(text, self)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setCheckable(checkable)
        action.triggered.connect(lambda _checked=False: called())
        self.addAction(action)
        return action

    def attempt(self, work: Callable[[], T]) -> T | None:
        """Do something that a person asked for; what goes wrong becomes a notice."""
        try:
            return work()
        except EmgError as error:
            self.session.outbox.notice(Level.ERROR, error.message, error.hint, self.title)
            return None
