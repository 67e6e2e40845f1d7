"""When a signal of several channels changed from one strength to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """``at`` is the first row of what came after; ``before`` and ``after (channels,)`` are means.

    ``evidence`` is how much likelier the rows are with the change than without (natural
    logarithm, as if each were the mean of two samples, so at least that).
    """

    at: int
    before: Floats
    after: Floats
    evidence: float

    @property
    def ratio(self) -> float:
        """How many times stronger or weaker the channel became that changed most, from 1."""
        low = np.minimum(self.before, self.after)
        return float(np.max(np.maximum(self.before, self.after) / np.maximum(low, 1e-12)))


def change_point(power: Floats, first: int, last: int, least: int) -> Change | None:
    """The likeliest change in ``power (n, channels)`` at a row in ``[first, last)``.

    Rows are mean squares; those with a NaN are left out. At least ``least`` known rows must
    lie on each side, None where they do not. Each channel is noise of one variance before
    and another after: the likelihood ratio of Staude et al. 2001 (EURASIP J Appl Signal
    Process 2001:67), maximised over the moment.
    """
    known = np.flatnonzero(np.isfinite(power).all(axis=1))
    x = np.maximum(power[known], 1e-12)
    n = len(x)
    if n < 2 * least:
        return None
    sums = np.cumsum(x, axis=0)
    left = np.arange(least, n - least + 1)
    before = sums[left - 1] / left[:, None]
    after = (sums[-1] - sums[left - 1]) / (n - left)[:, None]
    cost = left[:, None] * np.log(before) + (n - left)[:, None] * np.log(after)
    # Of a hole in the rows the end counts, which is where the change was seen.
    rows = known[np.minimum(left, n - 1)]
    inside = (rows >= first) & (rows < last)
    if not inside.any():
        return None
    best = int(np.argmin(np.where(inside, cost.sum(axis=1), np.inf)))
    evidence = float((n * np.log(x.mean(axis=0)) - cost[best]).sum())
    return Change(int(rows[best]), before[best], after[best], evidence)
