"""Look into a Bluetooth sensor that nobody knows, and describe it without writing code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.address import DRIVER, EMULATED, DeviceUri
from emgstudio.devices.ble_draft import bytes_from, guess_draft
from emgstudio.devices.ble_presets import PackedPreset, save_preset
from emgstudio.devices.ble_sniff import BleSniffer, SniffRow
from emgstudio.devices.drivers.packed import PackedDriver
from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.link import Link
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.registry import open_device, rehearsals
from emgstudio.gui.devices.page import DevicePage, make_short
from emgstudio.gui.devices.sniff_preset import PresetEditor
from emgstudio.gui.devices.sniff_table import SniffTree, as_text, spoken
from emgstudio.gui.widgets import button, label, row

ABOUT = (
    "What does an unknown sensor offer, what does it send, and how are its numbers packed? "
    "Described here, it can be connected like any other."
)
SCHEME = "ble"
# A guess needs some packets, and their rate some seconds of them: the first come in a heap.
ENOUGH, LISTEN_S = 10, 2.0


def sniff_link(uri: str) -> Link:
    """The link to what is listened to: a sensor on the air, or an emulated one."""
    parsed = DeviceUri.parse(uri)
    if parsed.target == EMULATED:
        return open_device(uri)[1]
    return BleLink(parsed.target)


class SniffPage(DevicePage):
    """Listens from :meth:`listen` to :meth:`leave`; ``connect_wanted`` carries an address."""

    connect_wanted = Signal(str)

    def __init__(
        self,
        advertisers: Callable[[], Sequence[FoundDevice]],
        free_radio: Callable[[], None],
        make_link: Callable[[str], Link] = sniff_link,
    ) -> None:
        super().__init__("Look into a Bluetooth sensor", ABOUT)
        self._advertisers = advertisers
        self._free_radio = free_radio
        self._make_link = make_link
        self._uri = ""
        self._guessed: int | None = None
        self._heard_from: int | None = None
        self._heard_since = 0.0
        self._written: dict[str, str] = {}
        self.sniffer: BleSniffer | None = None
        typed = QLineEdit()
        typed.setPlaceholderText("Choose a sensor, or type its address or name")
        typed.setAccessibleName("Sensor to listen to")
        typed.returnPressed.connect(self.listen)
        self.address = QComboBox()
        self.address.setEditable(True)
        self.address.setLineEdit(typed)
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.address.setAccessibleName("Sensor to listen to")
        make_short(self.address, 20)
        self.listen_button = button("Listen", self.listen, icon="search", kind="primary")
        self.state = label("No sensor is being listened to yet.", "muted", wrap=True)
        self.copy_button = button("Copy all", self.copy, icon="file")
        self.tree = SniffTree()
        self.tree.currentItemChanged.connect(lambda _now, _before: self._choose())
        self.command = QLineEdit()
        self.command.setPlaceholderText("Bytes such as 01 A0 FF")
        self.command.setAccessibleName("Bytes to write")
        self.command.returnPressed.connect(self.write)
        self.write_to = QComboBox()
        self.write_to.setAccessibleName("Write to characteristic")
        make_short(self.write_to, 14)
        self.write_button = button("Write", self.write)
        self.written = label("", "muted", wrap=True)
        self.editor = PresetEditor()
        self.save_button = button("Save", self.save, icon="save")
        self.connect_button = button(
            "Save and connect", self.save_and_connect, icon="connect", kind="primary"
        )
        self._lay_out()
        self._offer()
        self._show_parts(())

    @property
    def chosen(self) -> SniffRow | None:
        """The characteristic that is looked at."""
        number, rows = self.tree.chosen, self._rows()
        return rows[number] if number is not None and number < len(rows) else None

    def refresh(self) -> None:
        """What was heard by now."""
        self._offer()
        sniffer = self.sniffer
        if sniffer is None:
            return
        refused = f" {sniffer.refused}" if sniffer.refused else ""
        waiting = self.tree.chosen is not None and self._heard_from is not None
        looking = " Looking at its packets…" if waiting and self._guessed is None else ""
        self.state.setText(f"{sniffer.text}{refused}{looking}")
        rows = self._rows()
        fresh = self.tree.topLevelItemCount() == 0
        self.tree.show_rows(rows)
        self._show_parts(rows)
        if rows and fresh:
            self._offer_writing(rows)
        self._choose_what_sends(rows)
        chosen = self.chosen
        if chosen is not None and chosen.count:
            self._guess(chosen)
            self._show_parts(rows)
            number = self.tree.chosen
            assert number is not None
            self.editor.show_payloads(chosen.uuid, sniffer.payloads(number))

    def listen(self) -> None:
        """Connect to the chosen or typed sensor and listen to all that it sends."""
        try:
            uri = self._chosen_uri()
            link = self._make_link(uri)
        except EmgError as error:
            self.tell(error)
            return
        self.tell(None)
        self.leave()
        self._free_radio()
        self._uri, self._guessed, self._written = uri, None, {}
        self._heard_from = None
        self.tree.show_rows(())
        self.write_to.clear()
        self.written.setText("")
        self.sniffer = BleSniffer(link)
        self.sniffer.start()
        self.refresh()

    def leave(self) -> None:
        """Let the sensor go."""
        if self.sniffer is not None:
            self.sniffer.stop()
            self.sniffer = None

    def write(self) -> None:
        """Write the typed bytes to the characteristic that is chosen for it."""
        try:
            data = bytes_from(self.command.text())
        except EmgError as error:
            self.tell(error)
            return
        number = self.write_to.currentData()
        if self.sniffer is None or number is None:
            return
        self.tell(None)
        self.sniffer.write(number, data)
        uuid = self._rows()[number].uuid
        self._written[uuid] = data.hex()
        told = "; ".join(f"{bytes.fromhex(d).hex(' ')} to {spoken(u)}" for u, d in
                         self._written.items())  # fmt: skip
        self.written.setText(f"Written: {told}. The preset will write it when it connects.")

    def copy(self) -> None:
        """Put everything that was heard onto the clipboard."""
        table = self.sniffer.table if self.sniffer is not None else None
        name = table.name if table is not None else self._uri
        QGuiApplication.clipboard().setText(as_text(name, self._rows()))

    def save(self) -> PackedPreset | None:
        """Keep the preset as it is described now; None where it makes none."""
        chosen = self.chosen
        sniffer = self.sniffer
        if chosen is None or sniffer is None:
            return None
        table = sniffer.table
        names = (table.name,) if table is not None and table.name else ()
        try:
            preset = self.editor.make(
                chosen.uuid, chosen.service, names, tuple(self._written.items())
            )
            file = save_preset(preset)
        except EmgError as error:
            self.tell(error)
            return None
        except OSError as error:
            self.tell(EmgError(f"The preset could not be saved: {error.strerror}."))
            return None
        self.tell(None)
        self.written.setText(f"Saved as {file}.")
        return preset

    def save_and_connect(self) -> None:
        """Keep the preset, let the sensor go and connect it as a device."""
        preset = self.save()
        if preset is None:
            return
        parsed = DeviceUri.parse(self._uri)
        query = {DRIVER: PackedDriver.key, "preset": preset.key}
        self.leave()
        self.connect_wanted.emit(str(DeviceUri(SCHEME, parsed.target, query)))

    def _rows(self) -> tuple[SniffRow, ...]:
        return self.sniffer.rows if self.sniffer is not None else ()

    def _chosen_uri(self) -> str:
        text = self.address.currentText().strip()
        at = self.address.currentIndex()
        if at < 0 or self.address.itemText(at) != text:
            at = self.address.findText(text)
        if at >= 0 and text:
            return str(self.address.itemData(at))
        if not text:
            raise EmgError("Which sensor?", "Choose one, or type its address or name.")
        return str(DeviceUri(SCHEME, text.removeprefix(f"{SCHEME}:")))

    def _offer(self) -> None:
        """Who is on the air now; what is typed or chosen stays."""
        box = self.address
        pretended = [
            (f"Rehearse: {one.title}", one.uri)
            for one in rehearsals()
            if DeviceUri.parse(one.uri).scheme == SCHEME
        ]
        heard = [(one.title, one.uri) for one in self._advertisers()]
        entries = [*heard, *pretended]
        if entries == [(box.itemText(k), box.itemData(k)) for k in range(box.count())]:
            return
        text = box.currentText()
        box.blockSignals(True)
        box.clear()
        for title, uri in entries:
            box.addItem(title, uri)
        box.setCurrentIndex(box.findText(text))
        box.setEditText(text)
        box.blockSignals(False)

    def _offer_writing(self, rows: Sequence[SniffRow]) -> None:
        self.write_to.clear()
        for number, one in enumerate(rows):
            if any(can.startswith("write") for can in one.properties):
                self.write_to.addItem(spoken(one.uuid), number)

    def _choose_what_sends(self, rows: Sequence[SniffRow]) -> None:
        """Until a person chooses, the characteristic that sends most is looked at."""
        if self.tree.chosen is not None or not any(one.count for one in rows):
            return
        busiest = max(range(len(rows)), key=lambda k: rows[k].count * rows[k].longest)
        self.tree.choose(busiest)

    def _choose(self) -> None:
        self._guessed = self._heard_from = None
        self._show_parts(self._rows())

    def _guess(self, chosen: SniffRow) -> None:
        """A first description, once there is enough to tell; never over what a person typed."""
        number, sniffer = self.tree.chosen, self.sniffer
        if number is None or number == self._guessed or sniffer is None or chosen.count < ENOUGH:
            return
        if self._heard_from != number:
            self._heard_from, self._heard_since = number, host_time()
        if host_time() - self._heard_since < LISTEN_S:
            return
        self._guessed = number
        self.editor.show_draft(guess_draft(sniffer.payloads(number), chosen.rate))

    def _show_parts(self, rows: Sequence[SniffRow]) -> None:
        chosen = self.chosen
        sends = chosen is not None and chosen.count > 0
        self.tree.setVisible(bool(rows))
        self.copy_button.setEnabled(bool(rows))
        self._write_row.setVisible(self.write_to.count() > 0)
        emulated = DeviceUri.parse(self._uri) if self._uri else None
        packed = (
            emulated is None or emulated.target != EMULATED or emulated.driver == PackedDriver.key
        )
        described = sends and self._guessed == self.tree.chosen
        self.editor.setVisible(described)
        self.save_button.setEnabled(described)
        self.connect_button.setEnabled(described and packed)
        self.connect_button.setToolTip(
            "" if packed else "An emulated sensor of its own kind is connected from the list."
        )

    def _lay_out(self) -> None:
        words = label("Sensor")
        words.setBuddy(self.address)
        choice = row(words, self.address, self.listen_button, spacing=12)
        choice.setStretchFactor(self.address, 1)
        self.body.addLayout(choice)
        told = row(self.state, self.copy_button, spacing=12)
        told.setStretchFactor(self.state, 1)
        self.body.addLayout(told)
        self.body.addWidget(self.tree)
        self._write_row = QWidget()
        to = label("to")
        to.setBuddy(self.write_to)
        what = label("Write")
        what.setBuddy(self.command)
        writing = row(what, self.command, to, self.write_to, self.write_button, spacing=12)
        writing.setStretchFactor(self.command, 1)
        self._write_row.setLayout(writing)
        self.body.addWidget(self._write_row)
        self.body.addWidget(self.written)
        self.body.addWidget(self.editor)
        self.body.addStretch(1)
        self.foot.addStretch(1)
        self.foot.addWidget(self.save_button)
        self.foot.addWidget(self.connect_button)
