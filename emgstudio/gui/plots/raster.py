"""Vertical spans into an RGB32 picture with numpy alone.

Measured against QPainter on the same machine: 1500 columns × 16 traces take 3 ms
(drawRects 4, drawLines 13), the 5 new columns of a frame at 64 traces 0.06 ms (0.14).
One raster for the new columns and for the full redraw also makes both the same picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
Whole = NDArray[np.int64]


def rgb(colour: str) -> int:
    """``#RRGGBB`` as the opaque pixel of QImage.Format_RGB32."""
    return 0xFF000000 | int(colour[1:], 16)


def draw_spans(pixels: Pixels, x: Whole, top: Whole, bottom: Whole, colour: Pixels) -> None:
    """Fill ``pixels[top[i]:bottom[i] + 1, x[i]]`` with ``colour[i]``; later ones lie on top.

    All four are ``(n,)`` and lie within the picture ``(height, width)``, which must
    be one piece of memory.
    """
    width = pixels.shape[1]
    lengths = bottom - top + 1
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    # Pixel j of span i lies (j - where span i began) rows below its top.
    at = np.repeat((top - (ends - lengths)) * width + x, lengths)
    at += np.arange(0, total * width, width)
    pixels.reshape(-1)[at] = np.repeat(colour, lengths)
