"""The channels of one stream as a table: how strong, what they are called, where they sit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from emgstudio.core.types import StreamInfo
from emgstudio.gui.devices.channel_fields import (
    IMPEDANCE,
    LEVEL,
    LEVEL_ROLE,
    NAME,
    NUMBER,
    PROBLEM_ROLE,
    SIDE,
    SITE,
    USED,
    FieldDelegate,
)
from emgstudio.gui.panels.channel_model import RowLevel, bar_share, level_text
from emgstudio.gui.theme import current, theme
from emgstudio.session.channel_map import Problem, padded
from emgstudio.session.sensors import ChannelNote

AnyIndex = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
HEADINGS = ("", "Level", "Name", "Muscle", "Side", "Used", "Impedance")
TIPS = (
    "Number of the channel",
    "How strong it is now",
    "A saved classifier knows its channels by name: renamed ones need another training.",
    "The muscle under the electrode; type, or choose from the list",
    "Side of the body",
    "What is not used is still recorded, but nothing looks at it.",
    "As the device measured it last",
)
FIELDS = {"name": NAME, "site": SITE, "side": SIDE}
WIDTHS = (30, 92, 108, 150, 66, 52, 104)
ROW_HEIGHT = 34
MOST_ROWS = 8
# How fast a bar's full length follows a signal that has become smaller.
FORGET = 0.98


class ChannelModel(QAbstractTableModel):
    """``notes`` as a person edits them; ``edited`` carries how they were before."""

    edited = Signal(object)

    def __init__(self, info: StreamInfo, notes: Sequence[ChannelNote]) -> None:
        super().__init__()
        self.info = info
        self.notes = padded(notes, info.n_channels)
        self.problems: dict[tuple[int, int], Problem] = {}
        self._levels = [RowLevel("–", 0.0)] * info.n_channels
        self._full = 0.0
        self._impedance: dict[int, str] = {}

    def show_notes(self, notes: Sequence[ChannelNote]) -> None:
        """Another map."""
        self.notes = padded(notes, self.info.n_channels)
        self._all_changed()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """What is wrong, at its fields."""
        self.problems = {(one.channel, FIELDS[one.field]): one for one in problems}
        self._all_changed()

    def show_levels(self, levels: Sequence[float]) -> None:
        """The newest levels in the channels' units."""
        loudest = float(np.nanmax(np.abs(levels))) if np.isfinite(levels).any() else 0.0
        self._full = max(self._full * FORGET, loudest) or 1.0
        new = [
            RowLevel(level_text(level, channel.unit), bar_share(abs(level), self._full))
            for level, channel in zip(levels, self.info.channels, strict=True)
        ]
        changed = [k for k, level in enumerate(new) if level != self._levels[k]]
        self._levels = new
        for k in changed:
            self.dataChanged.emit(self.index(k, LEVEL), self.index(k, LEVEL))

    def show_impedance(self, texts: Mapping[int, str]) -> None:
        """Impedances as text, by channel."""
        if dict(texts) == self._impedance:
            return
        first = bool(texts) != bool(self._impedance)
        if first:
            self.beginResetModel()
        self._impedance = dict(texts)
        if first:
            self.endResetModel()
        else:
            self._all_changed()

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.info.n_channels

    def columnCount(self, _parent: AnyIndex | None = None) -> int:
        return len(HEADINGS) - (not self._impedance)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return HEADINGS[section]
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return TIPS[section] if role == Role.ToolTipRole else None

    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> object:
        row, column = index.row(), index.column()
        problem = self.problems.get((row, column))
        if role in (Role.DisplayRole, Role.EditRole):
            return self._text(row, column)
        if role == Role.CheckStateRole and column == USED:
            return Qt.CheckState.Checked if self.notes[row].used else Qt.CheckState.Unchecked
        if role == Role.ForegroundRole:
            return QColor(current().muted if self._by_device(row, column) else current().text)
        if role == LEVEL_ROLE:
            return self._levels[row] if column == LEVEL else None
        if role == PROBLEM_ROLE:
            return problem
        if role == Role.ToolTipRole:
            return str(problem) if problem else TIPS[column]
        if role == Role.AccessibleTextRole:
            return self._spoken(row, column)
        return None

    def setData(self, index: AnyIndex, value: object, role: int = Role.EditRole) -> bool:
        before, note = self.notes, self.notes[index.row()]
        channel, column = self.info.channels[index.row()], index.column()
        if role == Role.CheckStateRole and column == USED:
            note = replace(note, used=Qt.CheckState(value) == Qt.CheckState.Checked)
        elif role == Role.EditRole and column in FIELDS.values():
            field = next(name for name, at in FIELDS.items() if at == column)
            text = " ".join(str(value).split())
            # What the device says by itself is nothing that a person said.
            said: dict[str, Any] = {field: "" if text == getattr(channel, field) else text}
            note = replace(note, **said)
        if note == before[index.row()]:
            return False
        self.notes = (*before[: index.row()], note, *before[index.row() + 1 :])
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), USED))
        self.edited.emit(before)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        can = flag.ItemIsEnabled | flag.ItemIsSelectable
        if index.column() in FIELDS.values():
            return can | flag.ItemIsEditable
        return can | flag.ItemIsUserCheckable if index.column() == USED else can

    def _text(self, row: int, column: int) -> str:
        note, channel = self.notes[row], self.info.channels[row]
        if column == NUMBER:
            return str(row + 1)
        if column == LEVEL:
            return self._levels[row].text
        if column == IMPEDANCE:
            return self._impedance.get(row, "–")
        field = next((name for name, at in FIELDS.items() if at == column), None)
        return "" if field is None else getattr(note, field) or getattr(channel, field)

    def _by_device(self, row: int, column: int) -> bool:
        field = next((name for name, at in FIELDS.items() if at == column), None)
        return not self.notes[row].used or bool(field and not getattr(self.notes[row], field))

    def _spoken(self, row: int, column: int) -> str:
        text = self._text(row, column) or "–"
        if column == USED:
            text = "used" if self.notes[row].used else "not used"
        problem = self.problems.get((row, column))
        spoken = f"Channel {row + 1}, {HEADINGS[column] or 'number'}: {text}"
        return f"{spoken}. {problem}" if problem else spoken

    def _all_changed(self) -> None:
        end = self.index(self.rowCount() - 1, self.columnCount() - 1)
        self.dataChanged.emit(self.index(0, 0), end)


