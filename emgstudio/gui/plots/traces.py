"""Live traces of all channels of a stream, with names, scales, marks and a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from emgstudio.gui.plots.amplitude import amount, signed
from emgstudio.gui.plots.axes import (
    LaneLabel,
    paint_gutter,
    paint_time_axis,
    scroll_ticks,
    smaller,
    sweep_ticks,
)
from emgstudio.gui.plots.feed import Streaming
from emgstudio.gui.plots.marks import (
    Cursor,
    TraceMark,
    demo_tag,
    paint_cursor,
    paint_demo_tag,
    paint_head,
    paint_mark,
)
from emgstudio.gui.plots.trace_picture import TraceOptions, TracePicture
from emgstudio.gui.theme import Palette


class TraceCanvas(TracePicture):
    """Traces one below the other.

    Call ``advance`` once per frame. ``chosen``, ``solo_wanted`` and ``hide_wanted``
    carry a channel, ``scale_stepped`` and ``time_stepped`` +1 or -1.
    """

    chosen = Signal(int)
    solo_wanted = Signal(int)
    hide_wanted = Signal(int)
    all_wanted = Signal()
    scale_stepped = Signal(int)
    time_stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[TraceMark, ...] = ()
        self._pointer: QPointF | None = None
        self._cursor_shown: Cursor | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 120)
        self._speak()

    def show_stream(self, stream: Streaming | None) -> None:
        self._marks = ()
        super().show_stream(stream)
        self._speak()

    def show_options(self, options: TraceOptions) -> None:
        super().show_options(options)
        self._speak()

    def show_marks(self, marks: Sequence[TraceMark]) -> None:
        """Markers and labels to lie over the traces, in sample indices."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self.update(self.plot)

    def advance(self, now: float) -> None:
        super().advance(now)
        if self._pointer is not None:
            self._show_cursor()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette_on
        painter = QPainter(self)
        exposed = event.rect()
        if not self.plot.contains(exposed):
            self._paint_frame(painter, exposed, palette)
        if self.feed is None:
            painter.fillRect(self.plot, QColor(palette.canvas))
            return
        area = self.picture_area
        exposed = self.clip_to_picture(painter, exposed)
        self.paint_picture(painter, exposed)
        if not self.scrolling and self._frozen_at is None:
            paint_head(painter, self.x_of(self.head), area, palette)
        if self._marks or self._simulated:
            painter.setFont(smaller(self.font()))
        if self._simulated:
            tag = demo_tag(area, painter.font())
            if tag.intersects(QRectF(exposed)):
                paint_demo_tag(painter, tag, palette)
        if self._marks:
            for mark in self._marks:
                self._paint_mark(painter, mark, area, palette)
        if self._cursor_shown is not None:
            painter.setFont(self.font())
            paint_cursor(painter, self._cursor_shown, area, palette)

    @property
    def _simulated(self) -> bool:
        return self._stream is not None and self._stream.info.simulated

    def _paint_frame(self, painter: QPainter, exposed: QRect, palette: Palette) -> None:
        plot, canvas = self.plot, QColor(palette.canvas)
        painter.fillRect(QRect(plot.right(), 0, self.width() - plot.right(), self.height()), canvas)
        # A fractional scale leaves a sliver between the last picture row and the axis.
        painter.fillRect(plot.adjusted(0, plot.height() - 2, 0, 0), canvas)
        gutter = QRect(0, 0, self.gutter, plot.height())
        if exposed.intersects(gutter):
            floor = self.options.view.from_zero
            paint_gutter(painter, gutter, self._labels(), palette, self.font(), floor=floor)
        if exposed.intersects(self.axis_area):
            paint_time_axis(painter, self.axis_area, self._ticks(), palette, self.font())
        corner = QRect(0, plot.bottom() + 1, self.gutter, self.footer)
        if exposed.intersects(corner):
            painter.fillRect(corner, canvas)
            painter.setFont(smaller(self.font()))
            painter.setPen(QColor(palette.muted))
            painter.drawText(
                corner.adjusted(12, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, self._scale_text()
            )

    def _ticks(self) -> list[tuple[float, str]]:
        seconds = self.options.seconds
        if not self.scrolling or self.feed is None:
            return sweep_ticks(self.plot, seconds)
        return scroll_ticks(self.plot, seconds, self.head * self.feed.per_column / self.feed.rate)

    def _labels(self) -> list[LaneLabel]:
        if self._stream is None:
            return []
        palette, channels = self.palette_on, self._stream.info.channels
        return [
            LaneLabel(
                channels[lane.channel].name,
                self._reach(scale, channels[lane.channel].unit),
                palette.trace(lane.channel),
                lane.top / self.ratio,
                (lane.bottom + 1) / self.ratio,
                selected=lane.channel == self.options.selected,
                focused=lane.channel == self.options.selected and self.hasFocus(),
            )
            for lane, scale in zip(self.picture.lanes, self.scales.scale, strict=True)
        ]

    def _reach(self, scale: float, unit: str) -> str:
        return ("0–" if self.options.view.from_zero else "±") + amount(scale, unit)

    def _scale_text(self) -> str:
        """The scale of all lanes, which stays readable when the lanes are thin."""
        if self._stream is None or not self.picture.lanes:
            return ""
        if self.options.scale is None and self.options.each:
            return "own scales"
        unit = self._stream.info.channels[self.picture.lanes[0].channel].unit
        return f"lane {self._reach(float(self.scales.scale[0]), unit)}"

    def _paint_mark(
        self, painter: QPainter, mark: TraceMark, area: QRectF, palette: Palette
    ) -> None:
        assert self.feed is not None
        start = max(mark.start / self.feed.per_column, self.first_shown)
        stop = min(mark.stop / self.feed.per_column, self.head)
        if mark.start == mark.stop:
            if self.shows(start) and start == mark.start / self.feed.per_column:
                paint_mark(painter, mark, area, (self.x_of(start), None), palette)
            return
        if stop <= start:
            return
        left, right = self.x_of(start), self.x_of(stop)
        if right < left:
            # The sweep has wrapped around inside this span: it has two pieces.
            paint_mark(painter, mark, area, (left, area.right() + 1), palette)
            left, mark = area.left(), replace(mark, label="")
        paint_mark(painter, mark, area, (left, right), palette)

    def _cursor(self) -> Cursor | None:
        """What is under the pointer: the range of the trace in that column, and when."""
        at = self._pointer
        if at is None or self.feed is None or self._stream is None:
            return None
        if not QRectF(self.plot).contains(at):
            return None
        row, column = at.y() * self.ratio, self.column_at(at.x())
        lane = next((ln for ln in self.picture.lanes if ln.top <= row <= ln.bottom), None)
        span = self.feed.columns.span(column, column + 1)
        if lane is None or not self.shows(column) or span.first != column or not len(span):
            return None
        channel = self._stream.info.channels[lane.channel]
        seconds = (column + 0.5) * self.feed.per_column / self.feed.rate
        lo, hi = span.ends[:, 0, lane.channel].tolist()
        value = "lost" if np.isnan(lo) else reading(lo, hi, channel.unit)
        text = f"{channel.name}   {value}   {seconds:.2f} s"
        return Cursor(at.x(), at.y(), text, self.palette_on.trace(lane.channel))

    def _point_at(self, pointer: QPointF | None) -> None:
        self._pointer = pointer
        self._show_cursor()

    def _show_cursor(self) -> None:
        """Paint what is under the pointer now, and away with what was there before."""
        before, self._cursor_shown = self._cursor_shown, self._cursor()
        if self._cursor_shown == before:
            return
        metrics = self.fontMetrics()
        for cursor in (before, self._cursor_shown):
            if cursor is not None:
                box = cursor.box(self.picture_area, metrics.horizontalAdvance, metrics.height())
                self.update(box.toAlignedRect().adjusted(-2, -2, 2, 2))
                self.update(QRect(int(cursor.x) - 2, 0, 5, self.plot.height()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point_at(event.position())

    def channel_at(self, y: float) -> int | None:
        """The channel whose lane is at this height."""
        row = y * self.ratio
        return next((ln.channel for ln in self.picture.lanes if ln.top <= row <= ln.bottom), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and channel is not None:
            self.chosen.emit(channel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position().y())
        if channel is not None:
            self.solo_wanted.emit(channel)

    def wheelEvent(self, event: QWheelEvent) -> None:
        direction = 1 if event.angleDelta().y() < 0 else -1
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.time_stepped.emit(direction)
        else:
            self.scale_stepped.emit(direction)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        channel = self.channel_at(event.pos().y())
        if channel is None or self._stream is None:
            return
        name = self._stream.info.channels[channel].name
        menu = QMenu(self)
        alone = "Show all channels" if self.options.solo is not None else f"Show only {name}"
        menu.addAction(alone, lambda: self.solo_wanted.emit(channel))
        menu.addAction(f"Hide {name}", lambda: self.hide_wanted.emit(channel))
        if self.options.hidden:
            menu.addAction("Show hidden channels", self.all_wanted.emit)
        menu.exec(event.globalPos())

    def _speak(self) -> None:
        """What a screen reader says about the picture."""
        if self._stream is None:
            self.setAccessibleName("Live EMG, no device")
            return
        names = [self._stream.info.channels[c].name for c in self.lanes_shown]
        self.setAccessibleName(
            f"Live EMG, {self.options.view.value}, {len(names)} channels: {', '.join(names)}"
        )


def reading(lo: float, hi: float, unit: str) -> str:
    """The range of a trace within one column."""
    if hi - lo < 0.05 * max(abs(lo), abs(hi), 1e-9):
        return amount(float(lo + hi) / 2, unit)
    return f"{signed(lo)} … {amount(float(hi), unit)}"
