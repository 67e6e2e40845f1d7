"""Clients: find one, see how it goes, go on as last time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.gui.clients.books import BinPage, TrailPage
from emgstudio.gui.clients.changes import Changes
from emgstudio.gui.clients.delete_page import DeletePage
from emgstudio.gui.clients.export_page import ClientExportPage
from emgstudio.gui.clients.listing import ListPage
from emgstudio.gui.clients.names_page import NamesPage
from emgstudio.gui.clients.new_client import NewClientPage
from emgstudio.gui.clients.page import ClientPage
from emgstudio.gui.overlay import Overlay
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import column
from emgstudio.gui.wizard.start import MODELS
from emgstudio.ml.model_file import load_facts
from emgstudio.session.clients import Leaving
from emgstudio.session.state import RecordingChanged
from emgstudio.session.therapy.plan import Plan
from emgstudio.storage.clients.client import Client
from emgstudio.storage.clients.folder import Deleted

if TYPE_CHECKING:
    from emgstudio.session.session import Session

FORM_WIDTH = 560
WIDE = 820


class ClientsRoom(Room):
    """The list, and the page of one client."""

    key = "clients"
    title = "Clients"
    icon_name = "person"

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self.changes = Changes()
        self.list = ListPage()
        self.page = ClientPage(session, tick, self.changes)
        self.card: QWidget | None = None
        self.overlay: Overlay | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._connect()
        self.add_action("New client", "Ctrl+N", self.ask_new)
        self.add_action("Search clients", "Ctrl+F", self.show_list)
        self.add_action("All clients", "Esc", self.escape)
        self.attempt(lambda: self.list.show_clients(session.clients))
        tick.arrived.connect(self._arrived)

    def entered(self) -> None:
        """Look again at what lies in the folders."""
        self._look_again()
        if self._stack.currentWidget() is self.list:
            self.list.search.setFocus()

    def left(self) -> None:
        """What was typed is stored."""
        self.page.store()

    def open(self, thing: object) -> None:
        """Show the client with this code."""
        if isinstance(thing, str):
            self.show_client(thing)

    def undo(self) -> str | None:
        """Take the last change of a client back."""
        text = self.attempt(self.changes.undo)
        self._refresh()
        return text

    def redo(self) -> str | None:
        """Make it again."""
        text = self.attempt(self.changes.redo)
        self._refresh()
        return text

    def close_room(self) -> None:
        """Store what was typed, stop what is computed."""
        self._leave_card()
        self.page.show_nobody()

    def show_client(self, code: str) -> None:
        """The page of a client."""

        def show() -> bool:
            self.page.show_client(code)
            return True

        if self.attempt(show):
            self._stack.setCurrentWidget(self.page)

    def show_list(self) -> None:
        """All clients, with the search at hand."""
        self.page.show_nobody()
        self.list.refresh()
        self._stack.setCurrentWidget(self.list)
        self.list.search.setFocus()
        self.list.search.selectAll()

    def escape(self) -> None:
        """One step back: what lies over the page, the page, the search."""
        if self.overlay is not None:
            self.overlay.leave()
        elif self._stack.currentWidget() is self.page:
            self.show_list()
        else:
            self.list.search.clear()

    def ask_new(self) -> None:
        """A form for a new client."""
        page = NewClientPage(self.session.clients)
        page.added.connect(self._added)
        self._show_card("New client", page, FORM_WIDTH)
        page.first.setFocus()

    def open_or_lock_names(self) -> None:
        """Ask for the passphrase, or lock at once."""
        clients = self.session.clients
        if clients.vault is not None:
            clients.lock_names()
            self._refresh()
            return
        page = NamesPage(clients)
        page.opened.connect(self._names_opened)
        self._show_card("Names", page, FORM_WIDTH)
        page.passphrase.setFocus()

    def show_bin(self) -> None:
        """What was deleted and can come back."""
        binned = self.attempt(self.session.clients.binned)
        if binned is None:
            return
        page = BinPage(binned)
        page.restore_wanted.connect(self._restore)
        self._show_card("Bin", page, FORM_WIDTH)

    def show_trail(self) -> None:
        """Who did what when."""
        told = self.attempt(self.session.clients.audit)
        if told is not None:
            self._show_card("Audit trail", TrailPage(*told), WIDE)

    def ask_delete(self) -> None:
        """List what goes with the client, and ask."""
        client = self.page.client
        if client is None:
            return
        leaving = self.attempt(lambda: self._leaving(client))
        if leaving is not None:
            page = DeletePage(leaving)
            page.confirmed.connect(self._delete)
            self._show_card(f"Delete {client.code}", page, FORM_WIDTH)

    def export(self) -> None:
        """Ask how the client's recordings shall be handed over."""
        client = self.page.client
        if client is not None:
            page = ClientExportPage(self.session, self.tick, client.code)
            self._show_card(f"Export {client.code}", page, WIDE)
            page.format.setFocus()

    def _leaving(self, client: Client) -> Leaving:
        session = self.session
        session.clients.refresh()
        leaving = session.clients.leaving(client.code, _models(session))
        if session.recorder is not None and session.recorder.path in leaving.recordings:
            raise EmgError(f"{client.code} is being recorded.", "Stop the recording first.")
        return leaving

    def _delete(self, leaving: Leaving) -> None:
        self._leave_card()
        code = leaving.client.code
        # Nothing that is typed or computed may touch what moves.
        self.page.show_nobody()
        deleted = self.attempt(lambda: self.session.clients.delete(leaving))
        if deleted is None:
            self.show_client(code)
            return
        if self.session.client == code:
            self.session.client = ""
        self.show_list()
        gone = [deleted]

        def again() -> None:
            gone[0] = self.session.clients.delete(self.session.clients.leaving(code))
            self.show_list()

        self.changes.add(f"deletion of {code}", lambda: self._bring_back(gone[0]), again)
        notice = Notice(Level.INFO, f"{code} is in the bin.", "It stays there for 30 days.")
        self.said.emit(notice, (("Undo", lambda: self._restore(gone[0])),))

    def _restore(self, deleted: Deleted) -> None:
        self._leave_card()

        def bring() -> bool:
            self._bring_back(deleted)
            return True

        if self.attempt(bring):
            self._tell(f"{deleted.code} is back.")

    def _bring_back(self, deleted: Deleted) -> None:
        self.session.clients.restore(deleted)
        self.list.refresh()

    def _added(self, client: Client) -> None:
        self._leave_card()
        clients, gone = self.session.clients, []

        def back() -> None:
            gone.append(clients.delete(clients.leaving(client.code)))
            self.show_list()

        self.changes.add(f"new client {client.code}", back, lambda: self._bring_back(gone.pop()))
        self.list.refresh()
        self.show_client(client.code)
        self._tell(f"{client.code} was added.")

    def _names_opened(self) -> None:
        self._leave_card()
        self._refresh()

    def _start(self, plan: Plan | None) -> None:
        client = self.page.client
        if client is not None:
            self.wanted.emit("therapy", StartTherapy(client.code, plan))

    def _report(self, paths: list[Path]) -> None:
        from emgstudio.gui.report import open_report

        self._leave_card()
        self.overlay = self.attempt(lambda: open_report(self.session, self.tick, self, paths))
        if self.overlay is not None:
            self.overlay.closed.connect(self._card_left)

    def _arrived(self, item: object) -> None:
        if isinstance(item, RecordingChanged):
            if not item.running and self.isVisible():
                self._look_again()
            else:
                self.page.follow_choice()

    def _look_again(self) -> None:
        self.attempt(self.session.clients.refresh)
        self._refresh()
        if self.page.client is not None and not self.page.strip.work.busy:
            self.page.strip.show_client(self.page.client.code)

    def _refresh(self) -> None:
        self.list.refresh()
        self.attempt(self.page.refresh)

    def _tell(self, text: str, hint: str = "") -> None:
        self.said.emit(Notice(Level.INFO, text, hint), ())

    def _say_problem(self, error: EmgError) -> None:
        self.said.emit(Notice(Level.ERROR, error.message, error.hint, self.title), ())

    def _show_card(self, title: str, page: QWidget, width: int) -> None:
        self._leave_card()
        self.card = page
        self.overlay = Overlay(self, title, column(page), width=width)
        self.overlay.closed.connect(self._card_left)

    def _leave_card(self) -> None:
        if self.overlay is not None:
            self.overlay.leave()

    def _card_left(self) -> None:
        if isinstance(self.card, ClientExportPage):
            self.card.cancel()
        self.card, self.overlay = None, None

    def _connect(self) -> None:
        pairs: tuple[tuple[object, Callable[..., object]], ...] = (
            (self.list.opened, self.show_client),
            (self.list.new_wanted, self.ask_new),
            (self.list.names_wanted, self.open_or_lock_names),
            (self.list.bin_wanted, self.show_bin),
            (self.list.trail_wanted, self.show_trail),
            (self.page.back_wanted, self.show_list),
            (self.page.start_wanted, self._start),
            (self.page.report_wanted, self._report),
            (self.page.export_wanted, self.export),
            (self.page.delete_wanted, self.ask_delete),
            (self.page.recording_opened, lambda path: self.wanted.emit("review", path)),
            (self.page.kept.models_wanted, lambda: self.wanted.emit("calibrate", MODELS)),
            (self.page.said_problem, self._say_problem),
        )
        for signal, called in pairs:
            signal.connect(called)  # type: ignore[attr-defined]


def _models(session: Session) -> list[tuple[str, list[str]]]:
    """The names of the user's models with the recordings they learnt from."""
    found = []
    for path in session.models():
        try:
            about = load_facts(path).provenance
        except EmgError:
            continue
        found.append((path.name, [str(name) for name in about.get("recordings", ())]))
    return found
