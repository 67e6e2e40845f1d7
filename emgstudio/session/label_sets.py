"""Sets of labels, each with its key, colour and kind: what live marking and Review offer alike.

A set is one JSON file: those that ship with the app lie in ``resources/label_sets``,
a person's own in the folder ``label_sets`` of the app's data. An own set hides a
shipped one of the same name.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.paths import data_folder, resource

log = logging.getLogger(__name__)

FORMAT = "emgstudio-labels"
VERSION = 1
KEYS = "1234567890"
COLOURS = 8
SHIPPED = ("general", "pain", "gait", "gestures")
DEFAULT_SET = "General"


class LabelKind(StrEnum):
    """A moment, or something that lasts."""

    POINT = "point"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Label:
    """One label that can be given.

    ``key`` is one of 1…9 and 0, or empty. ``colour`` counts 0…7 through the
    colours of the theme's traces, so that it fits a dark and a light window. Of
    the segments that share a ``group`` only one can be at a time. ``hed`` is an
    optional HED string for exports.
    """

    name: str
    key: str = ""
    colour: int = 0
    kind: LabelKind = LabelKind.SEGMENT
    group: str = ""
    hed: str = ""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels that belong together. ``score`` names a 0–10 scale beside them, empty for none.

    Raises EmgError when it cannot be used: no name, a label or a key twice.
    """

    name: str
    labels: tuple[Label, ...] = ()
    score: str = ""

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise EmgError(f"The label set “{self.name}” cannot be used: {problem}.", "Change it.")

    def label(self, name: str) -> Label | None:
        """The label of this name."""
        return next((item for item in self.labels if item.name == name), None)

    def at_key(self, key: str) -> Label | None:
        """The label that this key gives."""
        return next((item for item in self.labels if item.key and item.key == key), None)

    def rivals(self, name: str) -> frozenset[str]:
        """The other segments of its exclusive group: what ends when this one begins."""
        own = self.label(name)
        if own is None or not own.group or own.kind is LabelKind.POINT:
            return frozenset()
        return frozenset(
            item.name
            for item in self.labels
            if item.group == own.group and item.kind is LabelKind.SEGMENT and item.name != name
        )

    def free_key(self) -> str:
        """The first key that no label has, empty when all are taken."""
        taken = {item.key for item in self.labels}
        return next((key for key in KEYS if key not in taken), "")

    def _problem(self) -> str:
        names = [item.name for item in self.labels]
        keys = [item.key for item in self.labels if item.key]
        if not self.name.strip():
            return "it has no name"
        if any(not name.strip() for name in names):
            return "a label has no name"
        for what, values in (("label", names), ("key", keys)):
            twice = next((v for v in values if values.count(v) > 1), None)
            if twice is not None:
                return f"the {what} “{twice}” is there twice"
        wrong = next((key for key in keys if key not in KEYS), None)
        if wrong is not None:
            return f"“{wrong}” is not a key; use 1 to 9 or 0"
        if any(not 0 <= item.colour < COLOURS for item in self.labels):
            return f"colours are numbers from 0 to {COLOURS - 1}"
        return ""


class LabelSets:
    """The shipped sets and a person's own, by name; ``folder`` holds the own ones."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder() / "label_sets"
        self.unreadable: tuple[str, ...] = ()

    def all(self) -> dict[str, LabelSet]:
        """Every set: shipped ones first, then own ones by name.

        A file that cannot be read is passed over and named in ``unreadable``.
        """
        found = {made.name: made for made in shipped_sets()}
        found |= {made.name: made for made in self._own()}
        return found

    def get(self, name: str) -> LabelSet:
        """The set of this name, else the general one."""
        found = self.all()
        return found.get(name) or found[DEFAULT_SET]

    def is_own(self, name: str) -> bool:
        """Whether a person made or changed the set of this name."""
        return self._path(name).exists()

    def save(self, made: LabelSet) -> Path:
        """Keep a set as an own one. Raises EmgError when it cannot be written."""
        path = self._path(made.name)
        try:
            write_json(path, set_to_json(made))
        except OSError as error:
            raise EmgError(
                f"The label set “{made.name}” could not be saved ({error.strerror}).",
                f"Look at the folder {self.folder}.",
            ) from error
        return path

    def remove(self, name: str) -> None:
        """Take an own set away; a shipped one of the same name is there again."""
        self._path(name).unlink(missing_ok=True)

    def _own(self) -> Iterable[LabelSet]:
        unreadable = []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            try:
                yield read_set(path)
            except EmgError as error:
                log.info("%s: %s", path, error)
                unreadable.append(path.name)
        self.unreadable = tuple(unreadable)

    def _path(self, name: str) -> Path:
        plain = "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip()
        return self.folder / f"{plain.lower().replace(' ', '-')}.json"


def shipped_sets() -> tuple[LabelSet, ...]:
    """The sets that come with the app."""
    return tuple(read_set(resource(f"label_sets/{name}.json")) for name in SHIPPED)


def read_set(path: Path) -> LabelSet:
    """The set in a file. Raises EmgError when it is not one."""
    try:
        return set_from_json(json.loads(path.read_text("utf-8")))
    except EmgError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmgError(
            f"“{path.name}” is not a label set ({error}).", "Choose a file that this app has made."
        ) from error


def set_to_json(made: LabelSet) -> dict[str, Any]:
    """What a file of the set holds; fields at their default are left out."""
    plain = asdict(Label(""))
    labels = [
        {k: v for k, v in asdict(item).items() if k == "name" or v != plain[k]}
        for item in made.labels
    ]
    about = {"format": FORMAT, "version": VERSION, "name": made.name}
    return about | ({"score": made.score} if made.score else {}) | {"labels": labels}


def set_from_json(value: Mapping[str, Any]) -> LabelSet:
    """A set from its JSON; fields that this version does not know are ignored.

    Raises EmgError, KeyError, TypeError or ValueError when it is not one.
    """
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}")
    known = asdict(Label("")).keys()
    labels = []
    for item in value["labels"]:
        fields = {k: v for k, v in item.items() if k in known}
        fields["kind"] = LabelKind(fields.get("kind", LabelKind.SEGMENT))
        fields["key"] = str(fields.get("key", ""))
        fields["colour"] = int(fields.get("colour", 0))
        labels.append(Label(**fields))
    return LabelSet(str(value["name"]), tuple(labels), str(value.get("score", "")))
