"""The user's saved models: who each is for, when it was made, how well it did, and its notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.core.paths import data_folder
from emgstudio.core.tasks import Progress
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.model_facts import ModelFacts
from emgstudio.ml.model_file import MANIFEST, load_facts
from emgstudio.session.calibration_versions import BIN, base_of, next_name, number_of, put_back

if TYPE_CHECKING:
    from emgstudio.session.session import Session

# To read one takes 2 to 3 ms: more than these are not for the thread that draws.
AT_ONCE = 12
NOTES = "notes.txt"
NO_SENSOR = "Connect a sensor first."


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A model in the user's folder; ``problem`` says why it cannot be used now, "" if it can.

    ``facts`` is None where it cannot even be read.
    """

    path: Path
    facts: ModelFacts | GestureModel | None
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
        return self.facts is not None and self.problem not in ("", NO_SENSOR)

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
        classes = self.facts.classes if self.facts is not None else ()
        return tuple(name for name in classes if name != REST)

    @property
    def score(self) -> float | None:
        """Balanced accuracy on repetitions that were left out, 0–1; None if it was not tested."""
        return self.facts.report.balanced_accuracy if self.facts is not None else None

    @property
    def notes(self) -> str:
        """The newest notes: those beside the model, else those that it was saved with."""
        try:
            return (self.path / NOTES).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return self._told("notes")
        except (OSError, ValueError):
            return ""

    def load(self) -> GestureModel:
        """The model itself.

        Raises EmgError where it is not sound, which the lists tell from then on.
        """
        if isinstance(self.facts, GestureModel):
            return self.facts
        try:
            return GestureModel.load(self.path)
        except EmgError as error:
            _read[self.path] = (_changed(self.path), error)
            raise

    def _told(self, key: str) -> str:
        return str(self.facts.provenance.get(key, "")) if self.facts is not None else ""


def saved_models(session: Session) -> list[SavedModel]:
    """The models that are read by now, newest first, each tried against what would be decoded.

    Few that are new are read at once; for the others see :func:`unread_models`.
    """
    paths = session.models()
    new = [path for path in paths if not _is_read(path)]
    for path in new[:AT_ONCE]:
        _read_again(path)
    return [_looked_at(session, path) for path in paths if path in _read]


def unread_models(session: Session) -> list[Path]:
    """Those that :func:`saved_models` leaves out until :func:`read_models` has read them."""
    return [path for path in session.models() if not _is_read(path)]


def read_models(paths: list[Path], progress: Progress) -> None:
    """Read what these models are; a task for another thread. Raises Cancelled."""
    for at, path in enumerate(paths):
        progress.report(at / len(paths), f"{at} of {len(paths)} models")
        _read_again(path)


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
    facts = _read[path][1]
    if isinstance(facts, EmgError):
        return SavedModel(path, None, facts.message)
    stream = session.main_stream
    if stream is None:
        return SavedModel(path, facts, NO_SENSOR)
    try:
        facts.check_stream(stream.info)
    except EmgError as error:
        return SavedModel(path, facts, error.message)
    return SavedModel(path, facts)


_read: dict[Path, tuple[float, ModelFacts | EmgError]] = {}
"""What each was when it had that time of change: lists are shown often, models change hardly."""


def _is_read(path: Path) -> bool:
    return path in _read and _read[path][0] == _changed(path)


def _read_again(path: Path) -> None:
    changed = _changed(path)
    try:
        _read[path] = (changed, load_facts(path))
    except EmgError as error:
        _read[path] = (changed, error)


def _changed(path: Path) -> float:
    try:
        return (path / MANIFEST).stat().st_mtime
    except OSError:
        return 0.0
