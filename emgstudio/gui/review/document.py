"""What is open in the Review room: a recording, its annotations, and what is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.gui.review.annotate.label_choice import BAD_LABEL, FIRST_LABELS, LabelChoice
from emgstudio.gui.review.annotate.overlaps import giving_way
from emgstudio.gui.review.annotate.suggestions import accepted, is_suggestion
from emgstudio.gui.review.annotate.tracks import (
    BAD_TRACK,
    LABEL_TRACK,
    REPLACED_TRACK,
    is_read_only,
    takes_labels,
)
from emgstudio.gui.review.index import AnnotationIndex
from emgstudio.gui.review.source import TraceSource
from emgstudio.ml.gestures import REST
from emgstudio.storage.annotations import AnnotationLog, read_columns
from emgstudio.storage.recording import Recording
from emgstudio.storage.view_state import ViewState

__all__ = ["BAD_LABEL", "BAD_TRACK", "FIRST_LABELS", "LABEL_TRACK", "REST", "Document"]

FEW = 16
"""Of so many changed annotations at most the places are told; of more everything is new."""


class Document(QObject):
    """An open recording. Every change goes through its operation log and can be undone.

    ``edited`` follows changes of annotations and tracks, ``chosen`` changes of what is
    selected (an annotation, a span of time, the cursor, the label to give), ``said``
    carries a sentence about what was just done, ``removed`` one about what is gone.
    While ``edited`` is told, ``touched`` are the stretches of time (s) of what has changed;
    None if that may be anything.
    """

    edited = Signal()
    chosen = Signal()
    said = Signal(str)
    removed = Signal(str)

    def __init__(
        self,
        recording: Recording,
        log: AnnotationLog | None,
        why_locked: str,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._release = release
        self.recording = recording
        self.why_locked = why_locked
        self._log = log
        stream = recording.main
        self.stream = stream
        self.source = TraceSource(stream, stream.condition)
        self.index = AnnotationIndex()
        self.touched: tuple[tuple[float, float], ...] | None = None
        self.selected_id = ""
        self.span: tuple[float, float] | None = None
        self.cursor = stream.start_s
        self.track = LABEL_TRACK
        self.hidden: set[str] = {REPLACED_TRACK}
        self.locks: set[str] = set()
        self.choice = LabelChoice()
        self._own_tracks: list[str] = []
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
    def author(self) -> str:
        """Who signs what is made now."""
        return self._log.author if self._log else ""

    @property
    def selected(self) -> Annotation | None:
        """The annotation that is selected."""
        return self.index.get(self.selected_id)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that are shown, the one for new labels always among them."""
        names = list(self.all_tracks)
        if self.track not in names:
            names.append(self.track)
        return tuple(n for n in names if n not in self.hidden)

    @property
    def all_tracks(self) -> tuple[str, ...]:
        """Every track there is, hidden and empty ones too."""
        names = [*self.index.tracks, LABEL_TRACK, *self._own_tracks]
        return tuple(dict.fromkeys(names))

    @property
    def label_track(self) -> str:
        """Where labels and accepted suggestions go: the active track if it is for them."""
        return self.track if takes_labels(self.track) else LABEL_TRACK

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that can be given, those with number keys first, without rest."""
        return self.choice.labels

    @property
    def label(self) -> str:
        """What a new annotation gets."""
        return self._label or self.labels[0]

    def label_of_key(self, digit: int) -> str | None:
        """The label behind a number key."""
        return self.choice.at_key(digit)

    def add_label(self, name: str) -> None:
        """One more label to choose from."""
        name = name.strip()
        if name:
            self.choice.add(name)
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
        """A new annotation, selected at once. A label for moments is put at the start."""
        name = label or self.label
        first, last = min(start, stop), max(start, stop)
        if self.choice.is_point(name):
            last = first
        item = Annotation(first, last, name, track=track or self.track)
        if self._edit((item,), (), f"Added {item.label}"):
            self.select(item.id)

    def change(self, item: Annotation, what: str = "") -> None:
        """Another version of an annotation that is there."""
        self._edit((item,), (), what or f"Changed {item.label}")

    def edit(
        self, put: Sequence[Annotation], gone: Sequence[str], what: str, *, select: bool = True
    ) -> bool:
        """Several changes that are undone as one; the first of ``put`` is selected."""
        done = self._edit(put, gone, what)
        if done and select and put:
            self.select(put[0].id)
        return done

    def add_track(self, name: str) -> None:
        """An empty track, active at once."""
        name = name.strip()
        if name:
            self._own_tracks.append(name)
            self.use_track(name)

    def use_track(self, name: str) -> None:
        """New labels and accepted suggestions go into this track."""
        self.track = name
        self.hidden.discard(name)
        self.edited.emit()

    def hide(self, track: str, hidden: bool = True) -> None:
        """Hide a track or show it again; nothing in it changes."""
        (self.hidden.add if hidden else self.hidden.discard)(track)
        if hidden and self.track == track:
            self.track = next((n for n in self.tracks if takes_labels(n)), LABEL_TRACK)
        self.edited.emit()
        self.said.emit(f"Track {track} is {'hidden' if hidden else 'shown'}")

    def lock(self, track: str, locked: bool = True) -> None:
        """Protect the annotations of a track from changes, or let them be changed again."""
        (self.locks.add if locked else self.locks.discard)(track)
        self.edited.emit()
        self.said.emit(f"Track {track} is {'locked' if locked else 'unlocked'}")

    def is_locked(self, track: str) -> bool:
        """Whether annotations of this track cannot be changed now."""
        return self.locked or is_read_only(track) or track in self.locks

    def tracks_shown(self) -> ViewState:
        """Which tracks are hidden, locked, made but empty, and written into."""
        empty = (name for name in self._own_tracks if name not in self.index.tracks)
        return ViewState(
            tuple(sorted(self.hidden)), tuple(sorted(self.locks)), tuple(empty), self.track
        )

    def show_tracks(self, view: ViewState) -> None:
        """Hide, lock and use tracks as they were left before."""
        self.hidden, self.locks = set(view.hidden), set(view.locked)
        self._own_tracks = list(view.empty)
        self.track = view.active if view.active in self.all_tracks else LABEL_TRACK
        self.edited.emit()

    def remove(self, *ids: str) -> None:
        """Take annotations away; undo brings them back."""
        gone = [a.label for a in map(self.index.get, ids) if a is not None]
        if not gone:
            return
        what = gone[0] if len(gone) == 1 else f"{len(gone)} annotations"
        if self._edit((), ids, f"Deleted {what}"):
            self.removed.emit(f"Deleted {what}.")

    def relabel(self, label: str) -> None:
        """Give the selected annotation, or the selected span, this label.

        With neither, a label for moments is put at the cursor.
        """
        item = self.selected
        if item is not None and is_suggestion(item):
            self.accept((item,), label)
        elif item is not None:
            self.change(replace(item, label=label, reviewed=True), f"Labelled {label}")
        elif self.span is not None:
            self.add(*self.span, label=label)
        elif self.choice.is_point(label):
            self.add(self.cursor, self.cursor, label=label)
        self.use_label(label)

    def accept(self, items: Sequence[Annotation], label: str = "") -> bool:
        """Make labels of suggestions, as one step; ``label`` instead of their own."""
        made = tuple(accepted(item, self.label_track, self.author, label) for item in items)
        one = made[0].label if len(made) == 1 else f"{len(made)} suggestions"
        return bool(made) and self._edit(made, (), f"Accepted {one}")

    def rename(self, old: str, new: str) -> int:
        """Give all annotations of one label another, as one step; how many there were."""
        new = new.strip()
        named = self.index.items.take(self.index.items.having("label", old))
        items = [a for a in named if not self.is_locked(a.track)]
        if not new or new == old:
            return 0
        word = "Merged" if dict(self.index.labels()).get(new) else "Renamed"
        if items:
            put = tuple(replace(item, label=new) for item in items)
            joint = "into" if word == "Merged" else "to"
            what = f"{word} {old} {joint} {new}: {len(items)} annotations"
            self._edit(put, (), what, as_is=True)
        self.use_label(new)
        return len(items)

    def undo(self) -> str | None:
        """Take the last change back; its text."""
        return self._step(lambda log: log.undo(), "Undone")

    def redo(self) -> str | None:
        """Make it again; its text."""
        return self._step(lambda log: log.redo(), "Done again")

    def undo_texts(self) -> tuple[str | None, str | None]:
        """What undo and redo would do."""
        return (self._log.undo_text, self._log.redo_text) if self._log else (None, None)

    def reload(self) -> None:
        """Take over all that the log, or the recording, has now."""
        log = self._log
        self.index = AnnotationIndex(log.columns if log else read_columns(self.recording.path))
        self._tell()

    def close(self) -> None:
        """Let go of the files."""
        if self._log is not None:
            self._log.close()
        self._release()
        self.recording.close()

    def _edit(
        self, put: Sequence[Annotation], gone: Sequence[str], what: str, *, as_is: bool = False
    ) -> bool:
        if self._log is None:
            self.said.emit(self.why_locked)
            return False
        protected = self._protected(put, gone)
        if protected:
            hint = "" if is_read_only(protected) else "; unlock it in the list of tracks"
            self.said.emit(f"Track {protected} is locked{hint}")
            return False
        if not as_is:
            put, gone, what = self._without_overlaps(put, gone, what)
        try:
            self._log.edit(put, gone, text=what)
        except EmgError as error:
            self.said.emit(f"{error.message} {error.hint}")
            return False
        self._follow()
        self.said.emit(what)
        return True

    def _protected(self, put: Iterable[Annotation], gone: Iterable[str]) -> str:
        """A locked track that a change would touch, empty if none."""
        touched = {item.track for item in put}
        touched |= {a.track for a in map(self.index.get, [*gone, *(p.id for p in put)]) if a}
        return next((track for track in touched if self.is_locked(track)), "")

    def _without_overlaps(
        self, put: Sequence[Annotation], gone: Sequence[str], what: str
    ) -> tuple[Sequence[Annotation], Sequence[str], str]:
        """The same change with what is older giving way, said in its text."""
        more_put: dict[str, Annotation] = {}
        more_gone: list[str] = []
        words: list[str] = []
        touched = {*gone, *(item.id for item in put)}
        for item in put:
            track = self.index.tracks.get(item.track)
            if track is None or item.is_event or item.track == BAD_TRACK or is_suggestion(item):
                continue
            settled = {*touched, *more_put, *more_gone}
            near = [a for a in track.within(item.start, item.stop) if a.id not in settled]
            near = [a for a in near if not is_suggestion(a)]
            near += [a for a in more_put.values() if a.track == item.track]
            giving = giving_way(item, near, self.choice.excludes, 1.5 / self.stream.rate)
            more_put |= {a.id: a for a in giving.put}
            more_gone += giving.gone
            words += [giving.text] if giving.text else []
        kept = [a for a in more_put.values() if a.id not in more_gone]
        there = [id for id in more_gone if self.index.get(id) is not None]
        if words:
            what = f"{what}; {words[0] if len(words) == 1 else f'{len(words)} gave way'}"
        return (*put, *kept), (*gone, *there), what

    def _step(self, work: Callable[[AnnotationLog], str | None], word: str) -> str | None:
        if self._log is None:
            return None
        text = work(self._log)
        if text is not None:
            self._follow()
            self.chosen.emit()
            self.said.emit(f"{word}: {text}")
        return text

    def _follow(self) -> None:
        """Take over what the last operation of the log did."""
        log = self._log
        if log is None:
            return
        self.index = self.index.changed(log.columns, log.changed)
        items = [a for pair in log.changed.values() for a in pair if a is not None]
        if len(items) <= FEW:
            self.touched = tuple((a.start, a.stop) for a in items)
        self._tell()
        self.touched = None

    def _tell(self) -> None:
        self.choice.follow(name for name, _count in self.index.labels())
        self.edited.emit()
