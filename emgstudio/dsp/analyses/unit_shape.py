"""Shape of a motor unit's potential in a needle recording: amplitude, duration, phases, turns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.measure import Measure

Floats = NDArray[np.float64]

# Slower sensors blur the potential of a single unit.
LOWEST_RATE = 10_000.0
BASE_UV, TURN_UV = 10.0, 50.0


def unit_shape(channel: str, x: Floats, rate: float, recipe: str) -> tuple[Measure, ...]:
    """Shape of one potential ``x (n,)`` in µV about its base line; terms of Stålberg et al. 1996.

    It lasts from the first to the last sample above 10 µV; a phase lies between crossings of
    the base line, a turn is a reversal of 50 µV and more. NaN without a potential.
    """
    how = f"above {BASE_UV:g} µV, turns of {TURN_UV:g} µV; {recipe}"
    above = np.flatnonzero(np.abs(x) > BASE_UV)
    if not len(above):
        none = ("no potential",)
        return (Measure(channel, "amplitude", math.nan, "µV", how, none),)
    v = x[above[0] : above[-1] + 1]
    signs = np.sign(v[np.abs(v) > BASE_UV])
    amplitude, area = float(np.ptp(v)), float(np.abs(v).sum() / rate * 1000.0)
    rows = (
        ("amplitude", amplitude, "µV"),
        ("unit duration", 1000.0 * float(above[-1] - above[0]) / rate, "ms"),
        ("phases", 1.0 + float(np.count_nonzero(np.diff(signs))), "1"),
        ("turns", float(_turns(v)), "1"),
        ("area", area, "µV·ms"),
        ("thickness", area / amplitude if amplitude > 0 else math.nan, "ms"),
    )
    return tuple(Measure(channel, name, value, unit, how) for name, value, unit in rows)


def _turns(v: Floats) -> int:
    """Reversals by at least 50 µV from the last extreme."""
    count, way, extreme = 0, 0, float(v[0])
    for y in v[1:].tolist():
        if way >= 0 and y > extreme:
            extreme, way = y, 1
        elif way <= 0 and y < extreme:
            extreme, way = y, -1
        elif abs(y - extreme) >= TURN_UV:
            count, way, extreme = count + 1, -way, y
    return count
