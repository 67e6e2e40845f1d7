"""The figures of one device in words: for the card, the doctor and the copied log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from emgstudio.devices.address import EMULATED, DeviceUri
from emgstudio.devices.doctor import Advice, Patient
from emgstudio.devices.health import StreamHealth
from emgstudio.devices.worker import DeviceState
from emgstudio.gui import wording
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import column, label

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker

FIGURE_WIDTH = 130
SIGNAL, LOAD = "rssi", "port load"
READING_NAMES = {
    "battery": "Battery",
    SIGNAL: "Signal strength",
    "impedance": "Impedance",
    LOAD: "Port in use",
}
NOTHING = "–"
WIRELESS = ("ble", "tcp", "lsl")


class Figure(QWidget):
    """A caption above a value."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = caption
        self.value = label(NOTHING, "figure")
        self.setLayout(column(label(caption, "muted"), self.value, spacing=1))

    def sizeHint(self) -> QSize:
        """Wide enough that figures below each other line up and do not jump."""
        return super().sizeHint().expandedTo(QSize(theme().pixels(FIGURE_WIDTH), 0))

    def show_value(self, text: str) -> None:
        """Another value."""
        if text != self.value.text():
            self.value.setText(text)
            self.setAccessibleName(f"{self._caption}: {text}")


class Figures(QWidget):
    """Captions and values side by side; new ones come when they are first known."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, Figure] = {}
        self._flow = FlowLayout((28, 10))
        self.setLayout(self._flow)
        for caption in ("Sampling rate", "Lost", "Longest gap", "Jitter", "Last packet"):
            self._figure(caption)

    def __contains__(self, caption: str) -> bool:
        return caption in self._shown

    def text(self, caption: str) -> str:
        """The value below a caption."""
        return self._shown[caption].value.text()

    def show_health(
        self, worker: DeviceWorker, health: Sequence[StreamHealth], signal: float | None
    ) -> None:
        """Bring every figure up to date."""
        for caption, text in figures_of(worker, health, signal):
            self._figure(caption).show_value(text)

    def _figure(self, caption: str) -> Figure:
        if caption not in self._shown:
            self._shown[caption] = Figure(caption)
            self._flow.addWidget(self._shown[caption])
        return self._shown[caption]


def figures_of(
    worker: DeviceWorker, health: Sequence[StreamHealth], signal: float | None
) -> list[tuple[str, str]]:
    """Captions and values; rate and jitter are those of the first stream, loss is of all.

    While nothing streams, what only holds while something does is a dash.
    """
    found: list[tuple[str, str]] = []
    live = worker.state is DeviceState.STREAMING
    if health:
        first = health[0]
        now = "…" if first.measured_rate is None else wording.rate(first.measured_rate)
        now = now if live else NOTHING
        found.append(("Sampling rate", f"{now} / {wording.rate(first.rate)} Hz"))
        lost = sum(h.lost for h in health)
        total = lost + sum(h.received for h in health)
        found.append(("Lost", f"{lost} ({wording.percent(lost / total if total else 0.0)})"))
        longest = max(h.longest_gap_s for h in health)
        found.append(("Longest gap", wording.milliseconds(longest) if longest else "none"))
        if first.jitter_s is not None:
            jitter = f"± {first.jitter_s * 1000:.1f} ms"
            found.append(("Jitter", jitter if live else NOTHING))
    age = worker.last_packet_age
    if age is not None:
        found.append(("Last packet", f"{wording.milliseconds(age)} ago"))
    for key, reading in worker.readings.items():
        name = READING_NAMES.get(key, key.capitalize())
        digits = ".0f" if key == LOAD else "g"
        text = f"{reading.value:{digits}} {reading.unit}"
        found.append((name, text if live or key not in (SIGNAL, LOAD) else NOTHING))
    if signal is not None and SIGNAL not in worker.readings:
        found.append((READING_NAMES[SIGNAL], f"{signal:.0f} dBm"))
    return found


def patient_of(
    worker: DeviceWorker, health: Sequence[StreamHealth], signal: float | None
) -> Patient:
    """What the connection doctor is told about a device."""
    uri, readings = DeviceUri.parse(worker.uri), worker.readings
    battery, rssi, load = (readings.get(key) for key in ("battery", SIGNAL, LOAD))
    return Patient(
        title=worker.title,
        state=worker.state,
        trouble=worker.trouble,
        streams=tuple(health),
        last_packet_s=worker.last_packet_age,
        rssi_dbm=signal if rssi is None else rssi.value,
        battery=None if battery is None else battery.value,
        port_load=None if load is None else load.value,
        wireless=uri.scheme in WIRELESS,
        at_usb=uri.scheme == "serial" and "://" not in uri.target and uri.target != EMULATED,
        paced=worker.driver.paced,
    )


def summary_of(
    worker: DeviceWorker, health: Sequence[StreamHealth], advice: Sequence[Advice]
) -> str:
    """What somebody who helps from afar wants to read before the log."""
    lines = [worker.title, worker.uri, f"{worker.state}: {worker.state_text}"]
    lines += [f"{caption}: {text}" for caption, text in figures_of(worker, health, None)]
    lines += [f"{one.level}: {one.text} {one.hint}".rstrip() for one in advice]
    return "\n".join(lines)
