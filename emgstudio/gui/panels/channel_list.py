"""The channels of a stream: shown or hidden, in which colour, how strong right now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from emgstudio.core.types import Channel
from emgstudio.gui import theme
from emgstudio.gui.plots.amplitude import amount

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 40
BOX = 16
LEVEL = int(Qt.ItemDataRole.UserRole)
UNIT = LEVEL + 1
SHARE = LEVEL + 2


class ChannelModel(QAbstractListModel):
    """Names, check marks and the newest levels (RMS in the channel's unit)."""

    def __init__(self) -> None:
        super().__init__()
        self._channels: tuple[Channel, ...] = ()
        self._levels: Sequence[float] = ()
        self._full_scale: Sequence[float] = ()
        self.hidden: frozenset[int] = frozenset()

    def show_channels(self, channels: tuple[Channel, ...]) -> None:
        """Another stream."""
        self.beginResetModel()
        self._channels = channels
        self._levels = [float("nan")] * len(channels)
        self._full_scale = [1.0] * len(channels)
        self.endResetModel()

    def show_hidden(self, hidden: frozenset[int]) -> None:
        """Which channels have no check mark."""
        if hidden != self.hidden:
            self.hidden = hidden
            self._all_changed(Qt.ItemDataRole.CheckStateRole)

    def show_levels(self, levels: Sequence[float], full_scale: Sequence[float]) -> None:
        """New levels, and the level at which each bar is full."""
        if len(levels) == len(self._channels):
            self._levels, self._full_scale = levels, full_scale
            self._all_changed(LEVEL)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._channels)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self._channels):
            return None
        channel, level = self._channels[row], self._levels[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return channel.name
        if role == Qt.ItemDataRole.CheckStateRole:
            hidden = row in self.hidden
            return Qt.CheckState.Unchecked if hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{channel.name}, {level_text(level, channel.unit)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            where = " ".join(part for part in (channel.site, channel.side) if part)
            return f"{channel.name}{', ' + where if where else ''}"
        return {LEVEL: level, UNIT: channel.unit, SHARE: level / self._full_scale[row]}.get(role)

    def flags(self, _index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable

    def _all_changed(self, role: int) -> None:
        if self._channels:
            self.dataChanged.emit(self.index(0), self.index(len(self._channels) - 1), [role])


def level_text(level: float, unit: str) -> str:
    """A level as it stands in the list."""
    return "–" if np.isnan(level) else amount(float(f"{level:.2g}"), unit)


class _Row(QStyledItemDelegate):
    """Check box, colour, name, level; below them the level as a bar."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        words = option.fontMetrics.height()
        return QSize(120, max(theme.theme().pixels(ROW_HEIGHT) - 6, words + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        palette = theme.current()
        area = QRectF(option.rect)
        hidden = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.tint("accent", 0.2))
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 6, 6)
        colour = QColor(palette.trace(index.row()))
        box = check_box(area)
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush if hidden else colour)
        painter.drawRoundedRect(box, 4, 4)
        if not hidden:
            _tick(painter, box, QColor(palette.canvas))
        words = area.adjusted(box.right() - area.left() + 10, 0, -10, -6)
        text = level_text(index.data(LEVEL), index.data(UNIT))
        painter.setFont(option.font)
        metrics = painter.fontMetrics()
        painter.setPen(QColor(palette.faint if hidden else palette.text))
        room = words.width() - metrics.horizontalAdvance("888 mV") - 8
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, int(room))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QColor(palette.muted))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, text)
        track = QRectF(words.left(), area.bottom() - 9, words.width(), 3)
        painter.fillRect(track, QColor(palette.border))
        share = index.data(SHARE)
        if not hidden and share > 0:
            track.setWidth(track.width() * min(share, 1.0))
            painter.fillRect(track, colour)
        painter.restore()


def check_box(area: QRectF) -> QRectF:
    """Where the check box of a row is."""
    side = theme.theme().pixels(BOX)
    return QRectF(area.left() + 10, area.center().y() - side / 2 - 2, side, side)


def _tick(painter: QPainter, box: QRectF, colour: QColor) -> None:
    pen = painter.pen()
    pen.setColor(colour)
    pen.setWidthF(2)
    painter.setPen(pen)
    x, y, side = box.left(), box.top(), box.width()
    painter.drawPolyline(
        [
            QPointF(x + side * 0.24, y + side * 0.52),
            QPointF(x + side * 0.43, y + side * 0.70),
            QPointF(x + side * 0.77, y + side * 0.30),
        ]
    )


class ChannelList(QListView):
    """``chosen`` carries a channel that was selected, ``toggled`` one to show or hide."""

    chosen = Signal(int)
    toggled = Signal(int)
    solo_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channels = ChannelModel()
        self.setModel(self.channels)
        self.setItemDelegate(_Row(self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Channels")
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._moved)
        self.doubleClicked.connect(lambda index: self.solo_wanted.emit(index.row()))
        theme.theme().changed.connect(self._repaint)

    def _repaint(self) -> None:
        self.viewport().update()

    def select(self, channel: int) -> None:
        """Show which channel is selected."""
        if channel != self.currentIndex().row():
            self.setCurrentIndex(self.channels.index(channel))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            box = check_box(QRectF(self.visualRect(index))).adjusted(-8, -8, 6, 8)
            if box.contains(event.position()):
                self.toggled.emit(index.row())
                return
        super().mousePressEvent(event)

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(now.row())
