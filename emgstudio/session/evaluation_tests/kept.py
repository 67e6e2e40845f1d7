"""Tests that were done, kept in the folder of the model that was tested: JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import emgstudio
from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic, write_json
from emgstudio.ml.model import GestureModel
from emgstudio.session.calibration_versions import versions_of
from emgstudio.session.evaluation_tests.outcome import Outcome
from emgstudio.session.evaluation_tests.run import ControlRun

FOLDER = "tests"
FORMAT = "emgstudio-control-test"
SCHEMA = 1
MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class Done:
    """A finished test with everything needed to read it years later.

    ``settings`` are the options of the test, ``decisions`` how posteriors became
    decisions, ``pauses`` how often a person or a silent sensor interrupted it.
    """

    outcome: Outcome
    when: datetime
    settings: dict[str, Any]
    classes: tuple[str, ...]
    decisions: dict[str, Any]
    pauses: int

    @classmethod
    def of(cls, run: ControlRun, outcome: Outcome, model: GestureModel) -> Done:
        """A run that has just ended."""
        now = datetime.now().astimezone()
        settings, decisions = asdict(run.options), asdict(model.postprocess)
        return cls(outcome, now, settings, run.classes, decisions, run.pauses)

    @property
    def stem(self) -> str:
        """A name for its files."""
        return f"{self.when:%Y%m%d-%H%M%S}-{self.outcome.kind}"

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and strings."""
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "emgstudio": emgstudio.__version__,
            "when": self.when.isoformat(timespec="seconds"),
            "settings": self.settings,
            "classes": list(self.classes),
            "decisions": self.decisions,
            "pauses": self.pauses,
            **self.outcome.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """A test as it lies on the disk; ``model`` is the name of the model that was tested."""

    model: str
    entry: dict[str, Any]

    @property
    def when(self) -> datetime:
        """When it was done."""
        return datetime.fromisoformat(self.entry["when"])

    def like(self, entry: dict[str, Any]) -> bool:
        """Whether both are the same test of the same movements: others cannot be compared."""
        names = ("kind", "settings", "classes")
        return all(self.entry[name] == entry[name] for name in names)


def keep(model: Path, done: Done) -> Path:
    """Write JSON and CSV into the folder of a saved model; returns the JSON file.

    Raises EmgError when they cannot be written.
    """
    path = model / FOLDER / f"{done.stem}.json"
    try:
        write_tables(path.with_suffix(".csv"), done.outcome)
        write_json(path, done.to_json())
    except OSError as error:
        raise EmgError(f"The test cannot be kept in “{model.name}”.", str(error)) from error
    return path


def write_tables(file: Path, outcome: Outcome) -> list[Path]:
    """``file`` as CSV, and beside it the trials where it holds decisions; OSError if not."""
    tables = {file: outcome.csv()}
    if outcome.samples:
        tables[file.with_name(f"{file.stem}-trials.csv")] = outcome.trials_csv()
    for path, text in tables.items():
        write_atomic(path, text.encode())
    return list(tables)


def kept_tests(model: Path) -> list[Kept]:
    """The tests in the folder of a saved model, newest first; EmgError names a damaged file."""
    files = sorted((model / FOLDER).glob("*.json"), reverse=True)[:MOST_FILES]
    return [Kept(model.name, _read(file)) for file in files]


def tests_of_arm(models: Iterable[Path], name: str) -> list[Kept]:
    """The tests of all versions of the model ``name``, newest first."""
    found = [kept for version in versions_of(models, name) for kept in kept_tests(version.path)]
    return sorted(found, key=lambda kept: kept.when, reverse=True)


def _read(file: Path) -> dict[str, Any]:
    hint = "Move it away; the other tests can then be read."
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
        datetime.fromisoformat(entry["when"])
        whole = entry["format"] == FORMAT and entry["schema"] <= SCHEMA
        needed = ("kind", "level", "words", "figures", "columns", "rows", "settings", "classes")
        whole = whole and all(name in entry for name in needed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmgError(f"“{file}” cannot be read.", hint) from error
    if not whole:
        raise EmgError(f"“{file}” is no test of this version of EMG Studio.", hint)
    return dict(entry)
