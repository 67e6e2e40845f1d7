"""Deleting a client: what goes with it is listed, and it takes a second press."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from emgstudio.core.words import several
from emgstudio.gui.widgets import button, column, label, row
from emgstudio.session.clients import Leaving
from emgstudio.storage.clients.folder import BIN_DAYS

BIN = (
    f"All of it goes into the bin and can be brought back for {BIN_DAYS} days. After that it is "
    "removed for good. Copies elsewhere (backups, exports, spare blocks of an SSD) are out of "
    "reach of this program."
)
MODELS = "These models learnt from the recordings. They stay: what was learnt cannot be taken out."


class DeletePage(QWidget):
    """``confirmed`` comes with the second press."""

    confirmed = Signal(object)

    def __init__(self, leaving: Leaving) -> None:
        super().__init__()
        self._leaving = leaving
        code = leaving.client.code
        count = len(leaving.recordings)
        goes = f"{code} with its notes, and {several(count, 'recording')}:"
        parts: list[QWidget] = [label(goes if count else f"{code} with its notes.", wrap=True)]
        if count:
            parts.append(_lines("Recordings that go", [p.name for p in leaving.recordings]))
        if leaving.models:
            parts.append(label(MODELS, wrap=True))
            parts.append(_lines("Models that learnt from them", leaving.models))
        parts.append(label(BIN, "muted", wrap=True))
        self.first = button(f"Delete {code}…", self._ask, icon="delete")
        self.second = button("Yes, delete it", self._confirm, icon="delete", kind="primary")
        self.second.setAccessibleName(f"Yes, delete {code}")
        self.sure = label(f"Delete {code}?", "heading")
        self.second.hide()
        self.sure.hide()
        layout = column(*parts, row(1, self.sure, self.first, self.second), spacing=12)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.sure.text())

    def _ask(self) -> None:
        # Elsewhere than the first, and not where the keyboard is: pressing twice does not delete.
        self.setFocus()
        self.first.setEnabled(False)
        self.sure.show()
        self.second.show()

    def _confirm(self) -> None:
        self.confirmed.emit(self._leaving)


def _lines(name: str, lines: tuple[str, ...] | list[str]) -> QPlainTextEdit:
    made = QPlainTextEdit("\n".join(lines))
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    made.setAccessibleName(name)
    made.setFixedHeight(made.fontMetrics().lineSpacing() * min(len(lines), 6) + 24)
    return made
