"""Finds recordings that a crash left behind, checks recordings byte by byte, and mends them."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.types import ARBITRARY_UNIT, Channel, StreamInfo
from emgstudio.storage.annotation_ops import replay
from emgstudio.storage.annotations import AnnotationLog, set_tail_aside
from emgstudio.storage.disk_space import BALLAST_FILE, in_words
from emgstudio.storage.format import (
    CHECKSUMS_FILE,
    EVENTS_FILE,
    FINISHED,
    HEADER_BYTES,
    INDEX_SUFFIX,
    READINGS_FILE,
    RECORDING,
    SESSION_FILE,
    TORN_SUFFIX,
    VERSION,
    IndexHeader,
    disk_type,
    sample_suffix,
)
from emgstudio.storage.index import Index, bad_blocks, read_index
from emgstudio.storage.lock import FolderLock, is_being_written
from emgstudio.storage.new_session import file_checksum
from emgstudio.storage.pyramid import Reports
from emgstudio.storage.readings import replay_readings
from emgstudio.storage.recording import Recording, session_folder
from emgstudio.storage.session_file import (
    KIND,
    info_from_json,
    info_to_json,
    read_session,
    write_session,
)
from emgstudio.storage.verification import VerifyReport, verify

__all__ = ["RecoverReport", "VerifyReport", "find_unfinished", "recover", "verify"]

log = logging.getLogger(__name__)

DEPTH = 2


@dataclass(frozen=True, slots=True)
class RecoverReport:
    """What recovery saved: seconds of recording, seconds that stayed behind, and where bytes went.

    ``torn`` are the files that hold what could not be used; nothing is deleted.
    ``untouched``: it was finished and whole.
    """

    path: Path
    saved_s: float
    lost_s: float
    torn: tuple[Path, ...]
    problems: tuple[str, ...]
    untouched: bool = False

    @property
    def text(self) -> str:
        """The report in one line for people."""
        if self.untouched:
            return f"There is nothing to recover: all {in_words(self.saved_s)} are finished."
        rest = "all that was written is there"
        if self.problems:
            rest = "what was damaged is marked"
        if self.lost_s > 0:
            rest = f"last {in_words(self.lost_s)} lost"
        return f"Recording recovered. {in_words(self.saved_s)} saved, {rest}."


def find_unfinished(folder: Path) -> list[Path]:
    """Sessions in ``folder`` that a crash left behind, oldest name first.

    Those that a living program is recording are not among them.
    """
    return sorted(path for path in session_folders(folder) if _left_behind(path))


def recover(path: Path, progress: Reports | None = None) -> RecoverReport:
    """Make a recording whole again: cut torn ends, mark damaged blocks, finish it.

    Raises EmgError when it is being recorded, or when nothing of it can be read.
    """
    folder = session_folder(Path(path))
    if not folder.is_dir():
        raise EmgError(f'"{folder}" is not a recording.', "Name a session folder.")
    lock = FolderLock(folder)
    try:
        if not lock.take():
            raise EmgError(
                f'"{folder.name}" is being recorded by a running EMG Studio.',
                "Stop the recording there first.",
            )
        return _recover(folder, progress)
    except OSError as error:
        raise EmgError(
            f'"{folder.name}" could not be recovered ({error.strerror or error}).',
            "Check that the disk is not full or write-protected. Nothing was deleted.",
        ) from error
    finally:
        lock.release()


def _recover(folder: Path, progress: Reports | None) -> RecoverReport:
    problems: list[str] = []
    torn: list[Path] = []
    (folder / BALLAST_FILE).unlink(missing_ok=True)
    session = _description(folder, problems, torn)
    finished = session["state"] == FINISHED
    lost_s = 0.0
    for entry in session["streams"]:
        _mend_header(folder, entry, problems, torn)
        index, stream_lost_s = _mend_stream(folder, entry, finished, problems, torn, progress)
        lost_s = max(lost_s, stream_lost_s)
        if entry.get("start_s") is None and index.begin_ns is not None:
            entry["start_s"] = index.begin_ns / 1e9 - float(session["host_s"])
    _mend_labels(folder, problems, torn)
    _mend_readings(folder, finished, problems, torn)
    if finished and not problems and not torn:
        return RecoverReport(folder, float(session["duration_s"]), 0.0, (), (), untouched=True)
    names = [name for e in session["streams"] for name in (e["file"], e["index"])]
    names += [name for name in (EVENTS_FILE, READINGS_FILE) if (folder / name).exists()]
    files = {name: file_checksum(folder / name) for name in names}
    # Those of a finished recording stay: they tell that something has changed since.
    if not finished or not (folder / CHECKSUMS_FILE).exists():
        write_json(folder / CHECKSUMS_FILE, {"files": files})
    if not finished:
        session["ended_by"] = "recovered"
    session["state"] = FINISHED
    session["recovered"] = {"at": datetime.now(UTC).isoformat("T", "seconds"), "lost_s": lost_s}
    write_session(folder, session)
    with Recording(folder) as recording:
        session["duration_s"] = recording.duration_s
    write_session(folder, session)
    return RecoverReport(folder, session["duration_s"], lost_s, tuple(torn), tuple(problems))


def is_session_folder(path: Path) -> bool:
    """Whether a folder looks like a session, be it that only an index of samples is left."""
    return (path / SESSION_FILE).exists() or any(path.glob(f"*{INDEX_SUFFIX}"))


def session_folders(folder: Path, depth: int = DEPTH) -> Iterator[Path]:
    """Session folders inside ``folder``, down to ``depth`` levels; their files may be damaged.

    What may not be looked into, such as the system's own folders on a disk, holds none.
    """
    for path in _inside(Path(folder)):
        if _is(is_session_folder, path):
            yield path
        elif depth > 1:
            yield from session_folders(path, depth - 1)


def _inside(folder: Path) -> list[Path]:
    try:
        paths = [path for path in folder.iterdir() if path.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        log.info("%s is not looked into: %s", folder, error.strerror)
        return []
    return [path for path in paths if _is(Path.is_dir, path)]


def _is(asked: Callable[[Path], bool], path: Path) -> bool:
    """The answer about one path; False where the system does not let anybody ask."""
    try:
        return asked(path)
    except OSError as error:
        log.info("%s is passed over: %s", path, error.strerror)
        return False


def _left_behind(folder: Path) -> bool:
    try:
        state = read_session(folder).get("state")
    except EmgError:
        state = RECORDING if any(folder.glob(f"*{INDEX_SUFFIX}")) else FINISHED
    return state == RECORDING and not is_being_written(folder)


def _description(folder: Path, problems: list[str], torn: list[Path]) -> dict[str, Any]:
    """session.json, or what the indices tell if it is lost."""
    try:
        session = read_session(folder)
        _check_belongs(folder, session)
        return session
    except EmgError as error:
        problems.append(f"{error.message} It was made anew from the indices; scales are unknown.")
    streams = list(_entries(folder))
    if not streams:
        raise EmgError(
            f'Nothing in "{folder.name}" can be recovered.',
            "It holds neither a session.json nor an index of samples.",
        )
    path = folder / SESSION_FILE
    if path.exists():
        torn.append(path.with_name(path.name + TORN_SUFFIX))
        os.replace(path, torn[-1])
    created = datetime.fromtimestamp(folder.stat().st_ctime, UTC)
    starts = [start for entry in streams if (start := entry.pop("begin_ns")) is not None]
    return {
        "kind": KIND,
        "version": VERSION,
        "state": RECORDING,
        "uuid": str(uuid.uuid4()),
        "created": created.isoformat(timespec="milliseconds"),
        "host_s": min(starts, default=0) / 1e9,
        "duration_s": 0.0,
        "streams": streams,
        "meta": {},
    }


def _check_belongs(folder: Path, session: Mapping[str, Any]) -> None:
    """Raise EmgError when a stream is described otherwise than in its own index."""
    for entry in session["streams"]:
        info = info_from_json(entry["info"])
        with suppress(OSError):
            head = (folder / entry["index"]).read_bytes()[:HEADER_BYTES]
            try:
                header = IndexHeader.unpack(head)
            except EmgError:
                continue
            if (header.dtype, header.channels) != (info.dtype, info.n_channels):
                raise EmgError(f"The description of “{info.name}” does not belong to its samples.")


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(f"*{INDEX_SUFFIX}")):
        with suppress(EmgError, OSError):
            header = IndexHeader.unpack(path.read_bytes()[:HEADER_BYTES])
            data_path = path.with_suffix(sample_suffix(header.dtype))
            channels = tuple(
                Channel(f"channel {k + 1}", ARBITRARY_UNIT) for k in range(header.channels)
            )
            info = StreamInfo(path.stem, header.rate, channels, header.dtype, "unknown")
            yield {
                "file": data_path.name,
                "index": path.name,
                "id": str(header.stream_id),
                "info": info_to_json(info),
                "start_s": None,
                "begin_ns": read_index(path, data_path, finished=False).begin_ns,
            }


def _mend_header(
    folder: Path, entry: Mapping[str, Any], problems: list[str], torn: list[Path]
) -> None:
    """Write the index's header again from session.json if it is damaged."""
    path = folder / entry["index"]
    with path.open("r+b") as file:
        head = file.read(HEADER_BYTES)
        try:
            IndexHeader.unpack(head)
        except EmgError:
            problems.append(f"{path.name}: the damaged head was written again from session.json.")
        else:
            return
        torn.append(path.with_name(path.name + ".head" + TORN_SUFFIX))
        torn[-1].write_bytes(head)
        info = info_from_json(entry["info"])
        header = IndexHeader(uuid.UUID(entry["id"]), info.n_channels, info.dtype, info.rate)
        file.seek(0)
        file.write(header.pack())
        file.flush()
        os.fsync(file.fileno())


