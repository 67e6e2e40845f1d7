"""A new client: the code comes by itself, everything else may stay empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.clients.facts_form import FactsForm
from emgstudio.gui.widgets import StatusWord, button, column, label, row
from emgstudio.storage.clients.client import Client

if TYPE_CHECKING:
    from emgstudio.session.clients import Clients

# At the largest text the button below still fits into the smallest window.
NOTES_LINES = 2
WORDS = "It gets the next free code. Nothing else is needed; all of it can be told later."
LOCKED = "Names are locked: open them first to give this client a name."


class NewClientPage(QWidget):
    """Fields and a button; ``added`` carries the new client."""

    added = Signal(object)

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self._clients = clients
        self.form = FactsForm(NOTES_LINES)
        names_open = clients.vault is not None
        self.form.show_facts(None, names_open=names_open)
        self.problem = StatusWord("", "stop")
        self.problem.word.setWordWrap(True)
        self.problem.hide()
        self.add = button("Add client", self.make, icon="plus", kind="primary")
        for field in (self.form.name, self.form.year, self.form.day):
            field.returnPressed.connect(self.make)
        words = [label(WORDS, "muted", wrap=True)]
        if not names_open and clients.has_names:
            words.append(label(LOCKED, "muted", wrap=True))
        layout = column(*words, self.form, self.problem, row(1, self.add), spacing=14)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)

    @property
    def first(self) -> QWidget:
        """Where typing begins."""
        return self.form.year if self.form.name.isHidden() else self.form.name

    def make(self) -> None:
        """Store the client; what cannot be is said here and nothing is stored."""
        try:
            facts = self.form.facts()
            made: Client = self._clients.add(name=self.form.name.text(), **facts)
        except EmgError as error:
            self.problem.show_status("stop", f"{error.message} {error.hint}")
            self.problem.show()
            return
        self.added.emit(made)
