"""Reads the lines of a text file of numbers in blocks, and notes those that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers.dialect import Dialect
from emgstudio.storage.pyramid import Reports

LINES_AT_ONCE = 20_000
# More than this share of bad lines means that the file is not what we think it is.
BAD_LINES = 0.05


@dataclass(frozen=True, slots=True)
class Block:
    """Parsed lines; a row of ``good`` False is a sample that cannot be read."""

    values: NDArray[np.float64]
    good: NDArray[np.bool_]
    labels: Sequence[str]


@dataclass
class LineCount:
    """How many lines there were and how many of them could not be read."""

    lines: int = 0
    bad: int = 0
    first_bad: int = 0

    @property
    def remark(self) -> str:
        """What became of the lines that could not be read."""
        if self.bad == 1:
            return f"Line {self.first_bad} cannot be read and is a gap now."
        return f"{self.bad} lines that cannot be read, from line {self.first_bad} on, are gaps now."

    def check(self, file: Path, dialect: Dialect) -> None:
        """Raise EmgError when more than 5 % of the lines are bad."""
        if self.bad > BAD_LINES * self.lines:
            raise EmgError(
                f'{self.bad} of {self.lines} lines in "{file.name}" cannot be read.',
                f"The first is line {self.first_bad}; "
                f"expected are {dialect.fields} numbers per line.",
            )


def blocks(
    file: Path,
    dialect: Dialect,
    wanted: Sequence[int],
    label: int | None,
    count: LineCount,
    progress: Reports | None,
) -> Iterator[Block]:
    """The columns ``wanted`` (from 0) of the file in parsed blocks; a torn last line is dropped."""
    size = max(1, file.stat().st_size)
    with file.open("rb") as raw:
        for _ in range(dialect.skip):
            raw.readline()
        while lines := list(islice(raw, LINES_AT_ONCE)):
            if progress is not None:
                progress.report(min(1.0, raw.tell() / size), f"Importing {file.name}")
            texts = [line.decode("utf-8", "replace") for line in lines]
            torn = not lines[-1].endswith((b"\n", b"\r"))
            block = _parsed(texts, dialect, label, wanted, count)
            if torn and len(block.good) and not block.good[-1]:
                count.bad -= 1
                block = Block(block.values[:-1], block.good[:-1], block.labels[:-1])
            if len(block.good):
                yield block


def table(
    file: Path, dialect: Dialect, wanted: Sequence[int], progress: Reports | None = None
) -> NDArray[np.float64]:
    """The columns ``wanted`` of the whole file, ``(lines, columns)``; nan where unreadable.

    Raises EmgError when more than 5 % of the lines are bad.
    """
    count = LineCount()
    parts = []
    for block in blocks(file, dialect, wanted, None, count, progress):
        block.values[~block.good] = np.nan
        parts.append(block.values)
    count.check(file, dialect)
    return np.concatenate(parts) if parts else np.zeros((0, len(wanted)))


def _parsed(
    lines: Sequence[str],
    dialect: Dialect,
    label: int | None,
    wanted: Sequence[int],
    count: LineCount,
) -> Block:
    kept = [text for line in lines if (text := line.lstrip("\ufeff")).strip()]
    whole = _all_at_once(kept, dialect) if kept and not dialect.decimal_comma else None
    if whole is not None:
        values, good = whole[:, list(wanted)], np.ones(len(kept), bool)
        labels = [repr(v) for v in whole[:, label].tolist()] if label is not None else []
    else:
        values, good, labels = _line_by_line(kept, dialect, label, wanted)
    good &= np.isfinite(values).all(axis=1)
    if not good.all():
        values[~good] = 0
        if not count.bad:
            count.first_bad = dialect.skip + count.lines + int(np.argmin(good)) + 1
        count.bad += int((~good).sum())
    count.lines += len(lines)
    return Block(values, good, labels)


def _line_by_line(
    lines: Sequence[str], dialect: Dialect, label: int | None, wanted: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    values = np.zeros((len(lines), len(wanted)))
    good = np.ones(len(lines), bool)
    labels = [""] * len(lines)
    for k, line in enumerate(lines):
        row = dialect.split(line)
        try:
            if len(row) != dialect.fields:
                raise ValueError
            values[k] = [float(row[column]) for column in wanted]
        except ValueError:
            good[k] = False
        else:
            labels[k] = row[label] if label is not None else ""
    return values, good, labels


def _all_at_once(lines: Sequence[str], dialect: Dialect) -> NDArray[np.float64] | None:
    """Numpy's own fast reader; None when some line does not fit."""
    try:
        table = np.loadtxt(lines, float, delimiter=dialect.delimiter, comments=None, ndmin=2)
    except ValueError:
        return None
    return table if table.shape == (len(lines), dialect.fields) else None
