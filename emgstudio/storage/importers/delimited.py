"""Imports text files with one line per sample (CSV, TSV and the like)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, SampleType
from emgstudio.storage.importers.bids_tables import check_samples
from emgstudio.storage.importers.dialect import (
    Columns,
    Dialect,
    counts_time,
    find_columns,
    find_dialect,
    likely_label,
    looks_like_labels,
    plausible_label_columns,
    rate_in_remarks,
    read_head,
)
from emgstudio.storage.importers.held import held_remarks
from emgstudio.storage.importers.imported import (
    checked_rate,
    imported_session,
    runs_of,
    smallest_integer_type,
    stream_info,
)
from emgstudio.storage.importers.lines import Block, LineCount, blocks
from emgstudio.storage.importers.own_labels import own_labels
from emgstudio.storage.pyramid import Reports

TIME_UNITS_S = (1.0, 1e-3, 1e-6)
SLOWEST_EMG_HZ = 10.0
_LADDER: tuple[SampleType, ...] = ("int16", "int32", "float32")


class _Wider(Exception):
    """A number does not fit the type chosen from the beginning of the file."""

    def __init__(self, dtype: SampleType) -> None:
        super().__init__(dtype)
        self.dtype = dtype


@dataclass
class _Tally:
    """What was seen on the way through the file."""

    count: LineCount = field(default_factory=LineCount)
    good: list[NDArray[np.bool_]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    labels: list[NDArray[np.int64]] = field(default_factory=list)
    repetitions: list[NDArray[np.float64]] = field(default_factory=list)
    times: list[NDArray[np.float64]] = field(default_factory=list)


def import_csv(
    file: Path,
    out: Path,
    *,
    rate: float | None = None,
    unit: str | None = None,
    label_column: str | None = None,
    repetition_column: str | None = None,
    progress: Reports | None = None,
) -> Path:
    """Import ``file`` into the new session folder ``out``.

    Columns are named or numbered from 1; those headed label, rep or time are
    recognised. Whole numbers stay integers, others become float32. A line that
    cannot be read is a lost sample (counted in the meta data), so that time
    stays true; a torn last line is dropped. Raises EmgError when more than 5 %
    of the lines are bad, the rate is unknown, or the labels are none.
    """
    head = read_head(file)
    check_samples(file, head)
    dialect = find_dialect(head, file.name)
    columns = find_columns(dialect, head, label_column, repetition_column)
    for column, what in ((columns.label, "labels"), (columns.repetition, "repetitions")):
        if column is not None:
            _check_labels(dialect, head, column, what)
    told = rate if rate is not None else rate_in_remarks(head[: dialect.skip])
    true_rate = checked_rate(told) if told is not None else rate_from_time(dialect, head, columns)
    if not dialect.names and counts_time(head, dialect, columns.samples[0], true_rate):
        columns = Columns(
            columns.samples[1:], columns.label, columns.repetition, columns.time, columns.left_out
        )
    given_rate = told is not None
    dtype: SampleType = "int16"
    while True:
        try:
            return _import(
                file, out, head, dialect, columns, true_rate, unit, dtype, given_rate, progress
            )
        except _Wider as wider:
            dtype = wider.dtype


def _import(
    file: Path,
    out: Path,
    head: Sequence[str],
    dialect: Dialect,
    columns: Columns,
    rate: float,
    unit: str | None,
    dtype: SampleType,
    given_rate: bool,
    progress: Reports | None,
) -> Path:
    names = [_channel_name(dialect, k, n) for n, k in enumerate(columns.samples, 1)]
    units = [unit or dialect.unit(k) or ARBITRARY_UNIT for k in columns.samples]
    info = stream_info(names, units, rate, dtype, file.name)
    tally = _Tally()
    meta: dict[str, Any] = {
        "title": file.stem,
        "imported_from": file.name,
        "columns_left_out": [dialect.name(k) for k in columns.left_out],
    }
    first: NDArray[np.float64] | None = None
    with imported_session(out, info, meta) as session:
        wanted = [*columns.samples]
        wanted += [k for k in (columns.repetition, columns.time) if k is not None]
        for block in blocks(file, dialect, wanted, columns.label, tally.count, progress):
            used = block.values[:, : len(columns.samples)]
            _check_type(used[block.good], dtype)
            for begin, stop in _stretches(block.good):
                if block.good[begin]:
                    session.append(used[begin:stop].astype(dtype))
                else:
                    session.skip(stop - begin)
            _note(tally, block, columns)
            if first is None:
                first = used[block.good]
        if not session.samples:
            raise EmgError(f'"{file.name}" holds no samples.', "Check the file.")
        tally.count.check(file, dialect)
        if not given_rate:
            _check_regular(np.concatenate(tally.times), rate, np.concatenate(tally.good))
        if tally.labels:
            labels, repetitions = _labels(tally)
            session.label(runs_of(labels, list(tally.names), repetitions), file.name)
        remarks = [] if first is None else held_remarks(first, rate, "this file")
        if columns.label is None:
            beside, said = own_labels(file)
            session.annotate(beside)
            remarks += said
        if tally.count.bad:
            remarks.append(tally.count.remark)
        likely = None if columns.label is not None else likely_label(dialect, head, columns)
        if likely is not None:
            remarks.append(
                f"Column {likely + 1} looks like labels and came in as a channel; "
                "import again with it as the label column to have them."
            )
        meta["lines_not_readable"] = tally.count.bad
        meta["import_remarks"] = remarks
        session.update_meta(meta)
    return out


def _note(tally: _Tally, block: Block, columns: Columns) -> None:
    """Keep labels, repetitions and times of a block."""
    at = len(columns.samples)
    tally.good.append(block.good)
    if columns.label is not None:
        plain = {text: _plain(text) for text in set(block.labels)}
        for text in plain.values():
            tally.names.setdefault(text, len(tally.names))
        places = (tally.names[plain[text]] for text in block.labels)
        tally.labels.append(np.fromiter(places, np.int64, len(block.labels)))
    if columns.repetition is not None:
        tally.repetitions.append(block.values[:, at])
        at += 1
    if columns.time is not None:
        tally.times.append(block.values[:, at][block.good])


def _plain(label: str) -> str:
    """Labels 3, 3.0 and 3.000e+00 are the same."""
    try:
        number = float(label)
    except ValueError:
        return label
    return str(int(number)) if number.is_integer() else label


def _labels(tally: _Tally) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Label and repetition of each sample; one that cannot be read takes those before it.

    Repetitions are moved so that each label's smallest is 1.
    """
    good = np.concatenate(tally.good)
    fill = np.maximum.accumulate(np.where(good, np.arange(len(good)), int(np.argmax(good))))
    labels = np.concatenate(tally.labels)[fill]
    if not tally.repetitions:
        return labels, None
    given = np.concatenate(tally.repetitions)[fill].round().astype(np.int64)
    for label in np.unique(labels):
        mine = labels == label
        given[mine] += 1 - given[mine].min()
    return labels, given


