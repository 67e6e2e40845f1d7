"""Find devices, connect them, and see whether they stream as they should."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_to_text
from emgstudio.devices.registry import DeviceUri, FoundDevice, find_devices, kind_of
from emgstudio.devices.worker import DeviceChanged
from emgstudio.gui import wording
from emgstudio.gui.assets import Picture, picture
from emgstudio.gui.device_card import DeviceCard
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import current, theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, card, column, label, row

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REFRESH_S = 0.25
LEFT_WIDTH = 400
FOUND = Qt.ItemDataRole.UserRole


class DevicesRoom(Room):
    """Left what can be connected, right what is connected."""

    key = "devices"
    title = "Devices"
    icon_name = "devices"

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self._refreshed = 0.0
        self.cards: dict[str, DeviceCard] = {}
        self.form: OptionsForm | None = None
        self.found = QListWidget()
        self.found.setAccessibleName("Devices found")
        self.found.setItemDelegate(TwoLines(self.found))
        self.found.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.currentItemChanged.connect(lambda _now, _before: self._show_settings())
        self.found.itemActivated.connect(lambda _item: self.connect_chosen())
        self.address = QLineEdit()
        self.address.setPlaceholderText("Address, e.g. sim:gestures?person=B")
        self.address.setAccessibleName("Device address")
        self.address.returnPressed.connect(self._connect_address)
        self.settings_button = button("Settings", self._toggle_settings, icon="settings")
        self.settings_button.setCheckable(True)
        self.connect_button = button("Connect", self.connect_chosen, icon="connect", kind="primary")
        self._form_place = QScrollArea()
        self._form_place.setWidgetResizable(True)
        self._form_place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._form_place.hide()
        self._count = label("Connected", "title")
        self._nothing = self._empty_page()
        self._count.setMinimumHeight(self.connect_button.sizeHint().height())
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(24)
        outer.addWidget(self._left())
        outer.addLayout(self._right(), 1)
        self.add_action("Search again", "F5", self.search)
        tick.frame.connect(self._frame)
        tick.arrived.connect(self._arrived)
        self.search()
        self.refresh()

    def entered(self) -> None:
        """What is connected may have changed."""
        self.refresh()
        self.found.setFocus()

    def open(self, thing: object) -> None:
        """Connect the address that another room asks for."""
        self._connect(str(thing))

    def search(self) -> None:
        """Look again for what can be connected."""
        chosen = self.found.currentRow()
        self.found.clear()
        for device in find_devices():
            item = QListWidgetItem(device.title)
            item.setData(FOUND, device)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, device.detail)
            item.setToolTip(f"{device.detail}\n{device.uri}")
            self.found.addItem(item)
        self.found.setCurrentRow(max(0, chosen))

    def connect_chosen(self) -> None:
        """Connect the device that is chosen in the list, with the settings shown."""
        device = self._chosen()
        if device is None:
            return
        try:
            self._connect(self._uri_with_settings(device))
        except EmgError:
            # The form says what does not fit.
            self.settings_button.setChecked(True)
            self._toggle_settings()

    def refresh(self) -> None:
        """One card for each connected device, up to date."""
        devices = self.session.devices
        for device_id in [i for i in self.cards if i not in devices]:
            gone = self.cards.pop(device_id)
            self._cards.removeWidget(gone)
            gone.deleteLater()
        for device_id, worker in devices.items():
            if device_id not in self.cards:
                made = DeviceCard(self.session, worker)
                self.cards[device_id] = made
                self._cards.insertWidget(self._cards.count() - 1, made)
            self.cards[device_id].refresh()
        self._nothing.setVisible(not devices)
        self._card_area.setVisible(bool(devices))
        connected = wording.several(len(devices), "device", "devices")
        self._count.setText(f"Connected: {connected}" if devices else "Connected")

    def _left(self) -> QWidget:
        again = button("Search again", self.search, icon="search", tooltip="Search again (F5)")
        replay = button("Play a recording…", self._choose_replay, icon="play")
        go = button("Connect", self._connect_address, tooltip="Connect this address")
        go.setAccessibleName("Connect the address")
        self._by_hand = QWidget()
        self._by_hand.setLayout(
            column(label("By hand", "heading"), row(self.address, go), row(replay, 1), spacing=8)
        )
        made = QWidget()
        made.setLayout(
            column(
                row(label("Found", "title"), 1, again),
                self.found,
                self._form_place,
                row(self.settings_button, 1, self.connect_button),
                self._by_hand,
                spacing=12,
            )
        )
        self._left_part = made
        self._fit_left()
        theme().changed.connect(self._fit_left)
        return made

    def _fit_left(self) -> None:
        self._left_part.setFixedWidth(min(theme().pixels(LEFT_WIDTH), 560))

    def _right(self) -> QVBoxLayout:
        page = QWidget()
        page.setProperty("role", "page")
        self._cards = QVBoxLayout(page)
        self._cards.setContentsMargins(0, 0, 8, 0)
        self._cards.setSpacing(12)
        self._cards.addStretch(1)
        self._card_area = QScrollArea()
        self._card_area.setWidgetResizable(True)
        self._card_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._card_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._card_area.setWidget(page)
        right = column(self._count, spacing=12)
        right.addWidget(self._nothing)
        right.addWidget(self._card_area, 1)
        right.addStretch(0)
        return right

    def _empty_page(self) -> QFrame:
        words = column(
            Picture("icons/sensor", QSize(40, 40), "muted"),
            label("No device is connected.", "heading"),
            label(
                "Choose one on the left and press Connect. Without a sensor at hand, the demo "
                "“Armband, gestures” behaves like a real one.",
                "muted",
                wrap=True,
            ),
            1,
            spacing=8,
        )
        return card(words, margin=28)

    def _show_settings(self) -> None:
        device = self._chosen()
        if device is None:
            return
        options = kind_of(DeviceUri.parse(device.uri)).options
        if self.form is None or self.form.options_type is not options:
            self.form = OptionsForm(options)
            holder = QFrame()
            holder.setProperty("role", "card")
            layout = QVBoxLayout(holder)
            layout.setContentsMargins(14, 12, 14, 12)
            layout.addWidget(self.form)
            self._form_place.setWidget(holder)
        self.connect_button.setAccessibleName(f"Connect {device.title}")

    def _toggle_settings(self) -> None:
        shown = self.settings_button.isChecked()
        self._form_place.setVisible(shown)
        # On a small screen there is room for one of the two.
        self._by_hand.setVisible(not shown)

    def _chosen(self) -> FoundDevice | None:
        item = self.found.currentItem()
        return item.data(FOUND) if item is not None else None

    def _uri_with_settings(self, device: FoundDevice) -> str:
        if self.form is None:
            return device.uri
        parsed = DeviceUri.parse(device.uri)
        texts = options_to_text(self.form.options())
        return str(parsed.with_options({**parsed.options, **texts}))

    def _connect_address(self) -> None:
        text = self.address.text().strip()
        if text and self._connect(text):
            self.address.clear()

    def _choose_replay(self) -> None:
        start = str(self.session.recordings_folder())
        chosen = QFileDialog.getExistingDirectory(self, "Play a recording", start)
        if chosen:
            self._connect(f"replay:{Path(chosen)}")

    def _connect(self, uri: str) -> bool:
        done = self.attempt(lambda: self.session.connect(uri)) is not None
        self.refresh()
        return done

    def _frame(self, now: float) -> None:
        if self.isVisible() and now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            self.refresh()

    def _arrived(self, item: object) -> None:
        if isinstance(item, DeviceChanged) and self.isVisible():
            self.refresh()


class TwoLines(QStyledItemDelegate):
    """Paints a found device as title and detail."""

    MARGIN = 10

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Two lines and air."""
        lines = 2 * QFontMetrics(option.font).lineSpacing()
        return QSize(120, lines + 2 * self.MARGIN)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Background as the style sheet says, then the words."""
        device = index.data(FOUND)
        option.text = ""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        colours = current()
        area = option.rect.adjusted(self.MARGIN + 2, self.MARGIN, -self.MARGIN, -self.MARGIN)
        size = theme().pixels(22)
        painter.drawPixmap(
            area.left(),
            area.center().y() - size // 2,
            picture(f"icons/{_icon_of(device)}", QSize(size, size), "accent"),
        )
        area.setLeft(area.left() + size + 12)
        upper = QRect(area.left(), area.top(), area.width(), area.height() // 2)
        bold = QFont(option.font)
        bold.setBold(True)
        self._line(painter, upper, device.title, bold, colours.text)
        lower = upper.translated(0, area.height() // 2)
        self._line(painter, lower, device.detail, option.font, colours.muted)

    def _line(self, painter: QPainter, area: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


def _icon_of(device: FoundDevice) -> str:
    return "demo" if device.uri.startswith("sim:") else "sensor"
