"""Sentences that are clicked into a report: those of the app and a person's own."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.paths import resource

log = logging.getLogger(__name__)

FILE = "report_bricks.json"


class Bricks:
    """Sentences for ``comment`` and ``home``; own ones lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._shipped = _read(resource(FILE))
        self._own = _read(self._path)

    def of(self, field: str) -> list[str]:
        """Those of the app first; each once."""
        both = [*self._shipped.get(field, []), *self._own.get(field, [])]
        return list(dict.fromkeys(both))

    def keep(self, field: str, words: str) -> None:
        """Store one's own. Raises EmgError when there are no words or the disk refuses."""
        words = " ".join(words.split())
        if not words:
            raise EmgError("There is no text to keep.", "Write a sentence first.")
        if words in self.of(field):
            return
        own = {**self._own, field: [*self._own.get(field, []), words]}
        try:
            write_json(self._path, own)
        except OSError as error:
            raise EmgError(
                f"The text could not be kept ({error.strerror}).",
                f"Look at the folder {self._path.parent}.",
            ) from error
        self._own = own


def _read(path: Path) -> dict[str, list[str]]:
    try:
        stored = json.loads(path.read_text("utf-8"))
        return {
            name: [str(words) for words in listed]
            for name, listed in stored.items()
            if isinstance(listed, list)
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        log.info("%s is not readable: %s", path, error)
        return {}
