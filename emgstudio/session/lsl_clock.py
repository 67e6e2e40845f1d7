"""LSL's clock beside the host's."""

from __future__ import annotations

from typing import Any

from emgstudio.core.clock import host_time

LOOKS = 3


def lsl_ahead(lsl: Any) -> float:
    """By how many seconds the clock of Lab Streaming Layer is ahead of the host's.

    A thread may stand still between two looks at two clocks: the quickest of some counts.
    """
    looks: list[tuple[float, float]] = []
    for _ in range(LOOKS):
        before, there, after = host_time(), lsl.local_clock(), host_time()
        looks.append((after - before, there - (before + after) / 2))
    return min(looks)[1]
