"""What Calibrate shows while no sensor streams."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, card, column, label, large_target, row


class NoDevicePage(QWidget):
    """The way to a sensor: the simulated person at once, or one's own."""

    def __init__(self, demo: Callable[[], object], devices: Callable[[], object]) -> None:
        super().__init__()
        self.demo = button("Connect the demo person", demo, icon="person", kind="primary")
        self.devices = button("Connect a sensor", devices, icon="devices")
        self.state = label("", "muted", wrap=True)
        large_target(self.demo, self.devices)
        about = label(
            "Calibration watches the muscles while you do each movement\n"
            "a few times, and learns to tell them apart. About two minutes.",
            "muted",
        )
        words = column(
            label("First a sensor, then movements", "title"),
            about,
            row(self.demo, self.devices, 1),
            self.state,
            spacing=12,
        )
        inside = row(Picture("gestures/open", QSize(120, 120)), spacing=20)
        inside.addLayout(words, 1)
        frame = card(inside, margin=24)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(frame, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)
