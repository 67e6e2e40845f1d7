"""A card over the whole window that Esc or a click beside it closes: keyboard map, about."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, card, column, label, row

MARGIN = 24


class Overlay(QFrame):
    """Dims the window and shows ``content`` in its middle; everything beneath goes on."""

    closed = Signal()

    def __init__(self, host: QWidget, title: str, content: QLayout, *, width: int = 900) -> None:
        super().__init__(host)
        self._host = host
        self._width = width
        self._focus_before = host.window().focusWidget()
        self.setProperty("role", "scrim")
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page = QWidget()
        page.setProperty("role", "page")
        page.setLayout(content)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close = button("Close", self.leave, tooltip="Esc")
        head = row(label(title, "title"), 1, close)
        self.card = card(column(head, scroll, spacing=14), margin=24)
        self._content = content
        self.card.setParent(self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.card, 0, Qt.AlignmentFlag.AlignCenter)
        host.installEventFilter(self)
        theme().changed.connect(self._fit)
        self._fit()
        self.show()
        self.raise_()
        close.setFocus()

    def leave(self) -> None:
        """Close and give the focus back."""
        self._host.removeEventFilter(self)
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card leaves."""
        if not self.card.geometry().contains(event.position().toPoint()):
            self.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window, whatever its size."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self.setGeometry(self._host.rect())
        width = min(theme().pixels(self._width), self._host.width() - 2 * MARGIN)
        inner = width - 64
        height = self._content.totalHeightForWidth(inner)
        wanted = (height if height > 0 else self._content.sizeHint().height()) + 130
        self.card.setFixedSize(width, min(wanted, self._host.height() - 2 * MARGIN))
