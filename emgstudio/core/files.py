"""Small files written so that a crash leaves the old one or the new one, never half."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

# Virus scanners on Windows hold new files open for a moment.
RENAME_TRIES = 10 if os.name == "nt" else 1
RENAME_WAIT_S = 0.05


def write_atomic(path: Path, data: bytes) -> None:
    """Write beside, flush to the disk, rename over, flush the folder.

    Raises OSError when the disk is full or not writable; the old file is then
    still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not mkstemp: its files are private to the user, a shared folder must stay shared.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, readable by people."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomic(path, (text + "\n").encode())


def sync_folder(folder: Path) -> None:
    """Make a new or renamed name in ``folder`` survive a power cut (POSIX only)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_data(handle: int) -> None:
    """Push a file's bytes to the disk itself, by the strongest call the system has."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        except OSError:  # network disks do not know it
            os.fsync(handle)
    else:
        getattr(os, "fdatasync", os.fsync)(handle)


def _replace(source: Path, target: Path) -> None:
    for attempt in range(1, RENAME_TRIES + 1):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if attempt == RENAME_TRIES:
                raise
            time.sleep(RENAME_WAIT_S)
