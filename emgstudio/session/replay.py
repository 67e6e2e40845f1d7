"""Lets the replay device read our recordings without devices knowing storage."""

from __future__ import annotations

from pathlib import Path

from emgstudio.core.types import Mask, Samples, StreamInfo
from emgstudio.storage.recording import Recording


class RecordingReplay:
    """A recording as the replay device wants to see it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def streams(self) -> tuple[StreamInfo, ...]:
        return tuple(s.info for s in self._recording.streams.values())

    def samples(self, stream: str) -> int:
        """How many samples the stream has, gaps included."""
        return self._recording.streams[stream].samples

    def read(self, stream: str, start: int, stop: int) -> tuple[Samples, Mask]:
        """Raw ``(n, channels)`` and validity ``(n,)`` of samples ``[start, stop)``."""
        return self._recording.streams[stream].raw(start, stop)


def replay_source(path: Path) -> RecordingReplay:
    """Open a recording to be played; raises EmgError when it is none."""
    return RecordingReplay(Recording.open(path))
