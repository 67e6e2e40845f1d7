"""All clients of this computer: a folder for each code, and a bin that keeps deleted ones."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.storage.clients.client import FILE, Client, read_client, write_client

log = logging.getLogger(__name__)

PREFIX = "C"
BIN = "bin"
BIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went into the bin at ``when``; ``place`` is the folder that holds it."""

    code: str
    when: datetime
    place: Path

    def days_left(self, now: datetime) -> int:
        """Whole days until it is removed for good."""
        return max(0, (self.when + timedelta(days=BIN_DAYS) - now).days)


class ClientFolder:
    """Clients in ``base``, one folder each, named by code. Nothing here knows a name."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def place(self, code: str) -> Path:
        """The folder of a client."""
        return self.base / code

    def all(self) -> tuple[list[Client], list[str]]:
        """Every client by code, and a sentence for each folder that cannot be read."""
        clients, problems = [], []
        for path in sorted(self.base.glob(f"*/{FILE}")):
            try:
                clients.append(read_client(path.parent))
            except EmgError as error:
                problems.append(error.message)
        return clients, problems

    def get(self, code: str) -> Client:
        """Raises EmgError when there is no such client or its file is damaged."""
        if not (self.place(code) / FILE).is_file():
            raise EmgError(f"There is no client {code}.", "It may be in the bin.")
        return read_client(self.place(code))

    def next_code(self) -> str:
        """One above the highest that is or was in use: a code is never given twice."""
        names = [p.name for p in self.base.glob(f"{PREFIX}-*")]
        names += [p.name for p in (self.base / BIN).glob(f"*/{PREFIX}-*")]
        numbers = [int(n.partition("-")[2]) for n in names if n.partition("-")[2].isdigit()]
        return f"{PREFIX}-{max([*numbers, self._highest_given()], default=0) + 1:04d}"

    def add(self, client: Client) -> None:
        """Store a new client. Raises EmgError when the code is taken."""
        try:
            self.place(client.code).mkdir(parents=True)
        except FileExistsError as error:
            raise EmgError(
                f"{client.code} is taken.", f"The next free code is {self.next_code()}."
            ) from error
        except OSError as error:
            raise EmgError(
                f"No folder can be made in {self.base} ({error.strerror}).", "Look at the folder."
            ) from error
        write_client(self.place(client.code), client)
        self._note_given(client.code)

    def change(self, client: Client) -> Client:
        """Store a changed client; returns the one before, for undo."""
        before = self.get(client.code)
        write_client(self.place(client.code), client)
        return before

    def delete(self, code: str, with_paths: Sequence[Path], now: datetime) -> Deleted:
        """Move the client's folder and ``with_paths`` into the bin. Raises EmgError.

        What has been moved already is moved back when something refuses.
        """
        place = self.base / BIN / now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") / code
        moved: list[tuple[Path, Path]] = []
        try:
            (place / "recordings").mkdir(parents=True)
            for path in with_paths:
                self._move(path, place / "recordings" / path.name, moved)
            self._move(self.place(code), place / "client", moved)
        except OSError as error:
            for source, target in reversed(moved):
                shutil.move(target, source)
            raise EmgError(
                f"{code} could not be deleted ({error.strerror}); everything is where it was.",
                "Close programs that use its files and try again.",
            ) from error
        _write_origins(place, moved)
        return Deleted(code, now, place)

    def restore(self, deleted: Deleted) -> None:
        """Bring everything back to where it was. Raises EmgError when a place is taken again."""
        origins = _read_origins(deleted.place)
        taken = [source for source, _ in origins if source.exists()]
        if taken:
            raise EmgError(
                f"{deleted.code} cannot come back: {taken[0]} exists again.",
                "Move that away first.",
            )
        for source, target in origins:
            source.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(target, source)
        shutil.rmtree(deleted.place)

    def binned(self) -> list[Deleted]:
        """What is in the bin, newest first."""
        found = []
        for place in (self.base / BIN).glob("*/*"):
            try:
                when = datetime.strptime(place.parent.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            except ValueError:
                continue
            found.append(Deleted(place.name, when, place))
        return sorted(found, key=lambda d: d.when, reverse=True)

    def empty_bin(self, now: datetime) -> list[str]:
        """Remove for good what has been there for 30 days; returns the codes."""
        gone = [d for d in self.binned() if d.days_left(now) == 0]
        for deleted in gone:
            self._note_given(deleted.code)
            shutil.rmtree(deleted.place, ignore_errors=True)
            if deleted.place.exists():
                log.info("%s could not be removed from the bin", deleted.place)
        return [deleted.code for deleted in gone]

    @staticmethod
    def _move(source: Path, target: Path, moved: list[tuple[Path, Path]]) -> None:
        shutil.move(source, target)
        moved.append((source, target))

    def _highest_given(self) -> int:
        try:
            return int((self.base / ".highest").read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def _note_given(self, code: str) -> None:
        number = code.partition("-")[2]
        if number.isdigit() and int(number) > self._highest_given():
            (self.base / ".highest").write_text(number, "ascii")


def new_client(code: str, today: date) -> Client:
    """A client without anything told yet."""
    return Client(code, today.isoformat())


def _write_origins(place: Path, moved: Sequence[tuple[Path, Path]]) -> None:
    lines = [f"{target.relative_to(place)}\t{os.fspath(source)}" for source, target in moved]
    (place / "origins.txt").write_text("\n".join(lines) + "\n", "utf-8")


def _read_origins(place: Path) -> list[tuple[Path, Path]]:
    try:
        lines = (place / "origins.txt").read_text("utf-8").splitlines()
    except OSError as error:
        raise EmgError(
            "The bin does not tell where this was.", f"Its files are in {place}."
        ) from error
    pairs = (line.partition("\t") for line in lines if line)
    return [(Path(source), place / target) for target, _, source in pairs]
