"""Reads EDF, EDF+, BDF and BDF+ files lazily: the header at once, records when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Samples

HEAD_BYTES = 256
# Field widths of each signal's header: label, transducer, unit, four ends, prefilter, count, rest.
WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
NO_DATE = date(1985, 1, 1)
DAY_S = 86_400.0
ANNOTATIONS = ("EDF Annotations", "BDF Annotations")


@dataclass(frozen=True, slots=True)
class EdfSignal:
    """One ordinary signal: ``physical = digital * scale + offset``; ``samples`` in each record."""

    label: str
    unit: str
    scale: float
    offset: float
    rails: tuple[float, float]
    samples: int
    at: int


@dataclass(frozen=True, slots=True)
class EdfText:
    """An annotation in seconds since the first sample; duration 0 for an event."""

    onset_s: float
    duration_s: float
    text: str


class EdfReader:
    """An open file. Opening costs one header; records are mapped, not read.

    Raises EmgError, with what is wrong and where, when it is no such file.
    ``torn`` is the number of bytes after the last whole record.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        size = file.stat().st_size
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
            self.bits = _bits(head, file)
            self.sample_bytes = self.bits // 8
            _check_place_of_date(head, file)
            count = _whole(head[252:256], "number of signals", file)
            if not 0 < count <= 4096 or size < HEAD_BYTES * (count + 1):
                raise _bad(file, f"its header speaks of {count} signals")
            rest = opened.read(HEAD_BYTES * count)
        self.subject = _text(head[8:88])
        self.recording = _text(head[88:168])
        self._started = f"{_text(head[168:176])} {_text(head[176:184])}"
        self.discontinuous = _text(head[192:236])[3:5] == "+D"
        self.duration_s = _number(head[244:252], "duration of a record", file)
        columns = _columns(rest, count)
        self._counts = [_whole(text, "samples in a record", file) for text in columns[8]]
        self.record_bytes = sum(self._counts) * self.sample_bytes
        self._notes: list[tuple[int, int]] = []
        self.signals = self._read_signals(columns)
        if self.record_bytes <= 0:
            raise _bad(file, "its records are empty")
        said = _whole(head[236:244], "number of records", file)
        there = (size - HEAD_BYTES * (count + 1)) // self.record_bytes
        # −1 is what a program writes that has not closed the file yet.
        self.records = there if said < 0 else min(said, there)
        self.missing = max(0, said - there)
        self.torn = (size - HEAD_BYTES * (count + 1)) - there * self.record_bytes
        if self.signals and self.duration_s <= 0 and self.records:
            raise _bad(file, "its records last no time")
        shape = (self.records, self.record_bytes)
        offset = HEAD_BYTES * (count + 1)
        self._bytes: NDArray[np.uint8] = np.empty(shape, np.uint8)
        if self.records:
            self._bytes = np.memmap(file, np.uint8, "r", offset=offset, shape=shape)
        # EDF+ times count from the start in the header, which knows whole seconds only: what
        # the first record says of its own start is how far into that second it lies.
        self._zero_s = (self._record_texts(0)[0] or 0.0) if self.records else 0.0

    def started(self) -> datetime | None:
        """When the first sample was taken by the clock of the place, without a time zone.

        None where the header tells no date, or the one that stands for none (1 January 1985, at
        any time of day: some programs keep that).
        """
        try:
            told = datetime.strptime(self._started, "%d.%m.%y %H.%M.%S")
        except ValueError:
            return None
        # Two digits of a year mean 1985 to 2084 (EDF+ specification, 2.1.3.2).
        century = 1900 if told.year % 100 >= 85 else 2000
        told = told.replace(year=century + told.year % 100)
        if told.date() == NO_DATE or not 0 <= self._zero_s < DAY_S:
            return None
        return told + timedelta(seconds=self._zero_s)

    def rate(self, signal: EdfSignal) -> float:
        """Sampling rate in Hz."""
        return signal.samples / self.duration_s

    def digital(self, signal: EdfSignal, first: int, stop: int) -> Samples:
        """Records ``[first, stop)`` of a signal as whole numbers, ``(n,)``."""
        end = signal.at + signal.samples * self.sample_bytes
        part = np.ascontiguousarray(self._bytes[first:stop, signal.at : end])
        if self.bits == 16:
            return part.view("<i2").reshape(-1)
        triples = part.reshape(-1, 3)
        wide = np.zeros((len(triples), 4), np.uint8)
        wide[:, 1:] = triples
        # Shifting down again spreads the sign.
        return wide.view("<i4").reshape(-1) >> 8

    def texts(self) -> list[EdfText]:
        """All annotations, in the order of the file."""
        return [
            EdfText(text.onset_s - self._zero_s, text.duration_s, text.text)
            for record in range(self.records)
            for text in self._record_texts(record)[1]
        ]

    def record_starts(self) -> NDArray[np.float64]:
        """When each record begins, in seconds since the first one; by the file's own clock."""
        starts = np.arange(self.records, dtype=np.float64) * self.duration_s
        if self._notes and self.discontinuous:
            for record in range(self.records):
                said = self._record_texts(record)[0]
                if said is not None:
                    starts[record] = said - self._zero_s
        return starts

    def _record_texts(self, record: int) -> tuple[float | None, list[EdfText]]:
        start: float | None = None
        found: list[EdfText] = []
        for number, (at, end) in enumerate(self._notes):
            for onset, duration, texts in _tals(bytes(self._bytes[record, at:end])):
                if number == 0 and start is None and (not texts or texts[0] == ""):
                    start = onset
                found += [EdfText(onset, duration, text) for text in texts if text]
        return start, found

    def _read_signals(self, columns: list[list[bytes]]) -> list[EdfSignal]:
        signals, at = [], 0
        for k, samples in enumerate(self._counts):
            label = _text(columns[0][k])
            end = at + samples * self.sample_bytes
            if label in ANNOTATIONS:
                self._notes.append((at, end))
            elif samples:
                signals.append(self._signal(label, columns, k, at))
            at = end
        return signals

    def _signal(self, label: str, columns: list[list[bytes]], k: int, at: int) -> EdfSignal:
        low, high, bottom, top = (
            _number(columns[part][k], f"range of signal {k + 1}", self.file) for part in range(3, 7)
        )
        if top == bottom:
            raise _bad(self.file, f"signal {k + 1} (“{label}”) has an empty range")
        scale = (high - low) / (top - bottom)
        return EdfSignal(
            label or f"signal {k + 1}",
            _text(columns[2][k]),
            scale,
            low - bottom * scale,
            (min(bottom, top), max(bottom, top)),
            self._counts[k],
            at,
        )


