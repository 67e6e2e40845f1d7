"""A session folder while it is being written, by the recorder or by an importer."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import emgstudio
from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_folder, write_json
from emgstudio.core.types import ConditionSpec, StreamInfo
from emgstudio.storage.annotations import AnnotationLog, set_tail_aside
from emgstudio.storage.format import (
    CHECKSUMS_FILE,
    EVENTS_FILE,
    FINISHED,
    HEADER_BYTES,
    RECORD_BYTES,
    RECORDING,
    VERSION,
    disk_type,
    file_name,
)
from emgstudio.storage.lock import FolderLock
from emgstudio.storage.readings import ReadingsFile
from emgstudio.storage.session_file import KIND, info_to_json, write_session
from emgstudio.storage.timing import TimeLine, thinned
from emgstudio.storage.writer import StreamWriter

ABOUT_KEYS = ("title", "subject", "author")
VIDEO_FILES = "camera.*"


class NewStream:
    """One stream of a new session and what is known about its place in time."""

    def __init__(self, writer: StreamWriter, condition: ConditionSpec) -> None:
        self.writer = writer
        self.condition = condition
        self.line: TimeLine | None = None
        self.anchors: Sequence[tuple[int, float]] = ()

    @property
    def end_s(self) -> float:
        """Recording time at which the stream ends."""
        line = self.line or TimeLine(0.0, self.writer.info.rate, False)
        return line.start_s + self.writer.samples / line.rate

    def to_json(self) -> dict[str, Any]:
        """The stream's entry in session.json."""
        line = self.line
        return {
            "file": self.writer.data.path.name,
            "index": self.writer.index.path.name,
            "id": str(self.writer.stream_id),
            "info": info_to_json(self.writer.info),
            "condition": asdict(self.condition),
            "start_s": line.start_s if line else None,
            "fitted_rate": line.rate if line and line.fitted else None,
            "samples": self.writer.samples,
            "lost": self.writer.lost,
            "anchors": thinned(self.anchors),
        }


class NewSession:
    """Creates the folder and its files, keeps session.json fresh, and finishes.

    ``host_s`` is the host time that is recording time 0, ``created`` the wall
    clock at that moment. With ``overview`` each stream's minima and maxima are written
    on the way. Raises EmgError when the folder is there already, OSError
    when the disk refuses.
    """

    def __init__(
        self,
        folder: Path,
        sources: Sequence[tuple[StreamInfo, ConditionSpec]],
        meta: Mapping[str, Any],
        *,
        host_s: float,
        created: datetime,
        on_saved: Callable[[], None] | None = None,
        make_room: Callable[[], bool] | None = None,
        overview: bool = False,
    ) -> None:
        if folder.exists():
            raise EmgError(f'"{folder}" exists already.', "A recording never writes over another.")
        folder.mkdir(parents=True)
        self.folder = folder
        self.host_s = host_s
        self._created = created
        self._id = str(uuid.uuid4())
        self._about = {key: str(meta.get(key, "")) for key in ABOUT_KEYS}
        self._meta = {key: value for key, value in meta.items() if key not in ABOUT_KEYS}
        self._lock = FolderLock(folder)
        self._lock.take()
        self.streams = [
            NewStream(StreamWriter(folder, stem, info, overview=overview), condition)
            for stem, (info, condition) in zip(_stems(sources), sources, strict=True)
        ]
        self.readings = ReadingsFile(folder)
        self.annotations = AnnotationLog.open(
            folder / EVENTS_FILE, self._about["author"], on_saved=on_saved, make_room=make_room
        )
        self.save(RECORDING)
        sync_folder(folder.parent)

    @property
    def meta(self) -> Mapping[str, Any]:
        """What session.json says beside what every recording has."""
        return self._meta

    @property
    def bytes(self) -> int:
        return self.readings.bytes + sum(stream.writer.bytes for stream in self.streams)

    def save(self, state: str, ended_by: str = "") -> None:
        """Write session.json as things are now."""
        infos = [stream.writer.info for stream in self.streams]
        write_session(
            self.folder,
            {
                "kind": KIND,
                "version": VERSION,
                "state": state,
                "uuid": self._id,
                "app": f"EMG Studio {emgstudio.__version__}",
                **self._about,
                "created": self._created.astimezone(UTC).isoformat(timespec="milliseconds"),
                "host_s": self.host_s,
                "duration_s": max((stream.end_s for stream in self.streams), default=0.0),
                "ended_by": ended_by,
                "device": ", ".join(dict.fromkeys(info.device for info in infos)),
                "simulated": any(info.simulated for info in infos),
                "streams": [stream.to_json() for stream in self.streams],
                "meta": self._meta,
            },
        )

    def update_meta(self, meta: Mapping[str, Any]) -> None:
        """Put other values into session.json; they are written with the next save. Any thread."""
        # Replaced whole: another thread may be writing the old one at this moment.
        self._meta = self._meta | {k: v for k, v in meta.items() if k not in ABOUT_KEYS}

    def sync(self) -> None:
        """What was written before is on the disk when this returns; others may go on writing."""
        for stream in self.streams:
            stream.writer.sync()
        self.readings.sync()

    def finish(self, ended_by: str) -> None:
        """Close all files and mark the session finished; recovery does so after an OSError."""
        self.annotations.close()
        checksums = {}
        for stream in self.streams:
            writer = stream.writer
            writer.sync()
            writer.close_samples()
            row_bytes = disk_type(writer.info.dtype).itemsize * writer.info.n_channels
            records = (writer.index.bytes - HEADER_BYTES) // RECORD_BYTES
            kept = {
                writer.data: (writer.samples - writer.lost) * row_bytes,
                writer.index: HEADER_BYTES + records * RECORD_BYTES,
            }
            for file, size in kept.items():
                checksums[file.path.name] = file.checksum
                if file.bytes > size:
                    set_tail_aside(file.path, size)
                    checksums[file.path.name] = file_checksum(file.path)
        video = sorted(path.name for path in self.folder.glob(VIDEO_FILES))
        for name in (*self.readings.finish(), EVENTS_FILE, *video):
            checksums[name] = file_checksum(self.folder / name)
        write_json(self.folder / CHECKSUMS_FILE, {"files": checksums})
        self.save(FINISHED, ended_by)
        for stream in self.streams:
            stream.writer.finish_overview()
        self._lock.release()

    def abandon(self) -> None:
        """Close what is open and leave the rest to recovery."""
        self.annotations.close()
        self.readings.close()
        for stream in self.streams:
            stream.writer.close()
        self._lock.release()


def new_folder(parent: Path, created: datetime, subject: str = "", title: str = "") -> Path:
    """A name that is still free: ``2026-11-20T14-32-05Z_P0012_grip``."""
    parts = [created.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")]
    parts += [file_name(text, "") for text in (subject, title)]
    return free_name(parent, "_".join(part for part in parts if part))


def free_name(parent: Path, name: str) -> Path:
    """``parent/name``, with a number behind it where that exists."""
    path, number = parent / name, 2
    while path.exists():
        path, number = parent / f"{name}-{number}", number + 1
    return path


def file_checksum(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": digest}


def _stems(sources: Sequence[tuple[StreamInfo, ConditionSpec]]) -> list[str]:
    """File names from stream names, different even where a file system ignores case."""
    stems: list[str] = []
    for number, (info, _) in enumerate(sources, 1):
        stem = file_name(info.name, f"stream{number}").lower()
        while stem in stems:
            stem = f"{stem}-{number}"
        stems.append(stem)
    return stems
