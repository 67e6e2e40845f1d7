"""The forearm from the elbow, its electrodes around it, lit up by what they hear or count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme

ELECTRODE = 0.125
RING = 0.335
BONES = ((-0.07, 0.05, 0.055), (0.09, 0.06, 0.045))
GLOW = 0.65


@dataclass(frozen=True, slots=True)
class Pad:
    """One electrode: its short name, how bright it is (0–1), and a shape: good, check, stop."""

    name: str
    share: float = 0.0
    level: str = ""
    words: str = ""


class ArmPicture(QWidget):
    """Electrodes in a ring; ``links`` are pairs that are drawn together."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.pads: tuple[Pad, ...] = ()
        self.links: tuple[tuple[int, int], ...] = ()
        self._name = name
        self.setMinimumSize(200, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(340, 340)

    def show_pads(self, pads: Sequence[Pad], links: Sequence[tuple[int, int]] = ()) -> None:
        """Show these electrodes from now on."""
        shown = (tuple(pads), tuple(links))
        if shown == (self.pads, self.links):
            return
        self.pads, self.links = shown
        self.setAccessibleDescription("; ".join(f"{p.name} {p.words}".strip() for p in pads))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) - 4
        centre = QPointF(self.width() / 2, self.height() / 2)
        self._paint_arm(painter, centre, side)
        for a, b in self.links:
            if max(a, b) < len(self.pads):
                painter.setPen(QPen(QColor(theme.current().check), 4, Qt.PenStyle.DashLine))
                painter.drawLine(self.place(a, centre, side), self.place(b, centre, side))
        for at, pad in enumerate(self.pads):
            self._paint_pad(painter, self.place(at, centre, side), pad, self._radius(side))
        painter.end()

    def place(self, number: int, centre: QPointF, side: float) -> QPointF:
        """The middle of an electrode; the first is on top, the others follow clockwise."""
        angle = 2 * math.pi * number / max(1, len(self.pads)) - math.pi / 2
        return centre + QPointF(math.cos(angle), math.sin(angle)) * (RING * side)

    def _radius(self, side: float) -> float:
        crowded = math.pi * RING / max(1, len(self.pads)) * 0.9
        return min(ELECTRODE * 0.75, crowded) * side

    def _paint_arm(self, painter: QPainter, centre: QPointF, side: float) -> None:
        colours = theme.current()
        painter.setPen(QPen(QColor(colours.outline), 2))
        painter.setBrush(QColor(colours.surface))
        limb = RING * side * 0.84
        painter.drawEllipse(centre, limb, limb * 0.92)
        painter.setBrush(QColor(colours.raised))
        for x, y, size in BONES:
            painter.drawEllipse(centre + QPointF(x, y) * side, size * side, size * side)

    def _paint_pad(self, painter: QPainter, middle: QPointF, pad: Pad, radius: float) -> None:
        colours = theme.current()
        share = min(1.0, max(0.0, pad.share))
        if share > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.tint("accent", 0.10 + 0.25 * share))
            painter.drawEllipse(middle, radius * (1 + GLOW * share), radius * (1 + GLOW * share))
        painter.setBrush(QColor(colours.canvas))
        painter.setPen(QPen(QColor(colours.outline), 2))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.tint("accent", 0.75 * share))
        painter.drawEllipse(middle, radius, radius)
        font = QFont(painter.font())
        font.setPixelSize(max(9, round(radius * 0.75)))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        box = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, pad.name)
        self._paint_mark(painter, middle + QPointF(0.8, -0.8) * radius, pad.level, radius * 0.38)

    def _paint_mark(self, painter: QPainter, at: QPointF, level: str, size: float) -> None:
        """Good is a dot, check a triangle, stop a cross: shapes, not colours alone."""
        if level not in ("good", "check", "stop"):
            return
        colour = QColor(theme.current().colour(level))
        if level == "stop":
            painter.setPen(QPen(colour, max(2.5, size * 0.5)))
            for turn in (1, -1):
                painter.drawLine(at + QPointF(-size, -size * turn), at + QPointF(size, size * turn))
            return
        painter.setPen(QPen(QColor(theme.current().background), 1.5))
        painter.setBrush(colour)
        if level == "good":
            painter.drawEllipse(at, size, size)
        else:
            painter.drawPolygon(
                [
                    at + QPointF(0, -1.2 * size),
                    at + QPointF(1.2 * size, size),
                    at + QPointF(-1.2 * size, size),
                ]
            )


def short_name(name: str, number: int) -> str:
    """What fits into an electrode: the digits of its name, else its number from 1."""
    digits = "".join(c for c in name if c.isdigit())
    return digits[-3:] if digits else str(number + 1)
