"""Reads a stream's index: which samples lie in which rows of the sample file, and what is lost."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.storage.format import (
    HEADER_BYTES,
    RECORD_BYTES,
    RECORD_TYPE,
    Flag,
    IndexHeader,
    disk_type,
    records_good,
)

# How far back a power cut can leave records on the disk whose samples are not: an index is
# synced after its samples, but grows while they wait for the disk. A minute of records.
TAIL_RECORDS = 600

Records = NDArray[Any]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lost:
    """Samples ``[at, at + count)`` of the file that are not there, and why."""

    at: int
    count: int
    flags: Flag


@dataclass(frozen=True)
class Index:
    """Which file rows hold which samples.

    Extent ``k`` says that samples ``first[k] …`` are the ``count[k]`` rows from
    ``row[k]`` on; between extents samples are lost. ``good_bytes`` and
    ``good_rows`` tell how much of the two files is accounted for, ``bad_blocks``
    how many blocks had to be given up in between. ``records`` are the good ones,
    ``record_rows`` where in the file they begin.
    """

    header: IndexHeader
    samples: int
    first: Integers
    row: Integers
    count: Integers
    lost: tuple[Lost, ...]
    good_rows: int
    good_bytes: int
    bad_blocks: int
    begin_ns: int | None
    records: Records
    record_rows: Integers

    def pieces(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """``(sample, row, count)`` of what is in the file between two samples, in order."""
        k = max(0, int(np.searchsorted(self.first, start, side="right")) - 1)
        while k < len(self.first) and self.first[k] < stop:
            begin = max(start, int(self.first[k]))
            end = min(stop, int(self.first[k] + self.count[k]))
            if end > begin:
                yield begin, int(self.row[k]) + begin - int(self.first[k]), end - begin
            k += 1


def read_records(path: Path) -> tuple[IndexHeader, Records, int]:
    """Header, whole records (good or bad) and the size in bytes. Raises EmgError, OSError."""
    raw = path.read_bytes()
    header = IndexHeader.unpack(raw)
    whole = (len(raw) - HEADER_BYTES) // RECORD_BYTES
    return header, np.frombuffer(raw, RECORD_TYPE, whole, HEADER_BYTES), len(raw)


def read_index(
    path: Path, data_path: Path, *, finished: bool, damaged: Collection[int] = ()
) -> Index:
    """Read and check an index.

    An unfinished recording ends at its first bad record. In a finished one a bad
    record is a gap and the rest is found again. ``damaged`` are first samples of
    blocks that a check has found to be wrong; they are read as gaps. Raises
    EmgError when the header is not ours.
    """
    header, records, _ = read_records(path)
    row_bytes = disk_type(header.dtype).itemsize * header.channels
    rows_there = data_path.stat().st_size // row_bytes if data_path.exists() else 0
    good = records_good(records)
    cut = _unbroken(records, good, rows_there)
    if not finished:
        cut = _cut_torn_blocks(records[:cut], data_path, row_bytes)
    if cut == len(records) or not finished:
        return _plain(header, records[:cut], damaged, rows_there)
    return _mended(header, records, good, data_path, row_bytes, rows_there, damaged)


def block_good(record: Any, row: int, data_path: Path, row_bytes: int) -> bool:
    """Whether the samples of one record, ``row`` rows into the file, carry its CRC."""
    with data_path.open("rb") as file:
        file.seek(row * row_bytes)
        raw = file.read(int(record["count"]) * row_bytes)
    return len(raw) == int(record["count"]) * row_bytes and zlib.crc32(raw) == int(
        record["samples_crc"]
    )


def bad_blocks(index: Index, data_path: Path, report: Callable[[float], None]) -> list[int]:
    """First samples of the blocks whose samples do not carry their CRC; reads the whole file."""
    row_bytes = disk_type(index.header.dtype).itemsize * index.header.channels
    there = np.flatnonzero(has_samples(index.records))
    bad = []
    with data_path.open("rb") as file:
        for number, k in enumerate(there.tolist()):
            if number % 1000 == 0:
                report(number / len(there))
            record = index.records[k]
            file.seek(int(index.record_rows[k]) * row_bytes)
            raw = file.read(int(record["count"]) * row_bytes)
            if zlib.crc32(raw) != int(record["samples_crc"]):
                bad.append(int(record["first"]))
    return bad


def has_samples(records: Records) -> NDArray[np.bool_]:
    """Which records stand for rows in the sample file."""
    kept: NDArray[np.bool_] = (records["flags"] & int(Flag.GAP)) == 0
    return kept


def rows_before(records: Records) -> Integers:
    """The row of the sample file at which each record of an unbroken run begins."""
    rows = np.where(has_samples(records), records["count"], 0).astype(np.int64)
    before: Integers = np.cumsum(rows) - rows
    return before


def _unbroken(records: Records, good: NDArray[np.bool_], rows_there: int) -> int:
    """How many records from the beginning are good, in order, and inside the sample file."""
    count = records["count"].astype(np.int64)
    ends = np.cumsum(count)
    in_order = records["first"].astype(np.int64) == ends - count
    rows = np.where(has_samples(records), count, 0)
    fine = good & in_order & (np.cumsum(rows) <= rows_there)
    return len(records) if fine.all() else int(np.argmin(fine))


def _cut_torn_blocks(records: Records, data_path: Path, row_bytes: int) -> int:
    """How many records remain when the end is cut at the first block that is not all there."""
    rows = rows_before(records)
    with_samples = has_samples(records)
    for k in range(max(0, len(records) - TAIL_RECORDS), len(records)):
        if with_samples[k] and not block_good(records[k], int(rows[k]), data_path, row_bytes):
            return k
    return len(records)


def _plain(
    header: IndexHeader, records: Records, damaged: Collection[int], rows_there: int
) -> Index:
    first = records["first"].astype(np.int64)
    rows = rows_before(records)
    return _index(header, records, first, rows, damaged, 0, len(records), rows_there)


def _index(
    header: IndexHeader,
    records: Records,
    first: Integers,
    row: Integers,
    damaged: Collection[int],
    bad_blocks: int,
    records_there: int,
    rows_there: int,
) -> Index:
    count = records["count"].astype(np.int64)
    there = has_samples(records) & (row + count <= rows_there)
    good_rows = int((row + count)[there].max()) if there.any() else 0
    samples = int(first[-1] + count[-1]) if len(records) else 0
    if damaged:
        there = there & ~np.isin(first, np.fromiter(damaged, np.int64))
    first_there, row_there, count_there = first[there], row[there], count[there]
    new = np.ones(len(first_there), bool)
    new[1:] = (first_there[1:] != first_there[:-1] + count_there[:-1]) | (
        row_there[1:] != row_there[:-1] + count_there[:-1]
    )
    at = np.flatnonzero(new)
    merged = np.add.reduceat(count_there, at) if len(at) else count_there
    extents = (first_there[at], row_there[at], merged)
    return Index(
        header=header,
        samples=samples,
        first=extents[0],
        row=extents[1],
        count=extents[2],
        lost=tuple(_lost(extents[0], extents[2], samples, records[~there])),
        good_rows=good_rows,
        good_bytes=HEADER_BYTES + records_there * RECORD_BYTES,
        bad_blocks=bad_blocks + len(damaged),
        begin_ns=int(records["host_ns"][0]) if len(records) else None,
        records=records,
        record_rows=row,
    )


def _lost(first: Integers, count: Integers, samples: int, gaps: Records) -> Iterator[Lost]:
    """What lies between the extents, with the flags of the gap records in there."""
    begins = np.concatenate([[0], first + count]).astype(np.int64)
    ends = np.concatenate([first, [samples]]).astype(np.int64)
    gap_first = gaps["first"].astype(np.int64)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if end > begin:
            low, high = np.searchsorted(gap_first, [begin, end])
            flags = int(np.bitwise_or.reduce(gaps["flags"][low:high])) if high > low else 0
            yield Lost(begin, end - begin, Flag(flags) | Flag.GAP)


def _mended(
    header: IndexHeader,
    records: Records,
    good: NDArray[np.bool_],
    data_path: Path,
    row_bytes: int,
    rows_there: int,
    damaged: Collection[int],
) -> Index:
    """Find the rows of a finished recording again where records in between are bad.

    Behind a bad record it is unknown how many rows it stood for. The samples'
    own CRCs tell: tried are all missing samples, none, and counting from the
    file's end.
    """
    runs = _good_runs(records, good)
    kept: list[Records] = []
    rows: list[Integers] = []
    sample, row, bad = 0, 0, 0
    for run in runs:
        run_rows = rows_before(run)
        total = int(run_rows[-1] + (run["count"][-1] if has_samples(run)[-1] else 0))
        missing = int(run["first"][0]) - sample
        bad += 1 if missing > 0 else 0
        begin = _located(
            run,
            run_rows,
            (row + max(0, missing), row, rows_there - _rows_from(runs, run)),
            lambda record, at: block_good(record, at, data_path, row_bytes),
        )
        if missing < 0 or begin is None:
            bad += 1
            continue
        kept.append(run)
        rows.append(run_rows + begin)
        sample, row = int(run["first"][-1] + run["count"][-1]), begin + total
    together = np.concatenate(kept) if kept else records[:0]
    first = together["first"].astype(np.int64)
    row_of = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    return _index(header, together, first, row_of, damaged, max(1, bad), len(records), rows_there)


def _good_runs(records: Records, good: NDArray[np.bool_]) -> list[Records]:
    """Stretches of good records that follow on each other."""
    first = records["first"].astype(np.int64)
    end = first + records["count"].astype(np.int64)
    breaks = np.ones(len(records), bool)
    breaks[1:] = ~good[1:] | ~good[:-1] | (first[1:] != end[:-1])
    at = [*np.flatnonzero(breaks).tolist(), len(records)]
    return [records[begin:stop] for begin, stop in pairwise(at) if good[begin]]


def _located(
    run: Records,
    run_rows: Integers,
    begins: tuple[int, ...],
    check: Callable[[Any, int], bool],
) -> int | None:
    """The row at which a run begins: the first of ``begins`` that the samples confirm."""
    with_samples = np.flatnonzero(has_samples(run))
    if not len(with_samples):
        return begins[1]
    k = int(with_samples[0])
    for begin in begins:
        if begin >= 0 and check(run[k], int(run_rows[k]) + begin):
            return begin
    return None


def _rows_from(runs: list[Records], run: Records) -> int:
    """Rows that this and all later runs stand for."""
    later = runs[next(k for k, other in enumerate(runs) if other is run) :]
    return sum(int(other["count"][has_samples(other)].sum()) for other in later)
