"""What is open in the Review room: a recording, its annotations, and what is chosen in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.gui.review.index import AnnotationIndex
from emgstudio.gui.review.source import TraceSource
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.recording import Recording

LABEL_TRACK = "labels"
BAD_TRACK = "bad"
BAD_LABEL = "bad data"
REST = "rest"
FIRST_LABELS = ("active", "onset", "artefact")
NUMBERED = 9


class Document(QObject):
    """An open recording. Every change goes through its operation log and can be undone.

    ``edited`` follows changes of annotations, ``chosen`` changes of what is
    selected (an annotation, a span of time, the cursor, the label to give), ``said``
    carries a sentence about what was just done.
    """

    edited = Signal()
    chosen = Signal()
    said = Signal(str)

    def __init__(self, recording: Recording, log: AnnotationLog | None, why_locked: str) -> None:
        super().__init__()
        self.recording = recording
        self.why_locked = why_locked
        self._log = log
        stream = recording.main
        self.stream = stream
        self.source = TraceSource(stream, stream.condition)
        self.index = AnnotationIndex()
        self.selected_id = ""
        self.span: tuple[float, float] | None = None
        self.cursor = stream.start_s
        self.track = LABEL_TRACK
        self.hidden: set[str] = {"replaced"}
        self._own_labels: list[str] = []
        self._labels: tuple[str, ...] = FIRST_LABELS
        self._label = ""
        self.reload()

    @property
    def path(self) -> Path:
        return self.recording.path

    @property
    def locked(self) -> bool:
        """True when annotations can only be looked at; ``why_locked`` says why."""
        return self._log is None

    @property
    def selected(self) -> Annotation | None:
        """The annotation that is selected."""
        return self.index.get(self.selected_id)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that are shown, the one for new labels always among them."""
        names = list(self.index.tracks)
        names += [extra for extra in {LABEL_TRACK: 0, self.track: 0} if extra not in names]
        return tuple(n for n in names if n not in self.hidden)

    @property
    def all_tracks(self) -> tuple[str, ...]:
        """Every track there is, hidden ones too."""
        names = list(self.index.tracks)
        return tuple(names if LABEL_TRACK in names else [*names, LABEL_TRACK])

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels behind the keys 1–9 and then the others; rest has the key 0."""
        return self._labels

    @property
    def label(self) -> str:
        """What a new annotation gets."""
        return self._label or self.labels[0]

    def label_of_key(self, digit: int) -> str | None:
        """The label behind a number key."""
        if digit == 0:
            return REST
        return self.labels[digit - 1] if digit <= min(NUMBERED, len(self.labels)) else None

    def add_label(self, name: str) -> None:
        """One more label to choose from."""
        name = name.strip()
        if name and name not in self.labels:
            self._own_labels.append(name)
            self._collect_labels()
        if name:
            self.use_label(name)

    def use_label(self, name: str) -> None:
        """New annotations get this label."""
        self._label = name
        self.chosen.emit()

    def select(self, id: str) -> None:
        """Select an annotation; an empty id selects none."""
        self.selected_id = id
        item = self.selected
        if item is not None:
            self.cursor = item.start
            self.span = None
        self.chosen.emit()

    def select_span(self, start: float, stop: float) -> None:
        """Select a stretch of time instead of an annotation."""
        self.selected_id = ""
        self.span = (min(start, stop), max(start, stop))
        self.chosen.emit()

    def put_cursor(self, time: float) -> None:
        """The cursor stands at ``time``; nothing is selected any more."""
        self.selected_id, self.span = "", None
        self.cursor = time
        self.chosen.emit()

    def move_cursor(self, time: float) -> None:
        """The cursor stands at ``time``; what is selected stays selected."""
        self.cursor = time
        self.chosen.emit()

    def range(self) -> tuple[float, float] | None:
        """The time that is selected, by annotation or by span."""
        item = self.selected
        return (item.start, item.stop) if item is not None else self.span

    def add(self, start: float, stop: float, label: str = "", track: str = "") -> None:
        """A new annotation, selected at once."""
        item = Annotation(
            min(start, stop), max(start, stop), label or self.label, track=track or self.track
        )
        if self._edit(lambda log: log.add(item), f"Added {item.label}"):
            self.select(item.id)

    def change(self, item: Annotation, what: str = "") -> None:
        """Another version of an annotation that is there."""
        self._edit(lambda log: log.change(item), what or f"Changed {item.label}")

    def edit(self, put: tuple[Annotation, ...], gone: tuple[str, ...], what: str) -> None:
        """Several changes that are undone as one; the first of ``put`` is selected."""
        if self._edit(lambda log: log.edit(put, gone, text=what), what):
            self.select(put[0].id)

    def hide(self, track: str, hidden: bool = True) -> None:
        """Hide a track or show it again; nothing in it changes."""
        (self.hidden.add if hidden else self.hidden.discard)(track)
        if hidden and self.track == track:
            self.track = next(iter(self.tracks), LABEL_TRACK)
        self.edited.emit()
        self.said.emit(f"Track {track} is {'hidden' if hidden else 'shown'}")

    def remove(self, *ids: str) -> None:
        """Take annotations away; undo brings them back."""
        gone = [a.label for a in map(self.index.get, ids) if a is not None]
        if not gone:
            return
        what = gone[0] if len(gone) == 1 else f"{len(gone)} annotations"
        self._edit(lambda log: log.remove(*ids), f"Deleted {what}; Ctrl+Z brings it back")

    def relabel(self, label: str) -> None:
        """Give the selected annotation, or the selected span, this label."""
        item = self.selected
        if item is not None:
            self.change(replace(item, label=label, reviewed=True), f"Labelled {label}")
        elif self.span is not None:
            self.add(*self.span, label=label)
        self.use_label(label)

    def undo(self) -> str | None:
        """Take the last change back; its text."""
        return self._step(lambda log: log.undo(), "Undone")

    def redo(self) -> str | None:
        """Make it again; its text."""
        return self._step(lambda log: log.redo(), "Redone")

    def undo_texts(self) -> tuple[str | None, str | None]:
        """What undo and redo would do."""
        return (self._log.undo_text, self._log.redo_text) if self._log else (None, None)

    def reload(self) -> None:
        """Take over what the log, or the recording, has now."""
        items = self._log.items if self._log else self.recording.annotations
        self.index = AnnotationIndex(items)
        self._collect_labels()
        self.edited.emit()

    def _collect_labels(self) -> None:
        found = [name for name, _n in self.index.labels() if name not in (REST, BAD_LABEL)]
        found += [name for name in self._own_labels if name not in found]
        # Suggestions only while there is nothing better.
        self._labels = tuple(found or FIRST_LABELS)

    def close(self) -> None:
        """Let go of the files."""
        if self._log is not None:
            self._log.close()
        self.recording.close()

    def _edit(self, work: Callable[[AnnotationLog], object], said: str) -> bool:
        if self._log is None:
            self.said.emit(self.why_locked)
            return False
        try:
            work(self._log)
        except EmgError as error:
            self.said.emit(f"{error.message} {error.hint}")
            return False
        self.reload()
        self.said.emit(said)
        return True

    def _step(self, work: Callable[[AnnotationLog], str | None], word: str) -> str | None:
        if self._log is None:
            return None
        text = work(self._log)
        if text is not None:
            self.reload()
            self.chosen.emit()
            self.said.emit(f"{word}: {text}")
        return text
