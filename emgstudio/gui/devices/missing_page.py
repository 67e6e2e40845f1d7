"""Why is my sensor missing? What the program has looked at, and what only a person can."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QVBoxLayout

from emgstudio.devices.checks import Check, Surroundings, look
from emgstudio.gui.assets import Picture
from emgstudio.gui.devices.page import DevicePage
from emgstudio.gui.widgets import button, card, column, label, row

ABOUT = "What was looked at on this computer, and what only you can see."
SHAPES = {"good": "good", "check": "check", "stop": "stop", "unknown": "lamp-off"}
WORDS = {"good": "Fine", "check": "Look here", "stop": "In the way", "unknown": "Not known"}
BY_HAND = (
    (
        "It is connected by a cable",
        "Does a light on the board glow? Many USB cables only charge: try one that came with a "
        "phone for data. Plug it straight into the computer, without a hub. Close the Arduino "
        "serial monitor and every other program that shows the port. On Linux the service brltty "
        "may keep boards with a CH340 chip for itself: sudo apt remove brltty.",
    ),
    (
        "It is a Bluetooth sensor",
        "Switch it off and on. A sensor talks to one computer at a time: end its connection to "
        "phones, tablets and other programs, and remove it from the list of paired devices. Bring "
        "it within two metres. A Myo that sleeps wakes up when it is moved.",
    ),
    (
        "It was paired in the system's settings (BITalino, Shimmer3)",
        "Those are serial ports: pair them first (PIN 1234), then they are listed with their name. "
        "On Linux: sudo rfcomm bind 0 ADDRESS, then the port is /dev/rfcomm0.",
    ),
    (
        "It is on the network",
        "Muovi and Sessantaquattro+ connect to this computer, so let the firewall pass them. "
        "Quattrocento and Trigno are typed by hand: tcp:HOST:PORT?driver=… Other programs send "
        "over LSL: both computers must be in one network.",
    ),
    (
        "It is listed, but as the wrong thing",
        "Choose it, open Settings and choose another driver. A board that prints numbers: "
        "Teach a board. A Bluetooth sensor that nobody knows: Look into Bluetooth.",
    ),
    (
        "It is not listed at all",
        "Type its port or address by hand: COM4, /dev/ttyUSB0, /dev/pts/3, "
        "socket://host:port, rfc2217://host:port or a Bluetooth address.",
    ),
)


class MissingPage(DevicePage):
    """``around`` says what is known now; ``search`` looks again."""

    def __init__(self, around: Callable[[], Surroundings], search: Callable[[], None]) -> None:
        super().__init__("Why is my sensor missing?", ABOUT)
        self._around = around
        self._search = search
        self._looked_at: Surroundings | None = None
        self.checks: tuple[Check, ...] = ()
        self.again = button("Search again", self._look_again, icon="search", tooltip="F5")
        self.foot.addStretch(1)
        self.foot.addWidget(self.again)
        self._found = QVBoxLayout()
        self._found.setSpacing(10)
        self.body.addWidget(card(column(label("Looked at", "heading"), self._found, spacing=10)))
        for title, text in BY_HAND:
            self.body.addWidget(
                card(column(label(title, "heading"), label(text, wrap=True), spacing=6), margin=14)
            )
        self.body.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Look again when anything has changed."""
        around = self._around()
        if around == self._looked_at:
            return
        self._looked_at = around
        checks = look(around)
        if checks == self.checks:
            return
        self.checks = checks
        while (item := self._found.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        for check in checks:
            self._found.addWidget(_line(check))

    def _look_again(self) -> None:
        self._looked_at = None
        self._search()


def _line(check: Check) -> QFrame:
    shape = SHAPES[check.state]
    colour = "muted" if shape == "lamp-off" else shape
    words = column(label(check.text, wrap=True), spacing=4)
    if check.hint:
        words.addWidget(label(check.hint, "muted", wrap=True))
    if check.command:
        code = label(check.command, "key")
        code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copy = button("Copy command", partial(_copy, check.command), icon="file")
        words.addLayout(row(code, copy, 1, spacing=10))
    made = QFrame()
    made.setAccessibleName(f"{WORDS[check.state]}: {check.text} {check.hint}".strip())
    layout = row(spacing=10)
    picture = Picture(f"icons/{shape}", QSize(16, 16), colour)
    picture.setToolTip(WORDS[check.state])
    layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    layout.addLayout(words, 1)
    made.setLayout(layout)
    return made


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
