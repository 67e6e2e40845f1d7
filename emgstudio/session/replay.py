"""Lets the replay device read our recordings without devices knowing storage."""

from __future__ import annotations

from pathlib import Path

from emgstudio.core.types import Marker, Mask, Samples, StreamInfo
from emgstudio.storage.recording import RecordedStream, Recording


class RecordingReplay:
    """A recording as the replay device wants to see it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._markers = {name: _markers(recording, s) for name, s in recording.streams.items()}

    @property
    def streams(self) -> tuple[StreamInfo, ...]:
        return tuple(s.info for s in self._recording.streams.values())

    def samples(self, stream: str) -> int:
        """How many samples the stream has, gaps included."""
        return self._recording.streams[stream].samples

    def read(self, stream: str, start: int, stop: int) -> tuple[Samples, Mask]:
        """Raw ``(n, channels)`` and validity ``(n,)`` of samples ``[start, stop)``."""
        return self._recording.streams[stream].raw(start, stop)

    def markers(self, stream: str) -> tuple[Marker, ...]:
        """The annotations of the recording as labels of the stream."""
        return self._markers[stream]


def _markers(recording: Recording, stream: RecordedStream) -> tuple[Marker, ...]:
    """All annotations for the main stream, none for others: each is replayed once."""
    if stream is not recording.main:
        return ()
    markers = []
    for a in recording.annotations:
        at, stop = stream.sample_at(a.start), stream.sample_at(a.stop)
        markers.append(Marker(stream.info.name, at, stop - at, a.label, a.track, a.repetition))
    return tuple(sorted(markers, key=lambda m: m.at))


def replay_source(path: Path) -> RecordingReplay:
    """Open a recording to be played; raises EmgError when it is none."""
    return RecordingReplay(Recording.open(path))
