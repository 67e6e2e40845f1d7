"""A curve that belongs to a result: what a report draws beside the numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """``y (n,)`` in ``unit`` over ``x (n,)``; ``low`` and ``high (n,)`` are the edges of a band.

    ``title`` is a word or two, ``about`` says how to read it. ``dots`` draws single values
    instead of a curve, ``line`` are the ends (x, y) of a straight line through them.
    ``zones`` are levels of y with their words, ``spans`` stretches of x that stand out.
    """

    title: str
    x: Floats
    y: Floats
    x_words: str
    unit: str
    low: Floats | None = None
    high: Floats | None = None
    dots: bool = False
    line: tuple[tuple[float, float], tuple[float, float]] | None = None
    zones: tuple[tuple[float, str], ...] = ()
    spans: tuple[tuple[float, float], ...] = ()
    about: str = ""
