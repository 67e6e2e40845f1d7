"""The search for devices: ports that come and go, and who is on the air, beside the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.links.ble_scan import Advertiser, BluetoothScan
from emgstudio.devices.links.lsl_search import LslSearch
from emgstudio.devices.registry import DRIVERS, rehearsals
from emgstudio.devices.search import (
    SeenPort,
    found_at_port,
    found_on_air,
    remembered,
    serial_ports,
)

log = logging.getLogger(__name__)

SCAN_S = 8.0
PORTS_EVERY_S = 1.5
LOOK_EVERY_S = 0.2
JOIN_TIMEOUT_S = 5.0

USED, PORTS, AIR, NETWORK = "Used last", "Serial ports", "Bluetooth", "Other programs (LSL)"
SIMULATED, REHEARSE = "Simulated person", "Rehearse with an emulated sensor"


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Devices of one sort; ``remark`` is the sentence that stands there when something is amiss."""

    title: str
    devices: tuple[FoundDevice, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SearchChanged:
    """Posted whenever the search has found something, or has ended."""

    groups: tuple[FoundGroup, ...]
    scanning: bool


class Scan(Protocol):
    """A running radio scan, see :class:`BluetoothScan`."""

    problem: EmgError | None

    @property
    def seen(self) -> tuple[Advertiser, ...]: ...

    @property
    def running(self) -> bool: ...

    def stop(self) -> None: ...


class Streams(Protocol):
    """A running look-out for other programs, see :class:`LslSearch`."""

    installed: bool

    def start(self) -> None: ...

    def stop(self) -> None: ...

    @property
    def seen(self) -> tuple[FoundDevice, ...]: ...


class DeviceSearch:
    """Watches ports and other programs until :meth:`stop` and scans the air once, for 8 s.

    ``used`` are the addresses used last. ``groups`` is always whole: remembered
    devices, ports, the air, other programs, the simulated ones.
    """

    def __init__(
        self,
        outbox: Outbox,
        used: Callable[[], tuple[str, ...]],
        list_ports: Callable[[], list[SeenPort]] | None = None,
        scan: Callable[[float], Scan] | None = None,
        streams: Callable[[], Streams] | None = None,
    ) -> None:
        self._outbox = outbox
        self._used = used
        self._list_ports = list_ports or serial_ports
        self._make_scan: Callable[[float], Scan] = scan or BluetoothScan
        self._make_streams: Callable[[], Streams] = streams or LslSearch
        self._network: tuple[FoundDevice, ...] = ()
        self.seen_ports: tuple[SeenPort, ...] = ()
        # Replaced whole: another thread may ask for the groups at any time.
        self._ports = FoundGroup(PORTS, (), "Looking…")
        self._on_air: dict[str, FoundDevice] = {}
        self._scan: Scan | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said: SearchChanged | None = None
        self._simulated = tuple(device for kind in DRIVERS for device in kind.find())
        self._rehearsals = tuple(rehearsals())

    @property
    def scanning(self) -> bool:
        scan = self._scan
        return scan is not None and scan.running

    def signal_of(self, address: str) -> float | None:
        """How strongly a Bluetooth device was heard last, in dBm."""
        found = self._on_air.get(address.casefold())
        return found.signal_dbm if found else None

    @property
    def advertisers(self) -> tuple[FoundDevice, ...]:
        """Who was heard on the air, known sensors first, then the nearest."""
        return tuple(
            sorted(
                self._on_air.values(),
                key=lambda d: ("driver=" not in d.uri, -(d.signal_dbm or 0.0), d.title),
            )
        )

    @property
    def searched(self) -> bool:
        """Whether the air was listened to since :meth:`start`, and could be."""
        return self._scan is not None and self._scan.problem is None

    @property
    def radio_problem(self) -> EmgError | None:
        """Why the air cannot be searched; None where it can, or nobody knows yet."""
        return self._scan.problem if self._scan is not None else None

    def groups(self) -> tuple[FoundGroup, ...]:
        """What is known now."""
        on_air, network = self.advertisers, self._network
        pretended = (*self._simulated, *self._rehearsals)
        ports = self._ports
        used = remembered(self._used(), [*ports.devices, *on_air, *network, *pretended])
        return (
            *([FoundGroup(USED, tuple(used))] if used else []),
            ports,
            FoundGroup(AIR, on_air, self._air_remark()),
            *([FoundGroup(NETWORK, network)] if network else []),
            FoundGroup(SIMULATED, self._simulated),
            FoundGroup(REHEARSE, self._rehearsals),
        )

    def start(self) -> None:
        """Search (again); returns at once."""
        self.stop()
        # One of its own: a search that was slow to end does not go on beside the new one.
        self._stop = threading.Event()
        self._said = None
        self._thread = threading.Thread(
            target=self._run, args=(self._stop,), name="device search", daemon=False
        )
        self._thread.start()

    def leave_the_air(self) -> None:
        """End the radio scan: a connection needs the radio."""
        if self._scan is not None:
            self._scan.stop()

    def stop(self) -> None:
        """End the search and join its thread; twice is fine."""
        self._stop.set()
        self.leave_the_air()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)
            self._thread = None

    def _air_remark(self) -> str:
        scan = self._scan
        if scan is not None and scan.problem is not None:
            return str(scan.problem)
        if self._on_air:
            return ""
        if scan is None or scan.running:
            return "Looking…"
        return "Nobody advertises. Switch the sensor on, bring it near, and search again."

    def _run(self, stop: threading.Event) -> None:
        scan: Scan | None = None
        streams: Streams | None = None
        try:
            self._on_air = {}
            scan = self._scan = self._make_scan(SCAN_S)
            self._look_at_ports()
            self._tell()
            streams = self._make_streams()
            streams.start()
            looked = host_time()
            while not stop.is_set():
                if host_time() - looked >= PORTS_EVERY_S:
                    self._look_at_ports()
                    looked = host_time()
                self._listen()
                self._network = streams.seen
                self._tell()
                stop.wait(LOOK_EVERY_S)
        except Exception:
            log.exception("the search for devices failed")
            words = "The search failed; details are in the log."
            self._ports = FoundGroup(PORTS, self._ports.devices, words)
            self._tell()
        finally:
            if scan is not None:
                scan.stop()
            if streams is not None:
                streams.stop()

    def _look_at_ports(self) -> None:
        try:
            self.seen_ports = tuple(self._list_ports())
        except OSError as error:
            log.info("listing serial ports: %s", error)
            self._ports = FoundGroup(PORTS, (), f"Serial ports cannot be listed: {error}.")
            return
        found = tuple(found_at_port(port) for port in self.seen_ports)
        none = "No port was found. Plug the device in; it appears by itself."
        self._ports = FoundGroup(PORTS, found, "" if found else none)

    def _listen(self) -> None:
        if self._scan is None:
            return
        heard = dict(self._on_air)
        for advertiser in self._scan.seen:
            found = found_on_air(advertiser)
            if found is not None:
                heard[advertiser.address.casefold()] = found
        self._on_air = heard

    def _tell(self) -> None:
        now = SearchChanged(self.groups(), self.scanning)
        if now != self._said:
            self._said = now
            self._outbox.post(now)
