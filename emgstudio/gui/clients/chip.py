"""The chip in the session bar: whose recordings the next ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.assets import set_icon

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SHOWN = 8
NOBODY = "No client"


class ClientChip(QPushButton):
    """Shows the code, never a name; a press offers those seen last. Fixed while recording."""

    all_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setProperty("kind", "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self, "person", "muted", size=16)
        self.clicked.connect(lambda _checked=False: self.choose())
        self.refresh()

    def refresh(self) -> None:
        """Follow what is chosen."""
        code = self._session.client
        recording = self._session.recorder is not None
        text = code or NOBODY
        if self.text() == text and self.isEnabled() != recording:
            return
        self.setText(text)
        self.setEnabled(not recording)
        whose = f"Recordings belong to {code}" if code else "Recordings belong to nobody"
        self.setAccessibleName(f"Client: {text}. {whose}")
        hint = "It can be changed when the recording has ended." if recording else "Click to change"
        self.setToolTip(f"{whose}.\n{hint}")

    def choose(self) -> None:
        """A menu of nobody and the clients seen last."""
        self.menu_of_clients().popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    def menu_of_clients(self) -> QMenu:
        """Deletes itself when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Whose recordings the next ones are")
        for code in ("", *self._codes()):
            action = menu.addAction(code or NOBODY)
            action.setCheckable(True)
            action.setChecked(code == self._session.client)
            action.triggered.connect(lambda _checked=False, code=code: self.use(code))
        menu.addSeparator()
        menu.addAction("All clients…").triggered.connect(
            lambda _checked=False: self.all_wanted.emit()
        )
        return menu

    def use(self, code: str) -> None:
        """New recordings are this client's, "" for nobody's."""
        if self._session.recorder is None:
            self._session.client = code
        self.refresh()

    def _codes(self) -> list[str]:
        try:
            found = [k.line.client.code for k in self._session.clients.search()[:SHOWN]]
        except EmgError as error:
            self._session.outbox.notice(Level.ERROR, error.message, error.hint, "Clients")
            return []
        chosen = self._session.client
        return found if not chosen or chosen in found else [chosen, *found]
