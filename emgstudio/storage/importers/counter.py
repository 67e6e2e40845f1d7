"""Samples that a device's own counter says are missing or there twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Samples

# Of the steps of a true counter; one that steps less often counts something else.
OWN_STEPS = 0.5
# Of the rows there twice; OpenSignals writes 65535 for all that come after that count.
REPEATED_MOST = 0.02


@dataclass(frozen=True, slots=True)
class Counted:
    """``rows`` of a file that are samples, and their ``places (n,)`` on the device's time axis.

    ``repeated`` rows were there twice.
    """

    rows: NDArray[np.intp]
    places: NDArray[np.int64]
    repeated: int

    @property
    def samples(self) -> int:
        """With the lost ones."""
        return int(self.places[-1]) + 1 if len(self.places) else 0

    @property
    def lost(self) -> int:
        return self.samples - len(self.places)

    def pieces(self, data: Samples) -> Iterator[Samples | int]:
        """The rows of ``data (n, channels)``, with numbers of lost samples between them."""
        kept, gaps = data[self.rows], np.diff(self.places) - 1
        edges = [0, *(np.flatnonzero(gaps) + 1).tolist(), len(kept)]
        for begin, stop in pairwise(edges):
            if begin:
                yield int(gaps[begin - 1])
            yield kept[begin:stop]

    def remarks(self, whose: str) -> list[str]:
        """Sentences about what is missing and what was there twice."""
        said = []
        if self.lost:
            said.append(f"{whose} counter tells of {self.lost} lost samples: they are gaps now.")
        if self.repeated:
            said.append(f"{self.repeated} rows that were there twice were left out.")
        return said


def counted(
    counter: NDArray[np.float64], there: NDArray[np.bool_], modulo: int | None = None
) -> Counted:
    """What the ``counter (n,)`` tells of the rows that are ``there`` (could be read).

    Its step is the commonest one; it wraps at ``modulo``, or at the next power of
    two above its largest count. A counter that seldom takes its own step tells
    nothing, nor one that stands still: then each row is one sample, and one that could
    not be read is lost.
    """
    rows = np.flatnonzero(there)
    plain = Counted(rows, (rows - rows[0] if len(rows) else rows).astype(np.int64), 0)
    if len(rows) < 3:
        return plain
    values = counter[rows].astype(np.int64)
    wrap = modulo or 1 << int(values.max()).bit_length()
    ahead = np.diff(values) % wrap
    step = int(np.bincount(ahead).argmax())
    if not step or np.mean(ahead == step) < OWN_STEPS:
        return plain
    # More than half a round ahead is a step back.
    moved = np.where(ahead > wrap // 2, ahead - wrap, ahead)
    places = np.concatenate([[0], np.cumsum(moved)]) // step
    kept = np.concatenate([[True], places[1:] > np.maximum.accumulate(places)[:-1]])
    if np.mean(~kept) > REPEATED_MOST:
        return plain
    return Counted(rows[kept], places[kept], int((~kept).sum()))
