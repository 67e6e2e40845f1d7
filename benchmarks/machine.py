"""How fast this machine is at the moment, beside how fast it is when it is alone.

A shared machine changes its speed by a factor of two within seconds. Absolute figures are
therefore printed with the speed at which they were taken: 1.0 is an Intel Xeon at 2.5 GHz
(Python 3.11) that has its core for itself.
"""

from __future__ import annotations

import time

LOOPS = 400
# Microseconds for the sum of 200 whole numbers, the best of many quiet runs.
ALONE_US = 1.8


def speed() -> float:
    """The share of its full speed that this machine gives at the moment, in CPU time."""
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        for _ in range(LOOPS):
            sum(range(200))
        best = min(best, (time.thread_time() - began) / LOOPS * 1e6)
    return ALONE_US / best
