"""Where recordings go: chosen from the menu, or when the disk of the running one fills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.gui.folders import show_folder
from emgstudio.gui.kept_settings import KeptSettings
from emgstudio.gui.notices import Actions, NoticeBook
from emgstudio.storage.disk_space import DISK, write_test

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class RecordingsFolder:
    """Asks over ``host`` for a folder and keeps it if it takes files; shows the one in use.

    ``finish`` ends a recording; a running one stays where it is.
    """

    def __init__(
        self,
        host: QWidget,
        session: Session,
        kept: KeptSettings,
        book: NoticeBook,
        finish: Callable[[], object],
    ) -> None:
        self._host = host
        self._session = session
        self._kept = kept
        self._book = book
        self._finish = finish
        self.dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Ask for the folder of the next recordings."""
        made = QFileDialog(
            self._host, "Folder for recordings", str(self._session.recordings_folder())
        )
        made.setFileMode(QFileDialog.FileMode.Directory)
        made.fileSelected.connect(lambda chosen: self.use(Path(chosen)))
        made.finished.connect(made.deleteLater)
        self.dialog = made
        made.open()

    def use(self, folder: Path) -> None:
        """The next recordings go there; a folder that takes no files is refused in a notice."""
        try:
            write_test(folder)
        except EmgError as error:
            where = f"Recordings go to {self._session.recordings_folder()} as before."
            self._book.add(Notice(Level.ERROR, error.message, where, "recording"))
            return
        self._kept.recordings_folder(folder)
        stays = self._session.recorder is not None
        hint = "The running recording stays where it is." if stays else ""
        self._book.add(Notice(Level.INFO, f"Recordings go to {folder} from now on.", hint))

    def show(self) -> None:
        """Show it in the desktop's file viewer; it is made where there is none yet."""
        folder = self._session.recordings_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = f"The folder {folder} cannot be made ({error.strerror})."
            hint = "Choose another one: File › Folder for recordings…"
            self._book.add(Notice(Level.ERROR, text, hint, "recording"))
            return
        show_folder(folder)

    def actions(self, notice: Notice) -> Actions:
        """The buttons of a notice that the disk is nearly full, none of any other."""
        if notice.source != DISK:
            return ()
        return (("Choose another folder", self.ask), ("Stop and save", self.stop))

    def stop(self) -> None:
        """Finish the running recording, if one runs."""
        if self._session.recorder is not None:
            self._finish()
