"""What happened to each device, line by line, to be read and copied."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from emgstudio.core.types import Notice
from emgstudio.devices.worker import DeviceChanged
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, column, label, row

LINES_KEPT = 300
HEIGHT = 150


class DeviceLogs(QObject):
    """Collects the news about devices that a tick brings, by device id."""

    def __init__(self, tick: Tick) -> None:
        super().__init__(tick)
        self._lines: dict[str, deque[str]] = {}
        tick.arrived.connect(self.take)

    def take(self, item: object) -> None:
        """A value from the outbox; what is not about a device is left alone."""
        if isinstance(item, DeviceChanged):
            self._add(item.device_id, f"{item.state}: {item.text}")
        elif isinstance(item, Notice) and item.source in self._lines:
            self._add(item.source, f"{item.level}: {item.text} {item.hint}".rstrip())

    def lines(self, device_id: str) -> tuple[str, ...]:
        """The newest lines about a device, oldest first."""
        return tuple(self._lines.get(device_id, ()))

    def _add(self, device_id: str, text: str) -> None:
        kept = self._lines.setdefault(device_id, deque(maxlen=LINES_KEPT))
        kept.append(f"{datetime.now():%H:%M:%S.%f}"[:-3] + f"  {text}")


def device_logs(tick: Tick) -> DeviceLogs:
    """The logs of this tick; they begin when they are first asked for."""
    return tick.findChild(DeviceLogs) or DeviceLogs(tick)


class LogView(QFrame):
    """The log of one device and a button that copies it with a summary in front."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Log of this device")
        self.text.setFixedHeight(theme().pixels(HEIGHT))
        self._summary = ""
        self.copy_button = button("Copy", self.copy, icon="file", tooltip="Copy to the clipboard")
        self.setLayout(
            column(row(label("Log", "heading"), 1, self.copy_button), self.text, spacing=8)
        )

    def show_log(self, summary: str, lines: tuple[str, ...]) -> None:
        """Bring the view up to date; it stays where somebody has scrolled to."""
        self._summary = summary
        text = "\n".join(lines)
        if text == self.text.toPlainText():
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        before = bar.value()
        self.text.setPlainText(text)
        bar.setValue(bar.maximum() if at_end else before)

    def copy(self) -> None:
        """Put summary and log onto the clipboard."""
        QGuiApplication.clipboard().setText(f"{self._summary}\n\n{self.text.toPlainText()}\n")
