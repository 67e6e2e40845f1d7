"""What lines of numbers look like: separator, columns, names, counter or time, rate.

Told from a second or two of lines as they arrive; pure. The conventions are
those of the Arduino serial plotter and of what people's sketches print.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_FIELDS = 64
SEPARATORS = {"comma": b",", "semicolon": b";", "tab": b"\t", "space": None}
LABEL = re.compile(rb"([A-Za-z_][^:,;\t]*):")
WORD = re.compile(rb"[A-Za-z_]")
# Rates that people set; a measured one this close to one of them is meant to be it.
USUAL_RATES = (
    10, 20, 25, 40, 50, 60, 64, 75, 80, 100, 120, 125, 128, 150, 160, 200, 240, 250, 256, 300,
    400, 500, 512, 600, 640, 750, 800, 860, 1000, 1024, 1200, 1250, 1500, 1600, 2000, 2048, 2500,
    3000, 4000, 5000, 8000, 10000,
)  # fmt: skip
CLOSE_BY_TIME, CLOSE_BY_ARRIVAL = 0.006, 0.03
# Units of time columns per second: milliseconds, microseconds, seconds.
TIME_UNITS = (1e3, 1e6, 1.0)
TIME_TOLERANCE = 0.15
COUNTS = 0.9
LEAST_LINES = 8

Line = tuple[bytes, float]


@dataclass(frozen=True, slots=True)
class Order:
    """The column that tells the order of lines: grows by ``step`` with each line.

    ``per_second`` is the unit of a time column (1000 for milliseconds), 0 for a
    counter. ``modulus`` is where it begins again, 0 if not known; ``tolerance``
    in lines. ``exact`` says that what is missing can be told to the line.
    """

    column: int
    step: float
    per_second: float
    modulus: float
    tolerance: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines are to be read. ``columns`` are the fields that are signals, from 0."""

    separator: str
    fields: int
    columns: tuple[int, ...]
    names: tuple[str, ...]
    order: Order | None
    rate: float
    whole: bool

    def reads(self, line: bytes) -> list[float] | None:
        """The numbers of a line that is laid out like this, None for any other."""
        values = numbers(line, SEPARATORS[self.separator])
        return values if values is not None and len(values) == self.fields else None


def numbers(line: bytes, separator: bytes | None) -> list[float] | None:
    """The numbers of one line without its end; None when anything else is in it.

    ``separator`` None is blanks. Brackets around all and a ``label:`` before a
    number are allowed.
    """
    text = line.strip(b" \t\r[](){}")
    if b":" in text:
        text = LABEL.sub(b"", text)
    if b"_" in text:
        return None
    parts = text.split(separator)
    if parts and not parts[-1].strip():
        parts.pop()
    if not 1 <= len(parts) <= MOST_FIELDS:
        return None
    try:
        values = list(map(float, parts))
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def find_layout(
    lines: Sequence[Line], separator: str, columns: str, order: str, heard: Sequence[bytes] = ()
) -> Layout | None:
    """The layout of ``(line, host seconds)``; None when too few lines agree.

    ``separator``, ``columns`` and ``order`` are what a person chose: "auto" or
    "" leaves it to the lines. ``heard`` are earlier lines that may hold names.
    ``rate`` is measured.
    """
    chosen = _separator(lines, separator)
    if chosen is None:
        return None
    key, fields = chosen
    good = [(v, h) for t, h in lines if (v := numbers(t, SEPARATORS[key])) and len(v) == fields]
    values = np.array([v for v, _ in good])
    hosts = np.array([h for _, h in good])
    arrival = arrival_rate(hosts)
    found = find_order(values, arrival, order)
    signals = chosen_columns(columns, fields, found)
    rate = measured_rate(values, arrival, found)
    names = _names([*heard, *(t for t, _ in lines)], key, fields)
    whole = bool((values[:, signals] == np.rint(values[:, signals])).all())
    return Layout(key, fields, signals, tuple(names[c] for c in signals), found, rate, whole)


