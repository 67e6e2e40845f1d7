"""What a room shows while no device streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, column, label

TITLE = "No device yet"
TEXT = "Signals appear here as soon as a sensor is connected. Without one, try the simulated arm."


class NoDevice(QWidget):
    """One sentence and the two ways on."""

    def __init__(self, demo: Callable[[], object], connect: Callable[[], object]) -> None:
        super().__init__()
        self._title = label(TITLE, "title")
        self._text = label(TEXT, "muted", wrap=True)
        self._text.setMinimumWidth(420)
        for words in (self._title, self._text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.demo = button("Start the demo", demo, icon="demo", kind="primary")
        self.connect_button = button("Connect a device", connect, icon="connect")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.demo)
        buttons.addWidget(self.connect_button)
        buttons.addStretch(1)
        picture = QHBoxLayout()
        picture.addStretch(1)
        picture.addWidget(Picture("icons/live", QSize(64, 64), "faint"))
        picture.addStretch(1)
        middle = column(picture, self._title, self._text, 0, spacing=12)
        middle.addSpacing(6)
        middle.addLayout(buttons)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addLayout(middle)
        across.addStretch(1)
        self.setLayout(column(2, across, 3))

    def show_progress(self, texts: Sequence[str]) -> None:
        """How far the devices are that are being connected."""
        text = "\n".join(texts) or TEXT
        if text != self._text.text():
            self._title.setText("Connecting…" if texts else TITLE)
            self._text.setText(text)
