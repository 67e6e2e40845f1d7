"""A small file of the settings folder in which something is kept by name."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json

log = logging.getLogger(__name__)

SCHEMA = 1


class EntryFile:
    """Read once, written whole with every change; an unreadable file is set aside as ``.bad``.

    ``kind`` is what the file calls its entries, ``what`` begins the sentence that a person
    reads when it cannot be written: "The reference".
    """

    def __init__(self, path: Path, kind: str, what: str) -> None:
        self._path = path
        self._kind = kind
        self._what = what
        self.entries: Mapping[str, Any] = _read(path, kind)

    def entry(self, name: str) -> dict[str, Any]:
        """What is kept under a name; empty where there is nothing or it is damaged."""
        entry = self.entries.get(name)
        return entry if isinstance(entry, dict) else {}

    def keep(self, name: str, entry: Mapping[str, Any]) -> None:
        """Keep this under the name from now on. Raises EmgError when it cannot be stored."""
        self.store({**self.entries, name: entry})

    def store(self, entries: Mapping[str, Any]) -> None:
        """Keep these and no others. Raises EmgError when they cannot be stored."""
        try:
            write_json(self._path, {"schema": SCHEMA, self._kind: entries})
        except OSError as error:
            raise EmgError(
                f"{self._what} could not be saved: {error.strerror}.",
                f"Look at the folder {self._path.parent}.",
            ) from error
        self.entries = entries


def _read(path: Path, kind: str) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text("utf-8"))[kind]
        if not isinstance(stored, dict):
            raise TypeError(f"not a table of {kind}")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.info("%s is not readable: %r", path, error)
        _set_aside(path)
        return {}
    return stored


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(path.name + ".bad"))
    except OSError as error:
        log.info("%s cannot be set aside: %s", path, error)
