"""A strip with the whole recording: where one is, and a place to go by a click."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from emgstudio.gui import theme
from emgstudio.gui.plots.review_axis import ReviewPlot, span_text
from emgstudio.gui.plots.review_raster import Look, TraceRaster
from emgstudio.gui.plots.review_spans import Pixels, fill, inks_of, picture, plain
from emgstudio.gui.plots.review_traces import WHEEL_NOTCH, ZOOM_PER_NOTCH
from emgstudio.gui.review.document import REST, Document
from emgstudio.gui.review.labels import LabelColours
from emgstudio.gui.review.view import TimeView

HEIGHT = 52
LABELS_HEIGHT = 7
NO_STRIP: Pixels = np.zeros(0, np.uint32)


class _Loudest:
    """The loudest channel per column, as one symmetric trace."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def columns(self, first: int, stop: int, per_column: float) -> tuple[np.ndarray, np.ndarray]:
        """Columns of one trace."""
        stream = self._document.stream
        end = min(stream.samples, round(stop * per_column))
        lo, hi = stream.min_max(round(first * per_column), end, stop - first)
        seen = ~np.isnan(lo).all(axis=1)
        half = np.full(len(lo), np.nan, np.float32)
        if seen.any():
            middle = np.nanmedian((lo[seen] + hi[seen]) / 2, axis=0)
            span = np.fmax(hi[seen] - middle, middle - lo[seen])
            typical = np.nanquantile(span, 0.98, axis=0)
            half[seen] = np.nanmax(span / np.where(typical > 0, typical, 1), axis=1)
        return -half[:, None], half[:, None]


