"""Keeps beside a recording which of its tracks are shown, locked and written into."""

from __future__ import annotations

from PySide6.QtCore import QObject

from emgstudio.core.errors import EmgError
from emgstudio.gui.review.document import Document
from emgstudio.storage.view_state import read_view, save_view


class TrackMemory(QObject):
    """Brings the tracks of ``document`` back as they were left, and follows what becomes of them.

    A document that cannot be changed is looked at as it was left, and nothing is kept.
    """

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        kept = read_view(document.path)
        if kept is not None:
            document.show_tracks(kept)
        self._kept = document.tracks_shown()
        if not document.locked:
            document.edited.connect(self._follow)

    def _follow(self) -> None:
        now = self._document.tracks_shown()
        if now == self._kept:
            return
        self._kept = now
        try:
            save_view(self._document.path, now)
        except EmgError as error:
            self._document.said.emit(f"{error.message} {error.hint}")
