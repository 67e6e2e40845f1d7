"""The clients of this computer as the app knows them: search, names, deletion, audit trail."""

from __future__ import annotations

import getpass
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import PartProgress, Progress
from emgstudio.session.exporting import export_recording
from emgstudio.session.files import free_name
from emgstudio.session.therapy.kept import kept_results
from emgstudio.session.therapy.plan import Plan, plan_from
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.storage.clients.audit import AuditTrail
from emgstudio.storage.clients.catalogue import Catalogue, Line
from emgstudio.storage.clients.client import Client
from emgstudio.storage.clients.folder import ClientFolder, Deleted, new_client
from emgstudio.storage.clients.vault import Vault
from emgstudio.storage.exporters import ExportReport, ExportRequest
from emgstudio.storage.library import recordings_in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """A client as the list shows it; ``name`` is "" while names are locked."""

    line: Line
    name: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a deletion would take: recordings, and models that learnt from them."""

    client: Client
    recordings: tuple[Path, ...]
    models: tuple[str, ...]


class Clients:
    """Clients in ``data/clients``; ``recordings`` tells where recordings lie at present.

    Every change is on the disk when the call returns, and in the audit trail.
    """

    def __init__(self, data: Path, recordings: Callable[[], Path]) -> None:
        self._folder = ClientFolder(data / "clients")
        self._catalogue = Catalogue(data / "clients")
        self._audit = AuditTrail(data / "clients")
        self._recordings = recordings
        self._data = data
        self.vault: Vault | None = None
        self.problems: list[str] = []
        self._noting = threading.Lock()
        if self._catalogue.made_anew:
            self.refresh()

    def close(self) -> None:
        """Locks the names and closes the index. Twice is fine."""
        self.vault = None
        self._catalogue.close()

    def refresh(self) -> None:
        """Rebuild the index from what lies in the folders."""
        clients, self.problems = self._folder.all()
        self._catalogue.rebuild(clients, recordings_in(self._recordings()))

    def search(self, text: str = "") -> list[Known]:
        """By code, note, side, year, and by name while names are open; last seen first."""
        also = self.vault.find(text) if self.vault is not None else []
        return [
            Known(line, self.name(line.client.code)) for line in self._catalogue.search(text, also)
        ]

    def look_at(self, code: str) -> Client:
        """The client whose page somebody opens; the trail says so. EmgError without one."""
        found = self._folder.get(code)
        self._note("open", code)
        return found

    def get(self, code: str) -> Client:
        """Raises EmgError when there is none."""
        return self._folder.get(code)

    def name(self, code: str) -> str:
        """ "" while names are locked, or without one."""
        return self.vault.name(code) if self.vault is not None else ""

    def add(self, *, name: str = "", **facts: object) -> Client:
        """A new client with the next code; nothing else is needed.

        A name is refused with EmgError while names are locked.
        """
        if name.strip() and self.vault is None:
            raise EmgError("Names are locked.", "Open them with the passphrase, or leave it out.")
        now = datetime.now(UTC)
        made = replace(new_client(self._folder.next_code(), now.date()), **facts)  # type: ignore[arg-type]
        self._folder.add(made)
        self._catalogue.put(made)
        self._note("add", made.code)
        if name.strip() and self.vault is not None:
            self.vault.set(made.code, name)
        return made

    def change(self, client: Client) -> Client:
        """Store a changed client; returns the one before, for undo."""
        before = self._folder.change(client)
        self._catalogue.put(client)
        self._note("change", client.code)
        return before

    def rename(self, code: str, name: str) -> str:
        """Store a name; returns the one before. EmgError while names are locked."""
        if self.vault is None:
            raise EmgError("Names are locked.", "Open them with the passphrase.")
        return self.vault.set(code, name)

    def open_names(self, passphrase: str) -> None:
        """Open the vault, or make it when there is none yet. Raises EmgError."""
        folder = self._folder.base
        exists = Vault.exists(folder)
        self.vault = (Vault.open if exists else Vault.create)(folder, passphrase)
        self._note("open names", "vault")

    def lock_names(self) -> None:
        """Forget the passphrase and the names."""
        self.vault = None

    @property
    def can_keep_names(self) -> bool:
        """Whether the package that encrypts names is installed."""
        return find_spec("cryptography") is not None

    @property
    def has_names(self) -> bool:
        """Whether a vault was made here."""
        return Vault.exists(self._folder.base)

    def sessions(self, code: str) -> list[Path]:
        """Recordings of a client, newest first."""
        return [path for path in self._catalogue.sessions(code) if path.exists()]

    def results(self, code: str, progress: Progress | None = None) -> list[TherapyResult]:
        """What the therapy sessions of a client reached, oldest first, without envelopes.

        Kept in the client's folder, so that only new and changed ones are computed.
        """
        return kept_results(self._folder.place(code), self.sessions(code), progress)

    def remember_plan(self, plan: Plan) -> None:
        """How the client's session was set up, for “Repeat last session”."""
        client = self._folder.get(plan.client)
        self._folder.change(replace(client, last_plan=plan.stored()))

    def last_plan(self, code: str) -> Plan | None:
        """None without one; a plan that cannot be read is as none."""
        stored = self._folder.get(code).last_plan
        if not stored:
            return None
        try:
            return plan_from(stored)
        except EmgError as error:
            log.info("the last plan of %s is not usable: %s", code, error)
            return None

    def leaving(self, code: str, models: Sequence[tuple[str, Sequence[str]]] = ()) -> Leaving:
        """What goes with a client; ``models`` are names with the recordings they learnt from."""
        recordings = tuple(self.sessions(code))
        names = {path.name for path in recordings}
        learnt = tuple(model for model, sources in models if names & set(sources))
        return Leaving(self.get(code), recordings, learnt)

    def delete(self, leaving: Leaving) -> Deleted:
        """Move the client and its recordings into the bin, where they stay for 30 days.

        Models are only listed: what they learnt cannot be taken out of them.
        """
        code = leaving.client.code
        deleted = self._folder.delete(code, leaving.recordings, datetime.now(UTC))
        self._catalogue.forget(code)
        self._note("delete", code)
        return deleted

    def restore(self, deleted: Deleted) -> None:
        """Bring a deleted client back. Raises EmgError."""
        self._folder.restore(deleted)
        self._note("restore", deleted.code)
        self.refresh()

    def binned(self) -> list[Deleted]:
        """What is in the bin, newest first; what is older than 30 days is removed for good."""
        for code in self._folder.empty_bin(datetime.now(UTC)):
            if self.vault is not None:
                self.vault.set(code, "")
            self._note("remove for good", code)
        return self._folder.binned()

    def export(
        self, code: str, out: Path, request: ExportRequest, progress: Progress | None = None
    ) -> list[ExportReport]:
        """Every recording of a client into a new folder in ``out``, de-identified unless asked.

        The client's name, notes and code never leave with it unless ``request.identified``.
        EmgError when there is nothing to export.
        """
        paths = self.sessions(code)
        if not paths:
            raise EmgError(f"{code} has no recordings yet.", "Record a session first.")
        place = free_name(out, code if request.identified else "client")
        reports = []
        for number, path in enumerate(paths):
            part = progress and PartProgress(progress, number, len(paths))
            reports.append(export_recording(path, place, request, part))
        self._note("export", code)
        return reports

    def audit(self) -> tuple[list[str], bool]:
        """The trail in lines for people, and whether nobody has changed it."""
        entries, broken = self._audit.entries()
        return [f"{_local(e.when)}  {e.who}  {e.what}  {e.about}" for e in entries], broken is None

    def _note(self, what: str, about: str) -> None:
        # An export notes itself in a task's thread, and each line seals the one before.
        with self._noting:
            self._audit.note(_user(), what, about)


def _local(when: str) -> str:
    """A time as clocks here show it; what somebody made of it otherwise, as it stands."""
    try:
        return f"{datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return when


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
