"""The user's saved models: who each is for, when it was made, how well it did, and its notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.core.paths import data_folder
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.model_file import MANIFEST
from emgstudio.session.calibration_versions import BIN, base_of, next_name, number_of, put_back

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SHOWN = 60
NOTES = "notes.txt"
NO_SENSOR = "Connect a sensor first."


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A model in the user's folder; ``problem`` says why it cannot be used now, "" if it can.

    ``model`` is None where it cannot even be read.
    """

    path: Path
    model: GestureModel | None
    problem: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def version(self) -> int:
        """From 1."""
        return number_of(self.name)

    @property
    def misfit(self) -> bool:
        """True where it is sound, and made for another sensor than the one that streams."""
        return self.model is not None and self.problem not in ("", NO_SENSOR)

    @property
    def person(self) -> str:
        """Code and side, "" where nobody said."""
        return self._told("arm")

    @property
    def mark(self) -> str:
        """How the sensor was put on, "" where nobody said."""
        return self._told("mark")

    @property
    def made(self) -> datetime:
        """When it was trained, in local time."""
        try:
            return datetime.fromisoformat(self._told("created")).astimezone()
        except ValueError:
            return datetime.fromtimestamp(_changed(self.path)).astimezone()

    @property
    def movements(self) -> tuple[str, ...]:
        """What it recognises besides rest."""
        classes = self.model.classes if self.model is not None else ()
        return tuple(name for name in classes if name != REST)

    @property
    def score(self) -> float | None:
        """Balanced accuracy on repetitions that were left out, 0–1; None if it was not tested."""
        return self.model.report.balanced_accuracy if self.model is not None else None

    @property
    def notes(self) -> str:
        """The newest notes: those beside the model, else those that it was saved with."""
        try:
            return (self.path / NOTES).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return self._told("notes")
        except (OSError, ValueError):
            return ""

    def _told(self, key: str) -> str:
        return str(self.model.provenance.get(key, "")) if self.model is not None else ""


def saved_models(session: Session) -> list[SavedModel]:
    """The newest models, each tried against the stream that would be decoded."""
    return [_looked_at(session, path) for path in session.models()[:SHOWN]]


def in_order(models: list[SavedModel]) -> list[SavedModel]:
    """Versions of one arm side by side, newest first; the arm with the newest model first."""
    newest: dict[str, datetime] = {}
    for saved in models:
        base = base_of(saved.name)
        newest[base] = max(saved.made, newest.get(base, saved.made))
    return sorted(
        models,
        key=lambda saved: (newest[base_of(saved.name)], base_of(saved.name), saved.version),
        reverse=True,
    )


def keep_notes(saved: SavedModel, text: str) -> None:
    """Write other notes beside a model; the model itself stays byte for byte what it was.

    Raises EmgError when they cannot be written.
    """
    try:
        write_atomic(saved.path / NOTES, (text.strip() + "\n").encode())
    except OSError as error:
        raise EmgError(f"The notes of “{saved.name}” could not be kept.", str(error)) from error


def removed_models() -> list[Path]:
    """What was deleted and can be brought back, the newest model first."""
    folder = data_folder() / BIN
    if not folder.is_dir():
        return []
    return sorted((p for p in folder.iterdir() if p.is_dir()), key=_changed, reverse=True)


def bring_back(session: Session, aside: Path) -> Path:
    """A deleted model among the others again, under its name or the next free version.

    Raises EmgError when it cannot be moved.
    """
    return put_back(aside, next_name(session.models(), aside.name))


def _looked_at(session: Session, path: Path) -> SavedModel:
    try:
        model = _loaded(path, _changed(path))
    except EmgError as error:
        return SavedModel(path, None, error.message)
    stream = session.main_stream
    if stream is None:
        return SavedModel(path, model, NO_SENSOR)
    try:
        model.check_stream(stream.info)
    except EmgError as error:
        return SavedModel(path, model, error.message)
    return SavedModel(path, model)


@lru_cache(maxsize=SHOWN)
def _loaded(path: Path, _changed: float) -> GestureModel:
    """Models are looked at each time that a list is shown, and hardly ever change."""
    return GestureModel.load(path)


def _changed(path: Path) -> float:
    try:
        return (path / MANIFEST).stat().st_mtime
    except OSError:
        return 0.0
