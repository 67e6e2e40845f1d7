"""The labels of a recording: an operation log on disk with undo and redo that survive a crash."""

from __future__ import annotations

import logging
import math
import os
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_data, sync_folder
from emgstudio.core.types import Annotation
from emgstudio.storage.annotation_columns import AnnotationColumns
from emgstudio.storage.annotation_ops import Change, History, encode, replay, set_operation
from emgstudio.storage.annotation_snapshot import (
    Covered,
    is_worth,
    read_snapshot,
    write_snapshot,
)
from emgstudio.storage.format import EVENTS_FILE, TORN_SUFFIX

log = logging.getLogger(__name__)


def read_columns(path: Path) -> AnnotationColumns:
    """The labels in a log as they are now, without touching it; none if there is no log."""
    file = _log_file(path)
    return _loaded(file, file.read_bytes())[0].columns if file.exists() else AnnotationColumns.of()


def read_annotations(path: Path) -> tuple[Annotation, ...]:
    """The labels in a log as they are now, by start, then stop; see ``read_columns``."""
    return tuple(read_columns(path))


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
        self._items: tuple[Annotation, ...] | None = None
        self.version = 0
        self.changed: Change = {}
        self._covered = Covered()
        self._kept_bytes = 0
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
    def columns(self) -> AnnotationColumns:
        """All labels by start as columns, of which objects are made only when asked for."""
        with self._lock:
            return self._history.columns

    @property
    def items(self) -> tuple[Annotation, ...]:
        """All labels by start; the same tuple until something changes."""
        with self._lock:
            if self._items is None:
                self._items = tuple(self._history.columns)
            return self._items

    @property
    def undo_text(self) -> str | None:
        """What undo would take back, None if nothing."""
        with self._lock:
            top = self._history.done.top
            return top[1] if top is not None else None

    @property
    def redo_text(self) -> str | None:
        """What redo would do again, None if nothing."""
        with self._lock:
            top = self._history.undone.top
            return top[1] if top is not None else None

    def add(self, *annotations: Annotation, text: str = "", undoable: bool = True) -> None:
        """Add labels as one undo step; not undoable are those that a device or a cue made."""
        with self._lock:
            for id in self._history.known([a.id for a in annotations]):
                raise ValueError(f"annotation {id} is there already")
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
            self._set(text or f"Remove {self._named_by(ids)}", (), ids, undoable)

    def edit(
        self, put: Sequence[Annotation] = (), remove: Sequence[str] = (), *, text: str
    ) -> None:
        """Several changes as one undo step: ``put`` adds or replaces by id, then ``remove``."""
        with self._lock:
            self._known(remove)
            there = self._history.known([a.id for a in put])
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
                self._keep()
                os.close(self._handle)
                self._handle = None

    def _step(self, kind: str) -> str | None:
        with self._lock:
            steps = self._history.done if kind == "undo" else self._history.undone
            if steps.top is None:
                return None
            number, text = steps.top
            self._save({"n": self._history.next_number, "op": kind, "of": number, **self._about()})
            return text

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
        if len(self._history.known(ids)) < len(set(ids)):
            raise EmgError("This label is no longer there.", "It may have been undone or removed.")

    def _named_by(self, ids: Sequence[str]) -> str:
        only = self._history.get(ids[0]) if len(ids) == 1 else None
        return _named([only]) if only is not None else f"{len(ids)} labels"

    def _about(self) -> dict[str, Any]:
        about = {"at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        return about | ({"by": self.author} if self.author else {})

    def _save(self, operation: Mapping[str, Any]) -> None:
        line = encode(operation)
        self._write(line)
        place = (self._covered.bytes, len(line))
        self._covered = replace(
            self._covered,
            bytes=self._covered.bytes + len(line),
            crc=zlib.crc32(line, self._covered.crc),
        )
        self.changed = self._history.apply(operation, place)
        self._items = None
        self.version += 1
        if self._on_saved is not None:
            self._on_saved()

    def _write(self, line: bytes) -> None:
        if self._handle is None:
            raise EmgError("The labels are closed.", "Open the recording again to change them.")
        try:
            try:
                self._append(self._handle, line)
            except OSError:
                if self._make_room is None or not self._make_room():
                    raise
                self._append(self._handle, line)
        except OSError as error:
            raise EmgError(
                f"The label could not be saved ({error.strerror}).",
                "Free some space on the disk and try again.",
            ) from error

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
        history, self._covered, self._kept_bytes = _loaded(self.path, data)
        if self._covered.bad:
            log.info("%s: %d damaged lines passed over", self.path, self._covered.bad)
        if self._covered.bytes < len(data):
            set_tail_aside(self.path, self._covered.bytes)
        return history

    def _keep(self) -> None:
        """Write a snapshot when the log has grown enough, and by nobody else."""
        grown = self._covered.bytes - self._kept_bytes
        if is_worth(grown) and self.path.stat().st_size == self._covered.bytes:
            write_snapshot(self.path, self._history, self._covered)


def _loaded(path: Path, data: bytes) -> tuple[History, Covered, int]:
    """The state after ``data``, what of it was good, and how many bytes a snapshot had known."""
    kept = read_snapshot(path, data)
    history, begun = kept if kept is not None else (None, Covered())
    history, good, bad = replay(data, history, begun.bytes)
    crc = zlib.crc32(memoryview(data)[begun.bytes : good], begun.crc)
    return history, Covered(good, crc, begun.bad + bad), begun.bytes


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
