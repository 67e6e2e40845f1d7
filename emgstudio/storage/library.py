"""The recordings in a folder, as a list shows them, without opening their samples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.storage.format import FINISHED
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import session_folders
from emgstudio.storage.session_file import read_session


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """One line of the list. ``problem`` is a sentence when the recording cannot be read."""

    path: Path
    created: datetime
    title: str = ""
    subject: str = ""
    state: str = ""
    duration_s: float = 0.0
    device: str = ""
    channels: int = 0
    rate: float = 0.0
    lost: int = 0
    simulated: bool = False
    bytes: int = 0
    problem: str = ""


def recordings_in(folder: Path) -> list[RecordingSummary]:
    """All recordings in ``folder`` and one level below, newest first; unreadable ones too."""
    summaries = [summary(path) for path in session_folders(Path(folder))]
    return sorted(summaries, key=lambda s: (s.created, s.path.name), reverse=True)


def summary(path: Path) -> RecordingSummary:
    """What a list shows of one session folder."""
    try:
        session = read_session(path)
        return _from_session(path, session)
    except (EmgError, OSError, KeyError, TypeError, ValueError) as error:
        created = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return RecordingSummary(path, created, problem=str(error))


def _from_session(path: Path, session: dict[str, Any]) -> RecordingSummary:
    streams = session["streams"]
    main: dict[str, Any] = streams[0]["info"] if streams else {"channels": [], "rate": 0.0}
    duration_s = float(session.get("duration_s", 0.0))
    if session["state"] != FINISHED:
        with Recording.open(path) as recording:
            duration_s = recording.duration_s
    return RecordingSummary(
        path=path,
        created=datetime.fromisoformat(session["created"]),
        title=str(session.get("title", "")),
        subject=str(session.get("subject", "")),
        state=str(session["state"]),
        duration_s=duration_s,
        device=str(session.get("device", "")),
        channels=len(main["channels"]),
        rate=float(main["rate"]),
        lost=sum(int(stream.get("lost") or 0) for stream in streams),
        simulated=bool(session.get("simulated", False)),
        bytes=sum(file.stat().st_size for file in path.iterdir() if file.is_file()),
    )
