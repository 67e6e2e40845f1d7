"""The page of one client: go on as last time, what was done so far, and what is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHeaderView, QScrollArea, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.clients.changes import Changes
from emgstudio.gui.clients.facts_form import FactsForm
from emgstudio.gui.clients.kept_card import KeptCard
from emgstudio.gui.clients.listing import OpeningTable
from emgstudio.gui.clients.progress_strip import ProgressStrip
from emgstudio.gui.clients.sessions_table import COMMENT, SessionTable
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, line, row
from emgstudio.session.therapy.plan import Plan
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.storage.clients.client import Client
from emgstudio.storage.library import summary

if TYPE_CHECKING:
    from emgstudio.session.session import Session

ROWS_SHOWN = 8
SIDE_WIDTH = 300
# Widths of the page at 100 % text.
SIDE_BY_SIDE_FROM = 760
TWO_PLOTS_FROM = 560
NO_PLAN = "Nothing to repeat yet: it can be repeated once a first session was set up."
NO_SESSIONS = "No recordings yet. Those made in a session, or for this client, appear here."


class ClientPage(QWidget):
    """Hub of a client. What is wanted goes up as signals; facts are stored when left."""

    back_wanted = Signal()
    start_wanted = Signal(object)
    report_wanted = Signal(object)
    export_wanted = Signal()
    delete_wanted = Signal()
    recording_opened = Signal(object)
    said_problem = Signal(object)

    def __init__(self, session: Session, tick: Tick, changes: Changes) -> None:
        super().__init__()
        self._session = session
        self._changes = changes
        self._results: list[TherapyResult] = []
        self.client: Client | None = None
        self.plan: Plan | None = None
        self.code = label("", "title")
        self.about = label("", "muted", wrap=True)
        self.consent = StatusWord()
        self.repeat = button("Repeat last session", self._repeat, icon="repeat", kind="primary")
        self.repeat_words = label("", "muted", wrap=True)
        self.new = button("New session", lambda: self.start_wanted.emit(None), icon="plus")
        self.report = button("Report", self._report, icon="chart")
        self.export = button("Export…", self.export_wanted.emit, icon="export")
        self.delete = button("Delete…", self.delete_wanted.emit, icon="delete")
        self.record_for = button("Record for this client", self._choose, icon="record")
        self.record_for.setCheckable(True)
        large_target(self.repeat, self.new)
        self.form = FactsForm()
        self.form.edited.connect(self.store)
        self.kept = KeptCard(session)
        tick.frame.connect(self.kept.reading.frame)
        self.model = SessionTable()
        self.table = OpeningTable("Sessions of this client")
        self.table.setModel(self.model)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(COMMENT, QHeaderView.ResizeMode.Stretch)
        self.no_sessions = label(NO_SESSIONS, "muted", wrap=True)
        self.strip = ProgressStrip(session, tick)
        self.strip.computed.connect(self._computed)
        self.table.opened.connect(lambda at: self.recording_opened.emit(self.model.rows[at].path))
        self._lay_out()
        theme().changed.connect(self._fit)
        self._fit()

    def show_client(self, code: str) -> None:
        """Show a client; the page before is stored first. Raises EmgError without one."""
        self.store()
        self.client = self._session.clients.look_at(code)
        self._results = []
        self.refresh()
        self.strip.show_client(code)
        (self.repeat if self.plan is not None else self.new).setFocus()

    def show_nobody(self) -> None:
        """The page is left: store what was typed, stop what is computed."""
        self.store()
        self.client = None
        self.strip.show_client("")

    def refresh(self) -> None:
        """Read the client's facts and sessions again."""
        if self.client is None:
            return
        clients, code = self._session.clients, self.client.code
        self.client = clients.get(code)
        self.plan = clients.last_plan(code)
        name = clients.name(code)
        self.code.setText(code)
        self.about.setText("  ·  ".join(filter(None, (name, *_about(self.client)))))
        agreed = self.client.consent
        word = f"Consent {agreed}" if agreed else "No consent noted"
        self.consent.show_status("good" if agreed else "lamp-off", word)
        self.repeat.setEnabled(self.plan is not None)
        self.repeat_words.setText(plan_words(self.plan) if self.plan else NO_PLAN)
        self.form.show_facts(self.client, name, names_open=clients.vault is not None)
        self._show_sessions()
        self.kept.show_client(code)
        self.follow_choice()

    def follow_choice(self) -> None:
        """Whether new recordings are this client's."""
        mine = self.client is not None and self._session.client == self.client.code
        self.record_for.setChecked(mine)
        self.record_for.setEnabled(self._session.recorder is None)
        self.record_for.setText("New recordings are theirs" if mine else "Record for this client")
        self.record_for.setAccessibleName("New recordings belong to this client")

    def store(self) -> None:
        """Store what the fields say, if it is new; what cannot be is told and put back."""
        before = self.client
        if before is None:
            return
        try:
            self._store_name(before.code)
            fields = self.form.facts()
            if all(getattr(before, key) == value for key, value in fields.items()):
                return
            self._write(before.code, fields)
        except EmgError as error:
            self.said_problem.emit(error)
            self.refresh()
            return
        old = {key: getattr(before, key) for key in fields}
        code = before.code
        self._changes.add(
            f"change of {code}",
            lambda: self._write(code, old),
            lambda: self._write(code, fields),
        )

    def _write(self, code: str, fields: dict[str, object]) -> None:
        clients = self._session.clients
        # Only these fields: a session may have remembered its plan meanwhile.
        clients.change(replace(clients.get(code), **fields))  # type: ignore[arg-type]
        if self.client is not None and self.client.code == code:
            self.refresh()

    def _store_name(self, code: str) -> None:
        clients, name = self._session.clients, self.form.name.text().strip()
        if clients.vault is None or self.form.name.isHidden() or name == clients.name(code):
            return
        before = clients.rename(code, name)
        self._changes.add(
            f"name of {code}",
            lambda: self._rename(code, before),
            lambda: self._rename(code, name),
        )
        self.refresh()

    def _rename(self, code: str, name: str) -> None:
        self._session.clients.rename(code, name)
        self.refresh()

    def _show_sessions(self) -> None:
        if self.client is None:
            return
        paths = self._session.clients.sessions(self.client.code)
        self.model.show([summary(path) for path in paths], self._results)
        self.table.setVisible(bool(paths))
        self.no_sessions.setVisible(not paths)
        self.report.setEnabled(bool(paths))
        self.export.setEnabled(bool(paths))
        why = "" if paths else "There are no recordings yet."
        self.report.setToolTip(why)
        self.export.setToolTip(why)
        self._fit()

    def _computed(self, results: list[TherapyResult]) -> None:
        self._results = results
        self._show_sessions()

    def _repeat(self) -> None:
        self.start_wanted.emit(self.plan)

    def _report(self) -> None:
        if self.client is not None:
            paths: list[Path] = self._session.clients.sessions(self.client.code)
            self.report_wanted.emit(paths)

    def _choose(self) -> None:
        if self.client is not None:
            chosen = self.record_for.isChecked()
            self._session.client = self.client.code if chosen else ""
        self.follow_choice()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Below each other where there is no room side by side."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        narrow = self.width() < theme().pixels(SIDE_BY_SIDE_FROM)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._both.direction() != way:
            self._both.setDirection(way)
        self.strip.across = 1 if self.width() < theme().pixels(TWO_PLOTS_FROM) else 2

    def _fit(self, _palette: object = None) -> None:
        self._fold()
        self.table.fit_rows()
        self._side.setFixedWidth(theme().pixels(SIDE_WIDTH))
        rows = min(max(len(self.model.rows), 1), ROWS_SHOWN)
        high = self.table.verticalHeader().defaultSectionSize()
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(rows * high + head + 8)

    def _lay_out(self) -> None:
        back = button("All clients", self.back_wanted.emit, icon="arrow-left", kind="quiet")
        back.setToolTip("Esc")
        begin = column(row(self.repeat, self.new, 1, spacing=10), self.repeat_words, spacing=6)
        more = FlowLayout()
        for part in (self.report, self.export, self.record_for, self.delete):
            more.addWidget(part)
        left = column(
            card(begin),
            more,
            label("Progress", "heading"),
            self.strip,
            label("Sessions", "heading"),
            self.table,
            self.no_sessions,
            1,
            spacing=12,
        )
        self._side: QFrame = card(
            column(
                label("About this client", "heading"), self.form, line(), self.kept, 1, spacing=10
            )
        )
        page = QWidget()
        page.setProperty("role", "page")
        self._both = row(spacing=16)
        self._both.addLayout(left, 1)
        self._both.addWidget(self._side, 0, Qt.AlignmentFlag.AlignTop)
        self._both.setContentsMargins(0, 0, 10, 0)
        page.setLayout(self._both)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        head = row(back, self.code, self.about, self.consent, spacing=12)
        head.setStretchFactor(self.about, 1)
        head.setContentsMargins(0, 0, 22, 0)
        whole = column(head, scroll, spacing=10)
        whole.setContentsMargins(24, 14, 14, 10)
        self.setLayout(whole)


def plan_words(plan: Plan) -> str:
    """What “Repeat last session” would do."""
    muscles = ", ".join(muscle.words for muscle in plan.muscles)
    return f"{plan.protocol.title}  ·  {muscles}"


def _about(client: Client) -> list[str]:
    born = f"born {client.birth_year}" if client.birth_year else ""
    side = f"{client.side} side" if client.side in ("left", "right") else ""
    if client.side == "both":
        side = "both sides"
    return [client.notes.partition("\n")[0], side, born]
