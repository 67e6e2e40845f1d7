"""How well two people agree who labelled the same recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Annotation

GRID_S = 0.010


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters compared cell by cell and edge by edge.

    ``kappa`` is Cohen's (1960), NaN where both gave the same label everywhere;
    ``same`` the share of cells with the same label. Edges are those of segments of
    the same label that overlap; their mean absolute differences are in seconds, NaN
    without such pairs. ``only_first`` and ``only_second`` have no partner.
    """

    kappa: float
    same: float
    cells: int
    pairs: int
    only_first: int
    only_second: int
    start_s: float
    stop_s: float

    @property
    def edge_s(self) -> float:
        """Mean absolute difference of all edges in seconds."""
        return (self.start_s + self.stop_s) / 2

    def summary(self) -> str:
        """The figures in a sentence."""
        if not self.pairs:
            edges = "no segments in common"
        else:
            edges = f"edges differ by {self.edge_s * 1000:.0f} ms on average ({self.pairs} pairs)"
        alone = f", {self.only_first} and {self.only_second} without a partner"
        return f"κ {self.kappa:.2f}, {self.same:.1%} of the time the same label; {edges}{alone}"


def agreement(
    first: Sequence[Annotation], second: Sequence[Annotation], start: float, stop: float
) -> Agreement:
    """Compare the segments of two raters between two times in seconds.

    The grid has 10 ms cells; a cell has the label at its middle, or none, which counts
    as a label too. Where segments of one rater overlap, the one that begins later counts.
    """
    count = max(1, round((stop - start) / GRID_S))
    names = {"": 0}
    for item in (*first, *second):
        names.setdefault(item.label, len(names))
    one, other = (_on_grid(items, names, start, count) for items in (first, second))
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, (one, other), 1)
    pairs = _pairs(first, second)
    edges = np.array([(abs(a.start - b.start), abs(a.stop - b.stop)) for a, b in pairs])
    start_s, stop_s = edges.mean(axis=0) if len(pairs) else (np.nan, np.nan)
    return Agreement(
        kappa=cohens_kappa(table),
        same=float(np.trace(table) / count),
        cells=count,
        pairs=len(pairs),
        only_first=_segments(first) - len(pairs),
        only_second=_segments(second) - len(pairs),
        start_s=float(start_s),
        stop_s=float(stop_s),
    )


def cohens_kappa(table: NDArray[np.int64]) -> float:
    """Agreement beyond chance of a square table of counts (Cohen 1960, Educ Psychol Meas 20:37)."""
    total = table.sum()
    observed = np.trace(table) / total
    chance = float(table.sum(axis=0) @ table.sum(axis=1)) / float(total) ** 2
    return float((observed - chance) / (1 - chance)) if chance < 1 else float("nan")


def _on_grid(
    items: Sequence[Annotation], names: dict[str, int], start: float, count: int
) -> NDArray[np.int64]:
    cells = np.zeros(count, np.int64)
    for item in sorted(items, key=lambda a: a.start):
        first = max(0, int(np.ceil((item.start - start) / GRID_S - 0.5 - 1e-9)))
        last = max(0, int(np.ceil((item.stop - start) / GRID_S - 0.5 - 1e-9)))
        cells[first:last] = names[item.label]
    return cells


def _pairs(
    first: Sequence[Annotation], second: Sequence[Annotation]
) -> list[tuple[Annotation, Annotation]]:
    """Segments of the same label, each with the free one that it overlaps most."""
    free = sorted((b for b in second if not b.is_event), key=lambda b: b.start)
    starts = np.array([b.start for b in free])
    longest = max((b.duration for b in free), default=0.0)
    taken: set[str] = set()
    pairs = []
    for a in sorted((a for a in first if not a.is_event), key=lambda a: a.start):
        low, high = np.searchsorted(starts, (a.start - longest, a.stop))
        near = [b for b in free[low:high] if b.label == a.label and b.id not in taken]
        best = max(near, key=lambda b: _shared(a, b), default=None)
        if best is not None and _shared(a, best) > 0:
            taken.add(best.id)
            pairs.append((a, best))
    return pairs


def _shared(a: Annotation, b: Annotation) -> float:
    return min(a.stop, b.stop) - max(a.start, b.start)


def _segments(items: Sequence[Annotation]) -> int:
    return sum(not a.is_event for a in items)
