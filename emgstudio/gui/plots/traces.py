"""Live traces of all channels of a stream, with names, scales, marks and cursors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.axes import (
    Heading,
    LaneLabel,
    paint_gutter,
    paint_headings,
    paint_moving_axis,
    paint_pointed,
    paint_time_axis,
    smaller,
    sweep_ticks,
    tick_seconds,
)
from emgstudio.gui.plots.export import save_widget
from emgstudio.gui.plots.feed import Streaming, View
from emgstudio.gui.plots.marks import (
    DecisionSpan,
    TraceMark,
    demo_tag,
    paint_caliper,
    paint_cursor,
    paint_decision,
    paint_demo_tag,
    paint_head,
    paint_mark,
    paint_note,
)
from emgstudio.gui.plots.threshold_words import paint_thresholds, reaches
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.trace_pointer import TracePointer
from emgstudio.gui.plots.trace_vector import is_vector, paint_lines
from emgstudio.gui.theme import Palette

BAND_ROOM = 6
FLAG_ROOM = 160
GutterWords = tuple[list[LaneLabel], list[Heading], QRect, Palette, bool, QFont, float]


class TraceCanvas(TracePointer):
    """Traces one below the other. Call ``advance`` once per frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[TraceMark, ...] = ()
        self._decisions: tuple[DecisionSpan, ...] = ()
        self._lamps: dict[int, tuple[str, str]] = {}
        self._captioned = False
        self._gutter_says: GutterWords | None = None
        self._gutter_kept = QPixmap()
        self.setMinimumSize(320, 120)
        self._speak()

    def show_stream(self, stream: Streaming | None) -> None:
        self._marks, self._decisions, self._lamps = (), (), {}
        self.band = 0
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

    def show_decisions(self, spans: Sequence[DecisionSpan] | None) -> None:
        """What the decoder said when, as a band along the top; None for no band."""
        before, self._decisions = self._decisions, tuple(spans or ())
        band = 0 if spans is None else self._small_height() + BAND_ROOM
        if band != self.band:
            self.band = band
            self.relayout()
        elif self._decisions != before:
            same = 0
            for old, new in zip(before, self._decisions, strict=False):
                if old != new:
                    break
                same += 1
            changed = (*before[same:], *self._decisions[same:])
            begin = min(span.start for span in changed)
            end = max(span.stop for span in changed)
            for left, right in self.pieces(begin, end):
                self.update(QRect(int(left) - 1, 0, math.ceil(right - left) + 3, self.band))

    def show_lamps(self, lamps: Mapping[int, tuple[str, str]]) -> None:
        """A shape beside the name per channel: its level ("good", "check", "stop") and a word."""
        if dict(lamps) != self._lamps:
            self._lamps = dict(lamps)
            self.update(QRect(0, 0, self.gutter, self.plot.bottom() + 1))
            self._speak()

    def export(self, path: Path, title: str = "") -> None:
        """What is shown as .png (the screen's pixels), .svg or .pdf (lines and words).

        Raises EmgError where it cannot be written.
        """
        self._captioned = True
        try:
            save_widget(self, path, title)
        finally:
            self._captioned = False

    def paint_on(self, painter: QPainter) -> None:
        """The same on any painter, in this widget's logical pixels from (0, 0) on."""
        self.render(painter, QPoint(0, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette_on
        painter = QPainter(self)
        exposed = event.rect()
        if not self.plot.contains(exposed):
            self.paint_frame(painter, exposed, palette)
        if self.feed is None:
            painter.fillRect(self.plot, QColor(palette.canvas))
            return
        area = self.picture_area
        exposed = self.clip_to_picture(painter, exposed)
        # A page is always painted as a whole; asking costs a twentieth of a frame.
        vector = exposed.width() == self.plot.width() and is_vector(painter)
        if vector:
            span = self.shown_span()
            x = np.array([self.x_of(column) for column in range(span.first, span.stop)])
            paint_lines(painter, self.picture, span, x, area, self.ratio)
        else:
            self.paint_picture(painter, event.region())
        self.paint_overlays(painter, exposed, area)
        if vector or self._captioned:
            self._paint_caption(painter, area)
        elif not self.scrolling and not self.frozen:
            paint_head(painter, self.x_of(self.head), area, palette)
        if self._cursor_shown is not None:
            painter.setFont(self.font())
            paint_cursor(painter, self._cursor_shown, area, palette)

    def resting(self) -> list[QRect] | None:
        if self._calipers or self._cursor_shown is not None or self.feed is None:
            return None
        plot = self.plot
        found = [QRect(plot.left(), plot.top(), plot.width(), self.band)] if self.band else []
        if self.simulated:
            tag = demo_tag(self.picture_area, smaller(self.font()))
            found.append(tag.toAlignedRect().adjusted(-1, -1, 1, 1))
        # The name of a label that has begun before stands at the left edge until it is over.
        per_column, edge = self.feed.per_column, self.first_shown * self.feed.per_column
        leaving = FLAG_ROOM * self.ratio * per_column
        begun = any(mark.start < edge <= mark.stop + leaving for mark in self._marks)
        if begun or self.thresholds is not None:
            found.append(QRect(plot.left(), plot.top(), FLAG_ROOM, plot.height()))
        return found

    def paint_overlays(self, painter: QPainter, exposed: QRect, area: QRectF) -> None:
        """Everything that lies over the traces and belongs to the signal."""
        palette = self.palette_on
        lines = self.thresholds is not None
        if not (self._marks or self.simulated or self._decisions or self._calipers or lines):
            return
        painter.setFont(smaller(self.font()))
        for span in self._decisions:
            self._paint_decision(painter, span, exposed)
        if self.thresholds is not None and reaches(area, exposed):
            paint_thresholds(painter, self, self.thresholds, self._unit, area.left())
        for mark in self._marks:
            self._paint_mark(painter, mark, exposed, area)
        if self.simulated:
            tag = demo_tag(area, painter.font())
            if tag.intersects(QRectF(exposed)):
                paint_demo_tag(painter, tag, palette)
        if self._calipers:
            self._paint_calipers(painter, area)

    def _paint_caption(self, painter: QPainter, area: QRectF) -> None:
        """What a picture must say that is seen without the window around it."""
        assert self._stream is not None
        info, view = self._stream.info, self.options.view
        words = [info.device, view.label, "" if view is View.RAW else self.note]
        words += [f"{info.rate:g} Hz", "simulated" if info.simulated else ""]
        painter.setFont(smaller(self.font()))
        painter.setPen(QColor(self.palette_on.muted))
        place = area.adjusted(6, self.band + 2, -6, 0)
        top = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(place, top, " · ".join(filter(None, words)))

    @property
    def simulated(self) -> bool:
        return self._stream is not None and self._stream.info.simulated

    def _unit(self, channel: int) -> str:
        assert self._stream is not None
        return self.options.view.unit(self._stream.info.channels[channel].unit)

    def _paint_decision(self, painter: QPainter, span: DecisionSpan, exposed: QRect) -> None:
        pieces = list(self.pieces(span.start, span.stop))
        widest = max((right - left for left, right in pieces), default=0.0)
        for left, right in pieces:
            box = QRectF(left, self.plot.top(), right - left, self.band - 1)
            if box.intersects(QRectF(exposed)):
                named = right - left == widest
                paint_decision(painter, span, box, self.palette_on, named=named)

    def _paint_mark(self, painter: QPainter, mark: TraceMark, exposed: QRect, area: QRectF) -> None:
        assert self.feed is not None
        begin = mark.start / self.feed.per_column
        if mark.start == mark.stop:
            # Its flag leaves a scrolling picture after the line does.
            oldest = self.first_shown - (FLAG_ROOM * self.ratio if self.scrolling else 0)
            there = oldest <= begin < self.head
            places: list[tuple[float, float | None]] = [(self.x_of(begin), None)] if there else []
        else:
            places = list(self.pieces(mark.start, mark.stop))
        for number, place in enumerate(places):
            # A flag is at most 160 wide; what does not reach into the exposed part costs nothing.
            end = max(place[1] or 0.0, place[0] + FLAG_ROOM)
            if place[0] > exposed.right() + 2 or end < exposed.left():
                continue
            for part in self._lanes_of(mark, area):
                paint_mark(painter, mark, part, place, self.palette_on, named=number == 0)

    def _lanes_of(self, mark: TraceMark, area: QRectF) -> list[QRectF]:
        """The whole picture below the band, or the lanes that a mark is about."""
        if mark.channels is None:
            return [area.adjusted(0, self.band, 0, 0)]
        return [
            QRectF(area.left(), ln.top / self.ratio, area.width(), ln.height / self.ratio)
            for ln in self.picture.lanes
            if ln.channel in mark.channels
        ]

    def _paint_calipers(self, painter: QPainter, area: QRectF) -> None:
        palette = self.palette_on
        low, high = sorted(self._calipers)
        for left, right in self.pieces(low, high):
            tint = palette.tint("accent", 0.10)
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), tint)
        order = sorted(range(2), key=lambda i: self._calipers[i])
        for i, x in self.calipers_shown():
            paint_caliper(painter, x, "AB"[order.index(i)], area, palette)
        if text := self.caliper_text():
            paint_note(painter, text, area.adjusted(0, self.band, 0, 0), palette)

    def paint_frame(self, painter: QPainter, exposed: QRect, palette: Palette) -> None:
        """Names, scales and the time axis around the picture."""
        plot, canvas = self.plot, QColor(palette.canvas)
        if exposed.right() > plot.right():
            # A fractional scale leaves a sliver between the last column and the edge.
            rest = QRect(plot.right(), 0, self.width() - plot.right(), self.height())
            painter.fillRect(rest, canvas)
        if exposed.bottom() >= plot.bottom() - 1:
            # And one between the last row and the axis.
            painter.fillRect(plot.adjusted(0, plot.height() - 2, 0, 0), canvas)
        gutter = QRect(0, 0, self.gutter, plot.height())
        if exposed.intersects(gutter):
            self._paint_gutter(painter, gutter, palette)
        if exposed.intersects(self.axis_area):
            self._paint_axis(painter, exposed, palette)
        corner = QRect(0, plot.bottom() + 1, self.gutter, self.footer)
        if exposed.intersects(corner):
            painter.fillRect(corner, canvas)
            painter.setFont(smaller(self.font()))
            painter.setPen(QColor(palette.muted))
            painter.drawText(
                corner.adjusted(12, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, self._scale_text()
            )

    def _paint_gutter(self, painter: QPainter, area: QRect, palette: Palette) -> None:
        """Kept as a picture while it says the same: hundreds of names cost more than traces."""
        floor = self.options.view.from_zero
        says = (self._labels(), self._headings(), area, palette, floor, self.font(), self.ratio)
        if is_vector(painter):
            self._write_gutter(painter, says)
            return
        if says != self._gutter_says:
            kept = QPixmap(area.size() * self.ratio)
            kept.setDevicePixelRatio(self.ratio)
            inside = QPainter(kept)
            self._write_gutter(inside, says)
            inside.end()
            self._gutter_says, self._gutter_kept = says, kept
        painter.drawPixmap(area.topLeft(), self._gutter_kept)
        if self.pointed in self.lanes_shown and not self._captioned:
            lane = self.lanes_shown.index(self.pointed)
            paint_pointed(painter, area, says[0], lane, palette, self.font())

    def _write_gutter(self, painter: QPainter, says: GutterWords) -> None:
        labels, headings, area, palette, floor, font, _ratio = says
        paint_gutter(painter, area, labels, palette, font, floor=floor)
        paint_headings(painter, headings, area, palette, font)

    def _paint_axis(self, painter: QPainter, exposed: QRect, palette: Palette) -> None:
        seconds, area = self.options.seconds, self.axis_area
        if not self.scrolling or self.feed is None:
            fixed = sweep_ticks(self.plot, seconds)
            paint_time_axis(painter, area, fixed, palette, self.font())
            return
        every = tick_seconds(seconds)
        ticks, inside = self.moving_ticks(every), exposed & self.sliding_area
        paint_moving_axis(painter, area, inside, ticks, every, palette, self.font())

    def _labels(self) -> list[LaneLabel]:
        if self._stream is None:
            return []
        channels, view = self._stream.info.channels, self.options.view
        # Thin lanes have no room for it, and there may be hundreds.
        roomy = (self.picture.lanes or (None,))[0]
        words = roomy is not None and roomy.height / self.ratio > 1.5 * self._small_height()
        colours = [QColor.fromRgb(lane.colour) for lane in self.picture.lanes]
        return [
            LaneLabel(
                channels[lane.channel].name,
                self.lane_detail(lane.channel)
                or self._reach(lane.channel, scale, view.unit(channels[lane.channel].unit))
                if words
                else "",
                colour.name(),
                lane.top / self.ratio,
                (lane.bottom + 1) / self.ratio,
                selected=lane.channel == self.options.selected,
                focused=lane.channel == self.options.selected and self.hasFocus(),
                lamp=self._lamps.get(lane.channel, ("", ""))[0],
            )
            for lane, scale, colour in zip(
                self.picture.lanes, self.scales.scale.tolist(), colours, strict=True
            )
        ]

    def _headings(self) -> list[Heading]:
        """Names of groups where there is room for them above their first lane."""
        lanes, made = self.picture.lanes, []
        for at, name in self.options.headings(self._count):
            above = lanes[at - 1].bottom + 1 if at else round(self.band * self.ratio)
            if lanes[at].top > above:
                colour = self.options.colour(lanes[at].channel, self.palette_on)
                height = (lanes[at].top - above) / self.ratio
                made.append(Heading(name, colour, above / self.ratio, height))
        return made

    def _reach(self, channel: int, scale: float, unit: str) -> str:
        if self.options.view is View.PERCENT and not self.has_reference(channel):
            return "no reference"
        return ("0–" if self.options.view.from_zero else "±") + amount(scale, unit)

    def _scale_text(self) -> str:
        """The scale of all lanes, which stays readable when the lanes are thin."""
        if self._stream is None or not self.picture.lanes:
            return ""
        scales = self.scales.scale
        units = {self._stream.info.channels[c].unit for c in self.lanes_shown}
        if scales.min() != scales.max() or len(units) > 1:
            return "own scales"
        first = self.picture.lanes[0].channel
        unit = self.options.view.unit(self._stream.info.channels[first].unit)
        return f"lane {self._reach(first, float(scales[0]), unit)}"

    def tip_at(self, at: QPointF) -> str:
        """Over the gutter: the whole name, the site and what the lamp says."""
        channel = self.channel_at(at.y())
        if channel is None or self._stream is None or at.x() >= self.gutter:
            return ""
        found = self._stream.info.channels[channel]
        return "\n".join(
            filter(None, [found.name, found.site, self._lamps.get(channel, ("", ""))[1]])
        )

    def _small_height(self) -> int:
        return QFontMetrics(smaller(self.font())).height()

    def _speak(self) -> None:
        """What a screen reader says about the picture."""
        if self._stream is None:
            self.setAccessibleName("Live EMG, no device")
            return
        names = [self._stream.info.channels[c].name for c in self.lanes_shown]
        text = f"Live EMG, {self.options.view.label}, {len(names)} channels: {', '.join(names)}"
        bad = [
            f"{self._stream.info.channels[c].name}: {word}"
            for c, (level, word) in sorted(self._lamps.items())
            if level != "good" and c < self._count
        ]
        self.setAccessibleName("; ".join([text, *bad]))
