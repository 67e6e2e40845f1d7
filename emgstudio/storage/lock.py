"""Tells a recording that is being written now from one that a crash left behind.

Where a file system knows no locks nothing counts as locked.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

LOCK_FILE = "recording.lock"
LABELS_LOCK_FILE = "labels.lock"
# A file system may number a file anew at each look; its lock holds all the same.
MOST_TRIES = 20
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class FolderLock:
    """Held by the process that writes a session; the system lets go of it when the process dies.

    ``file`` is LABELS_LOCK_FILE for who changes the labels of a finished one.
    """

    def __init__(self, folder: Path, file: str = LOCK_FILE) -> None:
        self._path = folder / file
        self._handle: int | None = None

    def take(self) -> bool:
        """Try to get the lock; False when somebody else has it. Raises OSError."""
        tries = 0
        while True:
            tries += 1
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(handle)
            except OSError as reason:
                os.close(handle)
                return reason.errno not in _TAKEN
            if _is_at(handle, self._path) or tries == MOST_TRIES:
                self._handle = handle
                return True
            # The last one let go and took its file away between our opening and our locking:
            # that lock would hold nobody off.
            os.close(handle)

    def release(self) -> None:
        """Let go and take the lock file away."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if sys.platform == "win32":
            os.close(handle)
            self._path.unlink(missing_ok=True)
        else:
            self._path.unlink(missing_ok=True)
            os.close(handle)


def is_being_written(folder: Path) -> bool:
    """Whether a living process records into this folder."""
    path = folder / LOCK_FILE
    if not path.exists():
        return False
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError as reason:
        return reason.errno in _TAKEN
    finally:
        os.close(handle)
    return False


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
