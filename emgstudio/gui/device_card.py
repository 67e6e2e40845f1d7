"""One connected device: how it is doing, what the doctor says, its settings, and its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QFrame, QPushButton, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_to_text
from emgstudio.core.types import Level
from emgstudio.core.words import several
from emgstudio.devices.doctor import examine
from emgstudio.devices.health import health_of
from emgstudio.devices.registry import DeviceUri, kind_of
from emgstudio.devices.worker import DeviceState
from emgstudio.gui.assets import Picture
from emgstudio.gui.devices.action_row import ActionRow
from emgstudio.gui.devices.channel_map import ChannelMap
from emgstudio.gui.devices.device_log import LogView
from emgstudio.gui.devices.doctor_view import DoctorView, SafetyCard
from emgstudio.gui.devices.figures import Figures, patient_of, summary_of
from emgstudio.gui.devices.lamp_advice import lamp_advice
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.panels.lamps_popover import lamp
from emgstudio.gui.widgets import button, card, column, label, restyle, row
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.sensors import isolation_unknown
from emgstudio.session.teaching import text_driver

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session

MOST_NAMES = 16


class DeviceCard(QFrame):
    """Follows one :class:`DeviceWorker`; call :meth:`refresh` now and then.

    ``lines`` gives the device's log, ``signal`` the strength of a Bluetooth
    address as the search heard it. ``teach_wanted`` carries the id of a device whose
    lines of numbers somebody wants to explain.
    """

    teach_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        worker: DeviceWorker,
        lines: Callable[[str], tuple[str, ...]],
        signal: Callable[[str], float | None],
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.session = session
        self.worker = worker
        self.uri = DeviceUri.parse(worker.uri)
        self._lines = lines
        self._signal = signal
        self.setAccessibleName(f"Device {worker.title}")
        self.lamp = Picture("icons/lamp-off", QSize(16, 16), "muted")
        self.title = label(worker.title, "heading", wrap=True)
        self.text = label("", "muted", wrap=True)
        self.channels = label("", "muted", wrap=True)
        self.figures = Figures()
        self.doctor = DoctorView()
        self.log = LogView()
        self.log.hide()
        self.map = ChannelMap(session, worker)
        self.map.said.connect(self._say)
        self.map.hide()
        self.actions_row = ActionRow(worker)
        self.form = OptionsForm(kind_of(self.uri).options, self._present_options())
        self.settings = self._settings_part()
        self.gestures = QWidget()
        self.gestures.hide()
        self._performed = QButtonGroup(self)
        self._head = self._head_part()
        self._foot = row(spacing=8)
        self._foot.addWidget(self.channels, 1)
        self._foot.addLayout(self._foot_buttons)
        self.safety = SafetyCard(self._confirm_isolation)
        parts = column(
            self._head,
            self.safety,
            self.figures,
            self.doctor,
            self._foot,
            self.map,
            self.actions_row,
            row(self.teach_button, 1),
            self.gestures,
            self.settings,
            self.log,
            spacing=12,
        )
        parts.setContentsMargins(18, 16, 18, 16)
        self.setLayout(parts)
        self._show_safety()
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
        self._show_health()
        self._show_channels()
        if worker.gestures and self.gestures.layout() is None:
            self._offer_gestures(worker.gestures)
        self.gestures.setEnabled(streaming)
        self.actions_row.refresh()
        if self.map.isVisibleTo(self):
            self.map.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the card is narrow the buttons go below the name."""
        super().resizeEvent(event)
        words = self.title.fontMetrics().horizontalAdvance(self.title.text())
        narrow = words + 100 + self._buttons.sizeHint().width() > self.width()
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)
        narrow = 3 * self._foot_buttons.sizeHint().width() > 2 * self.width()
        self._foot.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    def _head_part(self) -> QBoxLayout:
        self.settings_button = self._toggle("Settings", "settings", self.settings)
        self.map_button = self._toggle("Channel map", "channels", self.map)
        self.log_button = self._toggle("Log", "file", self.log)
        self.again = button("Connect again", self._again, icon="repeat")
        self.disconnect_button = button("Disconnect", self._disconnect, icon="disconnect")
        self.teach_button = button("Teach its columns", self._teach, icon="edit")
        self.teach_button.setToolTip("What the columns of this board are, and microvolts")
        self.teach_button.setVisible(text_driver(self.worker.driver) is not None)
        self._foot_buttons = row(self.map_button, self.log_button)
        self._foot_buttons.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._buttons = row(self.settings_button, self.again, self.disconnect_button)
        head = row(spacing=12)
        name = row(self.lamp, spacing=12)
        name.addLayout(column(self.title, self.text, spacing=2), 1)
        head.addLayout(name, 1)
        head.addLayout(self._buttons)
        return head

    def _toggle(self, text: str, icon: str, part: QWidget) -> QPushButton:
        def show() -> None:
            part.setVisible(made.isChecked())
            self.refresh()

        made = button(text, show, icon=icon)
        made.setCheckable(True)
        return made

    def _show_health(self) -> None:
        health = tuple(health_of(stream) for stream in self.worker.streams)
        signal = self._signal(self.uri.target) if self.uri.scheme == "ble" else None
        self.figures.show_health(self.worker, health, signal)
        advice = examine(patient_of(self.worker, health, signal))
        self.doctor.show_advice((*advice, *lamp_advice(self.session, self.worker)))
        if self.log.isVisibleTo(self):
            summary = summary_of(self.worker, health, advice)
            self.log.show_log(summary, self._lines(self.worker.device_id))

    def _show_channels(self) -> None:
        text = "\n".join(
            f"{s.info.name}: {_channels_in(s.info.n_channels, s.info.channels[0].unit)} – "
            + named([channel.name for channel in s.info.channels])
            for s in self.worker.streams
        )
        if text != self.channels.text():
            self.channels.setText(text)

    def _show_safety(self) -> None:
        unknown = isolation_unknown(self.worker.uri, self.worker.driver)
        self.safety.setVisible(unknown and not self.session.sensors.confirmed(self.worker.uri))

    def _confirm_isolation(self) -> None:
        self._attempt(lambda: self.session.sensors.confirm(self.worker.uri))
        self._show_safety()

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

    def _apply(self) -> None:
        def reconnect() -> None:
            shown = {field.name for field in self.form.fields}
            # A decoder behind a Bluetooth service has options that this form does not show.
            others = {n: text for n, text in self.uri.options.items() if n not in shown}
            options = {**others, **options_to_text(self.form.options())}
            uri = str(self.uri.with_options(options))
            self._reconnect(uri)
            self.session.sensors.keep_options(uri)

        self._attempt(reconnect)

    def _teach(self) -> None:
        self.teach_wanted.emit(self.worker.device_id)

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
            self._say(error)

    def _say(self, error: EmgError) -> None:
        self.session.outbox.notice(Level.ERROR, error.message, error.hint, "devices")


def named(names: list[str]) -> str:
    """All names, or of many the first and the last; the channel map has the others."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:3])} … {names[-1]}"


def _channels_in(count: int, unit: str) -> str:
    many = several(count, "channel")
    return f"{many} without a unit" if unit == "1" else f"{many} in {unit}"
