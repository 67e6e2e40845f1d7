"""How a recording was looked at last, kept beside it: a convenience that may be deleted."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json

log = logging.getLogger(__name__)

FILE = "view.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class ViewState:
    """Names of tracks: ``hidden`` and ``locked`` ones, ``empty`` ones that a person made,
    and the ``active`` one, which new labels go into.
    """

    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    active: str = ""


def read_view(folder: Path) -> ViewState | None:
    """What was kept in a recording's folder; None without it or where it cannot be used."""
    try:
        stored = json.loads((folder / FILE).read_text("utf-8"))
        hidden, locked, empty = (_names(stored, key) for key in ("hidden", "locked", "empty"))
        return ViewState(hidden, locked, empty, str(stored["active"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("%s is not used: %r", folder / FILE, error)
        return None


def save_view(folder: Path, view: ViewState) -> None:
    """Keep it. Raises EmgError where the folder takes no file."""
    try:
        write_json(folder / FILE, {"version": VERSION} | asdict(view))
    except OSError as error:
        raise EmgError(
            f"Which tracks are shown and locked could not be kept: {error.strerror}.",
            f"Look at the folder {folder}.",
        ) from error


def _names(stored: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = stored[key]
    if not isinstance(names, list):
        raise TypeError(key)
    return tuple(str(name) for name in names)
