"""Annotations as columns of numbers in order of time; objects are made of those asked for."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Annotation, Source

ROW = np.dtype(
    [
        ("start", "<f8"),
        ("stop", "<f8"),
        ("confidence", "<f8"),
        ("repetition", "<i8"),
        ("serial", "<i8"),
        ("id", "<i4"),
        ("label", "<i4"),
        ("track", "<i4"),
        ("author", "<i4"),
        ("note", "<i4"),
        ("channels", "<i4"),
        ("recipe", "<i4"),
        ("source", "<i2"),
        ("reviewed", "<i2"),
    ]
)
TEXTS = ("id", "label", "track", "author", "note", "channels", "recipe")
"""Columns that hold the number of a text; -1 for an annotation of all channels."""
SOURCES = tuple(Source)
_NUMBERS = {source: number for number, source in enumerate(SOURCES)}
# Rows are moved as bytes: numpy copies field by field otherwise, twelve times as slow.
_BYTES = np.dtype((np.void, ROW.itemsize))
FEW = 64
"""Up to so many are looked for and put in place one by one."""

Numbers = NDArray[np.int64]


def place(annotation: Annotation) -> tuple[float, float, str]:
    """By what annotations are sorted: start, then stop."""
    return (annotation.start, annotation.stop, annotation.id)


class Stock:
    """What columns that follow from one another share: texts by number, and objects made so far.

    Texts are added and never taken away, so that a number means the same for ever.
    """

    def __init__(self, texts: Sequence[str] = (), rows: int = 0) -> None:
        self.texts = list(texts)
        self.made: dict[int, Annotation] = {}
        self.serials = count(rows)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {text: number for number, text in enumerate(self.texts)}

    def number(self, text: str) -> int:
        """The number of a text, a new one if it has none yet."""
        number = self._numbers.get(text)
        if number is None:
            number = len(self.texts)
            self.texts.append(text)
            self._numbers[text] = number
        return number

    def known(self, text: str) -> int:
        """The number of a text, -2 (no column has it) if it has none."""
        return self._numbers.get(text, -2)


class AnnotationColumns(Sequence[Annotation]):
    """Annotations by start, then stop. They never change; ``changed`` gives the next ones.

    ``rows`` is ``(n,)`` of ROW. Ten thousand annotations are opened, changed and searched
    without an object for any but those that somebody looks at.
    """

    def __init__(self, rows: NDArray[Any], stock: Stock) -> None:
        self.rows = rows
        self.stock = stock

    @classmethod
    def of(cls, items: Iterable[Annotation] = (), stock: Stock | None = None) -> AnnotationColumns:
        """Columns of annotations in any order."""
        ordered = sorted(items, key=place)
        stock = stock if stock is not None else Stock()
        rows = _rows(ordered, stock)
        stock.made.update(zip(rows["serial"].tolist(), ordered, strict=True))
        return cls(rows, stock)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Annotation: ...
    @overload
    def __getitem__(self, at: slice) -> AnnotationColumns: ...
    def __getitem__(self, at: int | slice) -> Annotation | AnnotationColumns:
        if isinstance(at, slice):
            return self.take(np.arange(len(self))[at])
        row = self.rows[at].item()
        item = self.stock.made.get(row[_SERIAL])
        if item is None:
            item = self.stock.made[row[_SERIAL]] = made_of(row, self.stock.texts)
        return item

    def __iter__(self) -> Iterator[Annotation]:
        made = self.stock.made
        for at, serial in enumerate(self.rows["serial"].tolist()):
            yield made.get(serial) or self[at]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def starts(self) -> NDArray[np.float64]:
        """When each begins in s, ascending."""
        return np.ascontiguousarray(self.rows["start"])

    @cached_property
    def stops(self) -> NDArray[np.float64]:
        """When each ends in s."""
        return np.ascontiguousarray(self.rows["stop"])

    @cached_property
    def ids(self) -> Numbers:
        """The numbers of their ids in the stock's texts."""
        return np.ascontiguousarray(self.rows["id"])

    def get(self, id: str) -> Annotation | None:
        """The annotation with this id, None if there is none."""
        at = self.row_of(id)
        return self[at] if at >= 0 else None

    def row_of(self, id: str) -> int:
        """Where the annotation with this id is, -1 if there is none."""
        number = self.stock.known(id)
        at = int(np.argmax(self.ids == number)) if number >= 0 and len(self) else -1
        return at if at >= 0 and self.ids[at] == number else -1

    def rows_of(self, ids: Iterable[str]) -> Numbers:
        """Where those with these ids are, ascending; ids that are not there are left out."""
        numbers = (self.stock.known(id) for id in ids)
        wanted = np.array([number for number in numbers if number >= 0], np.int32)
        return np.flatnonzero(np.isin(self.ids, wanted))

    def known(self, ids: Iterable[str]) -> set[str]:
        """Which of these ids there are."""
        return {self.stock.texts[n] for n in self.ids.take(self.rows_of(ids)).tolist()}

    def having(self, column: str, text: str) -> NDArray[np.bool_]:
        """A mask of those whose ``column``, one of TEXTS, has this text."""
        return np.asarray(self.rows[column] == self.stock.known(text))

    def take(self, rows: NDArray[Any]) -> AnnotationColumns:
        """Some of them, by ascending numbers or by a mask."""
        at = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return AnnotationColumns(self.rows.view(_BYTES).take(at).view(ROW), self.stock)

    def changed(self, values: Mapping[str, Annotation | None]) -> AnnotationColumns:
        """The same with other annotations under these ids; None takes one away."""
        new = AnnotationColumns.of((a for a in values.values() if a is not None), self.stock)
        kept = np.delete(self.rows.view(_BYTES), self.rows_of(values)).view(ROW)
        if len(new) > FEW:
            both = np.concatenate([kept.view(_BYTES), new.rows.view(_BYTES)]).view(ROW)
            return AnnotationColumns(both, self.stock)._sorted()
        at = [self._place(kept, item) for item in new]
        rows = np.insert(kept.view(_BYTES), at, new.rows.view(_BYTES)).view(ROW)
        return AnnotationColumns(rows, self.stock)

    def compact(self) -> tuple[NDArray[Any], list[str]]:
        """Rows and only those texts that they use, for a file."""
        rows = self.rows.copy()
        columns = [rows[name] for name in TEXTS]
        used = np.unique(np.concatenate(columns))
        used = used[used >= 0]
        for column in columns:
            column[:] = np.where(column < 0, -1, np.searchsorted(used, column))
        rows["serial"] = np.arange(len(rows))
        return rows, [self.stock.texts[number] for number in used.tolist()]

    def _place(self, rows: NDArray[Any], item: Annotation) -> int:
        """Where ``item`` belongs among ``rows``."""
        first, last = (
            int(np.searchsorted(rows["start"], item.start, s)) for s in ("left", "right")
        )
        texts = self.stock.texts
        same = [(r["stop"].item(), texts[r["id"]]) for r in rows[first:last]]
        return first + bisect_left(same, (item.stop, item.id))

    def _sorted(self) -> AnnotationColumns:
        order = np.lexsort((self.stops, self.starts))
        starts, stops = self.starts[order], self.stops[order]
        # Only those that begin and end at once are sorted by their ids.
        same = (np.diff(starts) == 0) & (np.diff(stops) == 0)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(int)))
        ids, texts = self.rows["id"], self.stock.texts
        for first, last in edges.reshape(-1, 2).tolist():
            order[first : last + 1] = sorted(order[first : last + 1], key=lambda k: texts[ids[k]])
        return self.take(order)


