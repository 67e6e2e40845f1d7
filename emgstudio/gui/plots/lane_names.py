"""Names beside lanes that are thinner than a line of text: as many as can be read, side by side."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QFont, QFontMetrics

LEFT, RIGHT = 12, 10
LAMP_GAP = 4
GAP = 8
WORST_FIRST = {"stop": 0, "check": 1}


class Named(Protocol):
    """What is asked of a lane's label."""

    @property
    def name(self) -> str: ...
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...
    @property
    def selected(self) -> bool: ...
    @property
    def lamp(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NamePlace:
    """Where the name of lane number ``lane`` stands, its lamp included; ``whole`` is emphasised."""

    lane: int
    box: QRectF
    text: str
    font: QFont
    whole: bool = False


def lamp_size(line: float) -> float:
    """How large the lamp beside a line of text is."""
    return min(line * 0.62, 12.0)


def line_of(metrics: QFontMetrics) -> int:
    """Rows that a name needs: capitals and what hangs below, without the air above them."""
    return metrics.capHeight() + metrics.descent() + 2


def place_names(area: QRect, labels: Sequence[Named], bold: QFont, small: QFont) -> list[NamePlace]:
    """Places within ``area`` that never overlap.

    First the selected lane, whole and in ``bold``; then in ``small`` those with a bad lamp, then
    as many others as there is room for, evenly. What all names begin with is left out where
    there would be too little room otherwise.
    """
    line = line_of(QFontMetrics(small))
    wanted = math.ceil(line * len(labels) / max(1.0, labels[-1].bottom - labels[0].top))
    # Where each lane has room for its own in small letters, a larger one would cover others.
    first = bold if wanted > 1 else emphasised(small)
    chosen = [whole_name(area, labels, i, first) for i, one in enumerate(labels) if one.selected]
    return chosen + _in_columns(area, labels, small, wanted, chosen)


def emphasised(font: QFont) -> QFont:
    """The same font for what is chosen."""
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made


def whole_name(area: QRect, labels: Sequence[Named], lane: int, font: QFont) -> NamePlace:
    """The place of one name that is not shortened, over all others."""
    metrics = QFontMetrics(font)
    high, text = float(line_of(metrics)), labels[lane].name
    # An exact fit would be elided.
    needs = metrics.horizontalAdvance(text) + lamp_size(high) + LAMP_GAP + 2.0
    wide = min(needs, float(area.width() - LEFT - RIGHT))
    box = QRectF(area.left() + LEFT, _top(area, labels[lane], high), wide, high)
    return NamePlace(lane, box, text, font, whole=True)


def _in_columns(
    area: QRect, labels: Sequence[Named], small: QFont, wanted: int, whole: Sequence[NamePlace]
) -> list[NamePlace]:
    """The other names, beside their lanes in as many of ``wanted`` columns as fit."""
    metrics = QFontMetrics(small)
    line = float(line_of(metrics))
    lamp = lamp_size(line) + LAMP_GAP if any(label.lamp for label in labels) else 0.0
    room = area.width() - LEFT - RIGHT + GAP
    texts = [label.name for label in labels]
    width = _widest(metrics, texts) + lamp + GAP
    if wanted * width > room and (short := _without_beginning(texts)) is not None:
        texts, width = short, _widest(metrics, short) + lamp + GAP
    columns = max(1, min(wanted, int(room / width)))
    width = room / columns
    rows: list[list[float]] = [[] for _ in range(columns)]
    named = {place.lane for place in whole}
    places = []
    bad = [i for i, label in enumerate(labels) if label.lamp in WORST_FIRST]
    bad.sort(key=lambda i: WORST_FIRST[labels[i].lamp])
    evenly = range(0, len(labels), math.ceil(wanted / columns))
    for number, lane in enumerate((*bad, *evenly)):
        top = _top(area, labels[lane], line)
        # By turns, so that columns fill evenly.
        for turn in range(columns if lane not in named else 0):
            column = (number + turn) % columns
            box = QRectF(area.left() + LEFT + column * width, top, width - GAP, line)
            free = _free(rows[column], top, line)
            if free and not any(box.intersects(p.box) for p in whole):
                insort(rows[column], top)
                places.append(NamePlace(lane, box, texts[lane], small))
                named.add(lane)
                break
    return places


def _top(area: QRect, label: Named, high: float) -> float:
    """Where a name beside its lane begins, the outermost not cut in half."""
    middle = (label.top + label.bottom) / 2
    return max(float(area.top()), min(middle - high / 2, area.bottom() + 1 - high))


def _free(row: Sequence[float], at: float, line: float) -> bool:
    """Whether nothing in ``row``, sorted, is nearer to ``at`` than ``line``."""
    near = bisect_left(row, at)
    return all(abs(other - at) >= line for other in row[max(0, near - 1) : near + 1])


def _widest(metrics: QFontMetrics, texts: Sequence[str]) -> float:
    return max(metrics.horizontalAdvance(text) for text in texts)


def _without_beginning(texts: Sequence[str]) -> list[str] | None:
    """The names without what all begin with, but with all of a number; None for no gain."""
    beginning = texts[0]
    while not all(text.startswith(beginning) for text in texts):
        beginning = beginning[:-1]
    beginning = beginning.rstrip("0123456789")
    short = [text[len(beginning) :] for text in texts]
    return short if beginning and all(short) else None
