"""Checks a recording byte by byte against its own checksums, changing nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.storage.annotation_ops import replay
from emgstudio.storage.disk_space import in_words
from emgstudio.storage.format import (
    CHECKSUMS_FILE,
    EVENTS_FILE,
    FINISHED,
    READINGS_FILE,
    TORN_SUFFIX,
    disk_type,
    records_good,
)
from emgstudio.storage.index import bad_blocks, read_index, read_records
from emgstudio.storage.pyramid import Reports
from emgstudio.storage.readings import replay_readings
from emgstudio.storage.recording import session_folder
from emgstudio.storage.session_file import read_session, session_intact

ENDS = {
    "disk full": "It ended because the disk was full; everything before that is saved.",
    "disk error": "It ended because the disk refused; everything before that is saved.",
    "fault": "It ended because of a fault in the program; everything before that is saved.",
    "recovered": "It was not ended: the program or the computer stopped while it ran.",
}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """``ok`` when there are no problems; each problem is a sentence. ``blocks`` were checked.

    ``story`` tells, in sentences too, what happened to the recording while it was made
    and since: how it ended, what was lost, what recovery did. None of that is a problem.
    """

    ok: bool
    path: Path
    state: str
    problems: tuple[str, ...]
    blocks: int
    bytes: int
    story: tuple[str, ...] = ()


def verify(path: Path, progress: Reports | None = None) -> VerifyReport:
    """Check every index record, every block of samples, every label and every file.

    Raises EmgError when ``path`` is not a recording at all.
    """
    folder = session_folder(Path(path))
    session = read_session(folder)
    problems: list[str] = []
    if session.get("state") != FINISHED:
        problems.append("The recording was not finished. Run recover on it.")
    if not session_intact(session):
        problems.append("session.json was changed by something other than EMG Studio.")
    blocks = 0
    for entry in session.get("streams", ()):
        try:
            blocks += _check_stream(folder, entry, session, problems, progress)
        except (EmgError, OSError, KeyError) as error:
            problems.append(f"{entry.get('index', 'A stream')} cannot be read: {error}")
    for name, read in ((EVENTS_FILE, replay), (READINGS_FILE, replay_readings)):
        data = (folder / name).read_bytes() if (folder / name).exists() else b""
        _, good_bytes, bad = read(data)
        if bad or good_bytes < len(data):
            problems.append(f"{name} has damaged lines.")
    problems += _check_files(folder, session.get("state") == FINISHED)
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    state = str(session.get("state", ""))
    told = tuple(story(folder, session))
    return VerifyReport(not problems, folder, state, tuple(problems), blocks, size, told)


def story(folder: Path, session: Mapping[str, Any]) -> Iterator[str]:
    """What happened to a recording, from what session.json and the folder say."""
    ended = str(session.get("ended_by", ""))
    if ended in ENDS:
        yield ENDS[ended]
    recovered = session.get("recovered")
    if isinstance(recovered, Mapping):
        lost = float(recovered.get("lost_s") or 0.0)
        rest = (
            f"the last {in_words(lost)} could not be saved" if lost > 0 else "nothing was cut off"
        )
        yield f"It was recovered on {str(recovered.get('at', ''))[:10]}; {rest}."
    for entry in session.get("streams", ()):
        lost = int(entry.get("lost") or 0)
        if lost:
            rate = float(entry["info"]["rate"])
            yield f"{entry['info']['name']}: {lost} samples ({lost / rate:.2f} s) are missing."
        damaged = entry.get("damaged", ())
        if damaged:
            yield f"{entry['file']}: {len(damaged)} damaged blocks are read as gaps."
    for torn in sorted(folder.glob(f"*{TORN_SUFFIX}*")):
        yield f"{torn.name} keeps {torn.stat().st_size} bytes that could not be used."


def _check_stream(
    folder: Path,
    entry: Mapping[str, Any],
    session: Mapping[str, Any],
    problems: list[str],
    progress: Reports | None,
) -> int:
    data_path, index_path = folder / entry["file"], folder / entry["index"]
    _, records, _ = read_records(index_path)
    bad_records = int((~records_good(records)).sum())
    if bad_records:
        problems.append(f"{index_path.name}: {bad_records} damaged index records.")
    index = read_index(index_path, data_path, finished=session.get("state") == FINISHED)
    bad = bad_blocks(index, data_path, progress.report if progress else lambda _: None)
    if bad:
        rate = index.header.rate
        places = ", ".join(f"{first / rate:.1f} s" for first in bad[:5])
        problems.append(f"{data_path.name}: {len(bad)} damaged blocks, the first at {places}.")
    row_bytes = disk_type(index.header.dtype).itemsize * index.header.channels
    rest = data_path.stat().st_size - index.good_rows * row_bytes
    if rest:
        problems.append(f"{data_path.name}: {rest} bytes at the end are not in the index.")
    if index.samples != entry.get("samples") and session.get("state") == FINISHED:
        problems.append(
            f"{index_path.name}: {index.samples} samples, session.json says {entry.get('samples')}."
        )
    return len(index.records)


def _check_files(folder: Path, finished: bool) -> Iterator[str]:
    """Compare with checksums.json; a log of labels may have grown since."""
    path = folder / CHECKSUMS_FILE
    if not path.exists():
        if finished:
            yield f"{CHECKSUMS_FILE} is missing."
        return
    try:
        files = json.loads(path.read_bytes())["files"]
        expectations = {n: (int(e["bytes"]), str(e["sha256"])) for n, e in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"{CHECKSUMS_FILE} is damaged."
        return
    for name, (size, digest) in expectations.items():
        file = folder / Path(name).name
        if not file.exists():
            yield f"{name} is missing."
        elif _digest(file, size) != digest:
            yield f"{name} differs from its checksum."
        elif name != EVENTS_FILE and file.stat().st_size != size:
            yield f"{name} is longer than it was when the recording was finished."


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(size, 1 << 20))):
            digest.update(part)
            size -= len(part)
    return digest.hexdigest()
