"""Pictures of movements that people named themselves: one of our drawings, or their own image."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.ml.gestures import GESTURES
from emgstudio.session.entry_file import EntryFile

FILE, FOLDER = "movements.json", "movements"


class MovementPictures:
    """Kept in one file of the settings folder, images beside it; nothing leaves this computer.

    Our own movements always have their own drawing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = EntryFile(folder / FILE, "movements", "The picture")

    def drawing(self, movement: str) -> str:
        """The one of our movements whose drawing is shown, "" where none was chosen."""
        if movement in GESTURES:
            return movement
        chosen = self._file.entry(movement).get("drawing")
        return chosen if isinstance(chosen, str) and chosen in GESTURES else ""

    def image(self, movement: str) -> Path | None:
        """The image file of a movement of one's own, None where there is none (any more)."""
        name = self._file.entry(movement).get("image")
        if movement in GESTURES or not isinstance(name, str):
            return None
        file = self._folder / FOLDER / Path(name).name
        return file if file.is_file() else None

    def use_drawing(self, movement: str, drawing: str) -> None:
        """Show the drawing of one of our movements; "" takes the picture away.

        Raises EmgError when it cannot be stored.
        """
        self._store(movement, {"drawing": drawing} if drawing else {})

    def use_image(self, movement: str, png: bytes) -> None:
        """Show an image, as the bytes of a PNG file. Raises EmgError when it cannot be stored."""
        name = f"{sha256(png).hexdigest()[:16]}.png"
        try:
            (self._folder / FOLDER).mkdir(parents=True, exist_ok=True)
            write_atomic(self._folder / FOLDER / name, png)
        except OSError as error:
            raise EmgError("The picture could not be stored.", str(error)) from error
        self._store(movement, {"image": name})

    def _store(self, movement: str, entry: dict[str, str]) -> None:
        others = {name: kept for name, kept in self._file.entries.items() if name != movement}
        self._file.store({**others, movement: entry} if entry else others)
