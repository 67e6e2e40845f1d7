"""Opening the names with their passphrase, or making the place where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.gui.widgets import StatusWord, button, column, label, row

if TYPE_CHECKING:
    from emgstudio.session.clients import Clients

OPEN = "Names are encrypted. They are shown until you lock them or close EMG Studio."
MAKE = (
    "Names will be kept in one encrypted file, apart from signals, notes and results, and are "
    "only shown while it is open. Everything works without names, too."
)
LOST = (
    "The passphrase cannot be recovered: if it is lost, the names are lost. Signals and results "
    "stay."
)
MISSING = (
    "Names are encrypted with the package cryptography, which is not installed. Work with codes "
    f"alone, or install it: {install_line('emgstudio[secure]')}"
)


class NamesPage(QWidget):
    """One field for the passphrase, two where it is made; ``opened`` when names are open."""

    opened = Signal()

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self._clients = clients
        self._new = not clients.has_names
        self.passphrase = _secret("Passphrase")
        self.again = _secret("Passphrase once more")
        self.problem = StatusWord("", "stop")
        self.problem.word.setWordWrap(True)
        self.problem.hide()
        word = "Keep names from now on" if self._new else "Open names"
        self.go = button(word, self.open, icon="person", kind="primary")
        possible = clients.can_keep_names
        sentence = (MAKE if self._new else OPEN) if possible else MISSING
        words = [label(sentence, wrap=True)]
        if possible and self._new:
            words.append(label(LOST, "problem", wrap=True))
        fields = [self.passphrase, self.again] if self._new else [self.passphrase]
        for field in fields:
            field.returnPressed.connect(self.open)
        # Without the package there is only the sentence.
        parts = [*fields, self.problem] if possible else []
        layout = column(*words, *parts, spacing=12)
        layout.setContentsMargins(0, 0, 0, 0)
        if possible:
            layout.addLayout(row(1, self.go))
        self.setLayout(layout)

    def open(self) -> None:
        """Try the passphrase; what is wrong is said here."""
        passphrase = self.passphrase.text()
        if self._new and passphrase != self.again.text():
            self._say("The two are not the same. Type both again.")
            return
        try:
            self._clients.open_names(passphrase)
        except EmgError as error:
            self._say(f"{error.message} {error.hint}")
            return
        self.opened.emit()

    def _say(self, text: str) -> None:
        self.problem.show_status("stop", text)
        self.problem.show()
        self.passphrase.clear()
        self.again.clear()
        self.passphrase.setFocus()


def _secret(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setAccessibleName(name)
    made.setPlaceholderText(name)
    return made
