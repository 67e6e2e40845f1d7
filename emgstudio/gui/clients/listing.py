"""The list of clients: typing searches at once, arrows choose, Enter opens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QTableView,
    QWidget,
)

from emgstudio.core.words import several
from emgstudio.gui.row_table import Index, RowTable
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import StatusWord, button, column, label, row

if TYPE_CHECKING:
    from emgstudio.session.clients import Clients, Known

HEADINGS = ("Code", "Name", "Notes", "Side", "Born", "Sessions", "Last seen", "Consent")
NAME = HEADINGS.index("Name")
NOTES = HEADINGS.index("Notes")
# Width of the page at 100 % text.
ALL_COLUMNS_FROM = 720
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NOBODY_YET = "No clients yet. A new client gets a code by itself; nothing else is needed."


class ClientTable(RowTable):
    """Clients as the search found them."""

    headings = HEADINGS
    rows: list[Known]

    def __init__(self) -> None:
        super().__init__()
        self.rows = []

    def show(self, found: list[Known]) -> None:
        """Show others."""
        with self.other_rows():
            self.rows = found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(self.rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == NOTES:
            return self.rows[index.row()].line.client.notes or None
        return None


class SearchField(QLineEdit):
    """Arrows move in the list below, Enter opens what is chosen there."""

    moved = Signal(QKeyEvent)
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in MOVES:
            self.moved.emit(event)
        elif event.key() in ENTER:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class OpeningTable(QTableView):
    """Enter opens the row; ``opened`` carries its number."""

    opened = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def fit_rows(self) -> None:
        """Rows as high as the text of now."""
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class ListPage(QWidget):
    """Search, list, and what concerns all clients. ``opened`` carries a code."""

    opened = Signal(str)
    new_wanted = Signal()
    names_wanted = Signal()
    bin_wanted = Signal()
    trail_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = SearchField()
        self.search.setPlaceholderText("Search: code, note, side, year")
        self.search.setAccessibleName("Search clients")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(36)
        self.model = ClientTable()
        self.table = OpeningTable("Clients")
        self.table.setModel(self.model)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(NOTES, QHeaderView.ResizeMode.Stretch)
        self.count = label("", "muted")
        self.empty = label("", wrap=True)
        self.names = StatusWord()
        self.names_button = button("Open names…", self.names_wanted.emit)
        self.new = button("New client", self.new_wanted.emit, icon="plus", kind="primary")
        self.new.setToolTip("Ctrl+N")
        self.bin = button("Bin…", self.bin_wanted.emit, icon="delete", kind="quiet")
        self.bin.setAccessibleName("Bin of deleted clients")
        self.trail = button("Audit trail…", self.trail_wanted.emit, icon="shield", kind="quiet")
        self.trail.setAccessibleName("Audit trail: who did what when")
        self._found: Clients | None = None
        top = row(label("Clients", "title"), 1, self.names, self.names_button, self.new)
        looking = row(self.search)
        foot = row(self.count, 1, self.trail, self.bin)
        layout = column(top, looking, self.empty, self.table, 1, foot, spacing=12)
        # The small stretch keeps the foot down while the table is hidden.
        layout.setStretchFactor(self.table, 1000)
        layout.setContentsMargins(24, 20, 24, 14)
        self.setLayout(layout)
        self.search.textChanged.connect(lambda _text: self.refresh())
        self.search.moved.connect(lambda event: QApplication.sendEvent(self.table, event))
        self.search.entered.connect(self._open_current)
        self.table.opened.connect(self._open_row)

    def show_clients(self, clients: Clients) -> None:
        """List these."""
        self._found = clients
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What can be found on the client's page gives way to the notes."""
        super().resizeEvent(event)
        narrow = self.width() < theme().pixels(ALL_COLUMNS_FROM)
        for name in ("Side", "Born", "Consent"):
            self.table.setColumnHidden(HEADINGS.index(name), narrow)

    def refresh(self) -> None:
        """Search again; the chosen client stays chosen where it is still there."""
        clients = self._found
        if clients is None:
            return
        names_open = clients.vault is not None
        before = self.chosen
        self.model.show(clients.search(self.search.text()))
        self.table.setColumnHidden(NAME, not names_open)
        self.table.fit_rows()
        codes = [known.line.client.code for known in self.model.rows]
        if codes:
            self.table.selectRow(codes.index(before) if before in codes else 0)
        self._tell(len(codes), clients.problems)
        shape = "good" if names_open else "lamp-off"
        word = "Names open" if names_open else "Names locked"
        self.names.show_status(shape, word if clients.has_names else "No names are kept")
        opening = "Open names…" if clients.has_names else "Keep names…"
        self.names_button.setText("Lock names" if names_open else opening)
        self.names_button.setAccessibleName(self.names_button.text().rstrip("…"))
        also = ", name" if names_open else ""
        self.search.setPlaceholderText(f"Search: code, note, side, year{also}")

    @property
    def chosen(self) -> str:
        """The code of the chosen row, "" without one."""
        at = self.table.currentIndex().row()
        return self.model.rows[at].line.client.code if 0 <= at < len(self.model.rows) else ""

    def _tell(self, shown: int, problems: list[str]) -> None:
        text = self.search.text().strip()
        self.table.setVisible(shown > 0)
        self.empty.setVisible(shown == 0 or bool(problems))
        said = [*problems]
        if shown == 0:
            said.append(f"No client matches “{text}”." if text else NOBODY_YET)
        self.empty.setText("\n".join(said))
        self.count.setText(several(shown, "client"))

    def _open_current(self) -> None:
        if self.chosen:
            self.opened.emit(self.chosen)

    def _open_row(self, at: int) -> None:
        self.opened.emit(self.model.rows[at].line.client.code)


def _words(known: Known) -> tuple[str, ...]:
    client = known.line.client
    notes = client.notes.partition("\n")[0]
    last = ""
    if known.line.last:
        last = f"{datetime.fromisoformat(known.line.last).astimezone():%d %b %Y}"
    born = str(client.birth_year or "")
    sessions = str(known.line.sessions or "")
    return (client.code, known.name, notes, client.side, born, sessions, last, client.consent)
