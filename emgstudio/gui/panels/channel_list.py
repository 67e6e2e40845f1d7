"""The channels of a stream: shown or hidden, in which colour, how strong right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from emgstudio.core.types import Channel
from emgstudio.gui import theme
from emgstudio.gui.plots.amplitude import amount

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 40
BOX = 16
BAR_STEPS = 100
WIDEST_LEVEL = "888 mV"
TICK = ((0.24, 0.52), (0.43, 0.70), (0.77, 0.30))
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class RowLevel:
    """A level as text, and how much of its bar is filled (0–1)."""

    text: str
    share: float


class ChannelModel(QAbstractListModel):
    """Names, check marks and the newest levels (RMS in the channel's unit)."""

    def __init__(self) -> None:
        super().__init__()
        self._channels: tuple[Channel, ...] = ()
        self._levels: list[RowLevel] = []
        self.hidden: frozenset[int] = frozenset()

    def show_channels(self, channels: tuple[Channel, ...]) -> None:
        """Another stream."""
        self.beginResetModel()
        self._channels = channels
        self._levels = [RowLevel("–", 0.0)] * len(channels)
        self.endResetModel()

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
        self._changed([i for i, new in enumerate(self._levels) if new != before[i]])

    def level(self, row: int) -> RowLevel:
        """What stands in a row."""
        return self._levels[row]

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._channels)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self._channels):
            return None
        channel = self._channels[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return channel.name
        if role == Qt.ItemDataRole.CheckStateRole:
            hidden = row in self.hidden
            return Qt.CheckState.Unchecked if hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{channel.name}, {self._levels[row].text}"
        if role == Qt.ItemDataRole.ToolTipRole:
            where = " ".join(part for part in (channel.site, channel.side) if part)
            return f"{channel.name}{', ' + where if where else ''}"
        return None

    def flags(self, _index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable

    def _changed(self, rows: Sequence[int]) -> None:
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))


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
        return QSize(120, max(theme.theme().pixels(ROW_HEIGHT) - 6, words + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        palette = theme.current()
        model = self._model
        row, area = index.row(), QRectF(option.rect)
        hidden, level = row in model.hidden, model.level(row)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.tint("accent", 0.2))
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 6, 6)
        box = check_box(area)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(
            box.topLeft(),
            box_picture(palette.trace(row), palette.canvas, int(box.width()), ratio, not hidden),
        )
        words = area.adjusted(box.right() - area.left() + 10, 0, -10, -6)
        painter.setFont(option.font)
        metrics = option.fontMetrics
        painter.setPen(QColor(palette.faint if hidden else palette.text))
        room = int(words.width()) - metrics.horizontalAdvance(WIDEST_LEVEL) - 8
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, LEFT, name)
        painter.setPen(QColor(palette.muted))
        painter.drawText(words, RIGHT, level.text)
        track = QRectF(words.left(), area.bottom() - 9, words.width(), 3)
        painter.fillRect(track, QColor(palette.border))
        if not hidden:
            track.setWidth(track.width() * level.share)
            painter.fillRect(track, QColor(palette.trace(row)))


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
    """``chosen`` carries a channel that was selected, ``toggled`` one to show or hide."""

    chosen = Signal(int)
    toggled = Signal(int)
    solo_wanted = Signal(int)

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
