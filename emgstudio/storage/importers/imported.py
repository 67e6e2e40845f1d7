"""What all importers share: a session that appears whole or not at all, and labels from runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_folder
from emgstudio.core.types import (
    ARBITRARY_UNIT,
    MICROVOLT,
    Annotation,
    Channel,
    ConditionSpec,
    Samples,
    SampleType,
    Source,
    StreamInfo,
)
from emgstudio.storage.format import Flag
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.timing import TimeLine

LABEL_TRACK = "labels"
_UNITS = {
    "uv": MICROVOLT, "µv": MICROVOLT, "μv": MICROVOLT, "microvolt": MICROVOLT,
    "microv": MICROVOLT, "microvolts": MICROVOLT, "mv": "mV", "millivolt": "mV",
    "millivolts": "mV", "v": "V", "volt": "V", "volts": "V", "nv": "nV",
    "count": "count", "counts": "count", "a.u.": ARBITRARY_UNIT, "au": ARBITRARY_UNIT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """Samples ``[start, stop)`` that carry one label; ``repetition`` counts from 1."""

    start: int
    stop: int
    label: str
    repetition: int


class ImportedSession:
    """One stream being written; time of sample ``k`` is ``k / rate``."""

    def __init__(self, session: NewSession, rate: float) -> None:
        self._session = session
        self._writer = session.streams[0].writer
        self._rate = rate
        session.streams[0].line = TimeLine(0.0, rate, False)

    @property
    def samples(self) -> int:
        return self._writer.samples

    def append(self, data: Samples) -> None:
        """Raw ``(n, channels)``."""
        self._writer.append(data, self._host_ns())

    def skip(self, count: int) -> None:
        """Samples that the file lost."""
        self._writer.skip(count, self._host_ns(), Flag(0))

    def label(self, runs: Sequence[Run], author: str) -> None:
        """Put runs on the track of labels, in one step."""
        self._session.annotations.add(
            *(
                Annotation(
                    run.start / self._rate,
                    run.stop / self._rate,
                    run.label,
                    LABEL_TRACK,
                    Source.USER,
                    author=author,
                    repetition=run.repetition,
                    reviewed=True,
                )
                for run in runs
            ),
            text=f"Import {len(runs)} labels",
            undoable=False,
        )

    def annotate(self, labels: Sequence[Annotation]) -> None:
        """Put labels that are ready on their tracks, in one step."""
        if labels:
            self._session.annotations.add(
                *labels, text=f"Import {len(labels)} labels", undoable=False
            )

    def mark(self, samples: Sequence[int], label: str, note: str) -> None:
        """Put events on the track of the device."""
        self._session.annotations.add(
            *(
                Annotation(
                    at / self._rate, at / self._rate, label, "device", Source.DEVICE, "", note
                )
                for at in samples
            ),
            undoable=False,
        )

    def update_meta(self, meta: Mapping[str, Any]) -> None:
        """What is known only when the whole file has been read."""
        self._session.update_meta(meta)

    def _host_ns(self) -> int:
        return round(self._writer.samples / self._rate * 1e9)


@contextmanager
def imported_session(
    out: Path, info: StreamInfo, meta: Mapping[str, Any]
) -> Iterator[ImportedSession]:
    """:func:`new_import` of a single stream that begins at time 0."""
    with new_import(out, [info], meta) as session:
        yield ImportedSession(session, info.rate)


@contextmanager
def new_import(
    out: Path,
    infos: Sequence[StreamInfo],
    meta: Mapping[str, Any],
    started: datetime | None = None,
) -> Iterator[NewSession]:
    """A session that is made beside ``out`` and gets its name when all is well.

    ``started`` is when time 0 was, taken as a time of this computer's zone; without it
    the time of the import stands there. Whatever is raised inside leaves nothing behind.
    Raises EmgError when ``out`` exists or the disk refuses.
    """
    if out.exists():
        raise EmgError(f'"{out}" exists already.', "Choose a name that is free.")
    building = out.with_name(f".{out.name}.importing")
    shutil.rmtree(building, ignore_errors=True)
    sources = [(info, ConditionSpec()) for info in infos]
    session: NewSession | None = None
    try:
        created = _utc(started) or datetime.now(UTC)
        session = NewSession(building, sources, meta, host_s=0.0, created=created)
        yield session
        session.finish("import")
        building.rename(out)
        sync_folder(out.parent)
    except BaseException as error:
        if session is not None:
            session.abandon()
        shutil.rmtree(building, ignore_errors=True)
        if isinstance(error, OSError):
            raise EmgError(
                f'The recording could not be written to "{out.parent}" ({error.strerror}).',
                "Choose another folder or free some space.",
            ) from error
        raise


def _utc(local: datetime | None) -> datetime | None:
    """A time of this computer's zone in UTC; None where it is none or not yet."""
    if local is None:
        return None
    try:
        moment = local.astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if moment <= datetime.now(UTC) + timedelta(days=1) else None


def stream_info(
    names: Sequence[str], units: Sequence[str], rate: float, dtype: SampleType, origin: str
) -> StreamInfo:
    """An imported stream: its numbers are kept as they are, so the scale is 1."""
    channels = tuple(Channel(name, unit) for name, unit in zip(names, units, strict=True))
    return StreamInfo("emg", rate, channels, dtype, f"file {origin}")


def known_unit(text: str) -> str | None:
    """A unit as this program writes it, None when the text is none that it knows."""
    return _UNITS.get(text.strip().lower())


def checked_rate(rate: float | None) -> float:
    """A sampling rate in Hz that can be; raises EmgError otherwise."""
    if rate is None or not np.isfinite(rate) or rate <= 0:
        raise EmgError(
            "The sampling rate of this file is not known.", "Give it, for example --rate 1000."
        )
    return float(rate)


def smallest_integer_type(low: float, high: float) -> SampleType | None:
    """The integer type that holds both, None when there is none."""
    for dtype in ("int16", "int32"):
        about = np.iinfo(dtype)
        if about.min <= low and high <= about.max:
            return dtype
    return None


def edges_of(*columns: NDArray[Any]) -> list[int]:
    """Where any column changes, with the beginning and the end."""
    count = len(columns[0])
    changed = np.zeros(max(0, count - 1), bool)
    for column in columns:
        changed |= column[1:] != column[:-1]
    return [0, *(np.flatnonzero(changed) + 1).tolist(), count] if count else []


def runs_of(
    labels: NDArray[Any],
    names: Sequence[str],
    repetitions: NDArray[np.int64] | None,
    breaks: NDArray[Any] | None = None,
) -> list[Run]:
    """Stretches of one label, one repetition and no break; an empty name is no label.

    ``labels`` are places in ``names``. ``repetitions`` count from 1; without
    them the runs of each label are counted.
    """
    columns = [c for c in (labels, repetitions, breaks) if c is not None]
    runs: list[Run] = []
    counted: dict[str, int] = {}
    for begin, stop in pairwise(edges_of(*columns)):
        label = names[int(labels[begin])]
        if not label:
            continue
        counted[label] = counted.get(label, 0) + 1
        number = counted[label]
        if repetitions is not None:
            number = int(repetitions[begin])
        runs.append(Run(begin, stop, label, number))
    return runs
