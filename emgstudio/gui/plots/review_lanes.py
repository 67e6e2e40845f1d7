"""One lane per track of annotations; a single widget paints all of them and lets one edit them.

Hundreds of region items of their own took seconds to build; painting the visible
ones takes milliseconds however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from emgstudio.core.types import Annotation, Source
from emgstudio.gui import theme
from emgstudio.gui.plots.review_axis import ReviewPlot, gutter
from emgstudio.gui.plots.review_traces import (
    DRAG_PX,
    PAN_PER_NOTCH,
    WHEEL_NOTCH,
    ZOOM_PER_NOTCH,
)
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import with_edge_at
from emgstudio.gui.review.labels import label_colour
from emgstudio.gui.review.view import TimeView

LANE = 30
TEXT_FROM_PX = 26
HANDLE_PX = 6
MOST_LANES = 8


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

    Only the selected annotation has edges to hold. ``edit_wanted`` follows a double click.
    """

    edit_wanted = Signal()

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.document: Document | None = None
        self._drag: _Drag | None = None
        self._shown: Annotation | None = None
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
        self.refresh()

    def show_document(self, document: Document | None) -> None:
        """Show another recording."""
        self.document, self._drag, self._shown = document, None, None
        self.refresh()

    def refresh(self) -> None:
        """Annotations or tracks have changed."""
        lanes = len(self.document.tracks) if self.document else 1
        self.setFixedHeight(self.lane * min(max(1, lanes), MOST_LANES))
        self.update()

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

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        document = self.document
        if document is not None:
            for i, name in enumerate(document.tracks[:MOST_LANES]):
                self._paint_lane(painter, document, name, i * self.lane)
            self._paint_cursor(painter, document)
        painter.end()

    def _paint_lane(self, painter: QPainter, document: Document, name: str, y: int) -> None:
        colours = theme.current()
        active = name == document.track
        area = self.plot_rect()
        painter.setClipping(False)
        painter.fillRect(QRectF(area.x(), y, area.width(), self.lane), QColor(colours.canvas))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(0, y + 0.5), QPointF(self.width(), y + 0.5))
        if active:
            painter.fillRect(QRectF(0, y + 1, 3, self.lane - 1), QColor(colours.accent))
        font = painter.font()
        font.setBold(active)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if active else colours.muted))
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, gutter() - 16)
        painter.drawText(
            QRectF(8, y, gutter() - 12, self.lane), Qt.AlignmentFlag.AlignVCenter, text
        )
        font.setBold(False)
        painter.setFont(font)
        painter.setClipRect(QRectF(area.x(), y, area.width(), self.lane))
        track = document.index.tracks.get(name)
        shown = self._shown
        covered = -1.0
        for item in track.within(self.view.start, self.view.stop) if track else ():
            if shown is not None and item.id == shown.id:
                continue
            # Further ones that end within the same pixel would not be seen.
            last = self.x_of(item.stop)
            if last - covered < 0.5 and item.id != document.selected_id:
                continue
            covered = max(covered, last)
            self._paint_item(painter, document, item, y)
        if shown is not None and shown.track == name:
            self._paint_item(painter, document, shown, y, held=True)

    def _paint_item(
        self,
        painter: QPainter,
        document: Document,
        item: Annotation,
        y: int,
        *,
        held: bool = False,
    ) -> None:
        colours = theme.current()
        colour = label_colour(document, item.label)
        x0, x1 = self.x_of(item.start), self.x_of(item.stop)
        selected = held or item.id == document.selected_id
        if item.is_event:
            self._paint_event(painter, item, x0, y, colour, selected)
            return
        box = QRectF(x0, y + 4, max(1.0, x1 - x0), self.lane - 7)
        fill = QColor(colour)
        fill.setAlphaF(0.55 if selected else 0.30)
        painter.fillRect(box, fill)
        if box.width() >= 4:
            pen = QPen(QColor(colours.text) if selected else colour, 1.6 if selected else 1)
            if item.source == Source.MODEL and not item.reviewed:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if selected:
            for x in (box.left(), box.right()):
                handle = QRectF(x - 2.5, box.top() + 3, 5, box.height() - 6)
                painter.fillRect(handle, QColor(colours.text))
        if box.width() >= TEXT_FROM_PX:
            visible = box.intersected(self.plot_rect()).adjusted(7, 0, -5, 0)
            text = f"{item.label} {item.repetition}" if item.repetition else item.label
            text = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, max(0, int(visible.width()))
            )
            painter.setPen(QColor(colours.text))
            painter.drawText(visible, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_event(
        self,
        painter: QPainter,
        item: Annotation,
        x: float,
        y: int,
        colour: QColor,
        selected: bool,
    ) -> None:
        ink = QColor(theme.current().text) if selected else colour
        painter.setPen(QPen(ink, 2.4 if selected else 1.4))
        painter.drawLine(QPointF(x, y + 3), QPointF(x, y + self.lane - 2))
        painter.setBrush(ink)
        flag = [QPointF(x, y + 4), QPointF(x + 8, y + 8), QPointF(x, y + 12)]
        painter.drawPolygon(flag)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(theme.current().text))
        painter.drawText(
            QRectF(x + 11, y, 120, self.lane), Qt.AlignmentFlag.AlignVCenter, item.label
        )

    def _paint_cursor(self, painter: QPainter, document: Document) -> None:
        painter.setClipRect(self.plot_rect())
        painter.setPen(QPen(QColor(theme.current().text), 1, Qt.PenStyle.DashLine))
        x = self.x_of(document.cursor)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        document = self.document
        if document is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        track = self.track_at(at.y())
        document.track = track
        if at.x() < gutter():
            self.refresh()
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
        if document.locked:
            document.said.emit(document.why_locked)
            self._drag = None
            return
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
        snap = self.view.snap
        if drag.item is None:
            first, last = sorted((snap(drag.grabbed), snap(time)))
            return Annotation(first, last, document.label, track=drag.track, id="new")
        if drag.kind == "move":
            length = drag.item.duration
            start = drag.item.start + time - drag.grabbed
            start = snap(min(max(start, self.view.begin), self.view.end - length))
            return drag.item.moved(start, start + length)
        return with_edge_at(drag.item, snap(time), first=drag.kind == "first")

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
