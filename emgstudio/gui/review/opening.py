"""Opens a recording for review and decides whether its annotations may be changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.track_memory import TrackMemory
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.lock import LABELS_LOCK_FILE, FolderLock, is_being_written
from emgstudio.storage.recording import session_folder

if TYPE_CHECKING:
    from emgstudio.session.session import Session

RUNNING = "This recording is still running. You see what is saved so far; edit it when it is done."
ELSEWHERE = "Another program records into this folder, so that it is opened read-only."
LABELLED_ELSEWHERE = (
    "Another window labels this recording. Close it there and look again; here it is read-only."
)
UNWRITABLE = (
    "The labels of this recording cannot be changed ({}). "
    "Check that the folder is not write-protected."
)
NEWER = "A newer EMG Studio made this file, so that it is opened read-only."


def open_document(session: Session, path: Path) -> Document:
    """The recording at ``path``, editable unless it is being written or not ours to change.

    Its tracks are shown and locked as they were left. Raises EmgError when there is no
    readable recording.
    """
    document = _opened(session, path)
    TrackMemory(document)
    return document


def is_of(document: Document, path: Path) -> bool:
    """Whether ``path`` is the recording that the document shows."""
    try:
        return session_folder(path) == document.path
    except EmgError:
        return False


def _opened(session: Session, path: Path) -> Document:
    recording = session.open_recording(path)
    running = session.recorder is not None and session.recorder.path == recording.path
    if running:
        return Document(recording, None, RUNNING)
    if is_being_written(recording.path):
        return Document(recording, None, ELSEWHERE)
    if recording.read_only:
        return Document(recording, None, NEWER)
    lock = FolderLock(recording.path, LABELS_LOCK_FILE)
    try:
        # Before the log is opened, which moves a torn last line: that window may be writing it.
        if not lock.take():
            return Document(recording, None, LABELLED_ELSEWHERE)
        log = AnnotationLog.open(recording.path, session.settings.recording.author)
    except OSError as error:
        return Document(recording, None, UNWRITABLE.format(error.strerror))
    except EmgError as error:
        lock.release()
        return Document(recording, None, f"{error.message} {error.hint}")
    return Document(recording, log, "", lock.release)


def prepare_overview(session: Session, document: Document) -> Task[None] | None:
    """Begin to make the summary that wide zooms need; None where it is there or cannot be."""
    stream = document.stream
    if stream.has_pyramid or not stream.samples or document.locked:
        return None
    name = f"Overview of {document.path.name}"
    return session.tasks.submit(name, lambda progress: stream.build_pyramid(progress))
