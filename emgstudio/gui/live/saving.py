"""Pictures of what is shown, saved where the recordings are or where a person wants them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from emgstudio.core.types import Level, Notice
from emgstudio.gui.folders import show_folder
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.pictures import LivePictures
from emgstudio.gui.plots.export import ENDINGS, save_widget

if TYPE_CHECKING:
    from emgstudio.session.session import Session

FOLDER = "pictures"
FILTERS = "Picture (*.png);;Sharp at any size, for the web (*.svg);;Sharp at any size (*.pdf)"

Told = Callable[[Notice, tuple[tuple[str, Callable[[], object]], ...]], None]


class LiveSaving:
    """Saves the picture that is seen; ``say`` tells where it is, ``attempt`` why it is not."""

    def __init__(
        self,
        session: Session,
        page: LivePage,
        pictures: LivePictures,
        say: Told,
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        self._session = session
        self._page = page
        self._pictures = pictures
        self._say = say
        self._attempt = attempt
        self.dialog: QFileDialog | None = None

    def save_now(self) -> None:
        """As pixels, beside the recordings, without asking."""
        self.save(self._folder() / f"{self._name()}.png")

    def ask(self) -> None:
        """Ask where and as what; streaming and recording go on meanwhile."""
        dialog = QFileDialog(self._page, "Save picture", str(self._folder()), FILTERS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.selectFile(self._name())
        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(text[-4:-1]))
        dialog.fileSelected.connect(lambda file: self.save(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def save(self, path: Path) -> None:
        """Save as ``path``; its ending says as what."""
        self._attempt(lambda: self._write(path))

    def _write(self, path: Path) -> None:
        stream = self._pictures.stream
        title = stream.info.device if stream is not None else "EMG Studio"
        vector = path.suffix.lower() in ENDINGS[1:]
        # The strip is a picture of pixels either way; alone the traces become real lines.
        save_widget(self._page.pictures if vector else self._page.split, path, title)
        self._say(
            Notice(Level.INFO, f"Picture saved as {path.name}.", str(path.parent)),
            (("Show in folder", lambda: show_folder(path.parent)),),
        )

    def _folder(self) -> Path:
        return self._session.recordings_folder() / FOLDER

    def _name(self) -> str:
        picture = self._pictures.picture.value
        return f"{picture} {datetime.now():%Y-%m-%d %H-%M-%S}"
