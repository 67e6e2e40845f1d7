"""The labels of a recording: an operation log on disk with undo and redo that survive a crash."""

from __future__ import annotations

import logging
import math
import os
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_data, sync_folder
from emgstudio.core.types import Annotation
from emgstudio.storage.annotation_ops import Change, History, encode, replay, set_operation
from emgstudio.storage.format import EVENTS_FILE, TORN_SUFFIX

log = logging.getLogger(__name__)


# From this share of all labels on it is cheaper to sort them anew than to move some.
SORT_AGAIN_FROM = 0.05


def place(annotation: Annotation) -> tuple[float, float, str]:
    """By what annotations are sorted: start, then stop."""
    return (annotation.start, annotation.stop, annotation.id)


def in_order(items: Mapping[str, Annotation]) -> tuple[Annotation, ...]:
    """Annotations by start, then stop."""
    return tuple(sorted(items.values(), key=place))


def moved(items: Sequence[Annotation], change: Change) -> tuple[Annotation, ...]:
    """What ``items``, in order, become by a change, in order again."""
    ordered = list(items)
    for before, after in change.values():
        if before is not None:
            del ordered[bisect_left(ordered, place(before), key=place)]
        if after is not None:
            insort(ordered, after, key=place)
    return tuple(ordered)


def read_annotations(path: Path) -> tuple[Annotation, ...]:
    """The labels in a log as they are now, without touching it; none if there is no log."""
    file = _log_file(path)
    return in_order(replay(file.read_bytes())[0].items) if file.exists() else ()


