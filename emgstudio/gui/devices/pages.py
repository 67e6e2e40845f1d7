"""The Devices room's stack: the lists, and the page that takes their place for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from emgstudio.devices.address import EMULATED, DeviceUri
from emgstudio.devices.checks import Surroundings
from emgstudio.devices.links.lsl_search import lsl_installed
from emgstudio.gui.devices.lsl_page import LslPage, LslSwitch
from emgstudio.gui.devices.missing_page import MissingPage
from emgstudio.gui.devices.page import DevicePage
from emgstudio.gui.devices.sniff_page import SniffPage
from emgstudio.gui.devices.teach_page import TeachPage
from emgstudio.gui.devices.tools import DeviceTools
from emgstudio.session.search import DeviceSearch

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class DevicePages(QStackedWidget):
    """Opens one page at a time; ``left`` when the lists are back, ``connect_wanted`` an address.

    ``chosen`` gives the address that is chosen in the list, "" for none.
    """

    left = Signal()
    connect_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        seeker: DeviceSearch,
        search: Callable[[], None],
        chosen: Callable[[], str],
    ) -> None:
        super().__init__()
        self._session = session
        self._seeker = seeker
        self._search = search
        self._chosen = chosen
        self.switch = LslSwitch(session)
        self.page: DevicePage | None = None
        self.tools = DeviceTools(self.look_why, self.teach, self.sniff, self.share)

    def begin(self, lists: QWidget) -> None:
        """What is shown while no page is open."""
        self.addWidget(lists)

    def show_page(self, page: DevicePage) -> None:
        """Let a page take the place of the lists until a person goes back."""
        self.leave_page()
        self.page = page
        page.closed.connect(self.leave_page)
        self.addWidget(page)
        self.setCurrentWidget(page)
        page.back.setFocus()

    def leave_page(self) -> None:
        """Back to the lists; without a page nothing happens."""
        page, self.page = self.page, None
        if page is None:
            return
        page.leave()
        self.setCurrentIndex(0)
        self.removeWidget(page)
        page.deleteLater()
        self.tools.show_sharing(self.switch.on)
        self.left.emit()

    def close_all(self) -> None:
        """The window is closing: stop what pages have running, and sending."""
        self.leave_page()
        self.switch.stop()

    def look_why(self) -> None:
        """Open the guide for sensors that are not in the list."""
        self.show_page(MissingPage(self._surroundings, self._search))

    def teach(self, device_id: str = "") -> None:
        """Open the page for boards that print numbers, with a device's lines or pasted ones."""
        self.show_page(TeachPage(self._session, device_id, self._port_in_view()))

    def sniff(self) -> None:
        """Open the page for Bluetooth sensors that nobody knows."""
        page = SniffPage(lambda: self._seeker.advertisers, self._seeker.leave_the_air)
        page.connect_wanted.connect(self._connect)
        self.show_page(page)

    def share(self) -> None:
        """Open the page for what goes to other programs."""
        self.show_page(LslPage(self.switch))

    def _connect(self, uri: str) -> None:
        self.leave_page()
        self.connect_wanted.emit(uri)

    def _surroundings(self) -> Surroundings:
        seeker, workers = self._seeker, self._session.devices.values()
        return Surroundings(
            ports=seeker.seen_ports,
            connected=tuple(DeviceUri.parse(worker.uri).target for worker in workers),
            radio_problem=seeker.radio_problem,
            searched=seeker.searched,
            heard=len(seeker.advertisers),
            lsl=lsl_installed(),
        )

    def _port_in_view(self) -> str:
        """The serial port that is chosen in the list, "" if something else is."""
        chosen = self._chosen()
        parsed = DeviceUri.parse(chosen) if chosen else None
        if parsed is None or parsed.scheme != "serial" or parsed.target == EMULATED:
            return ""
        return parsed.target
