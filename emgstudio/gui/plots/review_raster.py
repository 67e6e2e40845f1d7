"""Traces of a recording as a picture: a ring of pixel columns, of which only new ones are drawn.

numpy fills the spans between smallest and largest value of each column straight
into the image; measured 2–3 times faster than QPainter lines at any zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from emgstudio.core.types import FloatSamples
from emgstudio.gui.plots.raster import draw_spans, rgb

OVERFLOW = 0.5
"""A loud trace may reach this share of a row into its neighbours."""


class ColumnSource(Protocol):
    """Gives smallest and largest value per column."""

    def columns(
        self, first: int, stop: int, per_column: float
    ) -> tuple[FloatSamples, FloatSamples]:
        """Columns ``[first, stop)`` as two ``(n, channels)``; NaN draws nothing."""
        ...


@dataclass(frozen=True)
class Look:
    """What a picture is made of besides its data; another look means drawing all anew.

    ``size`` is (columns, rows) in device pixels, ``unit_per_row`` the value that
    fills half a channel's row, ``centres`` the value in the middle of each row,
    ``source`` anything that changes when the data do.
    """

    size: tuple[int, int]
    per_column: float
    unit_per_row: float
    centres: tuple[float, ...]
    colours: tuple[str, ...]
    background: str
    source: object


class TraceRaster:
    """A picture of the columns ``[first, first + columns)`` of all channels."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._pixels: NDArray[np.uint32] = np.zeros((1, 1), np.uint32)
        self._image = QImage()
        self.first = 0
        self.drawn = 0

    def show(self, source: ColumnSource, first: int, look: Look) -> None:
        """Bring the picture to columns from ``first``; ``drawn`` says how many were new."""
        columns = look.size[0]
        moved = first - self.first
        if look != self._look or abs(moved) >= columns:
            self._begin(look)
            new = (first, first + columns)
        elif moved >= 0:
            new = (self.first + columns, first + columns)
        else:
            new = (first, self.first)
        self.first = first
        self.drawn = new[1] - new[0]
        if self.drawn:
            lo, hi = source.columns(new[0], new[1], look.per_column)
            self._draw(new[0], lo, hi)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Put the picture into ``target``, one device pixel for each of its own."""
        columns, rows = self._pixels.shape[1], self._pixels.shape[0]
        if self._look is None:
            return
        at = self.first % columns
        per_logical = columns / target.width()
        left = (columns - at) / per_logical
        for source_x, n, x in ((at, columns - at, 0.0), (0, at, left)):
            if n:
                painter.drawImage(
                    QRectF(target.x() + x, target.y(), n / per_logical, target.height()),
                    self._image,
                    QRectF(source_x, 0, n, rows),
                )

    def forget(self) -> None:
        """Draw everything anew next time."""
        self._look = None

    def _begin(self, look: Look) -> None:
        columns, rows = look.size
        if self._pixels.shape != (rows, columns):
            self._pixels = np.empty((rows, columns), np.uint32)
            # The image borrows the array's memory; both live as long as this object.
            self._image = QImage(
                self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32
            )
        self._look = look

    def _draw(self, first: int, lo: FloatSamples, hi: FloatSamples) -> None:
        """Draw columns from ``first`` on, where they belong in the ring."""
        look = self._look
        assert look is not None
        height, columns = self._pixels.shape
        channels = lo.shape[1]
        x = (first + np.arange(len(lo))) % columns
        self._clear(int(x[0]), len(lo))
        row = height / channels
        middles = (np.arange(channels, dtype=np.float32) + 0.5) * row
        scale = np.float32(0.5 * row / look.unit_per_row)
        centres = np.asarray(look.centres, np.float32)
        reach = row * (0.5 + OVERFLOW)
        above = np.maximum(0, np.floor(middles - reach))
        below = np.minimum(height - 1, np.floor(middles + reach))
        seen = ~np.isnan(lo)
        with np.errstate(invalid="ignore"):
            top = np.clip(middles - (hi - centres) * scale, above, below)[seen].astype(np.int64)
            bottom = np.clip(middles - (lo - centres) * scale, above, below)[seen].astype(np.int64)
        at, channel = np.nonzero(seen)
        inks = np.array([rgb(colour) for colour in look.colours], np.uint32)
        draw_spans(self._pixels, x[at], top, bottom, inks[channel])

    def _clear(self, at: int, n: int) -> None:
        columns = self._pixels.shape[1]
        ground = rgb(self._look.background) if self._look else 0
        if n >= columns:
            self._pixels.fill(ground)
            return
        self._pixels[:, at : at + n] = ground
        self._pixels[:, : max(0, at + n - columns)] = ground
