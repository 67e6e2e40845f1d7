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


def test_a_lock_file_that_was_taken_away_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, first = module._lock, [True]

    def somebody_lets_go_before(handle: int) -> None:
        if first and first.pop():
            (tmp_path / module.LOCK_FILE).unlink()
        real(handle)

    monkeypatch.setattr(module, "_lock", somebody_lets_go_before)
    ours = FolderLock(tmp_path)
    assert ours.take()
    assert is_being_written(tmp_path)
    assert not FolderLock(tmp_path).take()
    ours.release()


def test_a_file_system_that_numbers_files_anew_at_each_look_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(module, "_is_at", lambda *_: looks.append(None) or len(looks) > 1000)
    ours = FolderLock(tmp_path)
    assert ours.take()
    assert len(looks) == module.MOST_TRIES
    assert is_being_written(tmp_path)
    ours.release()


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