def _separator(lines: Sequence[Line], wanted: str) -> tuple[str, int] | None:
    """Separator and number of fields that most lines agree on."""
    best: tuple[int, int, str] | None = None
    for key, mark in SEPARATORS.items():
        if wanted not in ("auto", key):
            continue
        counts = Counter(len(v) for text, _ in lines if (v := numbers(text, mark)))
        if counts:
            fields, agreeing = counts.most_common(1)[0]
            best = max(best or (0, 0, ""), (agreeing, fields, key))
    if best is None or best[0] < max(LEAST_LINES // 2, 0.5 * len(lines)):
        return None
    return best[2], best[1]


def arrival_rate(hosts: NDArray[np.float64]) -> float:
    """Lines per second by their arrival alone, 0 when all came at once."""
    span = float(hosts[-1] - hosts[0])
    if span <= 0.0:
        return 0.0
    # What came in the first heap was sent before it.
    return float((hosts > hosts[0]).sum() / span)


def find_order(values: NDArray[np.float64], arrival: float, wanted: str) -> Order | None:
    """The counter or time column; ``wanted`` is auto, none or a column's number from 1."""
    if wanted == "none" or len(values) < LEAST_LINES:
        return None
    candidates = range(values.shape[1]) if wanted == "auto" else [int(wanted) - 1]
    for column in candidates:
        if not 0 <= column < values.shape[1]:
            return None
        found = _counter(column, values[:, column]) or _time(column, values[:, column], arrival)
        if found:
            return found
    return None


def _counter(column: int, values: NDArray[np.float64]) -> Order | None:
    steps = np.diff(values)
    if (values != np.rint(values)).any() or (steps == 1.0).mean() < COUNTS:
        return None
    wraps = np.flatnonzero((steps < 0) & (values[1:] == 0.0))
    modulus = float(values[wraps].max()) + 1.0 if len(wraps) else 0.0
    return Order(column, 1.0, 0.0, modulus, 0.5, exact=True)


def _time(column: int, values: NDArray[np.float64], arrival: float) -> Order | None:
    steps = np.diff(values)
    forward = steps[steps > 0.0]
    if len(forward) < COUNTS * len(steps) or arrival <= 0.0:
        return None
    usual = float(np.median(forward))
    # Holes and wraps apart, the steps of a clock hardly differ.
    even = forward[forward < 2.5 * usual]
    step = float(even.mean())
    for unit in TIME_UNITS:
        quantum = 1.0 if unit > 1.0 else 0.0
        if (
            abs(step * arrival / unit - 1.0) < TIME_TOLERANCE
            and (np.abs(even - step) <= max(0.5 * step, 1.5 * quantum)).all()
        ):
            modulus = float(1 << 32) if unit > 1.0 else 0.0
            # Whole milliseconds put a line up to one of them early or late.
            tolerance = max(0.75, 1.2 * quantum / step)
            return Order(column, step, unit, modulus, tolerance, exact=quantum <= 0.5 * step)
    return None


def measured_rate(values: NDArray[np.float64], arrival: float, order: Order | None) -> float:
    """Samples per second, as the device's own time says or as lines arrive; 0 if unknown."""
    if order is not None and order.per_second:
        return usual_rate(order.per_second / order.step, CLOSE_BY_TIME)
    if order is not None:
        steps = np.diff(values[:, order.column])
        # Lines that never came were sent all the same.
        arrival *= float(np.clip(steps[steps > 0].mean(), 1.0, 2.0)) if len(steps) else 1.0
    return usual_rate(arrival, CLOSE_BY_ARRIVAL)


def usual_rate(measured: float, close: float) -> float:
    """The usual rate that is as close as ``close`` (a share), otherwise four digits of it."""
    if measured <= 0.0:
        return 0.0
    nearest = min(USUAL_RATES, key=lambda rate: abs(math.log(rate / measured)))
    if abs(measured / nearest - 1.0) <= close:
        return float(nearest)
    return float(f"{measured:.4g}")


def chosen_columns(text: str, fields: int, order: Order | None) -> tuple[int, ...]:
    """Signal columns from 0 for "2-4,6"; all but the order's for "". () if none is there."""
    if not text.strip():
        left = [c for c in range(fields) if order is None or c != order.column]
        return tuple(left)
    columns: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.strip().isdigit() or not (last or first).strip().isdigit():
            return ()
        columns += range(int(first) - 1, int(last or first))
    return tuple(columns) if all(0 <= c < fields for c in columns) else ()


def _names(lines: Sequence[bytes], key: str, fields: int) -> list[str]:
    """Names from labels or from a line of words; otherwise numbers from 1."""
    names = [str(k + 1) for k in range(fields)]
    for line in lines:
        labels = [label.strip() for label in LABEL.findall(line)]
        words = [word.strip() for word in line.strip(b" \r[]").split(SEPARATORS[key])]
        found = labels if len(labels) == fields else words
        if len(found) == fields and all(WORD.match(w) for w in found) and len({*found}) == fields:
            return [word.decode("utf-8", "replace") for word in found]
    return names
