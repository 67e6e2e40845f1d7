"""Lays words, tables and pictures on pages, in points from the upper left corner.

Nothing is painted while it lays out: the same commands then paint a PDF and its preview.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from emgstudio.gui.theme import LIGHT

Draw = Callable[[QPainter], None]
Fill = Callable[[QPainter, QRectF], None]

PAPERS = {"A4": (595.0, 842.0), "Letter": (612.0, 792.0)}
MARGIN = 48.0
TOP = 44.0
FOOT = 58.0
LINE = 1.35
# Fonts have sizes in whole pixels; a point is cut into so many.
FINE = 20


@lru_cache(maxsize=64)
def font(size: float, bold: bool = False) -> QFont:
    """The system's font, ``FINE`` times as large as ``size`` points."""
    made = QFont()
    made.setPixelSize(round(size * FINE))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # "ff" as one sign would not be found by a search.
    made.setFeature(QFont.Tag("liga"), 0)
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def width_of(words: str, size: float, bold: bool = False) -> float:
    """Points."""
    return QFontMetricsF(font(size, bold)).horizontalAdvance(words) / FINE


def wrapped(words: str, width: float, size: float, bold: bool = False) -> list[str]:
    """``words`` in lines of at most ``width`` points; a word that is too long is cut."""
    lines: list[str] = []
    for paragraph in words.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width_of(longer, size, bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while width_of(line, size, bold) > width and len(line) > 1:
                fits = next(
                    n for n in range(len(line), 0, -1)
                    if n == 1 or width_of(line[:n], size, bold) <= width
                )  # fmt: skip
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line)
    return lines


def write(
    painter: QPainter,
    at: QPointF,
    words: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = LIGHT.text,
    align: float = 0.0,
) -> None:
    """One line from the base line ``at``; ``align`` 0.5 centres it there, 1 ends it there."""
    painter.save()
    left = at.x() - align * width_of(words, size, bold)
    painter.translate(left, at.y())
    painter.scale(1 / FINE, 1 / FINE)
    painter.setFont(font(size, bold))
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(0, 0), words)
    painter.restore()


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of a table; ``align`` is 0 left and 1 right."""

    words: str
    bold: bool = False
    align: float = 0.0


class Sheet:
    """Pages that fill from top to bottom; ``pages`` holds what is to be painted on each."""

    def __init__(self, paper: str, *, foot: float = FOOT) -> None:
        self.size = PAPERS[paper]
        self.left = MARGIN
        self.width = self.size[0] - 2 * MARGIN
        self.bottom = self.size[1] - foot
        self.pages: list[list[Draw]] = [[]]
        self.y = TOP

    @property
    def room(self) -> float:
        """Points left on this page."""
        return self.bottom - self.y

    def need(self, height: float) -> None:
        """Turn the page unless ``height`` points are left."""
        if height > self.room and self.y > TOP:
            self.pages.append([])
            self.y = TOP

    def space(self, points: float) -> None:
        """Leave room, but none at the top of a page."""
        if self.y > TOP:
            self.y += points

    def draw(self, height: float, fill: Fill) -> None:
        """A picture over the whole width."""
        self.need(height)
        area = QRectF(self.left, self.y, self.width, height)
        self.pages[-1].append(partial(_fill, fill, area))
        self.y += height

    def text(
        self,
        words: str,
        size: float = 10.0,
        *,
        bold: bool = False,
        colour: str = LIGHT.text,
        after: float = 4.0,
    ) -> None:
        """A paragraph; it may go on on the next page."""
        for line in wrapped(words, self.width, size, bold):
            self.need(size * LINE)
            at = QPointF(self.left, self.y + size)
            self.pages[-1].append(
                partial(_write, at=at, words=line, size=size, bold=bold, colour=colour)
            )
            self.y += size * LINE
        self.y += after

    def heading(self, words: str, keep: float = 60.0, size: float = 12.0) -> None:
        """A heading that stays with the ``keep`` points below it."""
        self.space(12)
        self.need(size * LINE + keep)
        self.text(words, size, bold=True, colour=LIGHT.accent, after=3)

    def table(
        self, head: Sequence[Cell], rows: Sequence[Sequence[Cell]], shares: Sequence[float]
    ) -> None:
        """``shares`` of the width for each column; the head is told again on a new page."""
        widths = [share * self.width / sum(shares) for share in shares]
        # A head alone at the foot of a page would say nothing.
        self.need(_row_height(head, widths) + sum(_row_height(cells, widths) for cells in rows[:2]))
        self._table_row(head, widths, rule=LIGHT.outline)
        for cells in rows:
            page = len(self.pages)
            self.need(_row_height(cells, widths))
            if len(self.pages) > page:
                self._table_row(head, widths, rule=LIGHT.outline)
            self._table_row(cells, widths, rule=LIGHT.border)

    def rows(self, rows: Sequence[Sequence[Cell]], shares: Sequence[float]) -> None:
        """A table without a head."""
        widths = [share * self.width / sum(shares) for share in shares]
        for cells in rows:
            self._table_row(cells, widths, rule=LIGHT.border)

    def columns(self, words: Sequence[str], size: float) -> None:
        """Paragraphs beside each other under the two halves of a picture."""
        lines = [wrapped(each, self.width / 2 - 2 * GUTTER, size) for each in words]
        self.draw(self.height_of_columns(words, size), partial(_columns, lines, size))

    def height_of_columns(self, words: Sequence[str], size: float) -> float:
        """What ``columns`` needs."""
        most = max(len(wrapped(each, self.width / 2 - 2 * GUTTER, size)) for each in words)
        return most * size * LINE + 6

    def _table_row(self, cells: Sequence[Cell], widths: Sequence[float], rule: str) -> None:
        self.draw(_row_height(cells, widths), partial(_cells, cells, widths, rule))


TABLE_SIZE = 9.5
PAD = 4.0
GUTTER = 10.0


def _row_height(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    lines = max(len(_cell_lines(c, w)) for c, w in zip(cells, widths, strict=True))
    return lines * TABLE_SIZE * LINE + 2 * PAD


def _cell_lines(cell: Cell, width: float) -> list[str]:
    return wrapped(cell.words, width - 2 * PAD, TABLE_SIZE, cell.bold)


def _cells(
    cells: Sequence[Cell], widths: Sequence[float], rule: str, painter: QPainter, area: QRectF
) -> None:
    x = area.left()
    for cell, width in zip(cells, widths, strict=True):
        for k, line in enumerate(_cell_lines(cell, width)):
            y = area.top() + PAD + k * TABLE_SIZE * LINE + TABLE_SIZE
            at = QPointF(x + PAD + cell.align * (width - 2 * PAD), y)
            write(painter, at, line, TABLE_SIZE, bold=cell.bold, align=cell.align)
        x += width
    painter.setPen(QPen(QColor(rule), 0.6))
    painter.drawLine(area.bottomLeft(), area.bottomRight())


def _columns(lines: Sequence[Sequence[str]], size: float, painter: QPainter, area: QRectF) -> None:
    for k, column in enumerate(lines):
        x = area.left() + k * area.width() / 2 + GUTTER
        for n, line in enumerate(column):
            write(painter, QPointF(x, area.top() + size + n * size * LINE), line, size)


def _write(
    painter: QPainter, at: QPointF, words: str, size: float, bold: bool, colour: str
) -> None:
    write(painter, at, words, size, bold=bold, colour=colour)


def _fill(fill: Fill, area: QRectF, painter: QPainter) -> None:
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    fill(painter, area)
    painter.restore()