def _stretches(good: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(good[1:] != good[:-1]) + 1).tolist(), len(good)]
    yield from pairwise(edges)


def _check_type(values: NDArray[np.float64], dtype: SampleType) -> None:
    if dtype == "float32" or not len(values):
        return
    needed = smallest_integer_type(float(values.min()), float(values.max()))
    if needed is None or bool((values != np.round(values)).any()):
        raise _Wider("float32")
    if _LADDER.index(needed) > _LADDER.index(dtype):
        raise _Wider(needed)


def _check_labels(dialect: Dialect, head: Sequence[str], column: int, what: str) -> None:
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    if looks_like_labels([row[column] for row in rows]):
        return
    others = [k for k in plausible_label_columns(dialect, head) if k != column]
    hint = f"{what.title()} are a few whole numbers or words, each for many samples in a row."
    if others and what == "labels":
        k = others[-1]
        named = f" (“{dialect.names[k]}”)" if dialect.names else ""
        hint = f"Column {k + 1}{named} looks like labels: try --label-column {k + 1}."
    raise EmgError(f"Column {column + 1} does not look like {what}.", hint)


def rate_from_time(dialect: Dialect, head: Sequence[str], columns: Columns) -> float:
    """The sampling rate in Hz from the time column; its unit follows from the size of a step."""
    if columns.time is None:
        return checked_rate(None)
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    try:
        times = np.array([row[columns.time] for row in rows], float)
    except ValueError:
        return checked_rate(None)
    if len(times) < 3 or not times[-1] > times[0]:
        _raise_irregular(None)
    per_step = (len(times) - 1) / float(times[-1] - times[0])
    rates = (per_step / unit for unit in TIME_UNITS_S)
    rate = next((r for r in rates if r >= SLOWEST_EMG_HZ), per_step)
    _check_regular(times, rate)
    nearest = round(rate, 3)
    return nearest if nearest else rate


def _check_regular(
    times: NDArray[np.float64], rate: float, good: NDArray[np.bool_] | None = None
) -> None:
    """Raise EmgError unless each time lies within two sample periods of an even grid.

    ``good`` says which samples the times are of, where some could not be read.
    """
    if len(times) < 3:
        return
    places = np.arange(len(times)) if good is None else np.flatnonzero(good)
    places = places - places[0]
    steps = np.diff(times)
    period = float(times[-1] - times[0]) / int(places[-1])
    off = np.abs(times - times[0] - period * places)
    if period <= 0 or bool((steps < 0).any()) or float(off.max()) > 2 * period:
        _raise_irregular(rate)


def _raise_irregular(rate: float | None) -> NoReturn:
    about = f" It is about {rate:.4g} Hz on average." if rate else ""
    raise EmgError(
        "The file's time column is not regular, so the sampling rate is not known.",
        f"Give it yourself, for example --rate 1000.{about}",
    )


def _channel_name(dialect: Dialect, column: int, number: int) -> str:
    return dialect.names[column] if dialect.names else f"EMG {number}"