_SERIAL = list(ROW.names or ()).index("serial")


def made_of(row: tuple[Any, ...], texts: Sequence[str]) -> Annotation:
    """The annotation of one row."""
    start, stop, confidence, repetition, _serial, id, label, track = row[:8]
    author, note, channels, recipe, source, reviewed = row[8:]
    return Annotation(
        start,
        stop,
        texts[label],
        texts[track],
        SOURCES[source],
        texts[author],
        texts[note],
        None if channels < 0 else tuple(int(k) for k in texts[channels].split()),
        None if math.isnan(confidence) else confidence,
        repetition,
        bool(reviewed),
        texts[id],
        texts[recipe],
    )


def _rows(items: Sequence[Annotation], stock: Stock) -> NDArray[Any]:
    rows = np.zeros(len(items), ROW)
    number = stock.number
    rows["start"] = [a.start for a in items]
    rows["stop"] = [a.stop for a in items]
    rows["confidence"] = [math.nan if a.confidence is None else a.confidence for a in items]
    rows["repetition"] = [a.repetition for a in items]
    rows["serial"] = [next(stock.serials) for _ in items]
    rows["source"] = [_NUMBERS[a.source] for a in items]
    rows["reviewed"] = [a.reviewed for a in items]
    for name in ("id", "label", "track", "author", "note", "recipe"):
        rows[name] = [number(getattr(a, name)) for a in items]
    rows["channels"] = [
        -1 if a.channels is None else number(" ".join(map(str, a.channels))) for a in items
    ]
    return rows
