"""A widget whose picture is a ring of pixel columns, shown as a sweep or scrolling.

Only the columns that are new are painted into the picture and only the rectangle
around them is shown anew; the picture has the screen's own pixels (HiDPI).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import as_strided
from PySide6.QtCore import QEvent, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from emgstudio.gui.plots.raster import Pixels, blank, columns_of
from emgstudio.gui.theme import Palette, current, theme

ERASED_AHEAD = 12
NARROWEST_GUTTER, WIDEST_GUTTER = 120, 208
# Keeps the plot's edge on a whole pixel at 125, 150 and 175 % scale.
GUTTER_STEP = 4
MARGIN_RIGHT = 8


class ColumnCanvas(QWidget):
    """What the traces and the spectrogram strip have in common: area, ring image, sweep.

    ``head`` is the column after the newest one; column k lies at x = k mod width
    of the image. ``footer`` is the height below the plot, for a time axis. ``dirty`` is
    what the last frame asked to be painted.
    """

    gutter_changed = Signal(int)

    def __init__(self, footer: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.footer = footer
        self.gutter = NARROWEST_GUTTER
        self.ratio = 1.0
        self.plot = QRect(self.gutter, 0, 8, 8)
        self.scrolling = False
        self.head = 0
        self.painted = 0
        self.dirty: list[QRect] = []
        self.palette_on = current()
        theme().changed.connect(self.use_palette)
        self._pixels = blank(1, 1)
        self._image = QImage()

    @property
    def erased_ahead(self) -> int:
        """How many columns ahead of the head are empty."""
        return 0 if self.scrolling else ERASED_AHEAD

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the picture in device pixels."""
        return int(self.plot.width() * self.ratio), int(self.plot.height() * self.ratio)

    @property
    def picture_area(self) -> QRectF:
        """Where the picture is; at fractional scales a sliver of the plot is left over."""
        height, width = self._pixels.shape
        plot = self.plot
        return QRectF(plot.left(), plot.top(), width / self.ratio, height / self.ratio)

    @property
    def columns_wide(self) -> int:
        return int(self._pixels.shape[1])

    @property
    def first_shown(self) -> int:
        """The oldest column that is on the screen."""
        return self.head - self.columns_wide + self.erased_ahead

    def use_palette(self, palette: Palette) -> None:
        """Other colours."""
        self.palette_on = palette
        self.relayout()

    def use_footer(self, height: int) -> None:
        """How much room there is below the plot."""
        self.footer = height
        self._place()

    def use_gutter(self, width: int) -> None:
        """How far from the left the plot begins."""
        if width != self.gutter:
            self.gutter = width
            self._place()
            self.gutter_changed.emit(width)
            self.relayout()

    def use_pixels(self, pixels: Pixels) -> None:
        """Show this picture ``(height, width)`` by ``raster.blank`` from now on, without a copy."""
        self._pixels = pixels
        columns = columns_of(pixels)
        (width, height), (pitch, _) = columns.shape, columns.strides
        memory = as_strided(columns[0], ((width - 1) * pitch // 4 + height,), (4,))
        self._image = QImage(
            memory.view(np.uint8).data, height, width, pitch, QImage.Format.Format_RGB32
        )

    def x_of(self, column: float) -> float:
        """Where a column is on the widget, in logical pixels."""
        at = (
            column - self.head + self.columns_wide if self.scrolling else column % self.columns_wide
        )
        return self.plot.left() + at / self.ratio

    def column_at(self, x: float) -> int:
        """The column at a place on the widget; it may be older than what is shown."""
        at = int((x - self.plot.left()) * self.ratio)
        newest = self.head - 1
        if self.scrolling:
            return newest - (self.columns_wide - 1 - at)
        return newest - (newest - at) % self.columns_wide

    def shows(self, column: float) -> bool:
        """Whether a column is on the screen."""
        return self.first_shown <= column < self.head

    @property
    def slides(self) -> bool:
        """Whether a scrolling picture moves by pixels of the window: not at fractional scales."""
        return self.scrolling and self.ratio == int(self.ratio)

    def reachable(self, head: int) -> int:
        """The newest column not after ``head`` that a sliding picture can have at its edge."""
        return head - (head - self.head) % int(self.ratio) if self.slides else head

    def resting(self) -> list[QRect] | None:
        """What lies over a sliding picture and stays where it is; None to paint all of it anew."""
        return []

    def move_head(self, head: int, again: int = 0) -> None:
        """Columns up to ``head`` are painted, ``again`` of them before: show what changed."""
        before, self.head = self.head, head
        new = head - before
        if self.scrolling:
            self._slide(new, again)
            return
        if new < 0 or new + ERASED_AHEAD + 4 >= self.columns_wide:
            self.mark_dirty(self.plot)
            return
        # The head's own line is wider than a column, so the old one is covered as well.
        start = before % self.columns_wide - 2
        stop = start + new + ERASED_AHEAD + 4
        self.mark_dirty(self._strip(start, min(stop, self.columns_wide)))
        if stop > self.columns_wide:
            self.mark_dirty(self._strip(0, stop - self.columns_wide), more=True)

    def _slide(self, new: int, again: int) -> None:
        """Move what is in the window's own memory and paint what came into sight.

        A fifth of the cost of all pixels anew; with an axis below, that moves as well.
        """
        resting = self.resting()
        if not self.slides or resting is None or not 0 < new < self.columns_wide // 2:
            self.mark_dirty(self.sliding_area)
            return
        area, by = self.sliding_area, new // int(self.ratio)
        self.scroll(-by, 0, area)
        wide = by + math.ceil(again / self.ratio)
        self.mark_dirty(QRect(area.right() + 1 - wide, area.top(), wide, area.height()))
        for rect in resting:
            self.mark_dirty(rect.adjusted(-by, 0, 0, 0) & area, more=True)

    @property
    def sliding_area(self) -> QRect:
        """What moves when scrolling."""
        return self.plot

    def mark_dirty(self, rect: QRect, *, more: bool = False) -> None:
        """Ask for a repaint."""
        self.dirty = [*self.dirty, rect] if more else [rect]
        self.update(rect)

    def _place(self) -> None:
        """Where the plot is, and how many pixels of the screen one of ours is."""
        self.ratio = self.devicePixelRatioF()
        width = max(8, self.width() - self.gutter - MARGIN_RIGHT)
        self.plot = QRect(self.gutter, 0, width, max(8, self.height() - self.footer))

    def _strip(self, start: int, stop: int) -> QRect:
        left = math.floor(max(start, 0) / self.ratio)
        right = math.ceil(stop / self.ratio)
        plot = self.plot
        return QRect(plot.left() + left, plot.top(), right - left, plot.height())

    def paint_picture(self, painter: QPainter, exposed: QRegion) -> None:
        """The exposed part of the ring image; when scrolling, the newest column is on the right."""
        self.painted += 1
        if self.devicePixelRatioF() != self.ratio:
            # Moved to another screen: this frame may be unsharp, the next is not.
            QTimer.singleShot(0, self._moved_to_other_screen)
        width = self.columns_wide
        turned = self.head % width if self.scrolling else 0
        if self.ratio != 1.0:
            self._turn(painter, 0, turned, width - turned)
            self._turn(painter, width - turned, 0, turned)
            return
        if exposed.rectCount() == 1:
            self._copy(painter, exposed.boundingRect(), turned)
            return
        painter.save()
        for part in cast("Iterable[QRect]", exposed):
            # Clipped to one rectangle Qt copies rows; to several, pixels: four times as long.
            painter.setClipRect(part)
            self._copy(painter, part, turned)
        painter.restore()

    def _copy(self, painter: QPainter, part: QRect, turned: int) -> None:
        """The columns of ``part``, in one piece or, around the end of the ring, in two."""
        left = max(0, part.left() - self.plot.left())
        wide = min(part.right() + 1 - self.plot.left(), self.columns_wide) - left
        x = (left + turned) % self.columns_wide
        here = min(wide, self.columns_wide - x)
        self._turn(painter, left, x, here)
        self._turn(painter, left + here, 0, wide - here)

    def _turn(self, painter: QPainter, at: int, begin: int, count: int) -> None:
        """Columns from ``begin`` on ``at`` columns from the left, as high as the picture.

        In memory they are rows, so they are drawn as rows, and the painter turns them.
        """
        if count <= 0:
            return
        plot, ratio, high = self.plot, self.ratio, self._image.width()
        painter.save()
        painter.translate(plot.left() + at / ratio, plot.top() + high / ratio)
        painter.rotate(-90)
        if ratio != 1.0:
            painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(0, 0, self._image, 0, begin, high, count)
        painter.restore()

    def clip_to_picture(self, painter: QPainter, exposed: QRect) -> QRect:
        """Keep what is painted over the picture inside it; returns what of it is exposed."""
        if self.ratio == 1.0 and self.plot.contains(exposed):
            return exposed
        painter.setClipRect(self.picture_area)
        return exposed.intersected(self.plot)

    def _moved_to_other_screen(self) -> None:
        self._place()
        self.relayout()

    def fitting_gutter(self, words: float) -> int:
        """The gutter for words of this width."""
        pixels = theme().pixels
        wanted = min(max(words, pixels(NARROWEST_GUTTER)), pixels(WIDEST_GUTTER))
        return math.ceil(wanted / GUTTER_STEP) * GUTTER_STEP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self.relayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.relayout()

    def relayout(self) -> None:
        """Size or scale of the widget changed; those who keep a picture make it anew."""
        self.update()
