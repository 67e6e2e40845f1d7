"""What a person chose in the frame, kept for the next start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgstudio.core.errors import EmgError
from emgstudio.core.settings import Settings
from emgstudio.core.types import Level, Notice
from emgstudio.gui.notices import NoticeBook
from emgstudio.gui.theme import theme

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class KeptSettings:
    """Writes settings; what cannot be written is said in ``book`` and stops nothing."""

    def __init__(self, session: Session, book: NoticeBook) -> None:
        self._session = session
        self._book = book

    def used(self, kind: str, item: str) -> None:
        """The most recent device or recording."""
        self._keep(self._session.settings.used(kind, item))

    def recordings_folder(self, folder: Path) -> None:
        """Where the next recordings go."""
        self._keep(self._session.settings.changed("recording", folder=str(folder)))

    def appearance(self) -> None:
        """Theme and size of text as they are now."""
        looks: dict[str, Any] = {"theme": theme().mode, "scale": theme().scale}
        self._keep(self._session.settings.changed("appearance", **looks))

    def toggle_sound(self) -> bool:
        """The sound of exercises off, or on again; whether it is on now."""
        on = self._session.settings.sounds.muted
        self._keep(self._session.settings.changed("sounds", muted=not on))
        return on

    def _keep(self, settings: Settings) -> None:
        try:
            self._session.update_settings(settings)
        except EmgError as error:
            self._book.add(Notice(Level.WARNING, error.message, error.hint, "settings"))