class ChannelTable(QTableView):
    """Shows and edits a :class:`ChannelModel`; one click opens a field."""

    def __init__(self, model: ChannelModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channels = model
        self.setModel(model)
        self.setItemDelegate(FieldDelegate(self))
        self.setAccessibleName(f"Channels of {model.info.name}")
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.clicked.connect(self._open)
        model.modelReset.connect(self._fit)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setStretchLastSection(False)
        self._fit()
        theme().changed.connect(self._fit)

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other widths."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is left over belongs to the muscles."""
        super().resizeEvent(event)
        self._widen()

    def _widen(self) -> None:
        columns = range(self.channels.columnCount())
        others = sum(theme().pixels(WIDTHS[k]) for k in columns if k != SITE)
        room = self.viewport().width() - others
        self.horizontalHeader().resizeSection(SITE, max(theme().pixels(WIDTHS[SITE]), room))

    def _open(self, index: QModelIndex) -> None:
        if index.column() in FIELDS.values():
            self.edit(index)

    def _fit(self) -> None:
        pixels, header = theme().pixels, self.horizontalHeader()
        for column in range(self.channels.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, pixels(WIDTHS[column]))
        self._widen()
        tall = max(pixels(ROW_HEIGHT), self.fontMetrics().height() + 14)
        self.verticalHeader().setDefaultSectionSize(tall)
        rows = min(MOST_ROWS, self.channels.rowCount())
        bar = self.horizontalScrollBar().sizeHint().height()
        frame = 2 * self.frameWidth() + 2
        self.setFixedHeight(rows * tall + header.sizeHint().height() + frame + bar)
