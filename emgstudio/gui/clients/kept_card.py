"""What is kept for a client beside sessions: models of gestures, and the files themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.folders import show_folder
from emgstudio.gui.widgets import button, column, label
from emgstudio.gui.wizard.model_reading import ModelReading
from emgstudio.session.saved_models import SavedModel, in_order, saved_models

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SHOWN = 4
NO_MODELS = "None yet. Calibrate saves one for whose code is given there."


class KeptCard(QWidget):
    """The newest models of a client; ``models_wanted`` leads to all of them."""

    models_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._folder: Path | None = None
        self._code = ""
        self.models = label("", wrap=True)
        self.reading = ModelReading(session)
        self.reading.read.connect(self._show_models)
        self.all_models = button("Saved models", self.models_wanted.emit, icon="hand")
        self.files = button("Show files", self._show_files, icon="folder")
        ways = FlowLayout()
        for way in (self.all_models, self.files):
            ways.addWidget(way)
        self.setLayout(
            column(label("Models", "heading"), self.models, self.reading, ways, spacing=8)
        )
        self.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]

    def show_client(self, code: str) -> None:
        """Show what is kept for the client with this code."""
        self._code = code
        self._show_models()
        sessions = self._session.clients.sessions(code)
        self._folder = sessions[0].parent if sessions else None
        self.files.setEnabled(self._folder is not None)
        self.files.setToolTip("" if sessions else "There are no recordings yet.")

    def _show_models(self) -> None:
        mine = [m for m in saved_models(self._session) if m.person.split(" ", 1)[0] == self._code]
        shown = [model_words(model) for model in in_order(mine)[:SHOWN]]
        if len(mine) > SHOWN:
            shown.append(f"and {len(mine) - SHOWN} more")
        self.reading.look()
        none = "" if self.reading.busy else NO_MODELS
        self.models.setText("\n".join(shown) or none)

    def _show_files(self) -> None:
        if self._folder is not None:
            show_folder(self._folder)


def model_words(saved: SavedModel) -> str:
    """Which arm, version, day and score."""
    arm = saved.person.partition(" ")[2] or saved.name
    score = "" if saved.score is None else f"  ·  {100 * saved.score:.0f} %"
    return f"{arm} v{saved.version} ({saved.made:%d %b %Y}){score}"
