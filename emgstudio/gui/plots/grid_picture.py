"""The activation picture of electrode arrays: levels between the electrodes, as pixels.

Between electrodes: cubic convolution (Keys 1981, a = -1/2), which passes through the
measured levels. Places without a level take a mean of the others, weighted with the
inverse fourth power of the distance. Both are matrices that are made once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import FloatSamples, Mask
from emgstudio.gui.plots.raster import Pixels

NEAREST_POWER = 2.0


def between(count: int, pixels: int) -> FloatSamples:
    """Weights ``(pixels, count)`` that spread ``count`` electrodes over ``pixels``.

    Electrodes lie in the middle of their cells; beyond the outermost ones their
    level goes on.
    """
    at = np.clip((np.arange(pixels) + 0.5) / pixels * count - 0.5, 0, count - 1)
    left = np.floor(at).astype(np.int64)
    weights = np.zeros((pixels, count))
    row = np.arange(pixels)
    for offset in (-1, 0, 1, 2):
        place = np.clip(left + offset, 0, count - 1)
        np.add.at(weights, (row, place), _cubic(np.abs(at - left - offset)))
    return weights.astype(np.float32)


def _cubic(distance: NDArray[np.floating]) -> NDArray[np.floating]:
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))


def filling(known: Mask) -> FloatSamples:
    """Weights ``(rows·columns, rows·columns)`` that give every place a level.

    ``known (rows, columns)`` says which places have one; without any all become 0.
    """
    rows, columns = known.shape
    row, column = np.indices(known.shape).reshape(2, -1)
    seen = known.reshape(-1)
    weights = np.eye(rows * columns) * seen
    squared = (row[:, None] - row) ** 2 + (column[:, None] - column) ** 2
    for place in np.flatnonzero(~seen):
        if seen.any():
            share = np.where(seen, 1.0 / np.maximum(squared[place], 1) ** NEAREST_POWER, 0.0)
            weights[place] = share / share.sum()
    return weights.astype(np.float32)


class ActivationPicture:
    """Levels of arrays ``(arrays, rows, columns)`` become pixels ``(arrays, height, width)``."""

    def __init__(self, places: NDArray[np.int64], cell: int) -> None:
        """``places`` holds channel numbers (-1 for none), ``cell`` is the pixels of a cell."""
        self.places = places
        _, rows, columns = places.shape
        self._down = between(rows, rows * cell)
        self._across = np.ascontiguousarray(between(columns, columns * cell).T)
        self._bad: frozenset[int] | None = None
        self.use_bad(frozenset())

    def use_bad(self, bad: frozenset[int]) -> None:
        """Channels whose level is not to be trusted; their neighbours fill in."""
        if bad == self._bad:
            return
        self._bad = bad
        self.known = (self.places >= 0) & ~np.isin(self.places, list(bad))
        self._fill = np.stack([filling(known) for known in self.known])

    def levels(self, channels: FloatSamples) -> FloatSamples:
        """Levels per channel ``(channels,)`` at their places, 0 where not known."""
        placed: FloatSamples = channels[np.maximum(self.places, 0)]
        placed[~self.known] = 0.0
        np.nan_to_num(placed, copy=False)
        return placed

    def between_electrodes(self, channels: FloatSamples) -> FloatSamples:
        """Levels at every pixel ``(arrays, height, width)``."""
        arrays, rows, columns = self.places.shape
        filled = self._fill @ self.levels(channels).reshape(arrays, -1, 1)
        spread: FloatSamples = self._down @ filled.reshape(arrays, rows, columns) @ self._across
        return spread


def coloured(levels: FloatSamples, full: float, colours: Pixels) -> Pixels:
    """Colours for levels from 0 to ``full``; what lies outside takes the end of the scale."""
    steps = len(colours) - 1
    scaled = levels * np.float32(steps / full)
    np.clip(scaled, 0, steps, out=scaled)
    made: Pixels = colours.take(scaled.astype(np.uint8))
    return made
