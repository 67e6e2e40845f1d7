"""The channels of a stream: shown or hidden, in which colour, how strong right now."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListView, QWidget

from emgstudio.gui import theme
from emgstudio.gui.panels.channel_model import AnyIndex, ChannelModel, moved
from emgstudio.gui.panels.channel_row import ChannelRow, check_box

MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ChannelList(QListView):
    """``chosen`` carries a channel that was selected, ``toggled`` one to show or hide.

    ``moved`` carries all channels in a new order, ``menu_wanted`` a channel and where.
    """

    chosen = Signal(int)
    toggled = Signal(int)
    solo_wanted = Signal(int)
    moved = Signal(object)
    menu_wanted = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channels = ChannelModel()
        self.setModel(self.channels)
        self.setItemDelegate(ChannelRow(self.channels, self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Channels")
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QListView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        self.channels.moved.connect(self.moved)
        self.selectionModel().currentChanged.connect(self._moved)
        self.doubleClicked.connect(lambda index: self.solo_wanted.emit(self._channel(index)))
        theme.theme().changed.connect(self._repaint)

    def _repaint(self) -> None:
        self.viewport().update()

    def _channel(self, index: AnyIndex) -> int:
        return self.channels.order[index.row()]

    def select(self, channel: int) -> None:
        """Show which channel is selected."""
        row = self.channels.row_of(channel)
        if row != self.currentIndex().row():
            self.setCurrentIndex(self.channels.index(row))

    def move_selected(self, by: int) -> None:
        """Put the selected channel one place up or down."""
        row = self.currentIndex().row()
        to = row + by
        if row >= 0 and 0 <= to < self.channels.rowCount():
            channel = self.channels.order[row]
            self.moved.emit(moved(self.channels.order, channel, to + (by > 0)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows or hides, Alt+Up and Alt+Down move the channel."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in MOVES:
            self.move_selected(MOVES[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.toggled.emit(self._channel(self.currentIndex()))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            box = check_box(QRectF(self.visualRect(index))).adjusted(-10, -14, 8, 14)
            if box.contains(event.position()):
                self.toggled.emit(self._channel(index))
                return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        if index.isValid():
            at = self.visualRect(index).center() if keyboard else event.pos()
            self.menu_wanted.emit(self._channel(index), self.viewport().mapToGlobal(at))

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._channel(now))
