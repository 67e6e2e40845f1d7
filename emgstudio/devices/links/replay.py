"""A recording played as if it were a device: paced, with its gaps as gaps."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Marker, Mask, Samples, StreamInfo, new_id
from emgstudio.devices.drivers.framed import DTYPES, info_to_json
from emgstudio.devices.frames import MAX_SAMPLES, Kind, encode, encode_json
from emgstudio.devices.link import LinkEnded, LinkLost
from emgstudio.devices.links.pace import CATCH_UP_S, Pace

TICK_S = 0.016
TICKS_AT_ONCE = 64
PAGE_S = 2.0


class ReplaySource(Protocol):
    """A recording as the replay device wants to see it; the session brings one."""

    @property
    def streams(self) -> tuple[StreamInfo, ...]:
        """What was recorded, at least one stream."""

    def samples(self, stream: str) -> int:
        """How many samples ``stream`` has, gaps included."""

    def read(self, stream: str, start: int, stop: int) -> tuple[Samples, Mask]:
        """Raw ``(n, channels)`` and validity ``(n,)`` of samples ``[start, stop)``."""

    def markers(self, stream: str) -> tuple[Marker, ...]:
        """The labels of a stream in order of their first sample."""


RecordingOpener = Callable[[Path], ReplaySource]


class ReplayLink:
    """Plays ``path`` at ``speed`` (0 as fast as is safe), for ever if ``loop``.

    All streams begin together; each keeps its own sampling rate.
    """

    def __init__(
        self, path: Path, opener: RecordingOpener, speed: float = 1.0, loop: bool = False
    ) -> None:
        self._path = path
        self._opener = opener
        self._loop = loop
        self._pace = Pace(speed)
        self._real_time = speed == 1.0
        self._boot = new_id()
        self._source: ReplaySource | None = None
        self._pages: dict[int, tuple[int, Samples, Mask]] = {}
        self._answers = bytearray()
        self._tick = 0
        self._round_start = 0.0
        self._base: list[int] = []
        self._sent: list[int] = []
        self._playing = False
        self._ended = False

    def open(self) -> None:
        source = self._opener(self._path)
        if not source.streams or not any(source.samples(s.name) for s in source.streams):
            raise EmgError(f"The recording '{self._path.name}' is empty.")
        self._source = source
        self._answers.clear()

    def close(self) -> None:
        self._source = None
        self._playing = False
        self._pages.clear()

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            self._obey(json.loads(line))

    def read(self, timeout_s: float) -> bytes:
        if self._source is None:
            raise LinkLost("The recording is not open.")
        if self._answers:
            data = bytes(self._answers)
            self._answers.clear()
            return data
        if self._ended:
            raise LinkEnded("The recording has ended.", "Connect again to play it once more.")
        if not self._playing or not self._pace.wait_for((self._tick + 1) * TICK_S, timeout_s):
            return b""
        return self._due_frames(self._source)

    def _obey(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "hello":
                streams = self._streams()
                self._answers += encode_json(
                    Kind.HELLO,
                    {
                        "title": f"Replay of {self._path.name}",
                        "boot": self._boot,
                        "gestures": [],
                        "streams": [info_to_json(_replayed(info)) for info in streams],
                    },
                )
            case "start":
                if not self._base:
                    self._base = [0] * len(self._streams())
                    self._sent = [0] * len(self._base)
                    self._pace.start()
                self._playing = True
            case "stop":
                self._playing = False

    def _streams(self) -> tuple[StreamInfo, ...]:
        if self._source is None:
            raise LinkLost("The recording is not open.")
        return self._source.streams

    def _due_frames(self, source: ReplaySource) -> bytes:
        self._pace.forgive(self._tick * TICK_S, 1.0 if self._real_time else CATCH_UP_S)
        frames = bytearray()
        for _ in range(TICKS_AT_ONCE):
            if self._ended or (self._tick + 1) * TICK_S > self._pace.due():
                break
            self._tick += 1
            frames += self._until(source, self._tick * TICK_S - self._round_start)
        return bytes(frames)

    def _until(self, source: ReplaySource, seconds: float) -> bytes:
        """Frames up to ``seconds`` of this round; begins the next round or ends at the end."""
        frames = bytearray()
        finished = True
        for number, info in enumerate(source.streams):
            total = source.samples(info.name)
            stop = min(total, int(seconds * info.rate + 1e-6))
            frames += self._markers(source, number, self._sent[number], stop)
            frames += self._span(source, number, self._sent[number], stop)
            self._sent[number] = max(self._sent[number], stop)
            finished = finished and stop >= total
        if finished:
            self._end_of_round(source)
            if self._ended:
                frames += encode_json(Kind.END, {"samples": self._base})
        return bytes(frames)

    def _end_of_round(self, source: ReplaySource) -> None:
        longest = max(source.samples(s.name) / s.rate for s in source.streams)
        rounds = [
            source.samples(s.name) if not self._loop else round(longest * s.rate)
            for s in source.streams
        ]
        self._base = [base + n for base, n in zip(self._base, rounds, strict=True)]
        self._sent = [0] * len(self._base)
        self._round_start += longest
        self._ended = not self._loop

    def _markers(self, source: ReplaySource, number: int, start: int, stop: int) -> bytes:
        """Frames of the labels that begin in samples ``[start, stop)``, before their samples."""
        frames = bytearray()
        markers = source.markers(source.streams[number].name)
        first, last = (bisect_left(markers, edge, key=_place) for edge in (start, stop))
        for marker in markers[first:last]:
            placed = replace(marker, at=self._base[number] + marker.at)
            frames += encode_json(Kind.MARKER, asdict(placed))
        return bytes(frames)

    def _span(self, source: ReplaySource, number: int, start: int, stop: int) -> bytes:
        """Frames of the valid runs in samples ``[start, stop)`` of one stream."""
        frames = bytearray()
        info = source.streams[number]
        while start < stop:
            first, data, valid = self._page(source, number, start)
            end = min(stop, first + len(valid), start + MAX_SAMPLES)
            rows, good = data[start - first : end - first], valid[start - first : end - first]
            edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0))
            for a, b in edges.reshape(-1, 2):
                payload = np.ascontiguousarray(rows[a:b]).astype(DTYPES[info.dtype], copy=False)
                counter = self._base[number] + start + int(a)
                frames += encode(Kind.SAMPLES, payload.tobytes(), number, counter, int(b - a))
            start = end
        return bytes(frames)

    def _page(self, source: ReplaySource, number: int, start: int) -> tuple[int, Samples, Mask]:
        """The page of a stream that holds sample ``start``; one read of the file in about 2 s."""
        first, data, valid = self._pages.get(number, (0, np.empty((0, 1)), np.empty(0, bool)))
        if not first <= start < first + len(valid):
            info = source.streams[number]
            stop = min(source.samples(info.name), start + max(1, int(PAGE_S * info.rate)))
            data, valid = source.read(info.name, start, stop)
            if len(valid) != stop - start:
                raise EmgError(f"The recording '{self._path.name}' ends before it should.")
            first = start
            self._pages[number] = (first, data, valid)
        return first, data, valid


def _place(marker: Marker) -> int:
    return marker.at


def _replayed(info: StreamInfo) -> StreamInfo:
    return replace(info, device=f"Replay of {info.device}", device_id="")
