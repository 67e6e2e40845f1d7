"""Moves one ring's new samples into its file and keeps track of what was lost on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.markers import MarkerLog
from emgstudio.core.ring import Chunk, Reader, Ring
from emgstudio.core.types import Annotation, Gap, Source
from emgstudio.storage.format import Flag
from emgstudio.storage.new_session import NewStream
from emgstudio.storage.timing import TimeLine, fit_line

LIMIT_S = 5.0

GapTimes = tuple[float, float, Flag]


class Intake:
    """Between a ring and a StreamWriter.

    File sample 0 is where the reader stood when this was made; ``host_s`` is
    recording time 0.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        stream: NewStream,
        host_s: float,
        *,
        gaps: Callable[[], Sequence[Gap]] | None = None,
        markers: MarkerLog | None = None,
        paced: bool = True,
    ) -> None:
        self.stream = stream
        self._reader = reader
        self._clock = clock
        self._host_s = host_s
        self._gaps = gaps
        self._markers = markers
        self._markers_seen = 0
        self._paced = paced
        self._base = reader.position
        self._rate = stream.writer.info.rate
        self._limit = max(1, round(LIMIT_S * self._rate))
        self._arrived = None if paced else host_s
        self._gap: tuple[int, int, Flag] | None = None

    @property
    def ring(self) -> Ring:
        """Where the samples come from."""
        return self._reader.ring

    @property
    def written(self) -> int:
        """The index in the ring up to which everything is in the file."""
        return self._base + self.stream.writer.samples

    @property
    def backlog_s(self) -> float:
        """Seconds of signal that wait in the ring; 0 for what is played fast, its ring is short."""
        if not self._paced:
            return 0.0
        return (self._reader.ring.head - self._reader.position) / self._rate

    def take(self) -> list[GapTimes]:
        """Write everything new; the gaps that ended meanwhile. Raises OSError."""
        ended: list[GapTimes] = []
        while True:
            chunk = self._reader.take(self._limit)
            if self._arrived is None and (len(chunk) or chunk.lost):
                self._arrived = host_time() - chunk.stop / self._rate + self._base / self._rate
            missed = chunk.first - self._base - self.stream.writer.samples
            for at, count, flags in self._missed(missed) if missed > 0 else ():
                ended += self._skip(at, count, flags)
            ended += self._write(chunk)
            if len(chunk) < self._limit:
                return ended

    def labels(self) -> list[Annotation]:
        """The device's labels that came since the last call, as far as they lie in the file.

        One that had begun before the recording begins with it.
        """
        if self._markers is None:
            return []
        count = self._markers.count
        new = self._markers.since(self._markers_seen, count)
        self._markers_seen = count
        found = []
        for marker in new:
            start, stop = marker.at - self._base, marker.at - self._base + marker.count
            if stop < 0 or (marker.count and stop == 0):
                continue
            found.append(
                Annotation(
                    self._time(max(0, start)),
                    self._time(max(0, stop)),
                    marker.label,
                    track=marker.track,
                    source=Source.DEVICE,
                    repetition=marker.repetition,
                )
            )
        return found

    def end(self) -> list[GapTimes]:
        """The gap that was still open when the recording ended."""
        gap, self._gap = self._gap, None
        return [self._times(gap)] if gap else []

    def update_line(self) -> None:
        """Fit the stream's place in recording time to what its clock has seen so far."""
        points = [
            (anchor.index - self._base, anchor.host - self._host_s)
            for anchor in self._clock.anchors()
            if anchor.index >= self._base
        ]
        self.stream.anchors = points
        line = fit_line(points, self._rate) if self._paced else None
        if line is None and self._arrived is not None:
            line = TimeLine(self._time(0), self._rate, False)
        self.stream.line = line

    def _write(self, chunk: Chunk) -> list[GapTimes]:
        ended: list[GapTimes] = []
        edges = np.flatnonzero(chunk.valid[1:] != chunk.valid[:-1]) + 1
        for begin, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(chunk)], strict=True):
            if stop == begin:
                continue
            at = self.stream.writer.samples
            if chunk.valid[begin]:
                ended += self.end()
                self.stream.writer.append(chunk.data[begin:stop], self._host_ns(at))
            else:
                flags = Flag.ESTIMATED if self._estimated(at, stop - begin) else Flag(0)
                ended += self._skip(at, stop - begin, flags)
        return ended

    def _skip(self, at: int, count: int, flags: Flag) -> list[GapTimes]:
        self.stream.writer.skip(count, self._host_ns(at), flags)
        if self._gap is not None and self._gap[2] == flags:
            self._gap = (self._gap[0], at + count, flags)
            return []
        ended = self.end()
        self._gap = (at, at + count, flags)
        return ended

    def _missed(self, count: int) -> Iterator[tuple[int, int, Flag]]:
        """Split rows that the ring no longer has into the device's gaps and our own loss.

        A sensor that was away for longer than the ring is long is not our loss.
        """
        at = self.stream.writer.samples
        stop = at + count
        for gap in sorted(self._gaps() if self._gaps else (), key=lambda g: g.at):
            begin, end = max(at, gap.at - self._base), min(stop, gap.at + gap.count - self._base)
            if begin < end:
                if begin > at:
                    yield at, begin - at, Flag.RECORDER_LOST
                yield begin, end - begin, Flag.ESTIMATED if gap.estimated else Flag(0)
                at = end
        if stop > at:
            yield at, stop - at, Flag.RECORDER_LOST

    def _estimated(self, at: int, count: int) -> bool:
        first, stop = at + self._base, at + count + self._base
        gaps = self._gaps() if self._gaps else ()
        return any(g.estimated and g.at < stop and g.at + g.count > first for g in gaps)

    def _times(self, gap: tuple[int, int, Flag]) -> GapTimes:
        return self._time(gap[0]), self._time(gap[1]), gap[2]

    def _time(self, sample: int) -> float:
        """Recording time of a file sample by the clock, or by when the first ones arrived."""
        time = self._clock.time(sample + self._base) - self._host_s
        if math.isnan(time) or not self._paced:
            time = (self._arrived or host_time()) + sample / self._rate - self._host_s
        return time

    def _host_ns(self, sample: int) -> int:
        return round((self._time(sample) + self._host_s) * 1e9)
