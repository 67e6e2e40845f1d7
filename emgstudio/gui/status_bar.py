"""The status bar: do data arrive whole and in time, and reach the disk? Each cell is a button."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.devices.health import RATE_TOLERANCE
from emgstudio.devices.worker import DeviceState
from emgstudio.gui import wording
from emgstudio.gui.assets import set_icon
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import Popover, column, explain, icon_button, label, restyle
from emgstudio.session.sinks import SinkState
from emgstudio.storage.disk_space import free_where

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

HEIGHT = 32
# Figures that change more often cannot be read, and each lays out the whole row anew.
REFRESH_S = 0.5
DISK_REFRESH_S = 5.0
AGES_KEPT = 150
SAVED_LATE_S = 3.0
DISK_CHECK_S = 30 * 60
DISK_STOP_S = 5 * 60
BATTERY_CHECK = 20.0
BATTERY_STOP = 5.0
RATE_SHOWN_AFTER_S = 5.0
RATE_JUDGED_AFTER_S = 15.0
DELAY_CHECK_S = 0.5


class Cell(QPushButton):
    """One figure: short text, a spoken name, details on request, a shape when it needs a look."""

    def __init__(self, name: str, icon: str) -> None:
        super().__init__()
        self._name = name
        self._icon = icon
        self.level = ""
        self.details = ""
        self.setProperty("kind", "cell")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._shape = set_icon(self, icon, "muted", size=15)
        self.setAccessibleName(name)
        self.clicked.connect(self._explain)

    def show_figure(self, text: str, spoken: str, details: str, level: str = "") -> None:
        """New values; ``level`` is "", check or stop."""
        self.details = details
        explain(self, details, f"{self._name}: {spoken}")
        if text != self.text():
            self.setText(text)
        if level != self.level:
            self.level = level
            self._shape.show(level or self._icon, level or "muted")
            restyle(self, "level", level)

    def _explain(self) -> None:
        words = column(label(self._name, "heading"), label(self.details, wrap=True), spacing=6)
        made = Popover(self.window(), words)
        made.setMinimumWidth(320)
        made.show_beside(self)


class StatusBar(QFrame):
    """Channels and rate, lost samples, delay, battery, disk, last save, what is sent, DEMO."""

    def __init__(self, session: Session, tick: Tick) -> None:
        super().__init__()
        self._session = session
        self._ages: deque[float] = deque(maxlen=AGES_KEPT)
        self._silent_at: tuple[Stream | None, int] = (None, 0)
        self._refreshed = 0.0
        self._disk_looked = -DISK_REFRESH_S
        self._free_bytes: int | None = None
        self.setProperty("role", "status")
        self.setAccessibleName("Status")
        self.rate = Cell("Channels and sampling rate", "channels")
        self.lost = Cell("Lost samples", "loss")
        self.delay = Cell("Delay", "clock")
        self.battery = Cell("Lowest battery", "battery")
        self.disk = Cell("Recording time left on disk", "disk")
        self.saved = Cell("Saved to disk", "save")
        self.demo = Cell("Simulated data", "demo")
        self.demo.setText("DEMO")
        self.demo.details = "These data come from a simulated device, not from a person."
        self.demo.setToolTip(self.demo.details)
        self.sending = Cell("Decisions leave the app", "export")
        self.nothing = label("Nothing streams. Connect a device to begin.", "muted")
        self._row = FoldingRow(spacing=2)
        self._row.add(self.nothing)
        for cell, rank in (
            (self.rate, 2),
            (self.lost, 0),
            (self.delay, 0),
            (self.battery, 3),
            (self.disk, 4),
            (self.saved, 0),
        ):
            self._row.add(cell, rank)
        more = icon_button("more", "More status figures", self._show_folded)
        self._row.add_more(more)
        self._more = more
        self._row.add_stretch()
        self._row.add(self.sending, 0)
        self._row.add(self.demo, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 2, 8, 2)
        layout.addWidget(self._row)
        self.setMinimumHeight(HEIGHT)
        restyle(self.demo, "level", "demo")
        set_icon(self.demo, "demo", "on_accent", size=15)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._yield_keys)
        self._yield_keys(QGuiApplication.applicationState())
        self.refresh()
        tick.frame.connect(self._frame)

    def _yield_keys(self, state: Qt.ApplicationState) -> None:
        """Keys pressed by decisions are for other programs."""
        active = state == Qt.ApplicationState.ApplicationActive
        self._session.sinks.own_window_in_front = active

    def _frame(self, now: float) -> None:
        stream = self._session.main_stream
        device = self._session.device_of(stream) if stream is not None else None
        head = stream.clean.head if stream is not None else 0
        if device is not None and device.state is not DeviceState.STREAMING:
            # Nothing arrives: what was there grows old, and that is no delay.
            self._ages.clear()
            self._silent_at = (stream, head)
        elif stream is not None and head and self._silent_at != (stream, head):
            self._ages.append(host_time() - stream.clock.time(head - 1))
        if now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            self.refresh()

    def refresh(self) -> None:
        """Bring every cell up to date."""
        streams = self._session.streams
        stream = self._session.main_stream
        for cell in (self.rate, self.lost, self.delay):
            self._row.want(cell, stream is not None)
        self._row.want(self.nothing, stream is None)
        if stream is None:
            self._ages.clear()
        else:
            self._show_rate(streams, stream)
            self._show_lost(streams)
            self._show_delay()
        self._show_battery()
        self._show_disk()
        self._show_saved()
        self._show_sending()
        simulated = any(s.info.simulated for s in streams)
        self._row.want(self.demo, simulated)
        self._row.fold()

    def _show_rate(self, streams: Sequence[Stream], stream: Stream) -> None:
        channels = sum(s.info.n_channels for s in streams)
        nominal = stream.info.rate
        measured = stream.measured_rate
        seconds = stream.received / nominal
        if seconds < RATE_SHOWN_AFTER_S:
            measured = None
        shown = wording.rate(measured) if measured is not None else "…"
        off = (
            measured is not None
            and seconds > RATE_JUDGED_AFTER_S
            and abs(measured / nominal - 1) > RATE_TOLERANCE
        )
        details = "\n".join(
            f"{s.info.device}, {s.info.name}: {s.info.n_channels} channels, "
            f"{wording.rate(s.measured_rate) if s.measured_rate else '…'} of "
            f"{wording.rate(s.info.rate)} Hz"
            for s in streams
        )
        device = self._session.device_of(stream)
        silent = device is not None and device.state != DeviceState.STREAMING
        off = off or silent
        figure = "no signal" if silent else f"{shown}/{wording.rate(nominal)} Hz"
        spoken = "no signal" if silent else f"{shown} of {wording.rate(nominal)} hertz"
        self.rate.show_figure(
            f"{channels} ch · {figure}",
            f"{channels} channels, {spoken}",
            f"{details}\nMeasured over the last ten seconds.",
            "check" if off else "",
        )

    def _show_lost(self, streams: Sequence[Stream]) -> None:
        lost = sum(s.lost for s in streams)
        total = lost + sum(s.received for s in streams)
        share = lost / total if total else 0.0
        level = "" if lost == 0 else "stop" if share > 0.01 else "check"
        self.lost.show_figure(
            f"lost {lost} ({wording.percent(share)})",
            "none" if lost == 0 else f"{lost}, {wording.percent(share)}",
            f"{lost} of {total} samples have not arrived since the device was connected. "
            "Their places are kept as gaps.",
            level,
        )

    def _show_delay(self) -> None:
        ages = np.array(self._ages)
        ages = ages[np.isfinite(ages)]
        if not len(ages):
            self.delay.show_figure("delay –", "not known yet", "Nothing has arrived yet.")
            return
        median, late = np.percentile(ages, [50, 95])
        self.delay.show_figure(
            f"delay {wording.milliseconds(median)}",
            wording.milliseconds(median),
            f"Age of the newest sample when it is drawn: {wording.milliseconds(median)} in the "
            f"middle, {wording.milliseconds(late)} in the worst 5 % of the last frames.",
            "check" if median > DELAY_CHECK_S else "",
        )

    def _show_sending(self) -> None:
        """Nobody forgets that a movement moves something elsewhere."""
        going = [s for s in self._session.sinks.statuses if s.state is not SinkState.CLOSED]
        self._row.want(self.sending, bool(going))
        if not going:
            return
        keys = any(s.keys for s in going)
        failed = any(s.state is SinkState.FAILED for s in going)
        text = "PRESSES KEYS" if keys else f"sends to {len(going)}"
        places = "\n".join(f"{s.title}: {s.address}" for s in going)
        spoken = "movements press keys of this computer" if keys else f"to {len(going)} places"
        self.sending.show_figure(
            text,
            spoken,
            f"Recognised movements go to:\n{places}\nEnd it under Session › Send decisions.",
            "check" if keys or failed else "",
        )

    def _show_battery(self) -> None:
        levels = [
            (reading.value, worker.title)
            for worker in self._session.devices.values()
            for reading in worker.readings.values()
            if reading.key == "battery" and worker.state != DeviceState.CLOSED
        ]
        self._row.want(self.battery, bool(levels))
        if not levels:
            return
        value, title = min(levels)
        level = "stop" if value <= BATTERY_STOP else "check" if value <= BATTERY_CHECK else ""
        self.battery.show_figure(
            f"{value:.0f} %", f"{value:.0f} percent, {title}", f"{title}: {value:.0f} %", level
        )

    def _show_disk(self) -> None:
        left = self._disk_left()
        self._row.want(self.disk, left is not None)
        if left is None:
            return
        level = "stop" if left < DISK_STOP_S else "check" if left < DISK_CHECK_S else ""
        self.disk.show_figure(
            f"disk {wording.span(left)}",
            wording.spoken_span(left),
            f"{wording.span(left)} of recording fit on the disk of "
            f"{self._session.recordings_folder()}.",
            level,
        )

    def _disk_left(self) -> float | None:
        now = host_time()
        if now - self._disk_looked > DISK_REFRESH_S:
            self._disk_looked = now
            self._free_bytes = free_where(self._session.recordings_folder())
        return self._session.recording.disk_left_s(self._free_bytes)

    def _show_saved(self) -> None:
        recorder = self._session.recorder
        self._row.want(self.saved, recorder is not None)
        if recorder is None:
            return
        ago = recorder.status.saved_ago_s
        self.saved.show_figure(
            f"saved {wording.span(ago)} ago",
            f"{wording.spoken_span(ago)} ago",
            "Everything up to this moment is safely on the disk; a power cut cannot take it.",
            "check" if ago > SAVED_LATE_S else "",
        )

    def _show_folded(self) -> None:
        lines = [label(w.text()) for w in self._row.folded if isinstance(w, Cell)]
        made = Popover(self.window(), column(*lines, spacing=8))
        made.setAccessibleName(", ".join(line.text() for line in lines))
        made.show_beside(self._more)
