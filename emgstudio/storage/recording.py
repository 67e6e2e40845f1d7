"""Opens a session folder for reading: lazily, an hour as fast as a second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import (
    Annotation,
    ConditionSpec,
    FloatSamples,
    Gap,
    Mask,
    Samples,
    StreamInfo,
)
from emgstudio.storage.annotations import read_annotations
from emgstudio.storage.format import FINISHED, SESSION_FILE, Flag, disk_type
from emgstudio.storage.index import Index, read_index
from emgstudio.storage.pyramid import Pyramid, Reports, build_pyramid, min_max_between
from emgstudio.storage.readings import RecordedReading, read_readings
from emgstudio.storage.session_file import (
    condition_from_json,
    info_from_json,
    is_newer,
    read_session,
)

# Numbers read at once where there is no pyramid.
DIRECT_VALUES = 1 << 21


@dataclass(frozen=True, slots=True)
class Slice:
    """Samples of one stream from sample ``first``, taken at ``time0`` s of recording time.

    ``data`` is ``(n, channels)`` in channel units, NaN where samples are lost;
    sample ``k`` lies at ``time0 + k / rate``.
    """

    first: int
    time0: float
    data: FloatSamples
    rate: float


class RecordedStream:
    """One stream of a recording; sample numbers count from its first recorded sample.

    ``rate`` is the measured sampling rate in Hz where the recording is long
    enough, else the nominal one; it ties samples to recording time.
    """

    def __init__(self, folder: Path, entry: Mapping[str, Any], *, finished: bool) -> None:
        self._data_path = folder / entry["file"]
        self._index_path = folder / entry["index"]
        self.info: StreamInfo = info_from_json(entry["info"])
        self.condition: ConditionSpec = condition_from_json(entry.get("condition"))
        self.index: Index = read_index(
            self._index_path,
            self._data_path,
            finished=finished,
            damaged=tuple(entry.get("damaged", ())),
        )
        header = self.index.header
        if (header.dtype, header.channels) != (self.info.dtype, self.info.n_channels):
            raise EmgError(
                f"The description of “{self.info.name}” does not belong to its samples.",
                "Run recover on the recording.",
            )
        self.samples = self.index.samples
        self.rate = float(entry.get("fitted_rate") or self.info.rate)
        self.start_s = float(entry.get("start_s") or 0.0)
        rows = self.index.good_rows
        self._rows: Samples = np.zeros((0, self.info.n_channels), disk_type(header.dtype))
        if rows:
            shape = (rows, self.info.n_channels)
            self._rows = np.memmap(self._data_path, disk_type(header.dtype), "r", shape=shape)
        self._pyramid: Pyramid | None = None

    @property
    def duration_s(self) -> float:
        return self.samples / self.rate

    @property
    def lost(self) -> int:
        """Samples that are missing, for whatever reason."""
        return self.samples - int(self.index.count.sum())

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing, in order."""
        return tuple(
            Gap(self.info.name, lost.at, lost.count, bool(lost.flags & Flag.ESTIMATED))
            for lost in self.index.lost
        )

    def time_of(self, sample: float) -> float:
        """Recording time in seconds of a sample."""
        return self.start_s + sample / self.rate

    def sample_at(self, time_s: float) -> int:
        """The sample nearest to a recording time, inside the stream."""
        return min(max(0, round((time_s - self.start_s) * self.rate)), self.samples)

    def raw(self, start: int, stop: int) -> tuple[Samples, Mask]:
        """Raw ``(n, channels)`` and which rows are there; what lies outside is cut off."""
        start = min(max(0, start), self.samples)
        stop = min(max(start, stop), self.samples)
        pieces = list(self.index.pieces(start, stop))
        native = self._rows.dtype.newbyteorder("=")
        if len(pieces) == 1 and pieces[0][2] == stop - start:
            # Nothing is missing, as nearly always: two thirds of the time of the general way.
            row = pieces[0][1]
            rows = np.array(self._rows[row : row + stop - start], native)
            return rows, np.ones(len(rows), bool)
        data = np.zeros((stop - start, self.info.n_channels), native)
        valid = np.zeros(stop - start, bool)
        for at, row, count in pieces:
            data[at - start : at - start + count] = self._rows[row : row + count]
            valid[at - start : at - start + count] = True
        return data, valid

    def physical(self, start: int, stop: int) -> FloatSamples:
        """Samples in channel units as float32 ``(n, channels)``, NaN where lost."""
        return self.info.to_physical(*self.raw(start, stop))

    def slice(self, t0: float, t1: float) -> Slice:
        """What lies between two recording times in seconds."""
        first = min(max(0, math.floor((t0 - self.start_s) * self.rate)), self.samples)
        stop = min(max(first, math.ceil((t1 - self.start_s) * self.rate)), self.samples)
        return Slice(first, self.time_of(first), self.physical(first, stop), self.rate)

    def min_max(self, start: int, stop: int, columns: int) -> tuple[FloatSamples, FloatSamples]:
        """Smallest and largest value in each of ``columns`` equal parts of ``[start, stop)``.

        Both are ``(columns, channels)`` in channel units, NaN where a part has
        no samples. With a pyramid the cost does not depend on the span; the
        parts' edges then lie on its blocks, less than half a part away.
        """
        edges = np.linspace(start, stop, columns + 1)
        per_column = (stop - start) / max(1, columns)
        pyramid = self._pyramid_there()
        if pyramid is not None and (level := pyramid.level_for(per_column)) is not None:
            low, high = pyramid.min_max(level, edges)
        else:
            low, high = self._min_max_directly(np.round(edges).astype(np.int64))
        return self._to_units(low, high)

    @property
    def has_pyramid(self) -> bool:
        """Whether min_max is fast at every zoom."""
        return self._pyramid_there() is not None

    def build_pyramid(self, progress: Reports | None = None) -> None:
        """Make the sidecar for min_max, about a seventh of the samples' size.

        Raises Cancelled through ``progress``, EmgError when the folder cannot be
        written; then the recording is as it was.
        """
        build_pyramid(self._data_path, self.index, self.raw, progress)

    def _pyramid_there(self) -> Pyramid | None:
        if self._pyramid is None:
            self._pyramid = Pyramid.open(self._data_path, self.index)
        return self._pyramid

    def _min_max_directly(self, edges: NDArray[np.int64]) -> tuple[Samples, Samples]:
        shape = (len(edges) - 1, self.info.n_channels)
        low, high = np.full(shape, np.nan), np.full(shape, np.nan)
        per_column = max(1, int(edges[-1] - edges[0]) // max(1, shape[0]))
        step = max(1, DIRECT_VALUES // (per_column * shape[1]))
        for at in range(0, shape[0], step):
            columns = slice(at, min(at + step, shape[0]))
            start, stop = int(edges[columns.start]), int(edges[columns.stop])
            data, valid = self.raw(start, stop)
            begins = edges[columns.start : columns.stop + 1] - max(0, start)
            low[columns], high[columns] = min_max_between(data, valid, begins)
        return low, high

    def _to_units(self, low: Samples, high: Samples) -> tuple[FloatSamples, FloatSamples]:
        scale = np.array([c.scale for c in self.info.channels])
        offset = np.array([c.offset for c in self.info.channels])
        a = (low * scale + offset).astype(np.float32)
        b = (high * scale + offset).astype(np.float32)
        return np.minimum(a, b), np.maximum(a, b)


class Recording:
    """A recording on disk, finished or not; opening it changes nothing.

    ``meta`` is the content of session.json together with what the recorder or
    importer was given besides; ``read_only`` says that a newer EMG Studio wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        session = read_session(path)
        self.meta: dict[str, Any] = {**session.get("meta", {}), **session}
        self.state: str = str(self.meta.get("state", ""))
        self.read_only = is_newer(self.meta)
        finished = self.state == FINISHED
        self.streams: dict[str, RecordedStream] = {}
        for entry in self.meta["streams"]:
            stream = RecordedStream(path, entry, finished=finished)
            if entry.get("start_s") is None and stream.index.begin_ns is not None:
                stream.start_s = stream.index.begin_ns / 1e9 - float(self.meta["host_s"])
            name = stream.info.name
            while name in self.streams:
                name += "′"
            self.streams[name] = stream

    @classmethod
    def open(cls, path: Path | str) -> Recording:
        """Open a session folder, or the only session inside a folder.

        Raises EmgError when there is none, or when it cannot be read.
        """
        folder = session_folder(Path(path))
        try:
            return cls(folder)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise EmgError(
                f'"{folder.name}" cannot be opened: {type(error).__name__} {error}.',
                "Run recover on it: the samples are kept in files of their own.",
            ) from error

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files, so that the folder can be moved on Windows."""
        self.streams.clear()

    @property
    def main(self) -> RecordedStream:
        """The first stream."""
        if not self.streams:
            raise EmgError(f'"{self.path.name}" has no streams.')
        return next(iter(self.streams.values()))

    @cached_property
    def annotations(self) -> tuple[Annotation, ...]:
        """The labels as they were when first asked for, by start."""
        return read_annotations(self.path)

    @cached_property
    def readings(self) -> tuple[RecordedReading, ...]:
        """What the devices told beside the streams, in order, as it was when first asked for."""
        return read_readings(self.path)

    @property
    def title(self) -> str:
        return str(self.meta.get("title", ""))

    @property
    def subject(self) -> str:
        return str(self.meta.get("subject", ""))

    @property
    def simulated(self) -> bool:
        return bool(self.meta.get("simulated", False))

    @property
    def duration_s(self) -> float:
        """Recording time at which the last stream ends."""
        return max((s.start_s + s.duration_s for s in self.streams.values()), default=0.0)

    def slice(self, t0: float, t1: float, stream: str | None = None) -> Slice:
        """What a stream (the first one if not named) has between two recording times."""
        return self._stream(stream).slice(t0, t1)

    def to_mne(self, stream: str | None = None) -> Any:
        """An ``mne.io.RawArray`` of a stream with the labels; see storage.other_forms."""
        from emgstudio.storage.other_forms import to_mne

        return to_mne(self, self._stream(stream))

    def to_pandas(self, stream: str | None = None) -> Any:
        """A ``pandas.DataFrame`` of a stream; see storage.other_forms."""
        from emgstudio.storage.other_forms import to_pandas

        return to_pandas(self._stream(stream))

    def labels_to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` of the labels; see storage.other_forms."""
        from emgstudio.storage.other_forms import labels_to_pandas

        return labels_to_pandas(self)

    def _stream(self, name: str | None) -> RecordedStream:
        if name is None:
            return self.main
        if name not in self.streams:
            raise EmgError(
                f"The recording has no stream “{name}”.", f"It has: {', '.join(self.streams)}."
            )
        return self.streams[name]


def session_folder(path: Path) -> Path:
    """``path`` if it is a session, or the one session inside it. Raises EmgError."""
    if path.name == SESSION_FILE:
        path = path.parent
    if (path / SESSION_FILE).exists() or not path.is_dir():
        return path
    inside = [found.parent for found in path.glob(f"*/{SESSION_FILE}")]
    if len(inside) > 1:
        names = ", ".join(sorted(folder.name for folder in inside)[:5])
        raise EmgError(f'"{path}" holds {len(inside)} recordings.', f"Name one of them: {names}…")
    return inside[0] if inside else path
