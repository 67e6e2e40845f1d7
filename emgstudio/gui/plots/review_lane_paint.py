"""Paints the annotations of one lane; those of a label together, however many there are."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from emgstudio.core.types import Annotation
from emgstudio.gui import theme
from emgstudio.gui.review.annotate.suggestions import is_suggestion
from emgstudio.gui.review.labels import LabelColours

TEXT_FROM_PX = 26
BORDER_FROM_PX = 4
FAINT, STRONG = 0.30, 0.55


class LanePainter:
    """Made for one paint of all lanes.

    x of a time is ``left + (time - begin) * scale``, in logical pixels; ``area`` is where
    time is shown.
    """

    def __init__(
        self, painter: QPainter, inks: LabelColours, area: QRectF, begin: float, scale: float
    ) -> None:
        self.painter = painter
        self.area = area
        self._inks = inks
        self._begin = begin
        self._scale = scale
        self._text = QColor(theme.current().text)

    def box(self, item: Annotation, y: float, height: float) -> QRectF:
        """Where an annotation lies in a lane that begins at ``y``."""
        x0 = self.area.x() + (item.start - self._begin) * self._scale
        width = max(1.0, (item.stop - item.start) * self._scale)
        return QRectF(x0, y + 4, width, height - 7)

    def paint_all(self, items: Iterable[Annotation], y: float, height: float) -> None:
        """Annotations that are not selected, those of a label at once."""
        narrow: dict[str, list[QRectF]] = {}
        wide: dict[str, list[QRectF]] = {}
        named: list[tuple[Annotation, QRectF]] = []
        for item in items:
            box = self.box(item, y, height)
            if item.is_event:
                self.paint_event(item, y, height)
            elif is_suggestion(item):
                self._paint_suggestion(item, box)
                named.append((item, box))
            elif box.width() < BORDER_FROM_PX:
                narrow.setdefault(item.label, []).append(box)
            else:
                wide.setdefault(item.label, []).append(box.adjusted(0.5, 0.5, -0.5, -0.5))
                named.append((item, box))
        for label, boxes in narrow.items():
            self._fill(label, FAINT, Qt.PenStyle.NoPen)
            self.painter.drawRects(boxes)
        for label, boxes in wide.items():
            self._fill(label, FAINT, Qt.PenStyle.SolidLine)
            self.painter.drawRects(boxes)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        for item, box in named:
            self._name(item, box)

    def paint_selected(self, item: Annotation, y: float, height: float) -> None:
        """The one with handles at its edges."""
        if item.is_event:
            self.paint_event(item, y, height, selected=True)
            return
        box = self.box(item, y, height)
        fill = QColor(self._inks[item.label])
        fill.setAlphaF(STRONG)
        self.painter.fillRect(box, fill)
        dashes = Qt.PenStyle.DashLine if is_suggestion(item) else Qt.PenStyle.SolidLine
        self.painter.setPen(QPen(self._text, 1.6, dashes))
        self.painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        for x in (box.left(), box.right()):
            handle = QRectF(x - 2.5, box.top() + 3, 5, box.height() - 6)
            self.painter.fillRect(handle, self._text)
        self._name(item, box)

    def paint_event(
        self, item: Annotation, y: float, height: float, *, selected: bool = False
    ) -> None:
        """A flag at one moment."""
        x = self.box(item, y, height).x()
        ink = self._text if selected else self._inks[item.label]
        self.painter.setPen(QPen(ink, 2.4 if selected else 1.4))
        self.painter.drawLine(QPointF(x, y + 3), QPointF(x, y + height - 2))
        self.painter.setBrush(ink)
        self.painter.drawPolygon([QPointF(x, y + 4), QPointF(x + 8, y + 8), QPointF(x, y + 12)])
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(self._text)
        words = QRectF(x + 11, y, 120, height)
        self.painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, item.label)

    def _paint_suggestion(self, item: Annotation, box: QRectF) -> None:
        """Dashed until somebody has looked at it."""
        self._fill(item.label, FAINT / 2, Qt.PenStyle.DashLine)
        self.painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    def _fill(self, label: str, share: float, line: Qt.PenStyle) -> None:
        ink = self._inks[label]
        fill = QColor(ink)
        fill.setAlphaF(share)
        self.painter.setBrush(fill)
        self.painter.setPen(QPen(ink, 1, line))

    def _name(self, item: Annotation, box: QRectF) -> None:
        if box.width() < TEXT_FROM_PX:
            return
        visible = box.intersected(self.area).adjusted(7, 0, -5, 0)
        words = caption(item)
        words = self.painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, max(0, int(visible.width()))
        )
        self.painter.setPen(self._text)
        self.painter.drawText(visible, Qt.AlignmentFlag.AlignVCenter, words)


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
