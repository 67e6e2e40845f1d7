"""Send streams, markers and decisions to other programs over the Lab Streaming Layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.devices.links.lsl_search import lsl_installed
from emgstudio.gui.assets import Picture
from emgstudio.gui.devices.page import DevicePage
from emgstudio.gui.widgets import card, column, label
from emgstudio.session.lsl_outlet import LslOutlet, Outgoing

if TYPE_CHECKING:
    from emgstudio.session.session import Session

ABOUT = (
    "Other programs on this network can read what streams here: LabRecorder, MATLAB, Python, "
    "games. It is off each time the program starts, and everybody in the network "
    "can read it while it is on."
)
ABSENT = (
    "The Lab Streaming Layer is not installed. Install it with: "
    f"{install_line('emgstudio[lsl]')}, then start EMG Studio again."
)
HEADINGS = ("", "Stream", "What is in it", "")


class LslSwitch:
    """Whether anything is sent; lives as long as the window."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.outlet: LslOutlet | None = None

    @property
    def on(self) -> bool:
        return self.outlet is not None and self.outlet.running

    def turn(self, on: bool) -> None:
        """Begin or end to send. Raises EmgError when the library cannot be used."""
        if on == self.on:
            return
        self.stop()
        if on:
            outlet = LslOutlet(self._session)
            outlet.start()
            self.outlet = outlet

    def stop(self) -> None:
        """Send nothing any more; twice is fine."""
        outlet, self.outlet = self.outlet, None
        if outlet is not None:
            outlet.stop()


class LslPage(DevicePage):
    """The switch, and what goes out while it is on."""

    def __init__(self, switch: LslSwitch) -> None:
        super().__init__("Send to other programs (LSL)", ABOUT)
        self._switch = switch
        self._shown: tuple[Outgoing, ...] | None = None
        self.installed = lsl_installed()
        self.box = QCheckBox("Send to other programs (LSL)")
        self.box.setAccessibleName("Send to other programs")
        self.box.setChecked(switch.on)
        self.box.setEnabled(self.installed)
        self.box.toggled.connect(self._turn)
        self.state = label("", "muted", wrap=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 3)
        self._grid.setColumnStretch(2, 2)
        self.body.addWidget(card(column(self.box, self.state, self._grid, spacing=10)))
        self.body.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """What goes out now, and whether somebody reads it."""
        outlet = self._switch.outlet
        on = self._switch.on
        if self.box.isChecked() != on:
            self.box.blockSignals(True)
            self.box.setChecked(on)
            self.box.blockSignals(False)
        outgoing = outlet.outgoing if outlet is not None and on else ()
        self.state.setText(self._words(on, outgoing))
        if outgoing != self._shown:
            self._shown = outgoing
            self._show(outgoing)

    def _words(self, on: bool, outgoing: tuple[Outgoing, ...]) -> str:
        if not self.installed:
            return ABSENT
        if not on:
            return "Nothing is sent."
        if len(outgoing) <= 2:
            return "Sending. No device streams yet; devices that are connected join in."
        return "Sending. Devices that are connected later join in."

    def _turn(self, on: bool) -> None:
        try:
            self._switch.turn(on)
        except EmgError as error:
            self.tell(error)
        else:
            self.tell(None)
        self.refresh()

    def _show(self, outgoing: tuple[Outgoing, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        if not outgoing:
            return
        for at, heading in enumerate(HEADINGS):
            self._grid.addWidget(label(heading, "muted"), 0, at)
        for number, one in enumerate(outgoing, start=1):
            shape = "good" if one.read else "lamp-off"
            lamp = Picture(f"icons/{shape}", QSize(14, 14), "good" if one.read else "muted")
            name = label(one.name, wrap=True)
            name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            parts = (
                lamp,
                name,
                label(one.content, "muted", wrap=True),
                label("is read" if one.read else "nobody reads it", "muted"),
            )
            for at, part in enumerate(parts):
                self._grid.addWidget(part, number, at)
