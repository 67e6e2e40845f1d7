"""What the threshold lines of live traces are at, written beside their beginning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.lanes import LanePicture
from emgstudio.gui.theme import Palette

# No value of a threshold reaches further into the picture.
WIDEST = 140


class Lanes(Protocol):
    """What of a trace picture is needed."""

    picture: LanePicture

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""

    @property
    def palette_on(self) -> Palette:
        """The colours."""


def reaches(area: QRectF, exposed: QRect) -> bool:
    """Whether what is painted anew may hold words of thresholds."""
    return exposed.left() <= area.left() + WIDEST


def paint_thresholds(
    painter: QPainter,
    lanes: Lanes,
    levels: NDArray[np.floating],
    unit_of: Callable[[int], str],
    left: float,
) -> None:
    """Value and unit above each line, or on it where its lane has no room above.

    ``levels`` are by channel, NaN for none. Lanes thinner than two lines of text stay
    without words; the picture begins at ``left``.
    """
    metrics, picture, ratio = painter.fontMetrics(), lanes.picture, lanes.ratio
    for number, lane in enumerate(picture.lanes):
        level = float(levels[lane.channel])
        row = picture.row(number, level) if level == level else -1.0
        thin = lane.height / ratio < 2 * metrics.height()
        if thin or not lane.top <= row <= lane.bottom:
            continue
        text = amount(level, unit_of(lane.channel))
        top = max(row / ratio - metrics.height() - 1, lane.top / ratio)
        box = QRectF(left + 3, top, metrics.horizontalAdvance(text) + 8, metrics.height())
        painter.fillRect(box, lanes.palette_on.tint(lanes.palette_on.canvas, 0.8))
        painter.setPen(QColor(lanes.palette_on.accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
