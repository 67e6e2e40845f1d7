"""Two muscles at once, and two sides: overlap, co-activation, symmetry."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.measure import Measure

Floats = NDArray[np.float64]

# Above this the lower of two envelopes still is a part of the higher one.
NOTHING = 1e-12


def falconer_winter(a: Floats, b: Floats) -> float:
    """Common area in per cent of the mean area (Falconer & Winter 1985), 0 to 100.

    ``a`` and ``b (n,)`` are envelopes normalised alike. NaN for silence.
    """
    both = float(np.trapezoid(a + b))
    return 200.0 * float(np.trapezoid(np.minimum(a, b))) / both if both > 0 else math.nan


def rudolph(a: Floats, b: Floats) -> float:
    """Mean of (lower / higher) · (lower + higher), in the unit of the envelopes (Rudolph 2000)."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    ratio = np.divide(low, high, out=np.zeros_like(high), where=high > NOTHING)
    return float(np.mean(ratio * (low + high)))


def unnithan(a: Floats, b: Floats) -> float:
    """Common area over a movement counted from 0 to 100 % (Unnithan et al. 1996)."""
    return float(np.trapezoid(np.minimum(a, b), dx=100.0 / (len(a) - 1)))


def wasted_contraction(a: Floats, b: Floats) -> float:
    """Mean of the lower in per cent of the largest difference of the two."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    most = float((high - low).max())
    return 100.0 * float(low.mean()) / most if most > 0 else math.nan


def coactivation(
    names: tuple[str, str], a: Floats, b: Floats, unit: str, envelope: str
) -> tuple[Measure, ...]:
    """All four of a pair of envelopes ``(n,)`` in ``unit``, normalised alike.

    ``envelope`` says how they were made: the smoothing changes the overlap. EmgError
    unless both have one length of at least two.
    """
    if len(a) != len(b) or len(a) < 2:
        raise EmgError("Two muscles are compared over the same stretch of both.")
    there = np.isfinite(a) & np.isfinite(b)
    flags = (f"{int((~there).sum())} samples lost",) if not there.all() else ()
    a, b = a[there], b[there]
    pair = " / ".join(names)
    rows = (
        ("overlap (shape)", falconer_winter, "%", "Falconer–Winter"),
        ("co-activation (size)", rudolph, unit, "Rudolph"),
        ("common area", unnithan, f"{unit}·%", "Unnithan, movement as 0–100 %"),
        ("wasted contraction", wasted_contraction, "%", "mean of the lower by largest difference"),
    )
    found = []
    for name, measure, its_unit, how in rows:
        value = measure(a, b) if len(a) > 1 else math.nan
        found.append(Measure(pair, name, value, its_unit, f"{how}; {envelope}", flags))
    return tuple(found)


def symmetry_index(left: float, right: float) -> float:
    """100 · (L − R) / mean of both, in per cent; plus is left higher (Robinson et al. 1987)."""
    both = (left + right) / 2.0
    return 100.0 * (left - right) / both if both > 0 else math.nan


def symmetry(
    muscle: str, left: float, right: float, recipe: str, *, comparable: bool
) -> tuple[Measure, ...]:
    """Index, and the weaker side in per cent of the stronger.

    Not told unless the sides are ``comparable``: both in %MVC, or of one session at one gain.
    """
    flags = () if comparable else ("the sides are not comparable: normalise both to their MVC",)
    index = symmetry_index(left, right) if comparable else math.nan
    high = max(left, right)
    weaker = 100.0 * min(left, right) / high if comparable and high > 0 else math.nan
    return (
        Measure(muscle, "symmetry index", index, "%", f"plus: left higher; {recipe}", flags),
        Measure(muscle, "weaker side of stronger", weaker, "%", recipe, flags),
    )
