"""Paints the annotations of one lane, however many there are, by one picture and some words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QStaticText

from emgstudio.core.types import Annotation
from emgstudio.gui import theme
from emgstudio.gui.plots.review_spans import Columns, Pixels, fill, inks_of, mixed, picture, plain
from emgstudio.gui.plots.trace_vector import is_vector
from emgstudio.gui.review.annotate.suggestions import is_suggestion
from emgstudio.gui.review.index import suggested
from emgstudio.gui.review.labels import LabelColours
from emgstudio.gui.review.view import TimeView
from emgstudio.storage.annotation_columns import AnnotationColumns

TEXT_FROM_PX = 26
BORDER_FROM_PX = 4
FAINT, STRONG = 0.30, 0.55
FLAG_PX = 9
EVENT_TEXT_PX = 120
BEFORE_TEXT_PX = 11
FINER = 4
"""So many pixels of a picture for each of the screen where it goes into a drawing or a page."""

MOST_CAPTIONS = 500

Captions = dict[tuple[str, int], QStaticText]


class LanePainter:
    """Made for one paint of all lanes.

    ``area`` is where time is shown, ``exposed`` what of it is to be painted, both in logical
    pixels; ``captions`` keeps words that were laid out for a width.
    """

    def __init__(
        self,
        painter: QPainter,
        inks: LabelColours,
        view: TimeView,
        area: QRectF,
        exposed: QRectF,
        captions: Captions,
    ) -> None:
        self.painter = painter
        self.area = area
        self.view = view
        self._inks = inks
        self._captions = captions
        self._text = QColor(theme.current().text)
        self._finer = FINER if is_vector(painter) else 1
        self._unit = view.ratio * self._finer
        self._left = int(np.floor((exposed.left() - area.x()) * self._unit))
        self._width = int(np.ceil((exposed.right() - area.x()) * self._unit)) - self._left

    @property
    def left(self) -> float:
        """Where in the widget begins what is exposed."""
        return self.area.x() + self._left / self._unit

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where in the widget things lie whose words reach into what is exposed."""
        wide = self._width / self._unit
        return (self.left - EVENT_TEXT_PX - BEFORE_TEXT_PX, self.left + wide + 1)

    def box(self, item: Annotation, y: float, height: float) -> QRectF:
        """Where an annotation lies in a lane that begins at ``y``."""
        x0 = self.area.x() + self.view.x(item.start)
        width = max(1.0, self.view.x(item.stop) - self.view.x(item.start))
        return QRectF(x0, y + 4, width, height - 7)

    def paint_all(
        self, items: AnnotationColumns, following: NDArray[np.float64], y: float, height: float
    ) -> None:
        """Annotations that are not selected; ``following`` is when each one's next begins, in s."""
        if not len(items) or self._width <= 0:
            return
        first = self._columns(items.starts)
        stop = np.maximum(first + 1, self._columns(items.stops))
        event = items.stops <= items.starts
        room = (self._columns(following) - first) / self._unit
        canvas = QColor(theme.current().canvas)
        shades = (plain, mixed(canvas, FAINT), mixed(canvas, FAINT / 2))
        ink, faint, ghostly = inks_of(items, self._inks, *shades)
        kind = np.where(event, 0, 1 + suggested(items.rows))
        pixels = np.full((round((height - 1) * self._unit), self._width), canvas.rgb(), np.uint32)
        row = pixels[0].copy()
        fill(row, first[~event], stop[~event], np.where(kind == 2, ghostly, faint)[~event])
        body = pixels[round(3 * self._unit) : len(pixels) - round(3 * self._unit)]
        body[:] = row
        self._borders(body, first, stop, ink, kind)
        self._flags(pixels, first[event], ink[event], room[event] >= FLAG_PX)
        at = QRectF(
            self.left,
            y + 1,
            self._width / self._unit,
            len(pixels) / self._unit,
        )
        self.painter.drawImage(at, picture(pixels))
        wide = np.where(event, room, (stop - first) / self._unit) >= TEXT_FROM_PX
        for k in np.flatnonzero(wide).tolist():
            item = items[k]
            box = self.box(item, y, height)
            if item.is_event:
                self._event_name(item, box, float(room[k]))
            else:
                self._name(item, box)

    def paint_selected(self, item: Annotation, y: float, height: float) -> None:
        """The one with handles at its edges."""
        if item.is_event:
            self._paint_event(item, y, height)
            return
        box = self.box(item, y, height)
        colour = QColor(self._inks[item.label])
        colour.setAlphaF(STRONG)
        self.painter.fillRect(box, colour)
        dashes = Qt.PenStyle.DashLine if is_suggestion(item) else Qt.PenStyle.SolidLine
        self.painter.setPen(QPen(self._text, 1.6, dashes))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        for x in (box.left(), box.right()):
            handle = QRectF(x - 2.5, box.top() + 3, 5, box.height() - 6)
            self.painter.fillRect(handle, self._text)
        self._name(item, box)

    def _columns(self, times: NDArray[np.float64]) -> Columns:
        return self.view.columns_at(times, self._finer) - self._left

    def _borders(
        self, body: Pixels, first: Columns, stop: Columns, ink: Pixels, kind: NDArray[np.int_]
    ) -> None:
        """Borders of spans (1) where there is room, dashed ones of suggestions (2)."""
        line = max(1, round(self._unit))
        bordered = (kind == 1) & (stop - first >= BORDER_FROM_PX * self._unit)
        for chosen, dashed in ((bordered, False), (kind == 2, True)):
            if not chosen.any():
                continue
            a, b, colour = first[chosen], stop[chosen], ink[chosen]
            across, down = np.zeros((2, self._width), np.uint32)
            fill(across, a, b, colour)
            fill(down, a, a + line, colour)
            fill(down, b - line, b, colour)
            at = np.flatnonzero(down)
            if dashed:
                across[~self._dashes(self._width, self._left + self.view.first * self._finer)] = 0
                rows = np.flatnonzero(self._dashes(len(body), 0))
                body[np.ix_(rows, at)] = down[at]
            else:
                body[:, at] = down[at]
            at = np.flatnonzero(across)
            body[:line, at] = body[-line:, at] = across[at]

    def _dashes(self, count: int, at: int) -> NDArray[np.bool_]:
        """Four on, two off."""
        return (np.arange(count) + at) / self._unit % 6 < 4

    def _flags(
        self, pixels: Pixels, first: Columns, ink: Pixels, flagged: NDArray[np.bool_]
    ) -> None:
        """A line at each moment, with a flag where there is room for it."""
        unit = self._unit
        if not len(first):
            return
        line = np.zeros_like(pixels[0])
        fill(line, first, first + max(1, round(1.4 * unit)), ink)
        pole = pixels[round(2 * unit) : len(pixels) - round(unit)]
        pole[:] = np.where(line != 0, line, pole)
        begin, rows = round(3 * unit), round(8 * unit)
        for k in range(rows):
            wide = round(8 * unit * (1 - abs(k + 0.5 - rows / 2) / (rows / 2)))
            fill(pixels[begin + k], first[flagged], first[flagged] + wide, ink[flagged])

    def _paint_event(self, item: Annotation, y: float, height: float) -> None:
        """A flag at one moment, of the colour of text."""
        x = self.box(item, y, height).x()
        self.painter.setPen(QPen(self._text, 2.4))
        self.painter.drawLine(QPointF(x, y + 3), QPointF(x, y + height - 2))
        self.painter.setBrush(self._text)
        self.painter.drawPolygon([QPointF(x, y + 4), QPointF(x + 8, y + 8), QPointF(x, y + 12)])
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self._event_name(item, self.box(item, y, height), EVENT_TEXT_PX + BEFORE_TEXT_PX)

    def _event_name(self, item: Annotation, box: QRectF, room: float) -> None:
        left = box.x() + BEFORE_TEXT_PX
        wide = min(EVENT_TEXT_PX, room - BEFORE_TEXT_PX - 1)
        self._write(item.label, QRectF(left, box.y(), wide, box.height()))

    def _name(self, item: Annotation, box: QRectF) -> None:
        if box.width() < TEXT_FROM_PX:
            return
        # From the left edge on if it began before; at the right edge it is cut, not shortened.
        inside = QRectF(box)
        inside.setLeft(max(box.left(), self.area.left()))
        self._write(caption(item), inside.adjusted(7, 0, -5, 0))

    def _write(self, words: str, box: QRectF) -> None:
        room = max(0, int(box.width()))
        laid_out = self._captions.get((words, room))
        if laid_out is None:
            cut = self.painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
            laid_out = QStaticText(cut if cut != "…" else "")
            laid_out.setTextFormat(Qt.TextFormat.PlainText)
            laid_out.prepare(font=self.painter.font())
            if len(self._captions) >= MOST_CAPTIONS:
                self._captions.clear()
            self._captions[words, room] = laid_out
        self.painter.setPen(self._text)
        top = box.center().y() - laid_out.size().height() / 2
        self.painter.drawStaticText(QPointF(box.x(), top), laid_out)


def caption(item: Annotation) -> str:
    """What is written on an annotation: ``fist 2``, ``fist? 0.93`` while it is a suggestion."""
    words = item.label
    if is_suggestion(item):
        words += "?" if item.confidence is None else f"? {item.confidence:.2f}"
    elif item.repetition:
        words += f" {item.repetition}"
    if item.channels is not None:
        words += f" (ch {', '.join(str(k + 1) for k in item.channels)})"
    return words
