"""One lane per track of annotations; a single widget paints all of them and lets one edit them.

Hundreds of region items of their own took seconds to build; painting the visible
ones takes milliseconds however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from emgstudio.core.types import Annotation
from emgstudio.gui import theme
from emgstudio.gui.plots.review_axis import ReviewPlot
from emgstudio.gui.plots.review_lane_paint import (
    BEFORE_TEXT_PX,
    EVENT_TEXT_PX,
    TEXT_FROM_PX,
    Captions,
    LanePainter,
    caption,
)
from emgstudio.gui.plots.review_traces import (
    DRAG_PX,
    PAN_PER_NOTCH,
    WHEEL_NOTCH,
    ZOOM_PER_NOTCH,
)
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import with_edge_at
from emgstudio.gui.review.labels import LabelColours
from emgstudio.gui.review.view import TimeView

LANE = 30
HANDLE_PX = 6
FRAME_PX = 8
MOST_LANES = 8
AROUND_PX = EVENT_TEXT_PX + BEFORE_TEXT_PX + 4
"""So far from a moment its words reach; those of the one before make way for it."""


@dataclass
class _Drag:
    """What the mouse is doing: ``kind`` is new, move, first or last (edge)."""

    kind: str
    track: str
    grabbed: float
    item: Annotation | None
    moved: bool = False


class LaneView(ReviewPlot):
    """Drag on free ground makes an annotation, on one moves it, at its edges resizes it.

    Only the selected annotation has edges to hold. ``edit_wanted`` follows a double click,
    ``drag_began`` the first movement of a drag. ``snap`` puts an edge where it catches on
    something, given its time and the id of what it belongs to.
    """

    slides = True

    edit_wanted = Signal()
    drag_began = Signal()

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.document: Document | None = None
        self._drag: _Drag | None = None
        self._shown: Annotation | None = None
        self.snap: Callable[[float, str], float] | None = None
        self._captions: Captions = {}
        self._painted: tuple[object, ...] = ()
        self._marked: tuple[tuple[float, float], ...] = ()
        self._crowded: dict[str, bool] = {}
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Annotations by track")
        self.lane = LANE
        self.fit_text()

    def sizeHint(self) -> QSize:
        return QSize(600, self.height())

    def fit_text(self) -> None:
        """Lanes are high enough for their words."""
        self.lane = max(LANE, self.fontMetrics().height() + 12)
        self._captions.clear()
        self.refresh()

    def show_document(self, document: Document | None) -> None:
        """Show another recording."""
        self.document, self._drag, self._shown = document, None, None
        self._captions.clear()
        self.refresh()

    def refresh(self) -> None:
        """Annotations or tracks have changed."""
        document = self.document
        tracks = document.tracks if document is not None else ("",)
        self.setFixedHeight(self.lane * min(max(1, len(tracks)), MOST_LANES))
        painted = (tracks, document.choice.labels) if document is not None else ()
        touched = document.touched if document is not None else None
        if touched is None or painted != self._painted or self._now_crowded():
            self.update()
        else:
            self._update_spans(touched)
        self._painted, self._marked = painted, self._marks()

    def show_choice(self) -> None:
        """Another annotation is selected, or the cursor stands elsewhere."""
        before, self._marked = self._marked, self._marks()
        self._update_spans((*before, *self._marked))

    def show_moved(self) -> None:
        if self._now_crowded():
            self.update()
        super().show_moved()

    def resting(self, by: int) -> list[QRect]:
        """The words of annotations that begin left of what is seen."""
        document, area = self.document, self.plot_rect()
        if document is None:
            return []
        view, words = self.view, self.fontMetrics()
        pixel = view.span / area.width()
        rects = []
        for i, name in enumerate(document.tracks[:MOST_LANES]):
            track = document.index.tracks.get(name)
            if track is None:
                continue
            wide = 0.0
            here = track.within(*sorted((view.time(-by), view.start)))
            for item in here.take(here.stops - here.starts >= TEXT_FROM_PX * pixel):
                name_px = words.horizontalAdvance(caption(item)) + 2 * FRAME_PX
                wide = max(wide, min(name_px, item.duration / pixel))
            if wide:
                reach = math.ceil(wide + abs(by))
                rects.append(QRect(int(area.x()), i * self.lane, reach, self.lane))
        return rects

    def _marks(self) -> tuple[tuple[float, float], ...]:
        """Where the cursor and the selected annotation are."""
        document = self.document
        if document is None:
            return ()
        held, at = document.selected, (document.cursor, document.cursor)
        return (at, (held.start, held.stop)) if held is not None else (at,)

    def _update_spans(self, spans: Iterable[tuple[float, float]]) -> None:
        """Paint these stretches of time anew, with the words that hang on them or make way."""
        for start, stop in spans:
            x0, x1 = self.x_of(start), self.x_of(stop)
            left = max(x0 - AROUND_PX, 0.0)
            if left < self.width() and x1 > -AROUND_PX:
                right = min(x1 + AROUND_PX, float(self.width()))
                self.update(int(left), 0, math.ceil(right - left) + 1, self.height())

    def _now_crowded(self) -> bool:
        """Whether lanes are so full that not every annotation has a pixel; True if that is new."""
        before = self._crowded
        view, pixel = self.view, self.view.span / self.plot_rect().width()
        tracks = self.document.index.tracks if self.document is not None else {}
        self._crowded = {
            name: track.crowded(view.start, view.stop, pixel) for name, track in tracks.items()
        }
        return any(before.get(name) != full for name, full in self._crowded.items())

    def track_at(self, y: float) -> str:
        """The track whose lane is at ``y``."""
        tracks = self.document.tracks if self.document else ()
        return tracks[min(int(max(y, 0) // self.lane), len(tracks) - 1)] if tracks else ""

    def annotation_at(self, x: float, y: float) -> Annotation | None:
        """The annotation under a point, the shortest where several lie."""
        document = self.document
        track = document.index.tracks.get(self.track_at(y)) if document else None
        if track is None:
            return None
        reach = self.time_at(x + DRAG_PX) - self.time_at(x)
        here = self.time_at(x)
        near = track.within(here - reach, here + reach)
        return min(near, key=lambda a: a.duration, default=None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # What came into sight and words at the other edge are far apart, with much between.
        for part in cast("Iterable[QRect]", event.region()):
            self._paint_part(painter, QRectF(part))
        painter.end()

    def _paint_part(self, painter: QPainter, part: QRectF) -> None:
        painter.setClipRect(part)
        painter.fillRect(part, QColor(theme.current().surface))
        document = self.document
        if document is None:
            return
        area = self.plot_rect() & part
        lane = self._lane_painter(painter, document, area)
        for i, name in enumerate(document.tracks[:MOST_LANES]):
            y = i * self.lane
            if y + self.lane <= part.top() or y >= part.bottom():
                continue
            painter.setClipRect(part)
            self._paint_ground(painter, name, y, named=part.left() < self.gutter)
            painter.setClipRect(area & QRectF(part.x(), y, part.width(), self.lane))
            self._paint_lane(lane, document, name, y)
        painter.setClipRect(area)
        self._paint_cursor(painter, document)

    def _lane_painter(self, painter: QPainter, document: Document, exposed: QRectF) -> LanePainter:
        inks = LabelColours(document)
        return LanePainter(painter, inks, self.view, self.plot_rect(), exposed, self._captions)

    def _paint_ground(self, painter: QPainter, name: str, y: int, *, named: bool) -> None:
        colours = theme.current()
        area = self.plot_rect()
        painter.fillRect(QRectF(area.x(), y, area.width(), self.lane), QColor(colours.canvas))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(0, y + 0.5), QPointF(self.width(), y + 0.5))
        if named:
            self._paint_name(painter, name, y)

    def _paint_name(self, painter: QPainter, name: str, y: int) -> None:
        colours = theme.current()
        active = self.document is not None and name == self.document.track
        if active:
            painter.fillRect(QRectF(0, y + 1, 3, self.lane - 1), QColor(colours.accent))
        font = QFont(self.font())
        font.setBold(active)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if active else colours.muted))
        locked = self.document is not None and self.document.is_locked(name)
        words = f"{name} (locked)" if locked else name
        text = painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, self.gutter - 16
        )
        box = QRectF(8, y, self.gutter - 12, self.lane)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self.font())

    def _paint_lane(self, lane: LanePainter, document: Document, name: str, y: int) -> None:
        track = document.index.tracks.get(name)
        shown, selected = self._shown, document.selected
        held = shown if shown is not None else selected
        if track is not None:
            pixel = self.view.span / lane.area.width()
            begin, end = (self.time_at(x) for x in lane.reach)
            found = track.places(begin, end, pixel, crowded=self._crowded.get(name, False))
            # Only the words of a moment reach further than itself.
            stops = track.stops[found]
            found = found[(stops >= self.time_at(lane.left)) | (stops <= track.starts[found])]
            known = track.items.stock.known
            apart = [known(a.id) for a in (shown, selected) if a is not None]
            found = found[~np.isin(track.items.ids[found], apart)]
            following = np.full(len(found), np.inf)
            more = found + 1 < len(track.starts)
            following[more] = track.starts[found[more] + 1]
            lane.paint_all(track.items.take(found), following, y, self.lane)
        if held is not None and held.track == name:
            lane.paint_selected(held, y, self.lane)

    def _paint_cursor(self, painter: QPainter, document: Document) -> None:
        painter.setPen(QPen(QColor(theme.current().text), 1, Qt.PenStyle.DashLine))
        x = self.x_of(document.cursor)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        document = self.document
        if document is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        track = self.track_at(at.y())
        if track != document.track:
            document.use_track(track)
        if at.x() < self.gutter:
            return
        held = document.selected
        edge = self._edge_at(held, at) if held else ""
        item = held if edge else self.annotation_at(at.x(), at.y())
        self._drag = _Drag(edge or ("move" if item else "new"), track, self.time_at(at.x()), item)
        if item is not None and item.id != document.selected_id:
            document.select(item.id)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        drag, document = self._drag, self.document
        if document is None:
            return
        at = event.position()
        if drag is None:
            self._show_cursor_shape(document, at)
            return
        if not drag.moved and abs(self.x_of(drag.grabbed) - at.x()) < DRAG_PX:
            return
        if document.is_locked(drag.track):
            why = document.why_locked or f"Track {drag.track} is locked"
            document.said.emit(why)
            self._drag = None
            return
        if not drag.moved:
            self.drag_began.emit()
        drag.moved = True
        self._shown = self._dragged(document, drag, self.time_at(at.x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, shown, document = self._drag, self._shown, self.document
        self._drag = self._shown = None
        if drag is None or document is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if not drag.moved:
            if drag.item is None:
                document.put_cursor(self.view.snap(drag.grabbed))
        elif drag.kind == "new" and shown is not None:
            document.add(shown.start, shown.stop, track=drag.track)
        elif shown is not None:
            what = "Moved" if drag.kind == "move" else "Resized"
            document.change(shown, f"{what} {shown.label}")
            document.select(shown.id)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.annotation_at(event.position().x(), event.position().y()) is not None:
            self.edit_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._drag = self._shown = None
            self.update()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = (event.angleDelta().y() or event.angleDelta().x()) / WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.view.zoom(ZOOM_PER_NOTCH**-notches, self.time_at(event.position().x()))
        else:
            self.view.pan(-PAN_PER_NOTCH * notches)
        event.accept()

    def _dragged(self, document: Document, drag: _Drag, time: float) -> Annotation:
        snap = self._caught
        if drag.item is None:
            first, last = sorted((snap(drag.grabbed), snap(time)))
            if document.choice.is_point(document.label):
                first = last = snap(time)
            return Annotation(first, last, document.label, track=drag.track, id="new")
        if drag.kind == "move":
            length = drag.item.duration
            start = drag.item.start + time - drag.grabbed
            start = snap(min(max(start, self.view.begin), self.view.end - length), drag.item.id)
            return drag.item.moved(start, start + length)
        return with_edge_at(drag.item, snap(time, drag.item.id), first=drag.kind == "first")

    def _caught(self, time: float, id: str = "") -> float:
        """On a sample, and on an edge that is near."""
        time = self.snap(time, id) if self.snap is not None else time
        return self.view.snap(time)

    def _edge_at(self, item: Annotation, at: QPointF) -> str:
        if self.track_at(at.y()) != item.track or item.is_event:
            return ""
        x0, x1 = self.x_of(item.start), self.x_of(item.stop)
        if abs(at.x() - x1) <= HANDLE_PX:
            return "last"
        return "first" if abs(at.x() - x0) <= HANDLE_PX else ""

    def _show_cursor_shape(self, document: Document, at: QPointF) -> None:
        held = document.selected
        if held is not None and self._edge_at(held, at):
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif self.annotation_at(at.x(), at.y()) is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(Qt.CursorShape.ArrowCursor)
