"""One client as it is stored: a code and nothing that names a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json

FILE = "client.json"
FORMAT = 1
SIDES = ("", "left", "right", "both")
OLDEST_BIRTH_YEAR = 1900
_CODE = re.compile(r"[A-Z]{1,4}-\d{4,6}")


@dataclass(frozen=True, slots=True)
class Client:
    """``created`` and ``consent`` are ISO dates, "" for no consent yet.

    ``last_plan`` is how the last therapy session was set up, so that it can be repeated.
    Raises EmgError for a code, year, side or date that cannot be.
    """

    code: str
    created: str
    birth_year: int | None = None
    side: str = ""
    consent: str = ""
    notes: str = ""
    last_plan: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise EmgError(
                f"“{self.code}” is no client code.", "A code is like C-0042: letters, dash, digits."
            )
        for name, day in (("created", self.created), ("consent", self.consent)):
            if (day or name == "created") and not _is_date(day):
                raise EmgError(f"The date “{day}” cannot be.", "Write it as 2026-11-21.")
        this_year = date.today().year
        if self.birth_year is not None and not OLDEST_BIRTH_YEAR <= self.birth_year <= this_year:
            raise EmgError(
                f"{self.birth_year} is no year of birth.",
                f"It lies between {OLDEST_BIRTH_YEAR} and {this_year}; it may be left out.",
            )
        if self.side not in SIDES:
            raise EmgError(f"“{self.side}” is no side.", "It is left, right or both.")


def write_client(folder: Path, client: Client) -> None:
    """Write ``folder/client.json`` whole or not at all. Raises EmgError when it cannot."""
    try:
        write_json(folder / FILE, {"format": FORMAT, **asdict(client)})
    except OSError as error:
        raise EmgError(
            f"{client.code} could not be saved ({error.strerror}).", f"Look at {folder}."
        ) from error


def read_client(folder: Path) -> Client:
    """The client of a folder. Raises EmgError when its file is missing, damaged or newer."""
    try:
        stored = json.loads((folder / FILE).read_text("utf-8"))
        if int(stored.pop("format")) > FORMAT:
            raise EmgError(f"{folder.name} is from a newer EMG Studio.", "Update EMG Studio.")
        return Client(**stored)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmgError(
            f"The file of {folder.name} cannot be read.",
            f"Recordings are not touched by this. Look at {folder / FILE}.",
        ) from error


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