def _mend_stream(
    folder: Path,
    entry: dict[str, Any],
    finished: bool,
    problems: list[str],
    torn: list[Path],
    progress: Reports | None,
) -> tuple[Index, float]:
    """Cut the torn end, mark damaged blocks; the index and the seconds cut off."""
    data_path, index_path = folder / entry["file"], folder / entry["index"]
    index = read_index(index_path, data_path, finished=finished)
    header = index.header
    row_bytes = disk_type(header.dtype).itemsize * header.channels
    rest = data_path.stat().st_size - index.good_rows * row_bytes
    ends = {data_path: index.good_rows * row_bytes, index_path: index.good_bytes}
    for path, keep in () if finished else ends.items():
        if path.stat().st_size > keep:
            torn.append(set_tail_aside(path, keep))
    report = progress.report if progress else (lambda _: None)
    damaged = bad_blocks(index, data_path, report)
    if damaged:
        entry["damaged"] = damaged
        problems.append(f"{data_path.name}: {len(damaged)} damaged blocks are marked as gaps.")
    if index.bad_blocks:
        problems.append(f"{index_path.name}: {index.bad_blocks} damaged places are read as gaps.")
    whole = read_index(index_path, data_path, finished=True, damaged=damaged)
    entry["samples"] = whole.samples
    entry["lost"] = whole.samples - int(whole.count.sum())
    cut_s = 0.0 if finished else max(0, rest) / row_bytes / header.rate
    return whole, cut_s


def _mend_labels(folder: Path, problems: list[str], torn: list[Path]) -> None:
    path = folder / EVENTS_FILE
    if path.exists():
        data = path.read_bytes()
        _, good_bytes, bad = replay(data)
        if bad:
            problems.append(f"{path.name}: {bad} damaged lines are passed over.")
        if good_bytes < len(data):
            torn.append(path.with_name(path.name + TORN_SUFFIX))
    AnnotationLog.open(folder).close()


def _mend_readings(folder: Path, finished: bool, problems: list[str], torn: list[Path]) -> None:
    path = folder / READINGS_FILE
    if not path.exists():
        return
    _, good_bytes, bad = replay_readings(path.read_bytes())
    if bad:
        problems.append(f"{path.name}: {bad} damaged lines are passed over.")
    if not finished and good_bytes < path.stat().st_size:
        torn.append(set_tail_aside(path, good_bytes))
