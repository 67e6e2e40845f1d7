"""Annotations sorted so that the visible ones, or those near a time, are found at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Annotation
from emgstudio.gui.review.annotate.suggestions import is_suggestion, waiting
from emgstudio.storage.annotations import place

TRACK_ORDER = ("cue", "auto", "labels", "markers", "device", "bad", "quality", "replaced")
MARKER_TRACKS = ("markers", "device", "quality", "score", "notes", "trigger")

Changed = Mapping[str, tuple[Annotation | None, Annotation | None]]


@dataclass(frozen=True)
class Track:
    """The annotations of one track in order of their start."""

    name: str
    items: tuple[Annotation, ...]
    starts: NDArray[np.float64]
    stops: NDArray[np.float64]

    @cached_property
    def ends(self) -> NDArray[np.float64]:
        """The latest end so far, so that a long span that began early is still found."""
        return np.maximum.accumulate(self.stops)

    def within(self, start: float, stop: float) -> tuple[Annotation, ...]:
        """Those that touch ``start`` to ``stop`` seconds."""
        return tuple(self.items[at] for at in self._touching(start, stop).tolist())

    def thinned(self, start: float, stop: float, resolution: float) -> tuple[Annotation, ...]:
        """The same without those whose end cannot be told from the one before.

        ``resolution`` in seconds is what can just be told apart, one pixel for example.
        """
        return tuple(self.items[at] for at in self.places(start, stop, resolution).tolist())

    def places(self, start: float, stop: float, resolution: float) -> NDArray[np.int64]:
        """Where those of ``thinned`` are among ``items``."""
        found = self._touching(start, stop)
        if len(found) < (stop - start) / resolution:
            return found
        cells = np.floor(self.ends[found] / resolution)
        return np.asarray(found[np.flatnonzero(np.diff(cells, prepend=-1.0))])

    def _touching(self, start: float, stop: float) -> NDArray[np.int64]:
        first = int(np.searchsorted(self.ends, start, "left"))
        last = int(np.searchsorted(self.starts, stop, "right"))
        return np.asarray(first + np.flatnonzero(self.stops[first:last] >= start))


class AnnotationIndex:
    """A snapshot of all annotations by track; ``changed`` gives the next one.

    ``suggestions`` are those that wait to be accepted.
    """

    def __init__(self, items: Sequence[Annotation] = ()) -> None:
        self.items = tuple(items)
        self._by_id = {a.id: a for a in self.items}
        grouped: dict[str, list[Annotation]] = {}
        counts: dict[str, int] = {}
        for item in self.items:
            grouped.setdefault(item.track, []).append(item)
            if item.track not in MARKER_TRACKS:
                counts[item.label] = counts.get(item.label, 0) + 1
        self._counts = counts
        self.suggestions = tuple(waiting(self.items))
        self.tracks = {name: _track(name, grouped[name]) for name in _in_order(grouped)}

    def changed(self, items: tuple[Annotation, ...], change: Changed) -> AnnotationIndex:
        """The index of ``items``, which differ from these only by ``change``.

        Costs what the change does, and hardly more with thousands of annotations.
        """
        made = AnnotationIndex()
        made.items = items
        made._by_id = dict(self._by_id)
        made._counts = dict(self._counts)
        open_ones = list(self.suggestions)
        touched: dict[str, list[Annotation]] = {}
        for before, after in change.values():
            for item, by in ((before, -1), (after, 1)):
                if item is not None:
                    made._count(item, by)
                    if item.track not in touched:
                        old = self.tracks.get(item.track)
                        touched[item.track] = list(old.items) if old else []
            if before is not None:
                rest = touched[before.track]
                del rest[bisect_left(rest, place(before), key=place)]
                del made._by_id[before.id]
                if is_suggestion(before):
                    del open_ones[bisect_left(open_ones, place(before), key=place)]
            if after is not None:
                insort(touched[after.track], after, key=place)
                made._by_id[after.id] = after
                if is_suggestion(after):
                    insort(open_ones, after, key=place)
        made.suggestions = tuple(open_ones)
        tracks = {**self.tracks, **{name: _track(name, of) for name, of in touched.items()}}
        made.tracks = {name: tracks[name] for name in _in_order(tracks) if tracks[name].items}
        return made

    def _count(self, item: Annotation, by: int) -> None:
        if item.track not in MARKER_TRACKS:
            self._counts[item.label] = self._counts.get(item.label, 0) + by

    def __len__(self) -> int:
        return len(self.items)

    def get(self, id: str) -> Annotation | None:
        """The annotation with this id, None if it is gone."""
        return self._by_id.get(id)

    def after(self, time: float, *, unreviewed: bool = False) -> Annotation | None:
        """The first that begins after ``time``."""
        rest = self.items[bisect_right(self.items, time, key=_start) :]
        return next((a for a in rest if not (unreviewed and a.reviewed)), None)

    def before(self, time: float) -> Annotation | None:
        """The last that begins before ``time``."""
        at = bisect_left(self.items, time, key=_start)
        return self.items[at - 1] if at else None

    def neighbour(self, item: Annotation, step: int) -> Annotation | None:
        """The next (1) or previous (-1) one in time order, whatever its track."""
        for at in range(bisect_left(self.items, item.start, key=_start), len(self.items)):
            if self.items[at].id == item.id:
                other = at + step
                return self.items[other] if 0 <= other < len(self.items) else None
        return None

    def following(self, item: Annotation) -> Annotation | None:
        """The next one with the same label in the same track."""
        later = self.items[bisect_left(self.items, item.start, key=_start) :]
        same = (a for a in later if a.track == item.track and a.id != item.id)
        found = next(same, None)
        return found if found is not None and found.label == item.label else None

    def labels(self) -> Iterator[tuple[str, int]]:
        """Each label and how often it occurs, in order of first appearance; no markers."""
        return ((label, count) for label, count in self._counts.items() if count)


def _start(item: Annotation) -> float:
    return item.start


def _track(name: str, items: list[Annotation]) -> Track:
    starts = np.array([a.start for a in items])
    return Track(name, tuple(items), starts, np.array([a.stop for a in items]))


def _in_order(names: Mapping[str, object]) -> list[str]:
    known = [name for name in TRACK_ORDER if name in names]
    return known + sorted(name for name in names if name not in TRACK_ORDER)
