"""The client's own window: one picture, a word with a countdown, stars; no code, no name."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from emgstudio.gui import theme
from emgstudio.gui.therapy.client_pictures import PICTURES
from emgstudio.gui.therapy.client_view import STARS, ClientView

FIRST_SIZE = QSize(960, 640)
LEAST_POINTS = 28.0
MARGIN = 24


class ClientScreen(QWidget):
    """On the second display where there is one; comes to the first when that is unplugged.

    ``paused`` for Space, ``closed`` when somebody closes it.
    """

    paused = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Exercise")
        self.setAccessibleName("Exercise")
        self.resize(FIRST_SIZE)
        self.setMinimumSize(480, 360)
        self._pictures = [kind() for kind in PICTURES]
        self._chosen = 0
        self.view = ClientView()
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenRemoved.connect(self._screen_gone)
        theme.theme().changed.connect(self.update)

    def choose(self, place: int) -> None:
        """Another picture, by its place in ``PICTURES``."""
        self._chosen = place
        self.update()

    def show_on(self, operator: QWidget) -> None:
        """Open, on another display than the operator's window if there is one."""
        others = [s for s in QGuiApplication.screens() if s is not operator.screen()]
        if others:
            self.setGeometry(others[0].geometry())
            self.showFullScreen()
        else:
            self.show()
        self.raise_()

    def show_view(self, view: ClientView) -> None:
        """The moment to show."""
        if view.word != self.view.word:
            self.setAccessibleDescription(view.word)
        self.view = view
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, view = theme.current(), self.view
        painter.fillRect(self.rect(), QColor(colours.background))
        points = max(LEAST_POINTS, self.height() * 0.07)
        head, foot = points * 2.2, points * 1.9
        self._write(painter, QRectF(MARGIN, 8, self.width() - 2 * MARGIN, head), points)
        area = QRectF(
            MARGIN, head + 16, self.width() - 2 * MARGIN, self.height() - head - foot - 32
        )
        painter.save()
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        self._pictures[self._chosen].paint(painter, area, view, colours)
        painter.restore()
        self._stars(painter, QRectF(MARGIN, self.height() - foot - 4, area.width(), foot))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses, F11 fills the display, Esc leaves it."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.paused.emit()
        elif event.key() == Qt.Key.Key_F11:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.showNormal()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The exercise goes on without it."""
        super().closeEvent(event)
        self.closed.emit()

    def _screen_gone(self, _screen: QScreen) -> None:
        """Its display was unplugged: a window on the one that is left."""
        if self.isVisible():
            self.showNormal()
            left = QGuiApplication.primaryScreen()
            if left is not None:
                self.resize(FIRST_SIZE.boundedTo(left.availableSize()))
                self.move(left.availableGeometry().topLeft())
            self.raise_()

    def _write(self, painter: QPainter, area: QRectF, points: float) -> None:
        view = self.view
        font = painter.font()
        font.setPointSizeF(points)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        text = f"{view.word}   {view.seconds}".strip()
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _stars(self, painter: QPainter, area: QRectF) -> None:
        """The last five repetitions and how many are done."""
        view, colours = self.view, theme.current()
        size = area.height() * 0.36
        for k in range(STARS):
            at = QPointF(area.left() + size + k * 2.5 * size, area.center().y())
            full = k < len(view.stars) and view.stars[k]
            painter.setPen(QPen(QColor(colours.text), 3.0))
            painter.setBrush(QColor(colours.check) if full else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(star(at, size))
        if view.total:
            font = painter.font()
            font.setPointSizeF(LEAST_POINTS)
            painter.setFont(font)
            painter.setPen(QColor(colours.text))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, flags, f"{view.done} of {view.total}")


def star(at: QPointF, size: float) -> QPolygonF:
    """Five points around ``at``."""
    points = []
    for k in range(10):
        angle = -math.pi / 2 + k * math.pi / 5
        radius = size if k % 2 == 0 else 0.42 * size
        points.append(at + QPointF(radius * math.cos(angle), radius * math.sin(angle)))
    return QPolygonF(points)
