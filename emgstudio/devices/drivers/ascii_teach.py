"""What each column of lines of numbers is: guessed from the lines, corrected by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.devices.drivers.ascii_layout import (
    LEAST_LINES,
    SEPARATORS,
    Line,
    Order,
    arrival_rate,
    find_layout,
    find_order,
    numbers,
)
from emgstudio.devices.drivers.ascii_options import AsciiOptions

# Steps of a time column in pasted lines: the unit is the one that makes a rate from 20 to 5000 Hz.
MICROSECONDS_FROM = 200.0


class Use(StrEnum):
    """What a column is."""

    EMG = "EMG"
    COUNTER = "counter"
    TIME = "time"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What lines show: one name and one use for each of ``fields`` columns.

    ``values`` is ``(lines, columns)``; ``rate`` in Hz is 0 where lines alone
    cannot tell. ``odd`` lines of ``count`` are laid out differently.
    """

    separator: str
    names: tuple[str, ...]
    named: bool
    uses: tuple[Use, ...]
    order: Order | None
    rate: float
    values: NDArray[np.float64]
    count: int
    odd: int

    @property
    def fields(self) -> int:
        return len(self.names)


def pasted_lines(text: str) -> tuple[Line, ...]:
    """Lines of a text that somebody pasted, with times where a column tells them, else 0."""
    lines = [line.strip().encode() for line in text.splitlines() if line.strip()]
    step_s = _step_of(lines)
    return tuple((line, k * step_s) for k, line in enumerate(lines))


def _step_of(lines: Sequence[bytes]) -> float:
    """Seconds from line to line by a column that looks like a clock, 0 where none does."""
    lesson = learn([(line, 0.0) for line in lines])
    if lesson is None:
        return 0.0
    steps = np.diff(lesson.values, axis=0)
    for column in range(lesson.fields):
        forward = steps[:, column]
        usual = float(np.median(forward)) if len(forward) else 0.0
        counts = (forward == 1.0).all()
        if usual <= 0.0 or counts or (forward <= 0.0).any() or forward.max() > 2.5 * usual:
            continue
        mean = float(forward.mean())
        if usual < 1.0:
            return mean
        return mean / (1e6 if usual >= MICROSECONDS_FROM else 1e3)
    return 0.0


def learn(lines: Sequence[Line], separator: str = "auto") -> Lesson | None:
    """What the lines show; None while too few of them agree. ``separator`` as in the options."""
    layout = find_layout(lines, separator, "", "none") if lines else None
    if layout is None:
        return None
    whole = f"1-{layout.fields}"
    found = find_layout(lines, layout.separator, whole, "auto")
    assert found is not None, "the same lines agree again"
    mark = SEPARATORS[layout.separator]
    rows = [v for text, _ in lines if (v := numbers(text, mark)) and len(v) == layout.fields]
    values = np.array(rows)
    arrival = arrival_rate(np.array([host for _, host in lines]))
    return Lesson(
        layout.separator,
        tuple(f"Column {n}" if n.isdigit() else n for n in found.names),
        not all(name.isdigit() for name in found.names),
        tuple(_use(values, arrival, column, found.order) for column in range(layout.fields)),
        found.order,
        found.rate,
        values,
        len(lines),
        len(lines) - len(rows),
    )


def follow(lesson: Lesson, lines: Sequence[Line]) -> Lesson | None:
    """The lesson with newer lines; far cheaper than to learn anew. None if they look different."""
    mark = SEPARATORS[lesson.separator]
    rows = [v for text, _ in lines if (v := numbers(text, mark)) and len(v) == lesson.fields]
    if not rows or len(rows) < 0.5 * len(lines):
        return None
    odd = len(lines) - len(rows)
    return replace(lesson, values=np.array(rows), count=len(lines), odd=odd)


def _use(values: NDArray[np.float64], arrival: float, column: int, order: Order | None) -> Use:
    if order is not None and column == order.column:
        return Use.TIME if order.per_second else Use.COUNTER
    # One column is enough to tell the order; a second clock is no signal either.
    also = find_order(values, arrival, str(column + 1))
    return Use.EMG if also is None else Use.IGNORE


def taught_options(
    lesson: Lesson, uses: Sequence[Use], names: Sequence[str], base: AsciiOptions
) -> AsciiOptions:
    """``base`` with what a person said of the columns.

    Raises EmgError when that cannot be used: no signal, two counters, a column
    that does not count, names that cannot be told apart.
    """
    signals = [k for k, use in enumerate(uses) if use is Use.EMG]
    orders = [k for k, use in enumerate(uses) if use in (Use.COUNTER, Use.TIME)]
    if not signals:
        raise EmgError("No column is EMG.", "Say of at least one column that it is EMG.")
    if len(orders) > 1:
        one, other = orders[0] + 1, orders[1] + 1
        raise EmgError(
            f"Columns {one} and {other} both tell the order of lines.",
            "Keep the better one and set the other to “ignore”.",
        )
    for column in orders:
        _check_order(lesson, column)
    chosen = [names[k].strip() for k in signals]
    if not all(chosen) or len(set(chosen)) < len(chosen):
        raise EmgError("Two columns have one name, or one has none.", "Give each its own name.")
    comma = next((name for name in chosen if "," in name), None)
    if comma is not None:
        raise EmgError(f"The name “{comma}” has a comma in it.", "Use a blank instead.")
    found = None if lesson.order is None else lesson.order.column
    chosen_order = orders[0] if orders else None
    order = "none" if chosen_order is None else str(chosen_order + 1)
    usual = [k for k in range(lesson.fields) if k != chosen_order]
    said = [lesson.names[k] for k in signals]
    return replace(
        base,
        separator=lesson.separator,
        columns="" if signals == usual else ranges(signals),
        order="auto" if chosen_order == found else order,
        names="" if chosen == said else ",".join(chosen),
    )


def _check_order(lesson: Lesson, column: int) -> None:
    if lesson.order is not None and lesson.order.column == column:
        return
    values = lesson.values
    arrival = lesson.rate if len(values) >= LEAST_LINES else 0.0
    if find_order(values, arrival, str(column + 1)) is None:
        raise EmgError(
            f"Column {column + 1} does not count from line to line.",
            "A counter grows by 1 with each line, a time by the time between lines.",
        )


def ranges(columns: Sequence[int]) -> str:
    """Columns from 0 as a person writes them, counted from 1: "2-4,6"."""
    parts: list[list[int]] = []
    for column in columns:
        if parts and column == parts[-1][-1] + 1:
            parts[-1].append(column)
        else:
            parts.append([column])
    return ",".join(f"{p[0] + 1}-{p[-1] + 1}" if len(p) > 1 else str(p[0] + 1) for p in parts)
