"""Locks of a recording's folder, also where the file system has none."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from emgstudio.storage import lock as module
from emgstudio.storage.lock import LABELS_LOCK_FILE, FolderLock, is_being_written


def test_the_two_locks_of_a_folder_do_not_meet(tmp_path: Path) -> None:
    writing, labelling = FolderLock(tmp_path), FolderLock(tmp_path, LABELS_LOCK_FILE)
    assert labelling.take()
    assert not is_being_written(tmp_path)
    assert writing.take()
    assert is_being_written(tmp_path)
    assert not FolderLock(tmp_path, LABELS_LOCK_FILE).take()
    writing.release()
    labelling.release()
    assert list(tmp_path.iterdir()) == []


def test_where_the_file_system_knows_no_locks_nothing_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_handle: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(module, "_lock", refused)
    lock = FolderLock(tmp_path)
    assert lock.take()
    assert not is_being_written(tmp_path)
    lock.release()