class Overview(ReviewPlot):
    """Drag or click goes there, the wheel zooms."""

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.document: Document | None = None
        self.ready = False
        self.preparing = 0.0
        self._raster = TraceRaster()
        self._box = QRectF()
        self._labels = NO_STRIP
        self._cursor = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Overview of the whole recording")
        self.setToolTip("Click or drag: go there. Wheel: zoom.")
        theme.theme().changed.connect(self._repaint)

    def sizeHint(self) -> QSize:
        return QSize(600, HEIGHT)

    def show_document(self, document: Document | None, ready: bool) -> None:
        """Show another recording; not ``ready`` while its summary is still being made."""
        self.document, self.ready = document, ready
        self._raster.forget()
        self._labels = NO_STRIP
        self.update()

    def show_moved(self) -> None:
        """Only where the frame around what is visible was and is has to be painted."""
        box = self._window_box()
        for place in (self._box, box):
            self.update(place.adjusted(-2, 0, 2, 0).toAlignedRect())
        self._box = box

    def relabel(self) -> None:
        """Annotations have changed; where they did, if the document tells."""
        document, labels = self.document, self._labels
        touched = document.touched if document is not None else None
        if document is None or touched is None or not len(labels):
            self._labels = NO_STRIP
            self.update(self.gutter, HEIGHT - LABELS_HEIGHT, self.width(), LABELS_HEIGHT)
            return
        for span in touched:
            ends = [(t - self.view.begin) / self.view.duration * len(labels) for t in span]
            first = min(max(0, int(ends[0]) - 1), len(labels))
            stop = max(first, min(len(labels), math.ceil(ends[1]) + 2))
            colour_strip(labels, document, self.view, first, stop)
            x = int(self.plot_rect().x()) + first
            self.update(x, HEIGHT - LABELS_HEIGHT, stop - first, LABELS_HEIGHT)

    def show_choice(self) -> None:
        """The cursor stands elsewhere."""
        before, self._cursor = self._cursor, self.document.cursor if self.document else 0.0
        for time in (before, self._cursor):
            self.update(round(self._x_of_whole(time)) - 2, 0, 5, HEIGHT)

    def _repaint(self) -> None:
        self._labels = NO_STRIP
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        area = self.plot_rect()
        document = self.document
        if document is None:
            painter.end()
            return
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            QRectF(8, 0, self.gutter - 16, HEIGHT),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            span_text(self.view.duration),
        )
        if self.ready:
            self._paint_signal(painter, document, area)
        else:
            text = f"Preparing the overview… {self.preparing * 100:.0f} %"
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        self._paint_labels(painter, document, area)
        self._paint_window(painter, area)
        self.paint_playhead(painter)
        painter.end()

    def _paint_signal(self, painter: QPainter, document: Document, area: QRectF) -> None:
        colours = theme.current()
        ratio = self.devicePixelRatioF()
        columns = max(1, round(area.width() * ratio))
        look = Look(
            size=(columns, round((HEIGHT - LABELS_HEIGHT) * ratio)),
            per_column=document.stream.samples / columns,
            unit_per_row=1.3,
            centres=(0.0,),
            colours=(colours.outline,),
            background=colours.canvas,
            source=document.source.key[:2],
        )
        self._raster.show(_Loudest(document), 0, look)
        self._raster.paint(painter, area.adjusted(0, 0, 0, -LABELS_HEIGHT))

    def _paint_labels(self, painter: QPainter, document: Document, area: QRectF) -> None:
        width = max(1, int(area.width()))
        if len(self._labels) != width:
            self._labels = np.zeros(width, np.uint32)
            colour_strip(self._labels, document, self.view, 0, width)
        place = QRectF(area.x(), HEIGHT - LABELS_HEIGHT, width, LABELS_HEIGHT)
        painter.drawImage(place, picture(self._labels[None]))

    def _window_box(self) -> QRectF:
        x0, x1 = self._x_of_whole(self.view.start), self._x_of_whole(self.view.stop)
        return QRectF(x0, 0.5, max(3.0, x1 - x0), HEIGHT - 1)

    def _paint_window(self, painter: QPainter, area: QRectF) -> None:
        colours = theme.current()
        box = self._box = self._window_box()
        shade = colours.tint("background", 0.55)
        painter.fillRect(QRectF(area.x(), 0, box.left() - area.x(), HEIGHT), shade)
        painter.fillRect(QRectF(box.right(), 0, area.right() - box.right(), HEIGHT), shade)
        painter.setPen(QPen(QColor(colours.accent), 1.5))
        painter.drawRect(box)
        cursor = self._x_of_whole(self.document.cursor if self.document else 0.0)
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(cursor, 0), QPointF(cursor, HEIGHT))

    def place_of(self, time: float) -> float:
        """In the whole recording, not in what the other plots show."""
        return self._x_of_whole(time)

    def _x_of_whole(self, time: float) -> float:
        share = (time - self.view.begin) / self.view.duration
        return self.gutter + share * self.plot_rect().width()

    def _time_of_whole(self, x: float) -> float:
        share = (x - self.gutter) / self.plot_rect().width()
        return self.view.begin + share * self.view.duration

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.document is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.view.centre(self._time_of_whole(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.view.zoom(ZOOM_PER_NOTCH ** (-event.angleDelta().y() / WHEEL_NOTCH))
        event.accept()


def colour_strip(strip: Pixels, document: Document, view: TimeView, first: int, stop: int) -> None:
    """Colour the pixels ``[first, stop)`` of ``strip``, which is the whole recording, by labels."""
    inks = LabelColours(document)
    part = strip[first:stop]
    part[:] = QColor(theme.current().surface).rgb()
    pixel = view.duration / len(strip)
    for name in document.tracks:
        track = document.index.tracks.get(name)
        if track is None:
            continue
        items = track.within(view.begin + (first - 2) * pixel, view.begin + (stop + 2) * pixel)
        items = items.take(~items.having("label", REST))
        begin = np.clip((items.starts - view.begin) / pixel, 0, len(strip) - 1).astype(np.int64)
        end = np.round((items.stops - view.begin) / pixel).astype(np.int64)
        (ink,) = inks_of(items, inks, plain)
        fill(part, begin - first, np.maximum(end, begin + 1) - first, ink)
