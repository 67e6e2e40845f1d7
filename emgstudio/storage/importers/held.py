"""Tells samples that a program only repeated to fill a faster table."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from emgstudio.core.types import Samples

# Of the rows: what repeats less is chance.
SHARE = 0.4
ROWS_LEAST = 200


def held_remarks(data: Samples, rate: float, name: str) -> list[str]:
    """A sentence when rows of ``data (n, channels)`` at ``rate`` in Hz are held, else none.

    Rows that stay the same in every channel at once are held ones. A single channel
    of few levels repeats by chance, so its runs must be of one length, too.
    """
    if len(data) < ROWS_LEAST or not np.ptp(data, axis=0).any():
        return []
    changes = np.flatnonzero((data[1:] != data[:-1]).any(axis=1)) + 1
    if len(changes) < 3 or 1 - len(changes) / len(data) < SHARE:
        return []
    lengths = np.array([b - a for a, b in pairwise(changes.tolist())])
    varied = int((np.ptp(data, axis=0) > 0).sum())
    if varied < 2 and np.mean(lengths == np.median(lengths)) < 0.9:
        return []
    times = float(lengths.mean())
    return [
        f"Values of {name} are held: each is there {times:.1f} times on average, "
        f"so the sensor itself measured about {rate / times:.3g} times a second, not {rate:g}."
    ]
