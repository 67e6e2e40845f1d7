"""The tracks: which are shown and locked, which one takes new labels, and how raters agree."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.review.annotate.tracks import is_read_only, kind_of
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import button, label, row
from emgstudio.session.agreement import agreement


class TrackPanel(QWidget):
    """One row for each track; ``shift_wanted`` carries seconds for a block of segments."""

    shift_wanted = Signal(float)
    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._shown: object = None
        self._rows = QGridLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(8)
        self._rows.setVerticalSpacing(2)
        self._rows.setColumnStretch(0, 1)
        self.boxes: dict[tuple[str, str], QCheckBox] = {}
        self.new = TypingField()
        self.new.setPlaceholderText("+ New track, for example rater2")
        self.new.setAccessibleName("New track")
        self.new.returnPressed.connect(self._add)
        self.offset = TypingField()
        self.offset.setPlaceholderText("ms, for example -120")
        self.offset.setAccessibleName("Shift a block by milliseconds")
        self.offset.setToolTip(
            "Moves the segments of the active track: those in the selected span, "
            "else those from the selected one on"
        )
        self.offset.returnPressed.connect(self._shift)
        self.first, self.second = QComboBox(), QComboBox()
        self.first.setAccessibleName("First rater")
        self.second.setAccessibleName("Second rater")
        self.compare = button("Compare", self.compare_tracks)
        self.result = label("", wrap=True)
        self.result.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(label("Tracks", "heading"))
        layout.addLayout(self._rows)
        layout.addWidget(self.new)
        layout.addLayout(row(label("Shift a block (B)", "muted"), self.offset))
        layout.addWidget(label("Agreement of two raters", "muted"))
        layout.addLayout(row(self.first, self.second, self.compare))
        layout.addWidget(self.result)

    def show_document(self, document: Document | None) -> None:
        """Show the tracks of another recording."""
        self._document, self._shown = document, None
        self.result.hide()
        self.refresh()

    def refresh(self) -> None:
        """Tracks may have changed."""
        document = self._document
        if document is None:
            return
        now = (document.all_tracks, document.track, set(document.hidden), set(document.locks))
        if now == self._shown:
            return
        self._shown = now
        self._clear()
        for text, column in (("Show", 1), ("Lock", 2)):
            self._rows.addWidget(label(text, "muted"), 0, column, Qt.AlignmentFlag.AlignCenter)
        for line, name in enumerate(document.all_tracks, start=1):
            self._rows.addWidget(self._name(document, name), line, 0)
            shown = self._box("show", name, name not in document.hidden)
            shown.toggled.connect(lambda on, name=name: document.hide(name, not on))
            locked = self._box("lock", name, document.is_locked(name))
            locked.setEnabled(not document.locked and not is_read_only(name))
            locked.toggled.connect(lambda on, name=name: document.lock(name, on))
            for box, column in ((shown, 1), (locked, 2)):
                self._rows.addWidget(box, line, column, Qt.AlignmentFlag.AlignCenter)
        for combo, usual in ((self.first, 0), (self.second, 1)):
            chosen = combo.currentText()
            combo.clear()
            combo.addItems(document.all_tracks)
            at = combo.findText(chosen)
            combo.setCurrentIndex(at if at >= 0 else min(usual, combo.count() - 1))

    def compare_tracks(self) -> None:
        """Say how well two tracks agree, over the selected span or the whole recording."""
        document = self._document
        if document is None:
            return
        one, other = (
            document.index.tracks[name].items if name in document.index.tracks else ()
            for name in (self.first.currentText(), self.second.currentText())
        )
        stream = document.stream
        whole = (stream.start_s, stream.start_s + stream.duration_s)
        start, stop = document.span or whole
        found = agreement(
            [a for a in one if a.stop > start and a.start < stop],
            [a for a in other if a.stop > start and a.start < stop],
            start,
            stop,
        )
        where = "selected span" if document.span else "whole recording"
        text = f"{found.summary()}. {where.capitalize()}, {found.cells} cells of 10 ms."
        self.result.setText(text)
        self.result.show()
        self.said.emit(found.summary())

    def _name(self, document: Document, name: str) -> QPushButton:
        made = QPushButton(f"{name}  ·  {kind_of(name)}" if str(kind_of(name)) != name else name)
        made.setProperty("kind", "quiet")
        made.setCheckable(True)
        made.setChecked(name == document.track)
        made.setStyleSheet("text-align: left; padding: 2px 8px;")
        made.setAccessibleName(f"Use track {name}")
        made.setToolTip("New labels and accepted suggestions go into this track")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _checked=False: document.use_track(name))
        return made

    def _box(self, word: str, name: str, on: bool) -> QCheckBox:
        made = QCheckBox()
        made.setMinimumSize(24, 24)
        made.setChecked(on)
        made.setAccessibleName(f"{word.capitalize()} track {name}")
        made.setToolTip(made.accessibleName())
        self.boxes[word, name] = made
        return made

    def _clear(self) -> None:
        self.boxes.clear()
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _add(self) -> None:
        text = self.new.text().strip()
        self.new.clear()
        if text and self._document is not None:
            self._document.add_track(text)

    def _shift(self) -> None:
        text = self.offset.text().strip().removesuffix("ms").strip().replace("−", "-")
        try:
            seconds = float(text.replace(",", ".")) / 1000
        except ValueError:
            self.said.emit(f"“{text}” is no number of milliseconds")
            return
        self.offset.clear()
        self.shift_wanted.emit(seconds)
