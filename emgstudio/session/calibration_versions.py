"""Versions of a model: ``right arm``, ``right arm v2`` …, what changed, and going back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import data_folder
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.model import GestureModel
from emgstudio.ml.model_facts import ModelFacts
from emgstudio.session.files import free_name

BIN = "removed models"
_NUMBERED = re.compile(r"^(?P<base>.+?)(?: v(?P<number>\d+))?$")


@dataclass(frozen=True, slots=True)
class Version:
    """A saved model of one arm; the first has the number 1."""

    path: Path
    number: int


def base_of(name: str) -> str:
    """The name without its version: ``right arm`` for ``right arm v3``."""
    match = _NUMBERED.match(name)
    return match["base"] if match else name


def number_of(name: str) -> int:
    """The version in a name, 1 without one."""
    match = _NUMBERED.match(name)
    return int(match["number"]) if match and match["number"] else 1


def versions_of(models: Iterable[Path], name: str) -> tuple[Version, ...]:
    """The saved versions of the model ``name`` (with or without version), newest first."""
    base = base_of(name)
    found = [Version(p, number_of(p.name)) for p in models if base_of(p.name) == base]
    return tuple(sorted(found, key=lambda version: -version.number))


def next_name(models: Iterable[Path], name: str) -> str:
    """``name`` where it is free, else its next version."""
    there = versions_of(models, name)
    if not there:
        return name
    return f"{base_of(name)} v{there[0].number + 1}"


def compared(old: ModelFacts | GestureModel, new: ModelFacts | GestureModel) -> str:
    """What the new one does better or worse, in words."""
    parts = []
    before, after = old.report.balanced_accuracy, new.report.balanced_accuracy
    if before is not None and after is not None:
        parts.append(f"{before * 100:.0f} % before, {after * 100:.0f} % now")
    for words, names in (
        ("new", set(new.classes) - set(old.classes)),
        ("gone", set(old.classes) - set(new.classes)),
    ):
        if names:
            parts.append(f"{words}: {', '.join(sorted(gesture_title(n) for n in names))}")
    recalls = {g.gesture: g.recall for g in old.report.gestures}
    for gesture in new.report.gestures:
        was = recalls.get(gesture.gesture)
        if was is not None and gesture.recall is not None and abs(gesture.recall - was) >= 0.1:
            way = "better" if gesture.recall > was else "worse"
            title = gesture_title(gesture.gesture)
            parts.append(f"{title} {way} ({was * 100:.0f} → {gesture.recall * 100:.0f} %)")
    return "; ".join(parts)


def by_movement(
    old: ModelFacts | GestureModel, new: ModelFacts | GestureModel
) -> tuple[tuple[str, float | None, float | None], ...]:
    """Each movement and what was recognised of it, left out, by both; None where it was not."""
    before, after = ({g.gesture: g.recall for g in model.report.gestures} for model in (old, new))
    names = sorted({*old.classes, *new.classes})
    return tuple((name, before.get(name), after.get(name)) for name in names)


def put_aside(path: Path) -> Path:
    """Take a saved model out of the list; it is kept beside it and returned as it lies there.

    Raises EmgError when it cannot be moved.
    """
    folder = data_folder() / BIN
    try:
        folder.mkdir(parents=True, exist_ok=True)
        to = free_name(folder, path.name)
        shutil.move(path, to)
    except OSError as error:
        raise EmgError(f"“{path.name}” could not be taken away.", str(error)) from error
    return to


def put_back(aside: Path, name: str) -> Path:
    """Put a model back that was taken away.

    Raises EmgError when the name is taken by now or it cannot be moved.
    """
    to = data_folder() / "models" / name
    if to.exists():
        raise EmgError(f"There is already a model “{name}”.", "Rename that one first.")
    try:
        shutil.move(aside, to)
    except OSError as error:
        raise EmgError(f"“{name}” could not be brought back.", str(error)) from error
    return to
