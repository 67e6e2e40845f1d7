"""The bar on top: which device streams, whether it is recorded, and how to mark a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui import wording
from emgstudio.gui.assets import set_icon
from emgstudio.gui.clients.chip import ClientChip
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.panels.lamp_actions import LampActions
from emgstudio.gui.panels.lamps_popover import LampsPopover, all_lamps, lamp
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import Popover, column, explain, icon_button, label, restyle
from emgstudio.session.quality import ChannelQuality, worst

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session

REFRESH_S = 0.2
HEIGHT = 48
SHAPES = ("stop", "check", "good", "lamp-off")
STATES = {"good": "streaming", "check": "not ready", "stop": "lost", "lamp-off": "ended"}


class SessionBar(QFrame):
    """Brand, client and device chip, REC, Mark, notices, theme, help; a red line in recordings.

    ``wanted`` asks for something in a room by its key, ``said`` carries a Notice.
    """

    record_pressed = Signal()
    mark_pressed = Signal()
    devices_pressed = Signal()
    notices_pressed = Signal()
    theme_pressed = Signal()
    help_pressed = Signal()
    wanted = Signal(str, object)
    said = Signal(object, object)
    _chip_pressed = Signal()

    def __init__(self, session: Session, tick: Tick) -> None:
        super().__init__()
        self._session = session
        self._refreshed = 0.0
        # The last second of a recording that was shown.
        self._second = -1
        self.lamps: LampsPopover | None = None
        self._actions = LampActions(
            session, self.wanted.emit, lambda said: self.said.emit(said, ())
        )
        self.setProperty("role", "session")
        self.setAccessibleName("Session")
        self.setMinimumHeight(HEIGHT)
        brand = QPushButton("EMG Studio")
        brand.setProperty("kind", "brand")
        brand.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        brand.setAccessibleName("EMG Studio")
        set_icon(brand, "brand", "accent", size=22)
        self.client = ClientChip(session)
        self.client.all_wanted.connect(lambda: self.wanted.emit("clients", None))
        self._chip_pressed.connect(self.show_lamps)
        self.devices = self._button("device", "Devices", self._chip_pressed)
        self.devices.setProperty("kind", "chip")
        self._lamp = set_icon(self.devices, "lamp-off", "muted", size=14)
        self.record = self._button("Record", "Record", self.record_pressed)
        self.record.setProperty("kind", "record")
        self._record_icon = set_icon(self.record, "record", "record", size=16)
        self.mark = self._button("Mark", "Mark this moment", self.mark_pressed)
        set_icon(self.mark, "mark", size=18)
        self.bell = icon_button("bell", "Notices", self.notices_pressed.emit)
        self.theme = icon_button("sun", "Dark or light", self.theme_pressed.emit)
        self._theme_icon = set_icon(self.theme, "sun")
        help_button = icon_button("help", "Keyboard and help (F1)", self.help_pressed.emit)
        self._unread = label("", "count")
        self._row = FoldingRow(spacing=8)
        self._row.add(brand, 3)
        self._row.add(self.client, 2)
        self._row.add(self.devices)
        self._row.add_stretch()
        self._row.add(self.record)
        self._row.add(self.mark)
        self._row.add_stretch()
        self._row.add(self._unread, 1)
        self._row.add(self.bell)
        self._row.add(self.theme, 2)
        self._row.add(help_button, 1)
        for tool in (self.bell, self.theme, help_button):
            tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.addWidget(self._row)
        self._follow_theme()
        theme().changed.connect(self._follow_theme)
        self.show_unread(0)
        self.refresh()
        tick.frame.connect(self._frame)

    def show_unread(self, count: int) -> None:
        """How many warnings and errors nobody has looked at."""
        self._unread.setText(str(count))
        self._row.want(self._unread, count > 0)
        self.bell.setAccessibleName(
            f"Notices, {count} unread" if count else "Notices, nothing unread"
        )

    def show_lamps(self) -> None:
        """What the lamps of all devices say; without a device, where to connect one."""
        if not self._session.devices:
            self.devices_pressed.emit()
            return
        self.lamps = LampsPopover(self._session, self._actions, self.devices_pressed)
        self.lamps.destroyed.connect(self._lamps_closed)
        popover = Popover(self.window(), column(self.lamps))
        self.lamps.done.connect(popover.close)
        popover.show_beside(self.devices)

    def _lamps_closed(self) -> None:
        self.lamps = None

    def refresh(self) -> None:
        """Bring chip and buttons up to date."""
        self._show_devices(list(self._session.devices.values()))
        self.client.refresh()
        if self.lamps is not None:
            self.lamps.refresh()
        recorder = self._session.recorder
        if recorder is None:
            self._show_idle(ready=bool(self._session.streams))
        else:
            status = recorder.status
            self._show_recording(status.seconds, status.bytes)
        self._row.fold()

    def _frame(self, now: float) -> None:
        if now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            self.refresh()

    def _show_devices(self, workers: list[DeviceWorker]) -> None:
        if not workers:
            text, shape, spoken = "No device", "lamp-off", "No device is connected"
        else:
            shapes = [lamp(worker.state) for worker in workers]
            shape = next(s for s in SHAPES if s in shapes)
            name = workers[0].title if len(workers) == 1 else f"{len(workers)} devices"
            words, spoken = STATES[shape], "\n".join(w.state_text for w in workers)
            if shape == "good":
                shape, words = _signal([one for _, one in all_lamps(self._session)])
            text = f"{name} · {words}"
        self._lamp.show(shape, shape if shape != "lamp-off" else "muted")
        if self.devices.text() != text:
            self.devices.setText(text)
        what = "Click for the lamps of all channels." if workers else "Click for the devices."
        explain(self.devices, f"{spoken}\n{what}", f"Devices: {text}")

    def _show_idle(self, ready: bool) -> None:
        restyle(self.record, "recording", False)
        restyle(self, "recording", False)
        self.record.setEnabled(ready)
        self._record_icon.show("record", "record" if ready else "faint")
        self.record.setMinimumWidth(0)
        self.record.setText("Record" if ready else "No device to record")
        explain(
            self.record,
            "Start recording (Ctrl+R)" if ready else "Connect a device, then it can be recorded.",
            "Record" if ready else "Record, no device",
        )
        self.mark.setEnabled(False)
        explain(
            self.mark,
            "Marks are stored with a recording: start one first.",
            self.mark.accessibleName(),
        )
        self._second = -1

    def _show_recording(self, seconds: float, count: int) -> None:
        # Once a second: a longer text lays out the whole bar anew.
        if int(seconds) == self._second:
            return
        self._second = int(seconds)
        restyle(self.record, "recording", True)
        restyle(self, "recording", True)
        self.record.setEnabled(True)
        self._record_icon.show("stop-square", "on_record")
        text = f"REC {wording.clock_time(seconds)} · {wording.size(count)}"
        self.record.setText(text)
        # It may grow but not shrink, so that Mark does not move with every digit.
        self.record.setMinimumWidth(max(self.record.minimumWidth(), self.record.sizeHint().width()))
        explain(
            self.record,
            "Stop recording (Ctrl+R)",
            f"Stop recording, {wording.spoken_span(seconds)}, {wording.size(count)}",
        )
        self.mark.setEnabled(True)
        explain(self.mark, "Mark this moment (M)", self.mark.accessibleName())

    def _follow_theme(self) -> None:
        dark = theme().palette.dark
        self._theme_icon.show("sun" if dark else "moon")
        self.theme.setToolTip("Light theme" if dark else "Dark theme")
        self.theme.setAccessibleName("Light theme" if dark else "Dark theme")

    def _button(self, text: str, name: str, pressed: SignalInstance) -> QPushButton:
        made = QPushButton(text)
        made.setAccessibleName(name)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _checked=False: pressed.emit())
        return made


def _signal(channels: list[ChannelQuality]) -> tuple[str, str]:
    """The shape for all channels of devices that stream, and a word with their number."""
    level = worst(channels)
    if level is LampLevel.OFF:
        return "good", "streaming"
    if level is LampLevel.GOOD:
        return "good", "signal good"
    hit = [one for one in channels if one.level is level]
    names = {one.word for one in hit}
    return level.value, f"{names.pop() if len(names) == 1 else level.value} ({len(hit)})"
