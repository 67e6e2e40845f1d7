"""Finds out how a text file of numbers is written: delimiter, decimal sign, header, columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers.imported import known_unit

SAMPLE_LINES = 2000
# In samples, on average: what changes faster is a signal, not a label.
SHORTEST_LABEL = 5
_COMMENT = ("#", "%", "//")
_DECIMAL_COMMA = re.compile(r"^\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*$")
_RATE = re.compile(r"sampl\w*\s*(?:rate|freq\w*)[^0-9]*([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)
_UNIT = re.compile(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$")
_LABEL_NAMES = {"label", "labels", "class", "gesture", "movement", "stimulus"}
_REPETITION_NAMES = {"rep", "repetition", "repetitions"}
_TIME_NAMES = {"time", "t", "timestamp", "time_ms", "time_s", "x"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a file are to be read. ``delimiter`` None means white space.

    ``names`` are from the header, empty without one; ``skip`` lines come before
    the first row; ``fields`` per row.
    """

    delimiter: str | None
    decimal_comma: bool
    names: tuple[str, ...]
    skip: int
    fields: int

    def split(self, line: str) -> list[str]:
        """The fields of a row, numbers with a decimal point."""
        parts = [part.strip() for part in self._fields(line.rstrip("\r\n"))]
        if self.delimiter is not None and len(parts) == self.fields + 1 and parts[-1] == "":
            parts.pop()
        return [p.replace(",", ".") for p in parts] if self.decimal_comma else parts

    def _fields(self, line: str) -> list[str]:
        if '"' not in line:
            return line.split(self.delimiter)
        if self.delimiter is None:
            return [part.strip('"') for part in line.split()]
        try:
            rows = list(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True))
        except csv.Error:
            return line.split(self.delimiter)
        return rows[0] if rows else []

    def name(self, column: int) -> str:
        """What to call a column (from 0) when speaking to people."""
        return self.names[column] if self.names else f"column {column + 1}"

    def bare_name(self, column: int) -> str:
        """The header's name without a unit in brackets, lower case."""
        return _UNIT.sub("", self.names[column]).strip().lower() if self.names else ""

    def unit(self, column: int) -> str | None:
        """The unit that the header gives in brackets."""
        found = _UNIT.search(self.names[column]) if self.names else None
        return known_unit(found.group(1)) if found else None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns (from 0) are what; ``left_out`` are those without a role."""

    samples: tuple[int, ...]
    label: int | None
    repetition: int | None
    time: int | None
    left_out: tuple[int, ...]


def read_head(file: Path) -> list[str]:
    """The first lines of a text file. Raises EmgError when there is no text."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline=None) as lines:
            head = [line for line, _ in zip(lines, range(SAMPLE_LINES), strict=False)]
    except OSError as error:
        raise EmgError(f'"{file}" cannot be read ({error.strerror}).', "Check the name.") from error
    if any("\0" in line for line in head[:20]):
        raise EmgError(f'"{file.name}" is not a text file.', "Export it as CSV and try again.")
    return head


def rate_in_remarks(lines: Sequence[str]) -> float | None:
    """The sampling rate in Hz that a remark above the table tells, None without one.

    OpenBCI writes ``%Sample Rate = 250 Hz``, BioSPPy ``# Sampling Rate (Hz):= 1000.00``.
    """
    for line in lines:
        found = _RATE.search(line) if line.lstrip().startswith(_COMMENT) else None
        if found is not None and float(found.group(1)) > 0:
            return float(found.group(1))
    return None


def find_dialect(head: Sequence[str], name: str) -> Dialect:
    """From the first lines of the file ``name``; raises EmgError when they hold no table."""
    best: Dialect | None = None
    best_score = 0.0
    for delimiter in ("\t", ";", ",", None):
        for decimal_comma in (False, True) if delimiter != "," else (False,):
            score, dialect = _tried(head, delimiter, decimal_comma)
            if dialect is not None and score > best_score:
                best, best_score = dialect, score
    if best is None:
        raise EmgError(
            f'"{name}" holds no table of numbers.',
            "Expected is one line per sample, with columns parted by comma, semicolon or tab.",
        )
    return best


def _tried(
    head: Sequence[str], delimiter: str | None, decimal_comma: bool
) -> tuple[float, Dialect | None]:
    """How well a reading fits: the share of numbers, then the number of columns."""
    plain = Dialect(delimiter, False, (), 0, 0)
    rows = [(k, plain.split(line)) for k, line in enumerate(head) if _is_row(line)]
    numeric = [(k, row) for k, row in rows if _numbers(row, decimal_comma) * 2 >= len(row)]
    if not numeric:
        return 0.0, None
    fields = Counter(len(row) for _, row in numeric).most_common(1)[0][0]
    fitting = [(k, row) for k, row in numeric if len(row) == fields]
    if fields > 1 and all(row[-1] == "" for _, row in fitting) and delimiter is not None:
        fields -= 1
    first = fitting[0][0]
    share = sum(_numbers(row[:fields], decimal_comma) for _, row in fitting) / (
        fields * max(1, sum(k >= first for k, _ in rows))
    )
    names: tuple[str, ...] = ()
    for k, row in reversed(rows):
        whole = len(row[:fields]) == fields and not any(row[fields:])
        if k < first and whole and _numbers(row, decimal_comma) == 0:
            names = tuple(row[:fields])
            break
    dialect = Dialect(delimiter, decimal_comma, _distinct(names), first, fields)
    return share + min(fields, 100) * 1e-3, dialect


