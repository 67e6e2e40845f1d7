"""What a person adds to a report: which kind, on which paper, and words of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import data_folder
from emgstudio.core.types import Level
from emgstudio.gui.measure_menu import MeasureMenu
from emgstudio.gui.report.bricks import Bricks
from emgstudio.gui.report.clinical import Words
from emgstudio.gui.report.sheet import PAPERS
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import row

if TYPE_CHECKING:
    from emgstudio.session.session import Session

BOX_HEIGHT, CLINIC_HEIGHT = 84, 66
# Border and padding of a text field, above and below.
FRAME = 10
TICK_HEIGHT = 24


class ReportForm(QWidget):
    """``changed`` is emitted for whatever changes the pages, ``more_wanted`` for a measure."""

    changed = Signal()
    more_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._client = ""
        self.bricks = Bricks(data_folder())
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind")
        self.kind.addItems(["Clinical report", "Page for the client"])
        self.paper = QComboBox()
        self.paper.setAccessibleName("Paper")
        self.paper.addItems(list(PAPERS))
        self.paper.setCurrentText(session.settings.reports.paper)
        self.with_name = QCheckBox("With the client's name")
        self.spectrogram = QCheckBox("With a spectrogram of the best repetition")
        for tick in (self.with_name, self.spectrogram):
            tick.setStyleSheet(f"min-height: {theme().pixels(TICK_HEIGHT)}px;")
        self.measures = MeasureMenu("Also measured")
        self.measures.changed.connect(self.more_wanted)
        self.clinic = _box("Clinic and address", CLINIC_HEIGHT)
        self.clinic.setPlainText(session.settings.reports.clinic)
        self.comment, self.home = _box("Comment"), _box("Exercise at home")
        self.next_visit = _line("Next time", "")
        self._parts: dict[QWidget, list[QWidget]] = {}
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.paper.currentTextChanged.connect(self.changed)
        self.with_name.toggled.connect(self.changed)
        self.spectrogram.toggled.connect(self.changed)
        self.next_visit.textChanged.connect(self.changed)
        for box in (self.clinic, self.comment, self.home):
            box.textChanged.connect(self.changed)
        self.about("")
        self._kind_changed()

    @property
    def handout(self) -> bool:
        """Whether it is the page for the client."""
        return self.kind.currentIndex() == 1

    def about(self, client: str) -> None:
        """Whose report it is; the name can only be chosen while names are open."""
        self._client = client
        known = bool(client and self._session.clients.name(client))
        self.with_name.setEnabled(known)
        self.with_name.setToolTip("" if known else "Names are locked, or there is none.")

    def words(self) -> Words:
        """As they are typed now."""
        named = self.with_name.isEnabled() and self.with_name.isChecked()
        return Words(
            self.clinic.toPlainText(),
            self._session.clients.name(self._client) if named else "",
            self.comment.toPlainText(),
            self.home.toPlainText(),
            self.next_visit.text(),
            self.spectrogram.isChecked(),
        )

    def keep_settings(self) -> None:
        """The clinic and the paper are the same next time."""
        try:
            self._session.update_settings(
                self._session.settings.changed(
                    "reports",
                    clinic=self.clinic.toPlainText().strip(),
                    paper=self.paper.currentText(),
                )
            )
        except EmgError as error:
            self._session.outbox.notice(Level.WARNING, error.message, error.hint, "report")

    def insert(self, box: QPlainTextEdit, words: str) -> None:
        """Put a sentence where the cursor is."""
        cursor = box.textCursor()
        before = box.toPlainText()[: cursor.position()]
        space = " " if before and not before[-1].isspace() else ""
        cursor.insertText(space + words)
        box.setFocus()

    def _kind_changed(self) -> None:
        handout = self.handout
        for part in (*self._parts[self.comment], self.spectrogram, *self._also):
            part.setVisible(not handout)
        for box in (self.home, self.next_visit):
            for part in self._parts[box]:
                part.setVisible(handout)
        self.changed.emit()

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addLayout(row(self.kind, self.paper, 1))
        outer.addWidget(self.with_name)
        outer.addWidget(self.spectrogram)
        also = QLabel("Also measure")
        also.setBuddy(self.measures)
        self._also = (also, self.measures)
        outer.addLayout(row(*self._also, 1))
        self._add(outer, "Clinic and address", self.clinic)
        self._add(outer, "Comment", self.comment, "comment")
        self._add(outer, "Exercise at home", self.home, "home")
        self._add(outer, "Next time", self.next_visit)

    def _add(self, outer: QVBoxLayout, words: str, field: QWidget, kind: str = "") -> None:
        caption = QLabel(words)
        caption.setBuddy(field)
        parts: list[QWidget] = [caption, field]
        if isinstance(field, QPlainTextEdit) and kind:
            more = self._brick_button(field, kind, words)
            outer.addLayout(row(caption, 1, more))
            parts.append(more)
        else:
            outer.addWidget(caption)
        outer.addWidget(field)
        self._parts[field] = parts

    def _brick_button(self, box: QPlainTextEdit, kind: str, words: str) -> QPushButton:
        made = QPushButton("Insert a sentence")
        made.setAccessibleName(f"Insert a sentence into: {words}")
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._fill(menu, box, kind))
        made.setMenu(menu)
        return made

    def _fill(self, menu: QMenu, box: QPlainTextEdit, kind: str) -> None:
        menu.clear()
        for words in self.bricks.of(kind):
            action = menu.addAction(words)
            action.triggered.connect(lambda _on=False, said=words: self.insert(box, said))
        menu.addSeparator()
        keep = menu.addAction("Keep what is selected or written as a sentence")
        keep.setEnabled(bool(box.toPlainText().strip()))
        keep.triggered.connect(lambda _on=False: self._keep(box, kind))

    def _keep(self, box: QPlainTextEdit, kind: str) -> None:
        try:
            self.bricks.keep(kind, box.textCursor().selectedText() or box.toPlainText())
        except EmgError as error:
            self._session.outbox.notice(Level.ERROR, error.message, error.hint, "report")


def _line(name: str, words: str) -> QLineEdit:
    made = QLineEdit(words)
    made.setAccessibleName(name)
    return made


def _box(name: str, height: int = BOX_HEIGHT) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setAccessibleName(name)
    made.setTabChangesFocus(True)
    high = theme().pixels(height)
    made.setMaximumHeight(high)
    # The style's least height is for one line: pressed together, nobody could write in it.
    made.setStyleSheet(f"min-height: {high - FRAME}px;")
    return made
