"""Names of new recordings, and finding recordings from what a person typed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.storage.format import SESSION_FILE
from emgstudio.storage.importers import import_file
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import is_session_folder, session_folders

LONGEST_NAME = 180


def free_name(base: Path, name: str) -> Path:
    """``base/name``, or with -2, -3 … when that is taken."""
    candidates = itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2)))
    return next(base / c for c in candidates if not (base / c).exists())


def find_recordings(paths: Iterable[Path]) -> list[Path]:
    """The recordings that ``paths`` mean: recordings themselves, or folders that hold some.

    Each once, however often it is meant. Raises EmgError for a path that is neither.
    """
    found: dict[Path, Path] = {}
    for named in paths:
        path = named
        if path.name == SESSION_FILE:
            path = path.parent
        if is_session_folder(path):
            found.setdefault(path.resolve(), path)
            continue
        inside = sorted(session_folders(path)) if path.is_dir() else []
        if not inside:
            raise EmgError(
                f"There is no recording at {path}.",
                f"A recording is a folder with a file {SESSION_FILE} in it.",
            )
        for one in inside:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def import_recording(file: Path, out: Path, *, progress: Progress, **how: Any) -> Path:
    """Import ``file`` into a new recording inside ``out``, named like the file."""
    return import_file(file, free_name(out, _safe(file.stem)), progress=progress, **how)


def import_remarks(recording: Path) -> list[str]:
    """What the import of a recording has to say of its file, in sentences."""
    meta = Recording.open(recording).meta
    return [str(remark) for remark in meta.get("import_remarks", ())]


def _safe(text: str) -> str:
    """A name that every file system takes, with room for what is put before and behind it."""
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in text.strip())
    # Cut between characters: most file systems count bytes.
    short = name.encode()[:LONGEST_NAME].decode("utf-8", "ignore")
    return short.strip("-.") or "recording"