def find_columns(
    dialect: Dialect, head: Sequence[str], label: str | None, repetition: str | None
) -> Columns:
    """What each column is; raises EmgError when a named one is not there.

    Without a name, a column with a usual one is taken; "" means that there is none.
    """
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    label_at = _chosen(dialect, label, _LABEL_NAMES, "label")
    repetition_at = _chosen(dialect, repetition, _REPETITION_NAMES, "repetition")
    time_at = next((k for k in range(dialect.fields) if dialect.bare_name(k) in _TIME_NAMES), None)
    if time_at in (label_at, repetition_at):
        time_at = None
    taken = {label_at, repetition_at, time_at}
    rest = [k for k in range(dialect.fields) if k not in taken]
    unwanted = (_LABEL_NAMES if label == "" else set()) | (
        _REPETITION_NAMES if repetition == "" else set()
    )
    text = tuple(
        k
        for k in rest
        if dialect.bare_name(k) in unwanted
        or sum(is_number(row[k]) for row in rows) * 2 < len(rows)
    )
    samples = tuple(k for k in rest if k not in text)
    if not samples:
        raise EmgError("The file has no columns of samples.", "Check the label column's number.")
    return Columns(samples, label_at, repetition_at, time_at, text)


def counts_time(head: Sequence[str], dialect: Dialect, column: int, rate: float) -> bool:
    """Whether a column without a name is a clock or a counter: it rises by one even step."""
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    values = [row[column] for row in rows]
    if len(values) < 20 or not all(is_number(v) for v in values):
        return False
    steps = np.diff(np.array(values, float))
    step = float(np.median(steps))
    even = step > 0 and bool(np.mean(np.abs(steps - step) < 0.01 * step) > 0.95)
    return even and any(np.isclose(step, s, rtol=0.01) for s in (1.0, 1 / rate, 1000 / rate))


def plausible_label_columns(dialect: Dialect, head: Sequence[str]) -> list[int]:
    """Columns that look like labels: few values, whole numbers or text, in long stretches."""
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    return [k for k in range(dialect.fields) if looks_like_labels([row[k] for row in rows])]


def looks_like_labels(values: Sequence[str]) -> bool:
    """Few values in long stretches; numbers among them are whole."""
    if not values:
        return False
    distinct = set(values)
    changes = sum(a != b for a, b in pairwise(values))
    whole = all(not is_number(v) or float(v).is_integer() for v in distinct)
    return whole and len(distinct) <= 100 and changes * SHORTEST_LABEL <= len(values)


def is_number(text: str) -> bool:
    """Whether a field is a number (nan counts: a lost value)."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _chosen(dialect: Dialect, wanted: str | None, usual: set[str], what: str) -> int | None:
    """The column a person named or numbered from 1, else one that bears a usual name."""
    if wanted is None:
        return next((k for k in range(dialect.fields) if dialect.bare_name(k) in usual), None)
    wanted = wanted.strip()
    if not wanted:
        return None
    for k in range(dialect.fields if dialect.names else 0):
        if wanted.lower() in (dialect.names[k].lower(), dialect.bare_name(k)):
            return k
    if wanted.isdigit() and 1 <= int(wanted) <= dialect.fields:
        return int(wanted) - 1
    columns = ", ".join(dialect.names) if dialect.names else f"1 to {dialect.fields}"
    raise EmgError(f"There is no {what} column “{wanted}”.", f"The file's columns are {columns}.")


def _is_row(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith(_COMMENT) and not text.lower().startswith("sep=")


def _numbers(row: Sequence[str], decimal_comma: bool) -> int:
    if decimal_comma:
        comma = sum(bool(_DECIMAL_COMMA.match(field)) for field in row)
        if not comma:
            return 0
        row = [field.replace(",", ".") for field in row]
    return sum(map(is_number, row))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names where none is empty or there twice."""
    distinct: list[str] = []
    for k, name in enumerate(names):
        name = name or f"column {k + 1}"
        while name in distinct:
            name += "′"
        distinct.append(name)
    return tuple(distinct)


def likely_label(dialect: Dialect, head: Sequence[str], columns: Columns) -> int | None:
    """The one column without a usual name that looks like labels; None when unsure."""
    if dialect.names:
        return None
    found = [k for k in plausible_label_columns(dialect, head) if k != columns.repetition]
    return found[0] if len(found) == 1 else None
