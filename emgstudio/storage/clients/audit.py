"""Who did what when: lines that are only ever added, each sealed by the ones before."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_data

FILE = "audit.jsonl"
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``what`` is a verb such as open, export, delete; ``about`` a code or a file."""

    when: str
    who: str
    what: str
    about: str
    seal: str


class AuditTrail:
    """Appends to ``folder/audit.jsonl``; each line's seal is SHA-256 over the last and itself."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._last: str | None = None

    def note(self, who: str, what: str, about: str) -> None:
        """Add a line and push it to the disk. Raises EmgError when it cannot be written."""
        if self._last is None:
            self._last = self._last_seal()
        when = datetime.now(UTC).isoformat(timespec="seconds")
        seal = _seal(self._last, when, who, what, about)
        line = json.dumps(
            {"when": when, "who": who, "what": what, "about": about, "seal": seal},
            ensure_ascii=False,
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                # A line that a crash tore stays torn: the next begins below it.
                torn = self._path.stat().st_size and not self._ends_whole()
                os.write(handle, (("\n" if torn else "") + line + "\n").encode())
                sync_data(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise EmgError(
                f"The audit trail cannot be written ({error.strerror}).", f"Look at {self._path}."
            ) from error
        self._last = seal

    def entries(self) -> tuple[list[Entry], int | None]:
        """All lines, and the number (from 1) of the first that was changed, None if none was."""
        found: list[Entry] = []
        broken: int | None = None
        last = BEGINNING
        for number, line in enumerate(self._lines(), 1):
            try:
                stored = json.loads(line)
                entry = Entry(**{k: str(stored[k]) for k in Entry.__slots__})
            except (ValueError, KeyError, TypeError):
                broken = broken or number
                continue
            if entry.seal != _seal(last, entry.when, entry.who, entry.what, entry.about):
                broken = broken or number
            last = entry.seal
            found.append(entry)
        return found, broken

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise EmgError(
                "The audit trail cannot be read.", f"Look at {self._path}: {error}"
            ) from error

    def _last_seal(self) -> str:
        entries, _ = self.entries()
        return entries[-1].seal if entries else BEGINNING

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _seal(last: str, *texts: str) -> str:
    return hashlib.sha256("\0".join((last, *texts)).encode()).hexdigest()
