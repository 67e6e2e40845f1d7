"""All channels of a recording over time, from a column raster, with holes at gaps."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from emgstudio.core.types import Gap
from emgstudio.gui import theme
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.review_axis import ReviewPlot, step_for, ticks
from emgstudio.gui.plots.review_lane_overlay import paint_over_signals
from emgstudio.gui.plots.review_raster import Look, TraceRaster
from emgstudio.gui.plots.review_vector import paint_columns
from emgstudio.gui.plots.trace_vector import is_vector
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView

AMPLITUDES = tuple(m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5))
DRAG_PX = 4
WHEEL_NOTCH = 120
PAN_PER_NOTCH = 0.1
ZOOM_PER_NOTCH = 1.25
SAMPLE_COLUMNS = 2000
LINE_PX = 3


class TraceView(ReviewPlot):
    """Wheel pans, with Ctrl zooms, with Shift scales; a drag selects a span of time.

    ``create_wanted`` asks for an annotation over a span (drag with Alt); ``scaled``
    follows changes of the amplitude scale.
    """

    slides = True

    create_wanted = Signal(float, float)
    scaled = Signal(float)

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.document: Document | None = None
        self.amplitude = 100.0
        self._raster = TraceRaster()
        self._centres: tuple[float, ...] = ()
        self._pressed: QPointF | None = None
        self._grabbed_first = 0
        self._dragging = False
        self._marked: tuple[tuple[float, float], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleName("Recorded signals")

    @property
    def columns_drawn(self) -> int:
        """How many pixel columns the last paint had to draw anew."""
        return self._raster.drawn

    def show_document(self, document: Document | None) -> None:
        """Show another recording."""
        self.document = document
        self._raster.forget()
        if document is not None:
            names = ", ".join(
                c.name if c.used else f"{c.name} (not used)" for c in document.stream.info.channels
            )
            self.setAccessibleName(f"Recorded signals: {names}")
            self.fit_amplitude()
        self.update()

    def show_edits(self) -> None:
        """Annotations have changed: only where they were and are is painted anew."""
        touched = self.document.touched if self.document is not None else None
        if touched is None:
            self.update()
        else:
            self._update_spans(touched)
        self._marked = self._marks()

    def show_choice(self) -> None:
        """What is selected has changed, or the cursor stands elsewhere."""
        before, self._marked = self._marked, self._marks()
        self._update_spans((*before, *self._marked))

    def fit_amplitude(self) -> None:
        """Choose centre lines and the scale from what is visible."""
        document = self.document
        if document is None:
            return
        view = self.view
        per = max(view.per_column, view.columns * view.per_column / SAMPLE_COLUMNS)
        first = int(view.first * view.per_column / per)
        n = max(2, int(view.columns * view.per_column / per))
        lo, hi = document.source.columns(first, first + n, per)
        seen = ~np.isnan(lo).any(axis=1)
        channels = document.stream.info.n_channels
        if not seen.any():
            self._centres = (0.0,) * channels
            return
        middles = np.median((lo[seen] + hi[seen]) / 2, axis=0)
        self._centres = tuple(float(m) for m in middles)
        half = np.quantile(np.maximum(hi[seen] - middles, middles - lo[seen]), 0.995, axis=0)
        loudest = float(half.max()) or 1.0
        self.set_amplitude(next((a for a in AMPLITUDES if a >= loudest), AMPLITUDES[-1]))

    def set_amplitude(self, units: float) -> None:
        """``units`` fill half a channel's row."""
        self.amplitude = units
        self.scaled.emit(units)
        self.update()

    def step_amplitude(self, steps: int) -> None:
        """Next larger picture (positive) or smaller one (negative)."""
        nearest = min(range(len(AMPLITUDES)), key=lambda i: abs(AMPLITUDES[i] / self.amplitude - 1))
        at = min(max(nearest - steps, 0), len(AMPLITUDES) - 1)
        self.set_amplitude(AMPLITUDES[at])

    def changed_source(self) -> None:
        """Raw or conditioned has been switched."""
        self.fit_amplitude()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.set_width(self.plot_rect().width(), self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        document = self.document
        area = self.plot_rect()
        if document is None:
            painter.fillRect(self.rect(), QColor(colours.canvas))
            painter.end()
            return
        if is_vector(painter):
            look = self._look(document, area)
            ends = document.source.columns(
                self.view.first, self.view.first + self.view.columns, look.per_column
            )
            paint_columns(painter, *ends, look, area)
        else:
            self._raster.show(document.source, self.view.first, self._look(document, area))
            self._raster.paint(painter, area)
        if event.rect().left() < self.gutter:
            self._paint_gutter(painter, document)
        painter.setClipRect(area)
        exposed = area & QRectF(event.rect())
        self._paint_grid(painter, area)
        self._paint_gaps(painter, document, area)
        channels = document.stream.info.n_channels
        paint_over_signals(painter, document, self.view, area, channels, exposed)
        self._paint_choice(painter, document, area)
        self.paint_playhead(painter)
        painter.end()

    def _marks(self) -> tuple[tuple[float, float], ...]:
        """Where the cursor and what is selected are."""
        document = self.document
        if document is None:
            return ()
        at, chosen = (document.cursor, document.cursor), document.range()
        return (at, chosen) if chosen is not None else (at,)

    def _update_spans(self, spans: Iterable[tuple[float, float]]) -> None:
        for start, stop in spans:
            left = max(self.x_of(start) - LINE_PX, 0.0)
            right = min(self.x_of(stop) + LINE_PX, float(self.width()))
            if left < right:
                self.update(int(left), 0, math.ceil(right - left) + 1, self.height())

    def _look(self, document: Document, area: QRectF) -> Look:
        colours = theme.current()
        channels = document.stream.info.n_channels
        ratio = self.devicePixelRatioF()
        self.view.set_width(area.width(), ratio)
        return Look(
            size=(self.view.columns, max(1, round(area.height() * ratio))),
            per_column=self.view.per_column,
            unit_per_row=self.amplitude,
            centres=self._centres,
            colours=tuple(colours.trace(i) for i in range(channels)),
            background=colours.canvas,
            source=document.source.key,
        )

    def _paint_gutter(self, painter: QPainter, document: Document) -> None:
        colours = theme.current()
        painter.fillRect(QRectF(0, 0, self.gutter, self.height()), QColor(colours.surface))
        info = document.stream.info
        row = self.height() / info.n_channels
        # Names of rows that are lower than a line of text would lie on each other.
        every = math.ceil(painter.fontMetrics().ascent() / row)
        for i, channel in enumerate(info.channels):
            if i % every or (i and i + every > info.n_channels):
                continue
            box = QRectF(8, i * row, self.gutter - 14, row * every)
            # The first and the last name stay whole where rows are lower than a line.
            half = box.height() / 2
            middle = min(max((i + 0.5) * row, half), self.height() - half)
            box.moveCenter(QPointF(box.center().x(), middle))
            painter.fillRect(QRectF(0, i * row + row / 2 - 5, 3, 10), QColor(colours.trace(i)))
            painter.setPen(QColor(colours.text))
            name = painter.fontMetrics().elidedText(
                channel.name, Qt.TextElideMode.ElideRight, int(box.width())
            )
            font = painter.font()
            font.setStrikeOut(not channel.used)
            painter.setFont(font)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            font.setStrikeOut(False)
            painter.setFont(font)
            if not channel.used:
                self._paint_not_used(painter, i, row)
        self._paint_scale(painter, info.channels[0].name, info.channels[0].unit, row)

    def _paint_not_used(self, painter: QPainter, place: int, row: float) -> None:
        """The word below a name that is struck out; the first row has its scale there."""
        line = painter.fontMetrics().height()
        if place and row >= 2.6 * line:
            painter.setPen(QColor(theme.current().muted))
            box = QRectF(8, (place + 0.5) * row + line * 0.45, self.gutter - 16, line)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "not used"
            )

    def _paint_scale(self, painter: QPainter, name: str, unit: str, row: float) -> None:
        """A bar as high as the amplitude it names, on the first channel."""
        colours = theme.current()
        x, middle = self.gutter - 4.5, row / 2
        painter.setPen(QPen(QColor(colours.outline), 1))
        painter.drawLine(QPointF(x, middle - row / 2 + 1), QPointF(x, middle))
        painter.drawLine(QPointF(x - 3, middle), QPointF(x, middle))
        painter.drawLine(QPointF(x - 3, middle - row / 2 + 1), QPointF(x, middle - row / 2 + 1))
        self.setToolTip(f"Half a row is {self.amplitude:g} {unit}")
        line = painter.fontMetrics().height()
        painter.setPen(QColor(colours.muted))
        words, middled = amount(self.amplitude, unit), Qt.AlignmentFlag.AlignVCenter
        if row >= 2.6 * line:
            box = QRectF(8, middle + line * 0.45, self.gutter - 16, line)
            painter.drawText(box, middled | Qt.AlignmentFlag.AlignLeft, f"[ {words}")
            return
        # A saved picture has to tell its scale where rows are low, too: beside the first name.
        metrics = painter.fontMetrics()
        wide = metrics.horizontalAdvance(words)
        if metrics.horizontalAdvance(name) + wide + 26 <= self.gutter:
            box = QRectF(0, max(0.0, middle - line / 2), self.gutter - 10, line)
            painter.drawText(box, middled | Qt.AlignmentFlag.AlignRight, words)

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(theme.current().tint("outline", 0.28), 1))
        for time in ticks(self.view.start, self.view.stop, step_for(self.view.span, area.width())):
            x = self.x_of(time)
            painter.drawLine(QPointF(x, 0), QPointF(x, area.height()))

    def _paint_gaps(self, painter: QPainter, document: Document, area: QRectF) -> None:
        brush = theme.current().tint("check", 0.32)
        for gap in visible_gaps(document.stream.gaps, self.view):
            begin = self.x_of(self.view.begin + gap.at / self.view.rate)
            end = self.x_of(self.view.begin + (gap.at + gap.count) / self.view.rate)
            box = QRectF(begin, 0, max(1.0, end - begin), area.height())
            painter.fillRect(box, theme.current().tint("check", 0.10))
            # From the gap's own edge, so that it looks the same wherever one sees it.
            painter.setBrushOrigin(round(begin), 0)
            painter.fillRect(box, _hatched(brush))

    def _paint_choice(self, painter: QPainter, document: Document, area: QRectF) -> None:
        colours = theme.current()
        chosen = document.range()
        if chosen is not None:
            x0, x1 = self.x_of(chosen[0]), self.x_of(chosen[1])
            painter.fillRect(QRectF(x0, 0, x1 - x0, area.height()), colours.tint("accent", 0.16))
            painter.setPen(QPen(QColor(colours.accent), 1))
            for x in (x0, x1):
                painter.drawLine(QPointF(x, 0), QPointF(x, area.height()))
        pen = QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        x = self.x_of(document.cursor)
        painter.drawLine(QPointF(x, 0), QPointF(x, area.height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.document is None or event.position().x() < self.gutter:
            return
        self._pressed, self._dragging = event.position(), False
        self._grabbed_first = self.view.first

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pressed, document = self._pressed, self.document
        if pressed is None or document is None:
            return
        moved = event.position().x() - pressed.x()
        if not self._dragging and abs(moved) < DRAG_PX:
            return
        self._dragging = True
        if event.buttons() & Qt.MouseButton.LeftButton:
            document.select_span(*self._span(pressed, event.position()))
        else:
            self.view.pan_pixels((self._grabbed_first - self.view.first) / self.view.ratio - moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, document, dragged = self._pressed, self.document, self._dragging
        self._pressed, self._dragging = None, False
        if pressed is None or document is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if not dragged:
            document.put_cursor(self.view.snap(self.time_at(event.position().x())))
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.create_wanted.emit(*self._span(pressed, event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta()
        notches = (steps.y() or steps.x()) / WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.view.zoom(ZOOM_PER_NOTCH**-notches, self.time_at(event.position().x()))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.step_amplitude(1 if notches > 0 else -1)
        else:
            self.view.pan(-PAN_PER_NOTCH * notches)
        event.accept()

    def _span(self, one: QPointF, other: QPointF) -> tuple[float, float]:
        first, last = sorted((self.time_at(one.x()), self.time_at(other.x())))
        return self.view.snap(first), self.view.snap(last)


def visible_gaps(gaps: tuple[Gap, ...], view: TimeView) -> list[Gap]:
    """The gaps that reach into the visible stretch."""
    first = view.first * view.per_column
    last = first + view.columns * view.per_column
    at = max(0, bisect_right(gaps, first, key=lambda gap: gap.at) - 1)
    found = []
    for gap in gaps[at:]:
        if gap.at >= last:
            break
        if gap.at + gap.count > first:
            found.append(gap)
    return found


def _hatched(colour: QColor) -> QBrush:
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)
