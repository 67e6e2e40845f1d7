"""What a file of another program holds, in our words, and the recording that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, Annotation, Channel, Samples, Source, StreamInfo
from emgstudio.storage.format import Flag
from emgstudio.storage.importers.imported import LABEL_TRACK, checked_rate, known_unit, new_import
from emgstudio.storage.pyramid import Reports
from emgstudio.storage.timing import TimeLine

# A whole number stands for so many lost samples.
Pieces = Callable[[], Iterator["Samples | int"]]


@dataclass(frozen=True, slots=True)
class ForeignStream:
    """``pieces`` gives raw ``(n, channels)`` arrays and numbers of lost samples, in order.

    ``start_s`` is when the first sample was taken, in seconds of the file's time;
    ``samples`` their number with the lost ones, for the progress.
    """

    info: StreamInfo
    start_s: float
    samples: int
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Foreign:
    """A file as it was read; ``remarks`` are sentences that a person should know.

    ``started`` is when its time 0 was by the clock of the place, without a time zone.
    """

    streams: Sequence[ForeignStream]
    annotations: Sequence[Annotation] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    started: datetime | None = None


def unit_of(text: str) -> str:
    """The unit as this program writes it; what it does not know is kept as it is."""
    return known_unit(text) or text.strip() or ARBITRARY_UNIT


def table_stream(
    name: str,
    data: NDArray[Any],
    names: Sequence[str],
    units: Sequence[str],
    rate: float,
    start_s: float,
    file: Path,
) -> ForeignStream:
    """A stream from ``data (n, channels)`` in channel units; rows that are not finite are lost."""
    channels = tuple(Channel(n, u) for n, u in zip(names, units, strict=True))
    info = StreamInfo(name, checked_rate(rate), channels, "float32", f"file {file.name}")
    return ForeignStream(info, start_s, len(data), lambda: whole_pieces(data))


def whole_pieces(data: NDArray[Any]) -> Iterator[Samples | int]:
    """``data (n, channels)`` as float32, with the numbers of rows that are not finite between."""
    there = np.isfinite(data).all(axis=1)
    edges = np.flatnonzero(np.diff(there)) + 1
    for part, good in zip(np.split(data, edges), np.split(there, edges), strict=True):
        yield part.astype(np.float32) if good[0] else len(part)


def labels_from(
    onsets: Iterable[Any],
    durations: Iterable[Any],
    texts: Iterable[Any],
    tracks: Iterable[Any],
    repetitions: Iterable[Any],
    author: str,
) -> list[Annotation]:
    """Labels from the columns of a table, one entry of each per label."""
    rows = zip(onsets, durations, texts, tracks, repetitions, strict=True)
    return [
        Annotation(
            float(start),
            float(start + length),
            str(text),
            str(track) or LABEL_TRACK,
            Source.USER,
            author=author,
            repetition=int(repetition),
            reviewed=True,
        )
        for start, length, text, track, repetition in rows
    ]


def import_foreign(
    foreign: Foreign, file: Path, out: Path, progress: Reports | None = None
) -> Path:
    """Write ``foreign`` as the new session folder ``out``; whole or not at all.

    Raises EmgError when it holds no samples or cannot be written, Cancelled
    through ``progress``.
    """
    if not any(stream.samples for stream in foreign.streams):
        raise EmgError(f'"{file.name}" holds no samples.', "Check the file.")
    meta = {
        "title": file.stem,
        "imported_from": file.name,
        "import_remarks": list(foreign.remarks),
        **foreign.meta,
    }
    if foreign.started is not None:
        meta["recorded"] = foreign.started.isoformat(sep=" ", timespec="seconds")
    total = sum(stream.samples for stream in foreign.streams)
    done = 0
    infos = [stream.info for stream in foreign.streams]
    with new_import(out, infos, meta, foreign.started) as session:
        for stream, place in zip(foreign.streams, session.streams, strict=True):
            rate = stream.info.rate
            place.line = TimeLine(stream.start_s, rate, False)
            for piece in stream.pieces():
                at_ns = round((stream.start_s + place.writer.samples / rate) * 1e9)
                if isinstance(piece, int):
                    place.writer.skip(piece, max(0, at_ns), Flag(0))
                else:
                    place.writer.append(piece, max(0, at_ns))
                if progress is not None:
                    share = (done + place.writer.samples) / max(1, total)
                    progress.report(min(1.0, share), f"Importing {file.name}")
            done += place.writer.samples
        if foreign.annotations:
            session.annotations.add(
                *foreign.annotations,
                text=f"Import {len(foreign.annotations)} labels",
                undoable=False,
            )
    return out
