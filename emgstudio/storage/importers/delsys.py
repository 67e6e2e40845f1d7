"""Imports CSV exports of Delsys programs: a time and a value column per signal, each its own rate.

The layout is that of EMGworks' and Trigno Discover's CSV export (Delsys user guides).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.storage.importers.dialect import Dialect
from emgstudio.storage.importers.foreign import Foreign, ForeignStream, unit_of, whole_pieces
from emgstudio.storage.importers.imported import checked_rate
from emgstudio.storage.importers.lines import LINES_AT_ONCE
from emgstudio.storage.pyramid import Reports

_TIME = re.compile(r"^X\s*[\[(]\s*s\w*\s*[\])]$", re.IGNORECASE)
_UNIT = re.compile(r"\s*[\[(]\s*([^\])]+?)\s*[\])]\s*$")
_KINDS = {"EMG": "EMG", "IM": "EMG", "ACC": "ACC", "GYRO": "GYRO", "MAG": "MAGN"}


@dataclass(frozen=True, slots=True)
class _Pair:
    """Signal ``name`` in ``unit``; its times stand in ``column``, its values in the next."""

    name: str
    unit: str
    column: int


def header_of(head: Sequence[str]) -> int | None:
    """The line (from 0) whose fields alternate between ``X[s]`` and a signal; None without one."""
    for number, line in enumerate(head[:200]):
        delimiter = _delimiter(line)
        fields = [field.strip().strip('"') for field in line.split(delimiter)]
        times = fields[: len(fields) // 2 * 2 : 2]
        if times and all(map(_TIME.match, times)):
            return number
    return None


def read_delsys(file: Path, head: Sequence[str], progress: Reports | None = None) -> Foreign:
    """One stream for all signals that share rate, start and length; values in the file's units.

    Raises EmgError when the header is none, or a time column does not rise evenly.
    """
    number = header_of(head)
    if number is None:
        raise EmgError(f'"{file.name}" has no header with pairs X[s], signal.')
    delimiter = _delimiter(head[number])
    pairs = list(_pairs(head[number], delimiter))
    comma = delimiter == ";" and any("," in line for line in head[number + 1 : number + 10])
    dialect = Dialect(delimiter, comma, (), number + 1, 2 * len(pairs))
    data = _numbers(file, dialect, progress)
    groups: dict[tuple[float, float, int], list[_Pair]] = {}
    for pair in pairs:
        groups.setdefault(_axis(pair, data[:, pair.column], file), []).append(pair)
    streams = []
    for (rate, start, count), members in groups.items():
        values = data[:count, [pair.column + 1 for pair in members]]
        channels = tuple(Channel(p.name, p.unit, kind=_kind(p.name)) for p in members)
        name = "/".join(sorted({channel.kind for channel in channels}))
        info = StreamInfo(name, rate, channels, "float32", f"file {file.name}")
        streams.append(ForeignStream(info, start, count, partial(whole_pieces, values)))
    first = min(stream.start_s for stream in streams)
    remarks = []
    if len(streams) > 1:
        told = ", ".join(f"{s.info.name} at {s.info.rate:g} Hz" for s in streams)
        remarks.append(f"Signals of different rates are streams of their own: {told}.")
    return Foreign([replace(s, start_s=s.start_s - first) for s in streams], remarks=remarks)


def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def _pairs(line: str, delimiter: str) -> Iterator[_Pair]:
    fields = [field.strip().strip('"') for field in line.rstrip("\r\n").split(delimiter)]
    for column in range(0, len(fields) - 1, 2):
        text = fields[column + 1]
        unit = _UNIT.search(text)
        name = _UNIT.sub("", text).strip() or f"signal {column // 2 + 1}"
        yield _Pair(name, unit_of(unit.group(1) if unit else ""), column)


def _kind(name: str) -> str:
    """By the word after the colon: “Trigno IM sensor 1: ACC 1.X” is an accelerometer."""
    signal = name.rpartition(":")[2].upper()
    return next((kind for word, kind in _KINDS.items() if signal.split()[:1] == [word]), "MISC")


def _numbers(file: Path, dialect: Dialect, progress: Reports | None) -> NDArray[np.float64]:
    """All columns, nan where a shorter signal has ended."""
    size = max(1, file.stat().st_size)
    parts = []
    with file.open("rb") as raw:
        for _ in range(dialect.skip):
            raw.readline()
        while lines := list(islice(raw, LINES_AT_ONCE)):
            if progress is not None:
                progress.report(min(1.0, raw.tell() / size), f"Importing {file.name}")
            texts = [text for line in lines if (text := line.decode("utf-8", "replace")).strip()]
            if texts:
                parts.append(_block(texts, dialect))
    return np.concatenate(parts) if parts else np.zeros((0, dialect.fields))


def _block(lines: Sequence[str], dialect: Dialect) -> NDArray[np.float64]:
    if dialect.decimal_comma:
        lines = [line.replace(",", ".") for line in lines]
    values = np.full((len(lines), dialect.fields), np.nan)
    filled = [k for k, text in enumerate(lines[-1].split(dialect.delimiter)) if text.strip()]
    filled = [k for k in filled if k < dialect.fields]
    try:
        values[:, filled] = np.loadtxt(
            lines, float, delimiter=dialect.delimiter, comments=None, usecols=filled, ndmin=2
        )
        ends = all(
            not text.strip()
            for k, text in enumerate(lines[0].split(dialect.delimiter))
            if k not in filled
        )
    except ValueError:
        ends = False
    if not ends:
        for row, line in enumerate(lines):
            for k, text in enumerate(line.split(dialect.delimiter)[: dialect.fields]):
                values[row, k] = _number(text)
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _axis(pair: _Pair, times: NDArray[np.float64], file: Path) -> tuple[float, float, int]:
    """Rate in Hz, start in s and number of samples of a signal."""
    known = np.flatnonzero(np.isfinite(times))
    count = int(known[-1]) + 1 if len(known) else 0
    span = float(times[known[-1]] - times[known[0]]) if count else 0.0
    if count < 3 or span <= 0 or (np.diff(times[known]) <= 0).any():
        raise EmgError(
            f'The times of “{pair.name}” in "{file.name}" (column {pair.column + 1}) do not rise.',
            "Export the file again, with the time column of every signal.",
        )
    rate = (known[-1] - known[0]) / span
    # The printed times are rounded: the shortest number that moves no sample by half its width.
    nearest = next(r for k in range(9) if abs((r := round(rate, k)) * span - rate * span) < 0.5)
    return checked_rate(nearest), float(times[known[0]]), count
