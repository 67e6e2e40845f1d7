"""The plots of a recording as a picture for a paper or a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from emgstudio.gui.live.saving import FILTERS, FOLDER
from emgstudio.gui.plots.export import save_widget
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock
from emgstudio.gui.review.view import TimeView


class PictureSaving:
    """Saves what is seen of a recording as PNG, SVG or PDF; ``attempt`` tells why it is not."""

    def __init__(
        self,
        plots: ReviewCanvas,
        view: TimeView,
        say: Callable[[str], None],
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        self._plots = plots
        self._view = view
        self._say = say
        self._attempt = attempt
        self.dialog: QFileDialog | None = None

    def ask(self, document: Document, folder: Path) -> None:
        """Ask where and as what."""
        dialog = QFileDialog(self._plots, "Save picture", str(folder / FOLDER), FILTERS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        span = f"{clock(self._view.start, 0)} to {clock(self._view.stop, 0)}".replace(":", "-")
        dialog.selectFile(f"{document.path.name} {span}")
        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(text[-4:-1]))
        dialog.fileSelected.connect(lambda file: self.save(document, Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def save(self, document: Document, path: Path) -> None:
        """Save as ``path``; its ending says as what."""
        self._attempt(lambda: self._write(document, path))

    def _write(self, document: Document, path: Path) -> None:
        title = document.recording.title or document.path.name
        # Where one looks in the whole recording is for the screen only.
        self._show_overview(False)
        try:
            save_widget(self._plots, path, f"{title}, {document.source.recipe}")
        finally:
            self._show_overview(True)
        self._say(f"Picture saved as {path.name} in {path.parent}")

    def _show_overview(self, shown: bool) -> None:
        self._plots.overview.setVisible(shown)
        layout = self._plots.layout()
        if layout is not None:
            layout.activate()
