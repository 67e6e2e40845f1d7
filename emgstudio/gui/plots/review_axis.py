"""The time axis under the traces of a recording, and the layout all review plots share."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui import theme
from emgstudio.gui.review.editing import clock
from emgstudio.gui.review.view import TimeView

GUTTER = 108
STEPS_S = (
    *(m * 10.0**e for e in range(-3, 1) for m in (1, 2, 5)),
    10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
)  # fmt: skip
PIXELS_PER_TICK = 110


def gutter() -> int:
    """Logical pixels left of the plots, for names; more where text is larger."""
    return round(GUTTER * (1 + theme.theme().scale / 100) / 2)


def step_for(span: float, width: float) -> float:
    """Seconds between ticks so that their texts do not touch."""
    wanted = span * PIXELS_PER_TICK / max(width, 1.0)
    return next((s for s in STEPS_S if s >= wanted), STEPS_S[-1] * math.ceil(wanted / STEPS_S[-1]))


def ticks(start: float, stop: float, step: float) -> list[float]:
    """Times on a fixed grid from ``start`` to ``stop``."""
    first = math.ceil(start / step - 1e-9)
    last = math.floor(stop / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def decimals_for(step: float) -> int:
    """Digits after the second that tell ticks apart."""
    return max(0, math.ceil(-math.log10(step) - 1e-9))


def span_text(seconds: float) -> str:
    """A duration in its natural unit."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    return clock(seconds, 0) + (" min" if seconds < 3600 else " h")


class ReviewPlot(QWidget):
    """A plot that shows the same stretch of time as the others, right of a gutter of names.

    One that ``slides`` paints nothing that depends on where its edges are, but ``resting``.
    """

    slides: bool = False

    def __init__(self, view: TimeView) -> None:
        super().__init__()
        self.view = view
        self.gutter = gutter()
        self.playhead: float | None = None
        self._seen: tuple[tuple[float, ...], int] = ((), 0)
        view.moved.connect(self.show_moved)
        theme.theme().changed.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.gutter = gutter()
            self.fit_text()

    def show_moved(self) -> None:
        """Another stretch of time is shown; the names beside it stay.

        At the same zoom Qt moves what is painted in the window's own memory and asks for
        the strip that came into sight, as in Live (decision 0022).
        """
        area = self.plot_rect().toAlignedRect()
        by = self._slid()
        if by is None:
            self.update(area)
        elif by:
            self.scroll(-by, 0, area)
            for rect in self.resting(by):
                self.update(rect & area)

    def resting(self, by: int) -> list[QRect]:
        """What does not move with the picture, or looks different ``by`` pixels further."""
        return []

    def _slid(self) -> int | None:
        """By how many logical pixels the picture moves; None if it has to be painted anew."""
        view, (zoom, before) = self.view, self._seen
        now = (view.per_column, float(view.columns), view.ratio, view.begin)
        self._seen = (now, view.first)
        moved = view.first - before
        if not self.slides or zoom != now or abs(moved) >= view.columns // 2:
            return None
        by = moved / view.ratio
        return int(by) if by == int(by) and view.ratio == int(view.ratio) else None

    def fit_text(self) -> None:
        """The size of text has changed."""

    def show_playhead(self, time: float | None) -> None:
        """The line of what is played goes to ``time``; only what it covers is painted again."""
        for at in (self.playhead, time):
            if at is not None:
                self.update(round(self.place_of(at)) - 2, 0, 5, self.height())
        self.playhead = time

    def place_of(self, time: float) -> float:
        """Where the line of what is played stands in this widget."""
        return self.x_of(time)

    def paint_playhead(self, painter: QPainter) -> None:
        """The line itself, where it is visible."""
        if self.playhead is None:
            return
        x = self.place_of(self.playhead)
        if x >= self.gutter:
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def plot_rect(self) -> QRectF:
        """Where time is shown, in logical pixels."""
        return QRectF(self.gutter, 0, max(1, self.width() - self.gutter), self.height())

    def x_of(self, time: float) -> float:
        """A time's place in this widget."""
        return self.gutter + self.view.x(time)

    def time_at(self, x: float) -> float:
        """The time at a place in this widget."""
        return self.view.time(x - self.gutter)


class TimeAxis(ReviewPlot):
    """Ticks and times."""

    slides = True

    def __init__(self, view: TimeView) -> None:
        super().__init__(view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time axis")
        self.fit_text()

    def show_moved(self) -> None:
        """The span in the gutter may have changed too."""
        if self._seen[0][:1] != (self.view.per_column,):
            self.update()
        super().show_moved()

    def fit_text(self) -> None:
        """As high as a line of text."""
        self.setFixedHeight(self.fontMetrics().height() + 8)

    def sizeHint(self) -> QSize:
        return QSize(600, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        area = self.plot_rect()
        step = step_for(self.view.span, area.width())
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            QRectF(8, 0, self.gutter - 16, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            span_text(self.view.span),
        )
        painter.setClipRect(area)
        shown = event.rect()
        # The words of a tick are right of it.
        begin = self.time_at(shown.left() - PIXELS_PER_TICK)
        for time in ticks(max(begin, self.view.begin), self.time_at(shown.right() + 1), step):
            x = self.x_of(time)
            painter.setPen(QPen(QColor(colours.outline), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, 5))
            painter.setPen(QColor(colours.muted))
            painter.drawText(
                QRectF(x + 4, 0, PIXELS_PER_TICK, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                clock(time, decimals_for(step)),
            )
        painter.end()
