"""The channels of a stream: shown or hidden, in which colour, how strong right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from emgstudio.core.types import Channel
from emgstudio.gui import theme
from emgstudio.gui.assets import picture
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.plots.axes import smaller

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 44
MIME = "application/x-emgstudio-channel"
BOX = 16
LAMP = 14
PICTURE_RATIO = 2.0
BAR_STEPS = 100
WIDEST_LEVEL = "888 mV"
MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
TICK = ((0.24, 0.52), (0.43, 0.70), (0.77, 0.30))
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class RowLevel:
    """A level as text, and how much of its bar is filled (0–1)."""

    text: str
    share: float


class ChannelModel(QAbstractListModel):
    """Names, check marks and the newest levels, each in its channel's unit.

    Row ``n`` is channel ``order[n]``; ``colours`` are by channel. Rows can be dragged:
    ``moved`` carries the channels in their new order.
    """

    moved = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._channels: tuple[Channel, ...] = ()
        self._levels: list[RowLevel] = []
        self.hidden: frozenset[int] = frozenset()
        self.order: tuple[int, ...] = ()
        self.colours: tuple[str, ...] = ()
        self.lamps: dict[int, tuple[str, str, str]] = {}

    def show_channels(self, channels: tuple[Channel, ...]) -> None:
        """Another stream."""
        self.beginResetModel()
        self._channels = channels
        self._levels = [RowLevel("–", 0.0)] * len(channels)
        self.order = tuple(range(len(channels)))
        self.endResetModel()

    def show_order(self, order: tuple[int, ...]) -> None:
        """Another order, the same channels."""
        if order != self.order:
            self.layoutAboutToBeChanged.emit()
            kept = self.persistentIndexList()
            channels = [self.order[index.row()] for index in kept]
            self.order = order
            self.changePersistentIndexList(kept, [self.index(order.index(c)) for c in channels])
            self.layoutChanged.emit()

    def show_colours(self, colours: tuple[str, ...]) -> None:
        """The colour of each channel."""
        if colours != self.colours:
            self.colours = colours
            self._changed(range(len(self._channels)))

    def show_lamps(self, lamps: dict[int, tuple[str, str, str]]) -> None:
        """Per channel the level of its lamp, one word, and what to do; only what is known."""
        before, self.lamps = self.lamps, lamps
        self._changed([row for row, c in enumerate(self.order) if before.get(c) != lamps.get(c)])

    def row_of(self, channel: int) -> int:
        """In which row a channel stands."""
        return self.order.index(channel)

    def show_hidden(self, hidden: frozenset[int]) -> None:
        """Which channels have no check mark."""
        if hidden != self.hidden:
            self.hidden = hidden
            self._changed(range(len(self._channels)))

    def show_levels(self, levels: Sequence[float], full_scale: Sequence[float]) -> None:
        """New levels, and the level at which each bar is full."""
        if len(levels) != len(self._channels):
            return
        before = self._levels
        self._levels = [
            RowLevel(level_text(level, channel.unit), bar_share(level, full))
            for level, full, channel in zip(levels, full_scale, self._channels, strict=True)
        ]
        changed = [i for i, new in enumerate(self._levels) if new != before[i]]
        if changed:
            rows = {channel: row for row, channel in enumerate(self.order)}
            self._changed([rows[channel] for channel in changed])

    def level(self, channel: int) -> RowLevel:
        """How strong a channel is."""
        return self._levels[channel]

    def used(self, channel: int) -> bool:
        """Whether the channel map says that something is connected there."""
        return self._channels[channel].used

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._channels)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self._channels):
            return None
        number = self.order[row]
        channel = self._channels[number]
        if role == Qt.ItemDataRole.DisplayRole:
            return channel.name
        if role == Qt.ItemDataRole.CheckStateRole:
            hidden = number in self.hidden
            return Qt.CheckState.Unchecked if hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            unused = "" if channel.used else ", not used"
            lamp = f", {self.lamps[number][1]}" if number in self.lamps else ""
            return f"{channel.name}, {self._levels[number].text}{lamp}{unused}"
        if role == Qt.ItemDataRole.ToolTipRole:
            where = " ".join(part for part in (channel.site, channel.side) if part)
            more = "" if channel.used else "\nNot used in the channel map; it is recorded still."
            if number in self.lamps:
                more += f"\n{self.lamps[number][2]}"
            return f"{channel.name}{', ' + where if where else ''}{more}"
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        can = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable
        return can | flag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        made = QMimeData()
        made.setData(MIME, str(self.order[indexes[0].row()]).encode())
        return made

    def dropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, _parent: AnyIndex
    ) -> bool:
        if not data.hasFormat(MIME):
            return False
        channel = int(bytes(data.data(MIME).data()))
        self.moved.emit(moved(self.order, channel, row if row >= 0 else len(self.order)))
        # The order comes back through show_order; the view must not remove the row by itself.
        return False

    def _changed(self, rows: Sequence[int]) -> None:
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))


def moved(order: tuple[int, ...], channel: int, row: int) -> tuple[int, ...]:
    """``order`` with ``channel`` put in front of what is now in ``row``."""
    before = [c for c in order[:row] if c != channel]
    after = [c for c in order[row:] if c != channel]
    return (*before, channel, *after)


def level_text(level: float, unit: str) -> str:
    """A level as it stands in the list."""
    return "–" if np.isnan(level) else amount(float(f"{level:.2g}"), unit)


def bar_share(level: float, full: float) -> float:
    """How much of a bar is filled, in steps that can be seen."""
    return 0.0 if np.isnan(level) else round(min(level / full, 1.0) * BAR_STEPS) / BAR_STEPS


class _Row(QStyledItemDelegate):
    """Check box, colour, name, level; below them the level as a bar."""

    def __init__(self, model: ChannelModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        words = option.fontMetrics.height()
        return QSize(120, max(theme.theme().pixels(ROW_HEIGHT), 2 * words + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        palette = theme.current()
        model = self._model
        channel, area = model.order[index.row()], QRectF(option.rect)
        hidden, level = channel in model.hidden, model.level(channel)
        colour = palette.trace(channel)
        if channel < len(model.colours):
            colour = model.colours[channel]
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.tint("accent", 0.2))
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 6, 6)
        box = check_box(area)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(
            box.topLeft(),
            box_picture(colour, palette.canvas, int(box.width()), ratio, not hidden),
        )
        words = area.adjusted(box.right() - area.left() + 10, 0, -10, -6)
        self._paint_words(painter, option, index, words)
        track = QRectF(words.left(), area.bottom() - 9, words.width(), 3)
        painter.fillRect(track, QColor(palette.border))
        if not hidden:
            track.setWidth(track.width() * level.share)
            painter.fillRect(track, QColor(colour))

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex, area: QRectF
    ) -> None:
        """Name and level; with a lamp that is not good its word below the name."""
        palette, model = theme.current(), self._model
        channel, metrics = model.order[index.row()], option.fontMetrics
        lamp = model.lamps.get(channel)
        words = QRectF(area)
        painter.setFont(option.font)
        room = int(words.width()) - metrics.horizontalAdvance(WIDEST_LEVEL) - 8
        if lamp is not None:
            side = theme.theme().pixels(LAMP)
            at = QPointF(area.left(), area.center().y() - side / 2)
            shape = picture(f"icons/{lamp[0]}", QSize(side, side), lamp[0], PICTURE_RATIO)
            painter.drawPixmap(QRectF(at.x(), at.y(), side, side), shape, QRectF(shape.rect()))
            words.setLeft(area.left() + side + 6)
            room -= side + 6
            if lamp[0] != "good":
                words.setHeight(area.height() - metrics.height() * 0.9)
                below = QRectF(words.left(), words.bottom() - 3, room, metrics.height())
                painter.setPen(QColor(palette.muted))
                painter.setFont(smaller(option.font))
                small = painter.fontMetrics()
                text = small.elidedText(lamp[1], Qt.TextElideMode.ElideRight, room)
                painter.drawText(below, LEFT, text)
                painter.setFont(option.font)
        painter.setPen(QColor(palette.faint if channel in model.hidden else palette.text))
        name = index.data() if model.used(channel) else f"{index.data()} (not used)"
        painter.drawText(words, LEFT, metrics.elidedText(name, Qt.TextElideMode.ElideRight, room))
        painter.setPen(QColor(palette.muted))
        painter.drawText(area, RIGHT, model.level(channel).text)


def check_box(area: QRectF) -> QRectF:
    """Where the check box of a row is."""
    side = theme.theme().pixels(BOX)
    return QRectF(area.left() + 10, area.center().y() - side / 2 - 2, side, side)


@lru_cache(maxsize=64)
def box_picture(colour: str, ink: str, side: int, ratio: float, checked: bool) -> QPixmap:
    """A check box in a channel's colour."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colour))
    painter.setBrush(QColor(colour) if checked else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 4, 4)
    if checked:
        painter.setPen(QPen(QColor(ink), 2))
        painter.drawPolyline([QPointF(side * x, side * y) for x, y in TICK])
    painter.end()
    return picture


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
        self.setItemDelegate(_Row(self.channels, self))
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
