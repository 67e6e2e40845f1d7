"""What stands in the channel list: order, names, levels, lamps, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from emgstudio.core.types import Channel
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.theme import Palette

AnyIndex = QModelIndex | QPersistentModelIndex
MIME = "application/x-emgstudio-channel"
BAR_STEPS = 100


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

    def colour(self, channel: int, palette: Palette) -> str:
        """The colour of a channel."""
        own = channel < len(self.colours)
        return self.colours[channel] if own else palette.trace(channel)

    def name(self, channel: int) -> str:
        """What is written for a channel."""
        known = self._channels[channel]
        return known.name if known.used else f"{known.name} (not used)"

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
