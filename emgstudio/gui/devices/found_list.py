"""The list of what can be connected, in groups, kept up to date while a search goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from emgstudio.devices.kinds import FoundDevice
from emgstudio.gui.assets import picture
from emgstudio.gui.theme import current, theme
from emgstudio.session.search import FoundGroup

FOUND = Qt.ItemDataRole.UserRole
ICONS = {"sim": "demo", "serial": "connect", "replay": "play"}
# From here on a radio signal has one, two, three bars.
BARS_FROM_DBM = (-95.0, -80.0, -65.0)


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a group."""

    title: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence in the place of devices."""

    text: str


Line = FoundDevice | Heading | Remark


class FoundList(QListWidget):
    """Shows groups of devices; headings and remarks cannot be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Devices found")
        self.setItemDelegate(Lines(self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Remarks wrap, so their height goes with the width.
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._keys: list[tuple[str, str]] = []

    @property
    def chosen(self) -> FoundDevice | None:
        """The device that is chosen, if one is."""
        item = self.currentItem()
        found = item.data(FOUND) if item is not None else None
        return found if isinstance(found, FoundDevice) else None

    @property
    def devices(self) -> list[FoundDevice]:
        """Every device in the list, from the top."""
        lines = (self.item(row).data(FOUND) for row in range(self.count()))
        return [line for line in lines if isinstance(line, FoundDevice)]

    def choose(self, uri: str) -> None:
        """Make the first device with this address the current one."""
        for row in range(self.count()):
            line = self.item(row).data(FOUND)
            if isinstance(line, FoundDevice) and line.uri == uri:
                self.setCurrentRow(row)
                return

    def show_groups(self, groups: Sequence[FoundGroup]) -> None:
        """Show these; what is chosen stays chosen while it is there."""
        lines = [(group.title, line) for group in groups for line in _lines(group)]
        keys = [(title, _key(line)) for title, line in lines]
        if keys == self._keys:
            for row, (_, line) in enumerate(lines):
                if self.item(row).data(FOUND) != line:
                    _fill(self.item(row), line)
            return
        chosen = self._keys[self.currentRow()] if self.currentRow() >= 0 else None
        offset = self.verticalScrollBar().value()
        self._keys = keys
        # One change of the current item at the end, not one per line.
        self.blockSignals(True)
        self.clear()
        for _, line in lines:
            item = QListWidgetItem()
            _fill(item, line)
            self.addItem(item)
        self.blockSignals(False)
        rows = [row for row, (_, line) in enumerate(lines) if isinstance(line, FoundDevice)]
        same = [row for row in rows if keys[row] == chosen]
        if rows:
            self.setCurrentRow((same or rows)[0])
        if not same and self.currentRow() == (rows or [0])[0]:
            self.scrollToTop()
        else:
            self.verticalScrollBar().setValue(offset)


def _lines(group: FoundGroup) -> list[Line]:
    remark: list[Line] = [Remark(group.remark)] if group.remark else []
    return [Heading(group.title), *group.devices, *remark]


def _key(line: Line) -> str:
    return line.uri if isinstance(line, FoundDevice) else str(line)


def _fill(item: QListWidgetItem, line: Line) -> None:
    item.setData(FOUND, line)
    if isinstance(line, FoundDevice):
        item.setText(line.title)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, line.detail)
        item.setToolTip(f"{line.detail}\n{line.uri}")
        return
    item.setText(line.title if isinstance(line, Heading) else line.text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)


class Lines(QStyledItemDelegate):
    """Paints a device as title and detail, with bars for its radio; headings and remarks small."""

    MARGIN = 9

    def __init__(self, shown_in: QListWidget) -> None:
        super().__init__(shown_in)
        self._list = shown_in

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Two lines and air for a device, as many as it takes for a remark."""
        line, metrics = index.data(FOUND), QFontMetrics(option.font)
        if isinstance(line, FoundDevice):
            return QSize(120, 2 * metrics.lineSpacing() + 2 * self.MARGIN)
        if isinstance(line, Heading):
            return QSize(120, metrics.lineSpacing() + 2 * self.MARGIN)
        width = self._list.viewport().width() - 2 * self.MARGIN - 4
        height = metrics.boundingRect(QRect(0, 0, width, 1000), _WRAP, line.text).height()
        return QSize(120, height + self.MARGIN)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Background as the style sheet says, then the words."""
        line, colours = index.data(FOUND), current()
        area = option.rect.adjusted(self.MARGIN + 2, self.MARGIN, -self.MARGIN, -self.MARGIN)
        bold = QFont(option.font)
        bold.setBold(True)
        if isinstance(line, Heading):
            self._line(painter, area, line.title, bold, colours.muted)
            return
        if isinstance(line, Remark):
            painter.setFont(option.font)
            painter.setPen(QColor(colours.muted))
            painter.drawText(area.adjusted(0, -self.MARGIN, 0, self.MARGIN), _WRAP, line.text)
            return
        option.text = ""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        size = theme().pixels(22)
        top = area.center().y() - size // 2
        icon = ICONS.get(line.uri.partition(":")[0], "sensor")
        painter.drawPixmap(area.left(), top, picture(f"icons/{icon}", QSize(size, size), "accent"))
        area.setLeft(area.left() + size + 12)
        if line.signal_dbm is not None:
            area.setRight(area.right() - size - 8)
            _bars(painter, QPoint(area.right() + 8, top), size, line.signal_dbm)
        upper = QRect(area.left(), area.top(), area.width(), area.height() // 2)
        self._line(painter, upper, line.title, bold, colours.text)
        lower = upper.translated(0, area.height() // 2)
        self._line(painter, lower, line.detail, option.font, colours.muted)

    def _line(self, painter: QPainter, area: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


_WRAP = int(Qt.TextFlag.TextWordWrap)


def bars(signal_dbm: float) -> int:
    """How many of three bars a radio signal fills."""
    return sum(signal_dbm >= limit for limit in BARS_FROM_DBM)


def _bars(painter: QPainter, corner: QPoint, size: int, signal_dbm: float) -> None:
    colours, full = current(), bars(signal_dbm)
    width, gap = size // 4, max(2, size // 8)
    for k in range(3):
        height = size * (k + 1) // 3
        left = corner.x() + k * (width + gap)
        area = QRect(left, corner.y() + size - height, width, height)
        painter.fillRect(area, QColor(colours.accent if k < full else colours.border))
