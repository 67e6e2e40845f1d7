"""All lamps of all devices, from anywhere in the window: what the chip on top opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from emgstudio.devices.worker import DeviceState
from emgstudio.gui.panels.lamp_actions import LampActions
from emgstudio.gui.panels.lamps import LampPanel
from emgstudio.gui.widgets import StatusWord, button, column, large_target
from emgstudio.session.quality import ChannelQuality

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

MARK = 24
BUSY = (DeviceState.OPENING, DeviceState.IDENTIFYING, DeviceState.CONFIGURING)


def lamp(state: DeviceState) -> str:
    """The shape that stands for a device state."""
    if state == DeviceState.STREAMING:
        return "good"
    if state in (*BUSY, DeviceState.STALLED, DeviceState.WAITING):
        return "check"
    return "stop" if state == DeviceState.LOST else "lamp-off"


def all_lamps(session: Session) -> tuple[tuple[Stream, ChannelQuality], ...]:
    """The channels of every stream; with several devices each says whose it is."""
    several = sum(bool(worker.streams) for worker in session.devices.values()) > 1
    return tuple(
        (stream, replace(one, name=f"{one.name} of {worker.title}") if several else one)
        for worker in session.devices.values()
        for stream in worker.streams
        for one in session.quality.lamps(stream)
    )


class LampsPopover(QWidget):
    """How the devices are and what the lamps say; ``done`` once another room shows the rest."""

    done = Signal()

    def __init__(
        self, session: Session, actions: LampActions, show_devices: SignalInstance
    ) -> None:
        super().__init__()
        self._session = session
        self._actions = actions
        self._streams: dict[tuple[str, int], Stream] = {}
        self._devices = QVBoxLayout()
        self._devices.setContentsMargins(0, 0, 0, 0)
        self._lines: dict[str, StatusWord] = {}
        self.panel = LampPanel()
        self.panel.action_wanted.connect(self._act)
        self.panel.channel_wanted.connect(self._show)
        self.devices = button("Show the devices", self._leave, icon="devices")
        self.devices.clicked.connect(lambda _checked=False: show_devices.emit())
        large_target(self.devices)
        self.setLayout(column(self._devices, self.panel, self.devices, spacing=10))
        self.refresh()

    def refresh(self) -> None:
        """Follow devices and lamps."""
        for worker in self._session.devices.values():
            line = self._lines.get(worker.device_id)
            if line is None:
                line = self._lines[worker.device_id] = StatusWord()
                line.word.setWordWrap(True)
                line.word.setMinimumWidth(self.panel.minimumWidth() - MARK)
                self._devices.addWidget(line)
            line.show_status(lamp(worker.state), worker.state_text)
        found = all_lamps(self._session)
        self._streams = {(one.name, one.channel): stream for stream, one in found}
        self.panel.show_quality([one for _, one in found])

    def _act(self, action: str, quality: ChannelQuality) -> None:
        stream = self._streams.get((quality.name, quality.channel))
        if stream is not None and self._actions.carry_out(stream, action, quality):
            self._leave()

    def _show(self, quality: ChannelQuality) -> None:
        stream = self._streams.get((quality.name, quality.channel))
        if stream is not None:
            self._actions.show(stream, quality.channel)
            self._leave()

    def _leave(self) -> None:
        self.done.emit()
