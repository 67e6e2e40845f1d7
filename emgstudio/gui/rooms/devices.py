"""Find devices, connect them, and see whether they stream as they should."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.devices.search import typed_address
from emgstudio.devices.worker import DeviceChanged, DeviceWorker
from emgstudio.gui.assets import Picture
from emgstudio.gui.device_card import DeviceCard
from emgstudio.gui.devices.device_log import device_logs
from emgstudio.gui.devices.driver_form import DriverForm, every_guess
from emgstudio.gui.devices.found_list import FoundList
from emgstudio.gui.devices.pages import DevicePages
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, card, column, label, row
from emgstudio.session.search import DeviceSearch, SearchChanged

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REFRESH_S = 0.25
LEFT_WIDTH = 400
WIDEST_LEFT = 560
FORM_SHARE = 2
FORM_HEIGHT = 190


class DevicesRoom(Room):
    """Left what can be connected, right what is connected."""

    key = "devices"
    title = "Devices"
    icon_name = "devices"

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self._refreshed = 0.0
        self.cards: dict[str, DeviceCard] = {}
        self.logs = device_logs(tick)
        self.seeker = DeviceSearch(session.outbox, lambda: session.settings.recent.devices)
        self.found = FoundList()
        self.found.currentItemChanged.connect(lambda _now, _before: self._show_settings())
        self.found.itemActivated.connect(lambda _item: self.connect_chosen())
        self.form = DriverForm()
        self._form_place = _scrolled(self.form)
        self._form_place.hide()
        self.again = button("Search again", self.search, icon="search", tooltip="F5")
        self.settings_button = button("Settings", self._toggle_settings, icon="settings")
        self.settings_button.setCheckable(True)
        self.connect_button = button("Connect", self.connect_chosen, icon="connect", kind="primary")
        self.pages = DevicePages(session, self.seeker, self.search, self._chosen_uri)
        self.pages.connect_wanted.connect(self._connect)
        self.pages.left.connect(self.found.setFocus)
        self._by_hand = self._by_hand_part()
        self._count = label("Connected", "title")
        self._nothing = self._empty_page()
        self.places_to_go = self._next_part()
        self._count.setMinimumHeight(self.connect_button.sizeHint().height())
        overview = QWidget()
        side_by_side = row(self._left(), spacing=24)
        side_by_side.addLayout(self._right(), 1)
        overview.setLayout(side_by_side)
        self.pages.begin(overview)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.addWidget(self.pages)
        self._add_actions()
        tick.frame.connect(self._frame)
        tick.arrived.connect(self._arrived)
        self.found.show_groups(self.seeker.groups())
        self.refresh()

    def entered(self) -> None:
        """What is connected may have changed, and so may what can be found."""
        self.refresh()
        self.search()
        self.found.setFocus()

    def left(self) -> None:
        """Nobody looks at what is found."""
        self.pages.leave_page()
        self.seeker.stop()

    def undo(self) -> str | None:
        """The last change in a channel map that is open."""
        maps = [card.map for card in self.cards.values() if card.map.isVisible()]
        return next(filter(None, (one.undo() for one in maps)), None)

    def close_room(self) -> None:
        """Search and sending end with the window."""
        self.pages.close_all()
        self.seeker.stop()

    def open(self, thing: object) -> None:
        """Connect the address that another room asks for, or show what the doctor says."""
        if isinstance(thing, DeviceWorker):
            self.show_doctor(thing.device_id)
        else:
            self._connect(str(thing))

    def show_doctor(self, device_id: str) -> None:
        """The card of a connected device, where its connection doctor is."""
        self.refresh()
        card = self.cards.get(device_id)
        if card is not None:
            self.pages.leave_page()
            self._card_area.ensureWidgetVisible(card.doctor)
            card.doctor.setFocus()

    def search(self) -> None:
        """Look again for what can be connected; what is found comes as it is found."""
        self.again.setText("Searching…")
        self.seeker.start()

    def connect_chosen(self) -> None:
        """Connect the device that is chosen in the list, with the settings shown."""
        if self.found.chosen is not None:
            self._connect_form(self.form, self.settings_button)

    def refresh(self) -> None:
        """One card for each connected device, up to date."""
        devices = self.session.devices
        for device_id in [i for i in self.cards if i not in devices]:
            gone = self.cards.pop(device_id)
            self._cards.removeWidget(gone)
            gone.deleteLater()
        for device_id, worker in devices.items():
            if device_id not in self.cards:
                made = DeviceCard(self.session, worker, self.logs.lines, self.seeker.signal_of)
                made.teach_wanted.connect(self.pages.teach)
                self.cards[device_id] = made
                self._cards.insertWidget(self._cards.count() - 1, made)
            self.cards[device_id].refresh()
        self._nothing.setVisible(not devices)
        self._card_area.setVisible(bool(devices))
        self.places_to_go.setVisible(bool(self.session.streams))
        self._count.setText(f"Connected ({len(devices)})" if devices else "Connected")

    def _left(self) -> QWidget:
        made = QWidget()
        layout = column(
            row(label("Found", "title"), 1, self.again),
            self.found,
            self._form_place,
            row(self.settings_button, 1, self.connect_button),
            self._by_hand,
            spacing=12,
        )
        layout.setStretchFactor(self.found, 3)
        layout.setStretchFactor(self._form_place, FORM_SHARE)
        made.setLayout(layout)
        self._left_part = made
        self._fit_left()
        theme().changed.connect(self._fit_left)
        return made

    def _by_hand_part(self) -> QWidget:
        self.address = QLineEdit()
        self.address.setPlaceholderText("Port, URL or Bluetooth address")
        self.address.setToolTip(
            "COM4 · /dev/ttyUSB0 · socket://host:port · rfc2217://host:port · a Bluetooth "
            "address · sim:gestures?person=B · tcp:host:port?driver=…"
        )
        self.address.setAccessibleName("Device address")
        self.address.textChanged.connect(lambda _text: self._show_typed())
        self.address.returnPressed.connect(self._connect_address)
        self.typed_form = DriverForm()
        self._typed_place = _scrolled(self.typed_form)
        self._typed_place.hide()
        self.typed_form.changed.connect(self._fit_typed)
        self._replay = button("Play a recording…", self._choose_replay, icon="play")
        go = button("Connect", self._connect_address, tooltip="Connect this address")
        go.setAccessibleName("Connect the address")
        made = QWidget()
        layout = column(
            row(label("By hand", "heading", wrap=True), self.pages.tools.missing),
            row(self.address, go),
            self._typed_place,
            row(self._replay, 1),
            spacing=8,
        )
        made.setLayout(layout)
        return made

    def _fit_left(self) -> None:
        self._left_part.setFixedWidth(min(theme().pixels(LEFT_WIDTH), WIDEST_LEFT))

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
        head = row(self._count, self.pages.tools, spacing=16)
        head.setStretchFactor(self.pages.tools, 1)
        right = column(head, spacing=12)
        right.addWidget(self._nothing)
        right.addWidget(self._card_area, 1)
        right.addWidget(self.places_to_go)
        right.addStretch(0)
        return right

    def _next_part(self) -> QWidget:
        """Where the signal leads, once there is one."""
        rooms = (
            ("Watch it live", "live", "live"),
            ("Start a therapy session", "therapy", "therapy"),
            ("Calibrate gestures", "calibrate", "calibrate"),
        )
        places = FlowLayout()
        words = label("Next:", "muted")
        words.setMinimumHeight(self.again.sizeHint().height())
        places.addWidget(words)
        for text, icon, key in rooms:
            go = partial(self.wanted.emit, key, None)
            places.addWidget(button(text, go, icon=icon))
        made = QWidget()
        made.setLayout(places)
        made.hide()
        return made

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
        made = card(words, margin=28)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        return made

    def _show_settings(self) -> None:
        device = self.found.chosen
        if device is None:
            return
        self.form.show_uris(self._known((device.uri, *device.others)))
        self.connect_button.setAccessibleName(f"Connect {device.title}")

    def _add_actions(self) -> None:
        self.add_action("Search again", "F5", self.search)
        self.add_action("Back to devices", "Esc", self.pages.leave_page)
        self.add_action("Why is my sensor missing?", "", self.pages.look_why)
        self.add_action("Teach a board", "", self.pages.teach)
        self.add_action("Look into a Bluetooth sensor", "", self.pages.sniff)
        self.add_action("Send to other programs (LSL)", "", self.pages.share)

    def _known(self, uris: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses with the options that were kept for them."""
        return tuple(self.session.sensors.with_kept_options(uri) for uri in uris)

    def _chosen_uri(self) -> str:
        return self.found.chosen.uri if self.found.chosen is not None else ""

    def _show_typed(self) -> None:
        """An address without a driver asks for one, as soon as it can be read."""
        try:
            uris = self._known(every_guess(typed_address(self.address.text())))
        except EmgError:
            uris = ()
        self._typed_place.setVisible(len(uris) > 1)
        self._replay.setVisible(len(uris) <= 1)
        if len(uris) > 1:
            self.typed_form.show_uris(uris)
            self._fit_typed()
            self._place_parts(typing=True)

    def _fit_typed(self) -> None:
        """Room for a form once there is one; not scaled, so that a small screen still fits."""
        self._typed_place.setMinimumHeight(FORM_HEIGHT if self.typed_form.complete else 0)

    def _toggle_settings(self) -> None:
        self._place_parts(typing=False)

    def _place_parts(self, typing: bool) -> None:
        """On a small screen there is room for one form."""
        shown = self.settings_button.isChecked() and not typing
        self.settings_button.setChecked(shown)
        self._form_place.setVisible(shown)
        self._by_hand.setVisible(not shown)

    def _connect_form(self, form: DriverForm, opener: QWidget | None) -> bool:
        try:
            uri = form.uri()
        except EmgError:
            # The form says what does not fit; which driver it is only a person can say.
            if opener is self.settings_button:
                self.settings_button.setChecked(True)
                self._toggle_settings()
            if not form.complete:
                form.driver.setFocus()
                self.say(EmgError("Which device is at this address?", "Choose it as the driver."))
            return False
        done = self._connect(uri)
        if done:
            self.attempt(lambda: self.session.sensors.keep_options(uri))
        return done

    def say(self, error: EmgError) -> None:
        """Let a person read what went wrong."""

        def fail() -> None:
            raise error

        self.attempt(fail)

    def _connect_address(self) -> None:
        text = self.address.text().strip()
        if not text:
            return
        try:
            uris = self._known(every_guess(typed_address(text)))
        except EmgError as error:
            self.say(error)
            return
        if len(uris) > 1:
            self.typed_form.show_uris(uris)
            done = self._connect_form(self.typed_form, None)
        else:
            done = self._connect(uris[0])
        if done:
            self.address.clear()
            # The form that had the focus may be gone now.
            self.address.setFocus()

    def _choose_replay(self) -> None:
        start = str(self.session.recordings_folder())
        chosen = QFileDialog.getExistingDirectory(self, "Play a recording", start)
        if chosen:
            self._connect(f"replay:{Path(chosen)}")

    def _connect(self, uri: str) -> bool:
        if uri.startswith("ble:"):
            # Scanning and connecting share one radio.
            self.seeker.leave_the_air()
        done = self.attempt(lambda: self.session.connect(uri)) is not None
        self.refresh()
        return done

    def _frame(self, now: float) -> None:
        if self.isVisible() and now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            if self.pages.page is not None:
                self.pages.page.refresh()
            else:
                self.refresh()

    def _arrived(self, item: object) -> None:
        if isinstance(item, SearchChanged):
            self.again.setText("Searching…" if item.scanning else "Search again")
            self.found.show_groups(item.groups)
        elif isinstance(item, DeviceChanged) and self.isVisible():
            self.refresh()


def _scrolled(form: DriverForm) -> QScrollArea:
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setWidget(form)
    return made
