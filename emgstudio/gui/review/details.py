"""The panel that shows and edits the selected annotation."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from emgstudio.core.types import Annotation
from emgstudio.gui.review.annotate.channel_menu import ChannelMenu, Channels
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock, seconds_of
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import label, restyle

NOTHING = "Nothing is selected. Drag in a lane to label a stretch."
# Frame and padding of a field.
EDGES_PX = 20
SOURCES = {"user": "by hand", "cue": "cue", "model": "suggestion", "device": "device"}


class DetailsPanel(QWidget):
    """Label, edges, track and note of one annotation; ``finished`` when typing has ended."""

    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self.name = self._field("Label")
        self.start = self._field("Start")
        self.stop = self._field("End")
        self.track = self._field("Track")
        self.note = self._field("Note")
        self.note.setPlaceholderText("F2")
        self.length = label("", "muted")
        self.channels = ChannelMenu()
        self.channels.chosen.connect(self._choose_channels)
        self.origin = label("", "muted", wrap=True)
        self.checked = QCheckBox("Checked")
        self.checked.setToolTip("You have looked at it (Enter)")
        self.checked.clicked.connect(self._commit)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(5)
        for text, widget in self._rows():
            form.addRow(label(text, "muted"), widget)
        self._empty = label(NOTHING, "muted", wrap=True)
        self._form = QWidget()
        self._form.setLayout(form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._empty)
        layout.addWidget(self._form)
        self.show_document(None)

    def show_document(self, document: Document | None) -> None:
        """Show the selection of another recording."""
        self._document = document
        self.refresh()

    def refresh(self) -> None:
        """The selection or its values have changed."""
        document = self._document
        item = document.selected if document else None
        self._form.setVisible(item is not None)
        self._empty.setVisible(item is None)
        if item is None or document is None:
            self._empty.setText(_span_words(document))
            return
        texts = (item.label, clock(item.start), clock(item.stop), item.track, item.note)
        for field, text in zip(self._fields(), texts, strict=True):
            if field.text() != text and not (field.hasFocus() and field.isModified()):
                field.setText(text)
            field.setReadOnly(document.locked)
            restyle(field, "wrong", False)
        self.length.setText(f"{item.duration:.3f} s" if not item.is_event else "event")
        self.checked.setChecked(item.reviewed)
        self.checked.setEnabled(not document.locked)
        self.channels.show_channels(item.channels, [c.name for c in document.stream.info.channels])
        self.channels.setEnabled(not document.locked)
        self.origin.setText(_origin(item))
        self.origin.setToolTip(item.recipe)

    def edit_note(self) -> None:
        """Put the keyboard into the note field."""
        self.note.setFocus()
        self.note.selectAll()

    def edit_label(self) -> None:
        """Put the keyboard into the label field."""
        self.name.setFocus()
        self.name.selectAll()

    def _choose_channels(self, channels: Channels) -> None:
        item = self._document.selected if self._document else None
        if self._document is not None and item is not None and item.channels != channels:
            self._document.change(replace(item, channels=channels), f"Channels of {item.label}")

    def _fields(self) -> tuple[TypingField, ...]:
        return (self.name, self.start, self.stop, self.track, self.note)

    def _rows(self) -> tuple[tuple[str, QWidget], ...]:
        return (
            ("Label", self.name),
            ("Time", _side_by_side(self.start, label("to", "muted"), self.stop, self.length)),
            ("Track", _side_by_side(self.track, self.channels)),
            ("Note", self.note),
            ("Made", self.origin),
            ("", self.checked),
        )

    def _field(self, name: str) -> TypingField:
        field = TypingField()
        field.setAccessibleName(name)
        field.editingFinished.connect(self._commit)
        field.returnPressed.connect(self.finished)
        return field

    def _commit(self) -> None:
        document = self._document
        item = document.selected if document else None
        if document is None or item is None or document.locked:
            return
        start, stop = seconds_of(self.start.text()), seconds_of(self.stop.text())
        wrong = start is None or stop is None or stop < start
        restyle(self.start, "wrong", wrong)
        restyle(self.stop, "wrong", wrong)
        name, track = self.name.text().strip(), self.track.text().strip()
        if start is None or stop is None or wrong or not name or not track:
            return
        changed = replace(
            item,
            label=name,
            start=_kept(item.start, start),
            stop=_kept(item.stop, stop),
            track=track,
            note=self.note.text(),
            reviewed=self.checked.isChecked(),
        )
        if changed != item:
            document.change(changed)


def _side_by_side(*parts: QWidget) -> QWidget:
    """Fields share what is left of a row; words and menus take what they need."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for part in parts:
        if isinstance(part, TypingField):
            part.setMinimumWidth(part.fontMetrics().horizontalAdvance("0:00.000") + EDGES_PX)
        layout.addWidget(part, 1 if isinstance(part, TypingField) else 0)
    return made


def _span_words(document: Document | None) -> str:
    """What can be done while no annotation is selected."""
    if document is None or document.span is None:
        return NOTHING
    start, stop = document.span
    return (
        f"{clock(start)} to {clock(stop)}, {stop - start:.3f} s. "
        "1–9 labels it, D marks it as bad, Z zooms to it."
    )


def _kept(exact: float, typed: float) -> float:
    """The exact time where what is typed is only its shorter form."""
    return exact if abs(exact - typed) <= 0.0005 else typed


def _origin(item: Annotation) -> str:
    parts = [SOURCES.get(str(item.source), str(item.source))]
    if item.author:
        parts.append(item.author)
    if item.repetition:
        parts.append(f"repetition {item.repetition}")
    if item.confidence is not None:
        parts.append(f"sure {item.confidence:.0%}")
    return ", ".join(parts)
