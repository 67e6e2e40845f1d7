"""Pictures of pixel columns in memory, and vertical spans into them with numpy alone.

The memory of a picture is column after column, each from its bottom row up: what is new
in a frame is a few columns, so that it is one piece of memory, and Qt turns it by 90° on
its way to the screen faster than it copies narrow strips of rows (docs/decisions/0023).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
Whole = NDArray[np.int64]


def rgb(colour: str) -> int:
    """``#RRGGBB`` as the opaque pixel of QImage.Format_RGB32."""
    return 0xFF000000 | int(colour[1:], 16)


def blank(height: int, width: int, colour: int = 0) -> Pixels:
    """A picture ``(height, width)`` of one colour, top row first, each column in one piece."""
    return np.full((width, height), colour, np.uint32)[:, ::-1].T


def columns_of(pixels: Pixels) -> Pixels:
    """The memory ``(width, height)`` of a picture made by :func:`blank`, bottom row first."""
    return pixels.T[:, ::-1]


def draw_spans(pixels: Pixels, x: Whole, top: Whole, bottom: Whole, colour: Pixels) -> None:
    """Fill ``pixels[top[i]:bottom[i] + 1, x[i]]`` with ``colour[i]``; later ones lie on top.

    All four are ``(n,)`` and lie within the picture, which :func:`blank` has made.
    """
    height = pixels.shape[0]
    lengths = bottom - top + 1
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    # Pixel j of span i lies (j - where span i began) rows above its bottom.
    at = np.repeat(x * height + height - 1 - bottom - (ends - lengths), lengths)
    at += np.arange(total)
    columns_of(pixels).reshape(-1)[at] = np.repeat(colour, lengths)
