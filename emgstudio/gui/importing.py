"""From a file that was chosen or dropped to a recording that is open in Review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.import_page import ImportPage
from emgstudio.gui.overlay import Overlay
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import column
from emgstudio.session.files import import_remarks
from emgstudio.storage.importers import SUFFIXES
from emgstudio.storage.importers.preview import preview

if TYPE_CHECKING:
    from emgstudio.session.session import Session

PATTERNS = " ".join(f"*{ending}" for ending in SUFFIXES)


class Importing(QObject):
    """The dialog and the page over ``host``; ``imported`` carries a new recording's folder."""

    imported = Signal(Path)

    def __init__(self, session: Session, tick: Tick, host: QWidget) -> None:
        super().__init__(host)
        self._session = session
        self._tick = tick
        self._host = host
        self.page: ImportPage | None = None
        self._overlay: Overlay | None = None

    def choose(self) -> None:
        """Ask which file."""
        dialog = QFileDialog(self._host, "Import a file of another program")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"Tables and numpy archives ({PATTERNS})", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.open(Path(chosen)))
        dialog.open()

    def open(self, file: Path) -> None:
        """Show what is in ``file`` and how it would be read."""
        try:
            seen = preview(file)
        except EmgError as error:
            self._session.outbox.notice(Level.ERROR, error.message, error.hint, "import")
            return
        if self._overlay is not None:
            self._overlay.leave()
        self.page = ImportPage(self._session, self._tick, file, seen)
        self.page.imported.connect(self._done)
        self._overlay = Overlay(self._host, "Import", column(self.page), width=980)
        self._overlay.closed.connect(self._left)
        if self.page.begin.isEnabled():
            self.page.begin.setFocus()
        else:
            self.page.rate.setFocus()

    def close(self) -> None:
        """The window is closing; a running import is stopped."""
        if self._overlay is not None:
            self._overlay.leave()

    def _done(self, recording: Path) -> None:
        self.close()
        if remarks := import_remarks(recording):
            self._session.outbox.notice(
                Level.INFO, f"Imported {recording.name}.", " ".join(remarks), "import"
            )
        self.imported.emit(recording)

    def _left(self) -> None:
        if self.page is not None:
            self.page.cancel()
        self.page, self._overlay = None, None
