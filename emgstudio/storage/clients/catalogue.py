"""An index of clients and their recordings that can be rebuilt from the folders at any time."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.storage.clients.client import Client
from emgstudio.storage.library import RecordingSummary

log = logging.getLogger(__name__)

FILE = "catalogue.sqlite"
VERSION = 1
_TABLES = """
CREATE TABLE client (
    code TEXT PRIMARY KEY, created TEXT NOT NULL, birth_year INTEGER, side TEXT NOT NULL,
    consent TEXT NOT NULL, notes TEXT NOT NULL
);
CREATE TABLE session (
    path TEXT PRIMARY KEY, code TEXT NOT NULL, created TEXT NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, duration_s REAL NOT NULL, simulated INTEGER NOT NULL
);
CREATE INDEX session_of_client ON session (code, created);
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A client as the list shows it; ``last`` is when the newest recording began, "" for none."""

    client: Client
    sessions: int
    last: str


class Catalogue:
    """``folder/catalogue.sqlite``: codes only. One thread at a time.

    A file that is damaged or of another version is set aside and made anew: rebuild it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.made_anew = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = self._opened()
        except (OSError, sqlite3.Error) as error:
            raise EmgError(
                f"The index of clients cannot be opened ({error}).", f"Look at {folder}."
            ) from error

    def close(self) -> None:
        self._database.close()

    def rebuild(self, clients: Iterable[Client], recordings: Iterable[RecordingSummary]) -> None:
        """Replace everything by what the folders tell, all or nothing."""
        rows = [(c.code, c.created, c.birth_year, c.side, c.consent, c.notes) for c in clients]
        sessions = [
            (
                str(r.path), r.subject, r.created.isoformat(), r.title, r.state, r.duration_s,
                int(r.simulated),
            )
            for r in recordings
            if r.subject
        ]  # fmt: skip
        with self._database as database:
            database.execute("DELETE FROM session")
            database.execute("DELETE FROM client")
            database.executemany("INSERT INTO client VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.executemany("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", sessions)

    def put(self, client: Client) -> None:
        """Add or replace a client."""
        row = (client.code, client.created, client.birth_year, client.side, client.consent,
               client.notes)  # fmt: skip
        with self._database as database:
            database.execute("INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?, ?, ?)", row)

    def forget(self, code: str) -> None:
        """Remove a client and its sessions from the index; folders are not touched."""
        with self._database as database:
            database.execute("DELETE FROM session WHERE code = ?", (code,))
            database.execute("DELETE FROM client WHERE code = ?", (code,))

    def search(self, text: str = "", codes: Iterable[str] = ()) -> list[Line]:
        """Clients whose code, notes, side or year contains ``text``, or that are in ``codes``.

        Those seen last come first, then by code; all of them for an empty text.
        """
        wanted = f"%{text.strip()}%"
        also = list(codes)
        marks = ", ".join("?" * len(also))
        rows = self._database.execute(
            "SELECT c.*, COUNT(s.path), COALESCE(MAX(s.created), '') FROM client c"
            " LEFT JOIN session s ON s.code = c.code"
            " WHERE c.code LIKE ? OR c.notes LIKE ? OR c.side LIKE ?"
            f" OR CAST(c.birth_year AS TEXT) LIKE ? OR c.code IN ({marks})"
            " GROUP BY c.code ORDER BY MAX(s.created) DESC NULLS LAST, c.code",
            [wanted] * 4 + also,
        )
        return [Line(Client(*row[:6]), row[6], row[7]) for row in rows]

    def sessions(self, code: str) -> list[Path]:
        """The folders of a client's recordings, newest first."""
        rows = self._database.execute(
            "SELECT path FROM session WHERE code = ? ORDER BY created DESC", (code,)
        )
        return [Path(row[0]) for row in rows]

    def _opened(self) -> sqlite3.Connection:
        database = self._connected()
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA secure_delete = ON")
            version = int(database.execute("PRAGMA user_version").fetchone()[0])
            if version == VERSION:
                database.execute("SELECT COUNT(*) FROM client, session").fetchone()
                return database
            if version == 0 and not database.execute("SELECT name FROM sqlite_master").fetchone():
                return self._filled(database)
        except sqlite3.DatabaseError as error:
            log.info("%s is not readable and is made anew: %s", self._path, error)
        database.close()
        # It holds nothing that the folders do not hold.
        for part in ("", "-wal", "-shm"):
            self._path.with_name(FILE + part).unlink(missing_ok=True)
        return self._filled(self._connected())

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level="IMMEDIATE", check_same_thread=False)

    def _filled(self, database: sqlite3.Connection) -> sqlite3.Connection:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")
        database.executescript(f"{_TABLES} PRAGMA user_version = {VERSION};")
        self.made_anew = True
        return database
