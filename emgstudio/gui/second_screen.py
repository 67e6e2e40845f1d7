"""A window for the person who is looked after: on the second display where there is one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QScreen
from PySide6.QtWidgets import QWidget

from emgstudio.gui import theme

FIRST_SIZE = QSize(960, 640)


class SecondScreen(QWidget):
    """Fills another display than the operator's; a plain window where there is only one.

    When its display is unplugged it comes to the one that is left. ``paused`` for Space,
    ``closed`` when somebody closes it.
    """

    paused = Signal()
    closed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(FIRST_SIZE)
        self.setMinimumSize(480, 360)
        self._display: QScreen | None = None
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenRemoved.connect(self._unplugged)
        theme.theme().changed.connect(self.update)

    def show_on(self, operator: QWidget) -> None:
        """Open, on another display than the operator's window if there is one."""
        self._display = other_display(QGuiApplication.screens(), operator.screen())
        if self._display is not None:
            self.setGeometry(self._display.geometry())
            self.showFullScreen()
        else:
            self.show()
        self.raise_()

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
        """Whoever opened it goes on without it, or waits."""
        super().closeEvent(event)
        self.closed.emit()

    def _unplugged(self, display: QScreen) -> None:
        """A window on the display that is left, when this was the one it stood on."""
        if not self.isVisible() or display not in (self._display, self.screen()):
            return
        self._display = None
        self.showNormal()
        left = QGuiApplication.primaryScreen()
        if left is not None:
            self.resize(FIRST_SIZE.boundedTo(left.availableSize()))
            self.move(left.availableGeometry().topLeft())
        self.raise_()


def other_display(displays: list[QScreen], operators: QScreen) -> QScreen | None:
    """The largest display that is not the operator's, None where there is no other."""
    others = [display for display in displays if display is not operators]
    return max(others, key=lambda d: d.size().width() * d.size().height(), default=None)
