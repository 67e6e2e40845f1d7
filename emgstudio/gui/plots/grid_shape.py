"""Where the electrodes of a high-density array lie: rows, columns and in which order they count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

LARGEST = 64


class Order(StrEnum):
    """How the channels of an array follow each other."""

    ROWS = "rows"
    COLUMNS = "columns"
    SNAKE_ROWS = "snake rows"
    SNAKE_COLUMNS = "snake columns"


@dataclass(frozen=True, slots=True)
class GridShape:
    """One array of electrodes; a stream with more channels holds several of them.

    The first ``missing`` places hold no electrode: an array of 13 × 5 with 64
    electrodes lacks one corner.
    """

    rows: int
    columns: int
    order: Order = Order.ROWS
    missing: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.rows <= LARGEST and 1 <= self.columns <= LARGEST):
            raise ValueError(f"no array of {self.rows} × {self.columns}")
        if not 0 <= self.missing < self.rows * self.columns:
            raise ValueError(f"{self.missing} missing electrodes leave none")

    @property
    def electrodes(self) -> int:
        """How many channels one array has."""
        return self.rows * self.columns - self.missing

    @property
    def size(self) -> str:
        """As it is written on the array: ``13 × 5``."""
        return f"{self.rows} × {self.columns}"

    def places(self, channels: Sequence[int]) -> NDArray[np.int64]:
        """The channel at each place, ``(arrays, rows, columns)``; -1 where there is none."""
        arrays = max(1, -(-len(channels) // self.electrodes))
        flat = np.full((arrays, self.rows * self.columns), -1, np.int64)
        for number in range(arrays):
            part = channels[number * self.electrodes : (number + 1) * self.electrodes]
            flat[number, self.missing : self.missing + len(part)] = part
        by_rows = self.order in (Order.ROWS, Order.SNAKE_ROWS)
        shape = (self.rows, self.columns) if by_rows else (self.columns, self.rows)
        placed = flat.reshape(arrays, *shape)
        if self.order in (Order.SNAKE_ROWS, Order.SNAKE_COLUMNS):
            placed[:, 1::2] = placed[:, 1::2, ::-1].copy()
        return placed if by_rows else placed.transpose(0, 2, 1).copy()

    def to_text(self) -> str:
        """As it is kept in the settings."""
        return f"{self.rows}x{self.columns}-{self.missing} {self.order}"

    @classmethod
    def from_text(cls, text: str) -> GridShape:
        """What :meth:`to_text` wrote. Raises ValueError for anything else."""
        found = re.fullmatch(r"(\d+)x(\d+)-(\d+) (.+)", text)
        if found is None:
            raise ValueError(f"no array shape: {text!r}")
        rows, columns, missing = (int(found[n]) for n in (1, 2, 3))
        return cls(rows, columns, Order(found[4]), missing)


# The arrays that are sold: 13 × 5 with a missing corner counts up and down its columns.
KNOWN = (
    GridShape(8, 8),
    GridShape(13, 5, Order.SNAKE_COLUMNS, 1),
    GridShape(16, 4),
    GridShape(8, 4),
    GridShape(4, 8),
    GridShape(4, 4),
)


def likely_shape(channels: int) -> GridShape:
    """What an array with this many channels most likely looks like."""
    for shape in (GridShape(8, 8), GridShape(8, 4), GridShape(4, 4)):
        if channels % shape.electrodes == 0:
            return shape
    rows = min(LARGEST, max(1, ceil(sqrt(channels))))
    return GridShape(rows, min(LARGEST, -(-channels // rows)))


def shaped(rows: int, columns: int, order: Order, channels: int) -> GridShape:
    """An array of one's own; a corner is missing where that makes ``channels`` fit."""
    places = rows * columns
    fits = channels % places == 0
    missing = int(not fits and places > 2 and channels % (places - 1) == 0)
    return GridShape(rows, columns, order, missing)
