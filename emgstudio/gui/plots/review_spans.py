"""Many labelled spans into a picture at once: rows of pixels made by numpy, none painted singly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from emgstudio.gui.review.labels import LabelColours
from emgstudio.storage.annotation_columns import AnnotationColumns

Columns = NDArray[np.int64]
Pixels = NDArray[np.uint32]

FEW = 24
"""So many spans are filled and coloured one by one in less time than all at once."""


def inks_of(
    items: AnnotationColumns, inks: LabelColours, *shades: Callable[[QColor], int]
) -> list[Pixels]:
    """For each of ``shades``, the pixel that it makes of the colour of each one's label."""
    labels, texts = items.rows["label"], items.stock.texts
    if len(labels) <= FEW:
        each = [inks[texts[number]] for number in labels.tolist()]
        return [np.array([shade(colour) for colour in each], np.uint32) for shade in shades]
    # A table for all texts: sorting ten thousand numbers would take ten times as long.
    used = np.flatnonzero(np.bincount(labels, minlength=1))
    colours = [inks[texts[number]] for number in used.tolist()]
    made = []
    for shade in shades:
        table = np.zeros(int(used[-1]) + 1 if len(used) else 0, np.uint32)
        table[used] = [shade(colour) for colour in colours]
        made.append(table[labels])
    return made


def fill(row: Pixels, first: Columns, stop: Columns, ink: Pixels) -> None:
    """Give the pixels ``[first, stop)`` of ``row`` the colour of each span; later ones win."""
    first, stop = (np.minimum(np.maximum(ends, 0), len(row)) for ends in (first, stop))
    if len(first) <= FEW:
        for a, b, colour in zip(first.tolist(), stop.tolist(), ink.tolist(), strict=True):
            row[a:b] = colour
        return
    wide = stop - first
    inside = np.arange(wide.sum()) - np.repeat(np.cumsum(wide) - wide, wide)
    row[np.repeat(first, wide) + inside] = np.repeat(ink, wide)


def plain(colour: QColor) -> int:
    """The opaque pixel of a colour."""
    return colour.rgb()


def mixed(ground: QColor, share: float) -> Callable[[QColor], int]:
    """Makes opaque pixels that look like ``share`` of a colour over ``ground``."""

    def shade(colour: QColor) -> int:
        pairs = zip(_parts(colour), _parts(ground), strict=True)
        return _packed(255, *(round(a * share + b * (1 - share)) for a, b in pairs))

    return shade


def glazed(share: float) -> Callable[[QColor], int]:
    """Makes pixels that let through all but ``share`` (QImage.Format_ARGB32_Premultiplied)."""
    return lambda colour: _packed(
        round(255 * share), *(round(part * share) for part in _parts(colour))
    )


def picture(pixels: Pixels, *, see_through: bool = False) -> QImage:
    """The image of ``(rows, columns)`` pixels. They have to live as long as it does."""
    kinds = QImage.Format
    kind = kinds.Format_ARGB32_Premultiplied if see_through else kinds.Format_RGB32
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, kind)


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _packed(alpha: int, red: int, green: int, blue: int) -> int:
    return alpha << 24 | red << 16 | green << 8 | blue
