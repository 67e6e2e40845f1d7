"""Mouse and keys over live traces: choosing, moving through time, dragging cursors and lines."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from emgstudio.gui.plots.trace_reading import GRAB, TraceReading

PAN_STEP, PAN_PAGE, PAN_WHEEL = 0.1, 0.9, 0.1
DRAG_FROM = 4
PANS = {
    Qt.Key.Key_Left: -PAN_STEP,
    Qt.Key.Key_Right: PAN_STEP,
    Qt.Key.Key_PageUp: -PAN_PAGE,
    Qt.Key.Key_PageDown: PAN_PAGE,
    Qt.Key.Key_Home: -1e9,
    Qt.Key.Key_End: 1e9,
}


class TracePointer(TraceReading):
    """``chosen``, ``solo_wanted`` and ``hide_wanted`` carry a channel, ``scale_stepped`` and
    ``time_stepped`` +1 or -1, ``threshold_moved`` and ``threshold_set`` a channel and a value."""

    chosen = Signal(int)
    solo_wanted = Signal(int)
    hide_wanted = Signal(int)
    all_wanted = Signal()
    scale_stepped = Signal(int)
    time_stepped = Signal(int)
    threshold_moved = Signal(int, float)
    threshold_set = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dragged: Literal["", "time", "caliper", "threshold"] = ""
        self._drag_from = QPointF()
        self._drag_of = 0
        self._panned_from = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def channel_at(self, y: float) -> int | None:
        """The channel whose lane is at this height."""
        row = y * self.ratio
        return next((ln.channel for ln in self.picture.lanes if ln.top <= row <= ln.bottom), None)

    @property
    def pointed(self) -> int | None:
        """The channel whose lane, or the name beside it, is under the pointer."""
        return None if self._pointer is None else self.channel_at(self._pointer.y())

    def _point_at(self, pointer: QPointF | None) -> None:
        before = self.pointed
        super()._point_at(pointer)
        if self.pointed != before:
            self.update(QRect(0, 0, self.gutter, self.plot.bottom() + 1))

    def threshold_at(self, at: QPointF) -> int | None:
        """The number of the lane whose threshold line is here and may be moved."""
        if not self.thresholds_movable or self.thresholds is None or at.x() < self.plot.left():
            return None
        for i, lane in enumerate(self.picture.lanes):
            value = self.thresholds[lane.channel]
            row = self.picture.row(i, float(value)) if value == value else -1e9
            if abs(row / self.ratio - at.y()) <= GRAB and lane.top <= row <= lane.bottom:
                return i
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        channel = self.channel_at(at.y())
        if event.button() != Qt.MouseButton.LeftButton:
            return
        caliper, line = self.caliper_near(at.x()), self.threshold_at(at)
        in_plot = self.plot.contains(at.toPoint()) and self.feed is not None
        if in_plot and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            index = self.index_at(at.x())
            self._begin_drag("caliper", at, 1)
            self.measure_between(index, index)
        elif in_plot and caliper is not None:
            self._begin_drag("caliper", at, caliper)
        elif line is not None:
            self._begin_drag("threshold", at, line)
        else:
            if in_plot and self.frozen and self.feed is not None:
                self._begin_drag("time", at, 0)
                self._panned_from = self.head * self.feed.per_column
            if channel is not None:
                self.chosen.emit(channel)

    def _begin_drag(
        self, what: Literal["time", "caliper", "threshold"], at: QPointF, of: int
    ) -> None:
        self._dragged, self._drag_from, self._drag_of = what, at, of

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._dragged and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(at)
            return
        self._dragged = ""
        self._shape_pointer(at)
        self._point_at(at)

    def _drag(self, at: QPointF) -> None:
        if self.feed is None:
            return
        moved = at.x() - self._drag_from.x()
        if self._dragged == "caliper":
            x = min(max(at.x(), float(self.plot.left())), float(self.plot.right()))
            places = list(self._calipers)
            places[self._drag_of] = self.index_at(x)
            self._put_calipers(places, moving=True)
        elif self._dragged == "threshold":
            self.threshold_moved.emit(*self._threshold_dragged(at))
        elif abs(moved) >= DRAG_FROM or self.behind_s:
            per_pixel = self.feed.per_column * self.ratio
            self.look_at(self._panned_from - moved * per_pixel)

    def _threshold_dragged(self, at: QPointF) -> tuple[int, float]:
        i = self._drag_of
        zero, one = self.picture.row(i, 0.0), self.picture.row(i, 1.0)
        value = (at.y() * self.ratio - zero) / (one - zero)
        low = 0.0 if self.options.view.from_zero else -float(self.scales.scale[i])
        return self.picture.lanes[i].channel, min(max(value, low), float(self.scales.scale[i]))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged == "caliper":
            self._measure()
            self.update()
        elif self._dragged == "threshold":
            self.threshold_set.emit(*self._threshold_dragged(event.position()))
        self._dragged = ""

    def _shape_pointer(self, at: QPointF) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self.caliper_near(at.x()) is not None and at.x() >= self.plot.left():
            shape = Qt.CursorShape.SplitHCursor
        elif self.threshold_at(at) is not None:
            shape = Qt.CursorShape.SplitVCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
        if (tip := self.tip_at(at)) != self.toolTip():
            self.setToolTip(tip)

    def tip_at(self, at: QPointF) -> str:
        """What to say about the place under the pointer."""
        return ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        channel = self.channel_at(event.position().y())
        if channel is not None:
            self.solo_wanted.emit(channel)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point_at(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Through time while frozen (amplitude with Shift), else amplitude; Ctrl: time shown."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        direction = 1 if turned < 0 else -1
        keys = event.modifiers()
        if keys & Qt.KeyboardModifier.ControlModifier:
            self.time_stepped.emit(direction)
        elif self.frozen and not keys & Qt.KeyboardModifier.ShiftModifier:
            self.pan(direction * PAN_WHEEL)
        else:
            self.scale_stepped.emit(direction)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        share = PANS.get(Qt.Key(event.key()))
        if share is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        if share > 0 and not self.frozen:
            return
        self.pan(share)

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
        menu.addSeparator()
        words = "Remove the two cursors" if self.measuring else "Measure between two cursors"
        menu.addAction(words, lambda: self.measure(not self.measuring))
        if self.frozen:
            menu.addAction("Back to now", self.back_to_now)
        menu.exec(event.globalPos())