class AnnotationLog:
    """Labels that are on the disk before a call returns; any thread may use it.

    ``version`` changes whenever the labels do, ``changed`` is what the last operation
    did to them. ``on_saved`` is called after each
    saved operation; ``make_room`` is asked once to free some disk when it is full.
    """

    def __init__(
        self,
        file: Path,
        author: str = "",
        on_saved: Callable[[], None] | None = None,
        make_room: Callable[[], bool] | None = None,
    ) -> None:
        self.path = file
        self.author = author
        self._on_saved = on_saved
        self._make_room = make_room
        self._lock = threading.RLock()
        self._snapshot: tuple[Annotation, ...] | None = None
        self.version = 0
        self.changed: Change = {}
        self._history = self._load()
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle: int | None = os.open(file, flags)

    @classmethod
    def open(
        cls,
        path: Path,
        author: str = "",
        *,
        on_saved: Callable[[], None] | None = None,
        make_room: Callable[[], bool] | None = None,
    ) -> AnnotationLog:
        """Open or begin the log of a session folder (or a log file).

        A torn last line is moved to ``*.torn``. Raises EmgError when the file
        cannot be written.
        """
        file = _log_file(Path(path))
        try:
            return cls(file, author, on_saved, make_room)
        except OSError as error:
            raise EmgError(
                f'The labels in "{file.parent.name}" cannot be changed ({error.strerror}).',
                "Check that the folder is not write-protected.",
            ) from error

    @property
    def items(self) -> tuple[Annotation, ...]:
        """All labels by start; the same tuple until something changes."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = in_order(self._history.items)
            return self._snapshot

    @property
    def undo_text(self) -> str | None:
        """What undo would take back, None if nothing."""
        with self._lock:
            return self._history.done[-1].text if self._history.done else None

    @property
    def redo_text(self) -> str | None:
        """What redo would do again, None if nothing."""
        with self._lock:
            return self._history.undone[-1].text if self._history.undone else None

    def add(self, *annotations: Annotation, text: str = "", undoable: bool = True) -> None:
        """Add labels as one undo step; not undoable are those that a device or a cue made."""
        with self._lock:
            for annotation in annotations:
                if annotation.id in self._history.items:
                    raise ValueError(f"annotation {annotation.id} is there already")
            signed = [a if a.author else replace(a, author=self.author) for a in annotations]
            self._set(text or f"Add {_named(signed)}", signed, (), undoable)

    def change(self, *annotations: Annotation, text: str = "", undoable: bool = True) -> None:
        """Put other values in place of labels with the same id, as one undo step."""
        with self._lock:
            self._known([a.id for a in annotations])
            self._set(text or f"Change {_named(annotations)}", annotations, (), undoable)

    def remove(self, *ids: str, text: str = "", undoable: bool = True) -> None:
        """Take labels away, as one undo step."""
        with self._lock:
            self._known(ids)
            gone = [self._history.items[key] for key in ids]
            self._set(text or f"Remove {_named(gone)}", (), ids, undoable)

    def edit(
        self, put: Sequence[Annotation] = (), remove: Sequence[str] = (), *, text: str
    ) -> None:
        """Several changes as one undo step: ``put`` adds or replaces by id, then ``remove``."""
        with self._lock:
            self._known(remove)
            there = self._history.items
            signed = [
                a if a.author or a.id in there else replace(a, author=self.author) for a in put
            ]
            self._set(text, signed, remove, True)

    def undo(self) -> str | None:
        """Take the last step back; its text, or None when there is nothing to undo."""
        return self._step("undo")

    def redo(self) -> str | None:
        """Do the last undone step again; its text, or None when there is nothing to redo."""
        return self._step("redo")

    def close(self) -> None:
        """Close the file; reading goes on to work."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def _step(self, kind: str) -> str | None:
        with self._lock:
            steps = self._history.done if kind == "undo" else self._history.undone
            if not steps:
                return None
            step = steps[-1]
            self._save(
                {"n": self._history.next_number, "op": kind, "of": step.number, **self._about()}
            )
            return step.text

    def _set(
        self, text: str, items: Sequence[Annotation], remove: Sequence[str], undoable: bool
    ) -> None:
        if not items and not remove:
            return
        for a in items:
            if not (math.isfinite(a.start) and math.isfinite(a.stop) and a.start <= a.stop):
                raise ValueError(f"annotation from {a.start} to {a.stop} s")
        about = self._about() | ({} if undoable else {"undoable": False})
        self._save(set_operation(self._history.next_number, text, items, remove, about))

    def _known(self, ids: Sequence[str]) -> None:
        if any(key not in self._history.items for key in ids):
            raise EmgError("This label is no longer there.", "It may have been undone or removed.")

    def _about(self) -> dict[str, Any]:
        about = {"at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        return about | ({"by": self.author} if self.author else {})

    def _save(self, operation: Mapping[str, Any]) -> None:
        self._write(encode(operation))
        self.changed = self._history.apply(operation)
        few = len(self.changed) < SORT_AGAIN_FROM * len(self._history.items)
        if self._snapshot is not None and few:
            self._snapshot = moved(self._snapshot, self.changed)
        else:
            self._snapshot = None
        self.version += 1
        if self._on_saved is not None:
            self._on_saved()

    def _write(self, line: bytes) -> None:
        if self._handle is None:
            raise EmgError("The labels are closed.", "Open the recording again to change them.")
        try:
            self._append(self._handle, line)
        except OSError as error:
            if self._make_room is None or not self._make_room():
                raise EmgError(
                    f"The label could not be saved ({error.strerror}).",
                    "Free some space on the disk and try again.",
                ) from error
            self._append(self._handle, line)

    @staticmethod
    def _append(handle: int, line: bytes) -> None:
        before = os.fstat(handle).st_size
        try:
            rest = memoryview(line)
            while len(rest):
                rest = rest[os.write(handle, rest) :]
            sync_data(handle)
        except OSError:
            # A refused operation must not be half in the file when the next is appended.
            os.ftruncate(handle, before)
            raise

    def _load(self) -> History:
        new = not self.path.exists()
        if new:
            self.path.touch()
            sync_folder(self.path.parent)
        data = self.path.read_bytes()
        history, good_bytes, bad = replay(data)
        if bad:
            log.info("%s: %d damaged lines passed over", self.path, bad)
        if good_bytes < len(data):
            set_tail_aside(self.path, good_bytes)
        return history


def set_tail_aside(path: Path, keep: int) -> Path:
    """Move what lies behind the first ``keep`` bytes of a file to ``*.torn``; nothing is deleted.

    Raises OSError; the tail is then still where it was.
    """
    torn = path.with_name(path.name + TORN_SUFFIX)
    with path.open("r+b") as file:
        file.seek(keep)
        with torn.open("ab") as aside:
            while part := file.read(1 << 20):
                aside.write(part)
            aside.flush()
            os.fsync(aside.fileno())
        file.truncate(keep)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return torn


def _log_file(path: Path) -> Path:
    return path / EVENTS_FILE if path.is_dir() else path


def _named(annotations: Sequence[Annotation]) -> str:
    if len(annotations) == 1:
        return f"“{annotations[0].label}”"
    return f"{len(annotations)} labels"
