"""Annotations sorted so that the visible ones, or those near a time, are found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Annotation, Source
from emgstudio.storage.annotation_columns import SOURCES, AnnotationColumns

TRACK_ORDER = ("cue", "auto", "labels", "markers", "device", "bad", "quality", "replaced")
MARKER_TRACKS = ("markers", "device", "quality", "score", "notes", "trigger")
MODEL = SOURCES.index(Source.MODEL)

Changed = Mapping[str, tuple[Annotation | None, Annotation | None]]


@dataclass(frozen=True, eq=False)
class Track:
    """The annotations of one track in order of their start."""

    name: str
    items: AnnotationColumns

    @property
    def starts(self) -> NDArray[np.float64]:
        """When each begins in s."""
        return self.items.starts

    @property
    def stops(self) -> NDArray[np.float64]:
        """When each ends in s."""
        return self.items.stops

    @cached_property
    def ends(self) -> NDArray[np.float64]:
        """The latest end so far, so that a long span that began early is still found."""
        return np.maximum.accumulate(self.stops)

    def within(self, start: float, stop: float) -> AnnotationColumns:
        """Those that touch ``start`` to ``stop`` seconds."""
        return self.items.take(self._touching(start, stop))

    def crowded(self, start: float, stop: float, resolution: float) -> bool:
        """Whether more of them touch ``start`` to ``stop`` than can be told apart.

        ``resolution`` in seconds is what can just be told apart, one pixel for example.
        """
        first = int(np.searchsorted(self.ends, start, "left"))
        last = int(np.searchsorted(self.starts, stop, "right"))
        return last - first >= (stop - start) / resolution

    def places(
        self, start: float, stop: float, resolution: float, *, crowded: bool
    ) -> NDArray[np.int64]:
        """Where those are that touch ``start`` to ``stop`` seconds.

        If ``crowded``, without those whose end cannot be told from the one before,
        wherever one begins to look.
        """
        found = self._touching(start, stop)
        if not crowded or not len(found):
            return found
        first = int(found[0])
        cells = np.floor(self.ends[max(0, first - 1) : int(found[-1]) + 1] / resolution)
        new = np.diff(cells, prepend=() if first else -1.0) != 0
        return found[new[found - first]]

    def _touching(self, start: float, stop: float) -> NDArray[np.int64]:
        first = int(np.searchsorted(self.ends, start, "left"))
        last = int(np.searchsorted(self.starts, stop, "right"))
        return np.asarray(first + np.flatnonzero(self.stops[first:last] >= start))


class AnnotationIndex:
    """A snapshot of all annotations by track; ``changed`` gives the next one."""

    def __init__(self, items: Sequence[Annotation] = ()) -> None:
        columns = items if isinstance(items, AnnotationColumns) else AnnotationColumns.of(items)
        self.items = columns
        # One action asks ten times for what is selected.
        self._found: dict[str, Annotation | None] = {}
        # Labels keep their places once they have one: keys and colours hang on it.
        labels, first = np.unique(self._label_numbers(), return_index=True)
        self._order = labels[np.argsort(first)].tolist()
        texts = columns.stock.texts
        names = {texts[number] for number in np.unique(columns.rows["track"]).tolist()}
        self.tracks = {name: _track(columns, name) for name in _in_order(names)}

    def changed(self, items: AnnotationColumns, change: Changed) -> AnnotationIndex:
        """The index of ``items``, which differ from these only by ``change``.

        Costs what the change does, and hardly more with thousands of annotations.
        """
        made = AnnotationIndex()
        made.items = items
        known = set(self._order)
        present = np.flatnonzero(made._counts).tolist()
        made._order = self._order + [number for number in present if number not in known]
        touched = {a.track for pair in change.values() for a in pair if a is not None}
        tracks = dict(self.tracks)
        tracks.update((name, _track(items, name)) for name in touched)
        made.tracks = {name: tracks[name] for name in _in_order(tracks) if len(tracks[name].items)}
        return made

    @cached_property
    def suggestions(self) -> AnnotationColumns:
        """Those that wait to be accepted."""
        return self.items.take(suggested(self.items.rows))

    def __len__(self) -> int:
        return len(self.items)

    def get(self, id: str) -> Annotation | None:
        """The annotation with this id, None if it is gone."""
        if id not in self._found:
            self._found[id] = self.items.get(id) if id else None
        return self._found[id]

    def after(self, time: float, *, unreviewed: bool = False) -> Annotation | None:
        """The first that begins after ``time``."""
        at = int(np.searchsorted(self.items.starts, time, "right"))
        if unreviewed:
            found = np.flatnonzero(self.items.rows["reviewed"][at:] == 0)
            at = at + int(found[0]) if len(found) else len(self.items)
        return self.items[at] if at < len(self.items) else None

    def before(self, time: float) -> Annotation | None:
        """The last that begins before ``time``."""
        at = int(np.searchsorted(self.items.starts, time, "left"))
        return self.items[at - 1] if at else None

    def neighbour(self, item: Annotation, step: int) -> Annotation | None:
        """The next (1) or previous (-1) one in time order, whatever its track."""
        at = self.items.row_of(item.id)
        other = at + step
        return self.items[other] if at >= 0 and 0 <= other < len(self.items) else None

    def following(self, item: Annotation) -> Annotation | None:
        """The next one with the same label in the same track."""
        track = self.tracks.get(item.track)
        if track is None:
            return None
        at = int(np.searchsorted(track.starts, item.start, "left"))
        near = (track.items[k] for k in range(at, min(at + 2, len(track.items))))
        found = next((other for other in near if other.id != item.id), None)
        return found if found is not None and found.label == item.label else None

    def labels(self) -> Iterator[tuple[str, int]]:
        """Each label and how often it occurs, in order of first appearance; no markers."""
        texts, counts = self.items.stock.texts, self._counts
        there = (number for number in self._order if number < len(counts) and counts[number])
        return ((texts[number], int(counts[number])) for number in there)

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        return np.bincount(self._label_numbers())

    def _label_numbers(self) -> NDArray[np.int32]:
        """The numbers of all labels that are no markers."""
        rows = self.items.rows
        known = [self.items.stock.known(name) for name in MARKER_TRACKS]
        markers = [number for number in known if number >= 0]
        labels = rows["label"]
        return np.asarray(labels[~np.isin(rows["track"], markers)] if markers else labels)


def suggested(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the rows of columns wait to be accepted."""
    return np.asarray((rows["source"] == MODEL) & (rows["reviewed"] == 0))


def _track(items: AnnotationColumns, name: str) -> Track:
    return Track(name, items.take(items.having("track", name)))


def _in_order(names: Iterable[str]) -> list[str]:
    there = set(names)
    known = [name for name in TRACK_ORDER if name in there]
    return known + sorted(there.difference(TRACK_ORDER))
