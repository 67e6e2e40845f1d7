"""Services and characteristics of a Bluetooth sensor, and what each of them sends."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from emgstudio.devices.ble_sniff import SniffRow
from emgstudio.devices.gatt import BASE_UUID
from emgstudio.gui.devices.page import fixed_font

HEADINGS = ("Service and characteristic", "It can", "Per second", "Bytes", "Newest bytes")
NEWEST_SHOWN = 40
MOST_LINES = 9
KNOWN = {
    "1800": "Generic access",
    "1801": "Generic attribute",
    "180a": "Device information",
    "180f": "Battery",
    "2a00": "Device name",
    "2a01": "Appearance",
    "2a05": "Service changed",
    "2a19": "Battery level",
    "2a24": "Model number",
    "2a25": "Serial number",
    "2a26": "Firmware",
    "2a27": "Hardware",
    "2a28": "Software",
    "2a29": "Maker",
}


def spoken(uuid: str) -> str:
    """A UUID as short as it can be said, with its name where it has one."""
    head, tail = BASE_UUID.split("{}")
    if uuid.startswith(head) and uuid.endswith(tail):
        short = uuid[len(head) : len(head) + 4]
        return f"{KNOWN[short]} ({short})" if short in KNOWN else short
    return uuid


def in_hex(data: bytes, most: int = NEWEST_SHOWN) -> str:
    """Bytes as people read them, cut after ``most``."""
    text = data[:most].hex(" ")
    return f"{text} …" if len(data) > most else text


class SniffTree(QTreeWidget):
    """One branch for each service; :attr:`chosen` is the number of the chosen characteristic."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Services and characteristics")
        self.setHeaderLabels(HEADINGS)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(self.textElideMode().ElideRight)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setMaximumSectionSize(430)
        self._items: list[QTreeWidgetItem] = []
        self._shown: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> int | None:
        """The number of the characteristic that is chosen; None for none."""
        item = self.currentItem()
        return self._items.index(item) if item in self._items else None

    def choose(self, number: int) -> None:
        """Make a characteristic the current one."""
        self.setCurrentItem(self._items[number])

    def show_rows(self, rows: Sequence[SniffRow]) -> None:
        """Bring the tree up to date; it is made anew only for another device."""
        shape = tuple((row.service, row.uuid) for row in rows)
        if shape != self._shown:
            self._shown = shape
            self._make(rows)
        for item, row in zip(self._items, rows, strict=True):
            size = f"{row.shortest}" if row.shortest == row.longest else (
                f"{row.shortest}–{row.longest}"
            )  # fmt: skip
            rate = f"{row.rate:.1f}" if row.count else "–"
            texts = (rate, size if row.count else "–", in_hex(row.newest))
            for column, text in enumerate(texts, start=2):
                if item.text(column) != text:
                    item.setText(column, text)

    def _make(self, rows: Sequence[SniffRow]) -> None:
        self.clear()
        self._items = []
        branches: dict[str, QTreeWidgetItem] = {}
        for row in rows:
            if row.service not in branches:
                branch = QTreeWidgetItem(self, [spoken(row.service)])
                branch.setFirstColumnSpanned(True)
                branches[row.service] = branch
            item = QTreeWidgetItem(
                branches[row.service], [spoken(row.uuid), ", ".join(row.properties)]
            )
            item.setToolTip(0, row.uuid)
            item.setFont(4, fixed_font())
            self._items.append(item)
        self.expandAll()
        lines = min(len(rows) + len(branches), MOST_LINES)
        if lines:
            line = self.sizeHintForRow(0)
            self.setFixedHeight(self.header().sizeHint().height() + lines * line + 8)


def as_text(name: str, rows: Sequence[SniffRow]) -> str:
    """Everything that was heard, to be copied into a message."""
    lines = [name]
    for service in dict.fromkeys(row.service for row in rows):
        lines.append(f"service {service}")
        for row in rows:
            if row.service != service:
                continue
            lines.append(f"  characteristic {row.uuid}: {', '.join(row.properties)}")
            if row.count:
                lines.append(
                    f"    {row.count} notifications, {row.rate:.1f} a second, "
                    f"{row.shortest} to {row.longest} bytes"
                )
            if row.newest:
                lines.append(f"    {row.newest.hex(' ')}")
    return "\n".join(lines) + "\n"
