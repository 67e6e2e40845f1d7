"""One connected device: how it is doing, its settings, and how to let it go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QFrame, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_to_text
from emgstudio.core.types import Level
from emgstudio.devices.registry import DeviceUri, kind_of
from emgstudio.devices.worker import DeviceState
from emgstudio.gui import wording
from emgstudio.gui.assets import Picture
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.session_bar import lamp
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, card, column, label, restyle, row
from emgstudio.ml.gestures import gesture_title

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session

FIGURE_WIDTH = 130
READING_NAMES = {"battery": "Battery", "rssi": "Signal strength", "impedance": "Impedance"}


class Figure(QWidget):
    """A caption above a value."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = caption
        self.value = label("–", "figure")
        self.setLayout(column(label(caption, "muted"), self.value, spacing=1))

    def sizeHint(self) -> QSize:
        """Wide enough that figures below each other line up and do not jump."""
        return super().sizeHint().expandedTo(QSize(theme().pixels(FIGURE_WIDTH), 0))

    def show_value(self, text: str) -> None:
        """Another value."""
        if text != self.value.text():
            self.value.setText(text)
            self.setAccessibleName(f"{self._caption}: {text}")


class DeviceCard(QFrame):
    """Follows one :class:`DeviceWorker`; call :meth:`refresh` now and then."""

    def __init__(self, session: Session, worker: DeviceWorker) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.session = session
        self.worker = worker
        self.uri = DeviceUri.parse(worker.uri)
        self.setAccessibleName(f"Device {worker.title}")
        self.lamp = Picture("icons/lamp-off", QSize(16, 16), "muted")
        self.title = label(worker.title, "heading", wrap=True)
        self.text = label("", "muted", wrap=True)
        self.channels = label("", "muted", wrap=True)
        self.figures: dict[str, Figure] = {}
        self._figures = FlowLayout((28, 10))
        for caption in ("Sampling rate", "Lost", "Last packet"):
            self._figure(caption)
        self.settings_button = button("Settings", self._toggle_settings, icon="settings")
        self.settings_button.setCheckable(True)
        self.again = button("Connect again", self._again, icon="repeat")
        self.disconnect_button = button("Disconnect", self._disconnect, icon="disconnect")
        self.form = OptionsForm(kind_of(self.uri).options, self._present_options())
        self.settings = self._settings_part()
        self.gestures = QWidget()
        self.gestures.hide()
        self._performed = QButtonGroup(self)
        self._buttons = row(self.settings_button, self.again, self.disconnect_button)
        self._head = row(spacing=12)
        name = row(self.lamp, spacing=12)
        name.addLayout(column(self.title, self.text, spacing=2), 1)
        self._head.addLayout(name, 1)
        self._head.addLayout(self._buttons)
        parts = column(
            self._head,
            self._figures,
            self.channels,
            self.gestures,
            self.settings,
            spacing=12,
        )
        parts.setContentsMargins(18, 16, 18, 16)
        self.setLayout(parts)
        self.refresh()

    def refresh(self) -> None:
        """Bring the card up to date."""
        worker = self.worker
        state = worker.state
        shape = lamp(state)
        self.lamp.show_picture(f"icons/{shape}", shape if shape != "lamp-off" else "muted")
        self.title.setText(worker.title)
        streaming = state is DeviceState.STREAMING
        self.text.setText("streaming" if streaming else worker.state_text)
        closed = state is DeviceState.CLOSED
        self.again.setVisible(closed)
        self.disconnect_button.setText("Remove" if closed else "Disconnect")
        self.disconnect_button.setAccessibleName(f"{self.disconnect_button.text()} {worker.title}")
        self._show_figures()
        self._show_channels()
        if worker.gestures and self.gestures.layout() is None:
            self._offer_gestures(worker.gestures)
        self.gestures.setEnabled(streaming)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the card is narrow the buttons go below the name."""
        super().resizeEvent(event)
        words = self.title.fontMetrics().horizontalAdvance(self.title.text())
        narrow = words + 100 + self._buttons.sizeHint().width() > self.width()
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    def _show_figures(self) -> None:
        streams = self.worker.streams
        if streams:
            first = streams[0]
            measured = first.measured_rate
            now = wording.rate(measured) if measured is not None else "…"
            self._figure("Sampling rate").show_value(f"{now} / {wording.rate(first.info.rate)} Hz")
            lost = sum(s.lost for s in streams)
            total = lost + sum(s.received for s in streams)
            share = lost / total if total else 0.0
            self._figure("Lost").show_value(f"{lost} ({wording.percent(share)})")
        age = self.worker.last_packet_age
        if age is not None:
            self._figure("Last packet").show_value(f"{wording.milliseconds(age)} ago")
        for key, reading in self.worker.readings.items():
            name = READING_NAMES.get(key, key.capitalize())
            self._figure(name).show_value(f"{reading.value:g} {reading.unit}")

    def _show_channels(self) -> None:
        text = "\n".join(
            f"{s.info.name}: {s.info.n_channels} channels in {s.info.channels[0].unit} – "
            + ", ".join(c.name for c in s.info.channels)
            for s in self.worker.streams
        )
        if text != self.channels.text():
            self.channels.setText(text)
        self.channels.setVisible(bool(text))

    def _figure(self, caption: str) -> Figure:
        if caption not in self.figures:
            self.figures[caption] = Figure(caption)
            self._figures.addWidget(self.figures[caption])
        return self.figures[caption]

    def _offer_gestures(self, keys: tuple[str, ...]) -> None:
        chips = FlowLayout((6, 6))
        for key in keys:
            made = button(gesture_title(key), partial(self.worker.perform, key))
            made.setCheckable(True)
            self._performed.addButton(made)
            made.setToolTip(f"{gesture_title(key)}, until you choose another one")
            chips.addWidget(made)
        self.gestures.setLayout(
            column(label("Let the simulated person do:", "muted"), chips, spacing=6)
        )
        self.gestures.show()

    def _settings_part(self) -> QFrame:
        apply = button("Apply and reconnect", self._apply, kind="primary")
        layout = column(self.form, row(1, apply), spacing=12)
        made = card(layout, margin=14)
        restyle(made, "role", "well")
        made.hide()
        return made

    def _present_options(self) -> dict[str, object]:
        options = self.worker.driver.options
        return {name: getattr(options, name) for name in type(options).__dataclass_fields__}

    def _toggle_settings(self) -> None:
        self.settings.setVisible(self.settings_button.isChecked())

    def _apply(self) -> None:
        def reconnect() -> None:
            options = options_to_text(self.form.options())
            self._reconnect(str(self.uri.with_options(options)))

        self._attempt(reconnect)

    def _again(self) -> None:
        self._attempt(lambda: self._reconnect(self.worker.uri))

    def _reconnect(self, uri: str) -> None:
        self.session.disconnect(self.worker.device_id)
        self.session.connect(uri)

    def _disconnect(self) -> None:
        self._attempt(lambda: self.session.disconnect(self.worker.device_id))

    def _attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except EmgError as error:
            self.session.outbox.notice(Level.ERROR, error.message, error.hint, "devices")
