"""External triggers: which sources are listened to, what came last, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import StatusWord, button, column, icon_button, label, line, row
from emgstudio.session.triggers import TriggerState, TriggerStatus

if TYPE_CHECKING:
    from emgstudio.session.session import Session

Attempt = Callable[[Callable[[], object]], object]
KINDS = (
    ("bytes", "Serial port, each byte is a code", "/dev/ttyUSB0 or COM4"),
    ("lines", "Serial port, each line is a word", "/dev/ttyUSB0 or COM4"),
    ("lsl", "Markers of another program (LSL)", "name of its stream"),
)
BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
LAMPS = {
    TriggerState.LISTENING: "good",
    TriggerState.OPENING: "check",
    TriggerState.LOST: "stop",
    TriggerState.CLOSED: "lamp-off",
}
WORDS = {
    TriggerState.LISTENING: "listening",
    TriggerState.OPENING: "opening",
    TriggerState.LOST: "not there",
    TriggerState.CLOSED: "ended",
}


class TriggerPage(QWidget):
    """Sources are listened to as soon as they are added, so that they can be tried first."""

    def __init__(self, session: Session, attempt: Attempt) -> None:
        super().__init__()
        self._session = session
        self._attempt = attempt
        self._lamps: dict[str, StatusWord] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of source")
        for key, text, _ in KINDS:
            self.kind.addItem(text, key)
        self.target = TypingField()
        self.target.setAccessibleName("Port or name")
        self.baud = QComboBox()
        self.baud.setAccessibleName("Baud rate")
        for rate in BAUDS:
            self.baud.addItem(f"{rate} baud", rate)
        self.baud.setCurrentText("115200 baud")
        self.add = button("Listen", self._add, icon="plus", kind="primary")
        self.target.returnPressed.connect(self._add)
        self.pages = QCheckBox("Foot switch or presenter: PgDn, PgUp and “.” are triggers")
        self.pages.setChecked(session.settings.recording.page_keys)
        self.pages.toggled.connect(self._keep_pages)
        self.kind.currentIndexChanged.connect(lambda _index: self._follow_kind())
        words = label(
            "Each trigger becomes a label in the track “trigger” at the time it reached this "
            "computer: within about 16 ms from a serial port, 2 ms from a program (LSL), 40 ms "
            "from a key. For tighter timing lead the signal to a channel of the sensor.",
            "muted",
            wrap=True,
        )
        self.setLayout(
            column(
                self._rows,
                line(),
                row(self.kind, self.target, self.baud, self.add),
                self.pages,
                words,
                1,
                spacing=12,
            )
        )
        self._follow_kind()
        self._show_rows()

    def refresh(self) -> None:
        """What the sources are doing."""
        statuses = self._session.recording.triggers.statuses
        if {status.address for status in statuses} != self._lamps.keys():
            self._show_rows()
        for status in statuses:
            self._lamps[status.address].show_status(LAMPS[status.state], _words(status))

    def _show_rows(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._lamps = {}
        statuses = self._session.recording.triggers.statuses
        for status in statuses:
            lamp = self._lamps[status.address] = StatusWord(_words(status), LAMPS[status.state])
            address = status.address
            gone = icon_button("delete", f"Forget {address}", partial(self._forget, address))
            gone.setEnabled(address in self._session.settings.recording.triggers)
            beside = QWidget()
            beside.setLayout(row(lamp, 1, gone))
            self._rows.addWidget(beside)
        if not statuses:
            self._rows.addWidget(label("No source of triggers yet.", "heading"))

    def _add(self) -> None:
        kind, target = self.kind.currentData(), self.target.text().strip()
        if not target:
            self.target.setFocus()
            return
        address = f"{kind}:{target}"
        if kind != "lsl":
            address += f"?baud={self.baud.currentData()}"
        self._attempt(lambda: self._use((*self._addresses(), address)))
        self.target.clear()

    def _forget(self, address: str) -> None:
        self._attempt(lambda: self._use(tuple(a for a in self._addresses() if a != address)))

    def _addresses(self) -> tuple[str, ...]:
        return self._session.settings.recording.triggers

    def _use(self, addresses: tuple[str, ...]) -> None:
        unique = tuple(dict.fromkeys(addresses))
        self._session.recording.triggers.use(unique)
        settings = self._session.settings.changed("recording", triggers=unique)
        self._session.update_settings(settings)
        self._show_rows()

    def _keep_pages(self, on: bool) -> None:
        settings = self._session.settings.changed("recording", page_keys=on)
        self._attempt(lambda: self._session.update_settings(settings))

    def _follow_kind(self) -> None:
        at = self.kind.currentIndex()
        self.target.setPlaceholderText(KINDS[at][2])
        self.baud.setVisible(KINDS[at][0] != "lsl")


def listen_again(session: Session) -> None:
    """Listen to the sources of last time; one that cannot be used is told."""
    try:
        session.recording.triggers.use(session.settings.recording.triggers)
    except EmgError as error:
        session.outbox.notice(Level.WARNING, error.message, error.hint, "triggers")


def _words(status: TriggerStatus) -> str:
    count = "nothing yet" if not status.count else f"{status.count} so far"
    last = f", last “{status.last.label}”" if status.last is not None else ""
    trouble = f": {status.trouble}" if status.trouble else ""
    return f"{status.address} · {WORDS[status.state]}{trouble} · {count}{last}"