def _tals(raw: bytes) -> Iterator[tuple[float, float, list[str]]]:
    """Time-stamped annotation lists: onset, duration, texts."""
    for part in raw.split(b"\0"):
        stamp, *texts = part.split(b"\x14")
        if not texts:
            continue
        onset, _, duration = stamp.partition(b"\x15")
        try:
            times = float(onset), max(0.0, float(duration or 0))
        except ValueError:
            continue
        if not np.isfinite(times).all():
            continue
        yield *times, [text.decode("utf-8", "replace") for text in texts[:-1]]


def _columns(rest: bytes, count: int) -> list[list[bytes]]:
    columns, at = [], 0
    for width in WIDTHS:
        columns.append([rest[at + k * width : at + (k + 1) * width] for k in range(count)])
        at += width * count
    return columns


def _bits(head: bytes, file: Path) -> int:
    if head[:8] == b"\xffBIOSEMI":
        return 24
    if head[:1] == b"0" and not head[1:8].strip():
        return 16
    raise _bad(file, "it does not begin as EDF or BDF files do")


def _check_place_of_date(head: bytes, file: Path) -> None:
    """A program that counted characters wrongly moves all that follows."""
    found = re.search(rb"\d\d\.\d\d\.\d\d\d\d\.\d\d\.\d\d", head[88:200])
    if found is not None and found.start() != 168 - 88:
        at = found.start() + 88
        raise _bad(file, f"its start date stands at byte {at} of the header instead of 168")


def _text(raw: bytes) -> str:
    return raw.decode("latin-1").strip(" \0")


def _number(raw: bytes, what: str, file: Path) -> float:
    try:
        number = float(raw.replace(b",", b".").decode("ascii").strip(" \0"))
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise _bad(file, f"the {what} is “{_text(raw)}”")
    return number


def _whole(raw: bytes, what: str, file: Path) -> int:
    return int(_number(raw, what, file))


def _bad(file: Path, why: str) -> EmgError:
    return EmgError(
        f'"{file.name}" cannot be read as EDF or BDF: {why}.',
        "It may be damaged or of another kind; save it again in the program that made it.",
    )
