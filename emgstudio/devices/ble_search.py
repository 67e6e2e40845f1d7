"""Who is advertising: names, signal strengths, and what kind of sensor it may be."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emgstudio.core.errors import EmgError
from emgstudio.devices.ble_kinds import BLE_KINDS, SCHEME
from emgstudio.devices.ble_presets import presets
from emgstudio.devices.drivers.gatt import GattDriver
from emgstudio.devices.gatt import full_uuid
from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.links.ble import SYSTEM, BleBackend
from emgstudio.devices.links.ble_errors import explained
from emgstudio.devices.links.ble_loop import BleLoop, bluetooth

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

SEARCH_S = 8.0
END_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Advertiser:
    """A device that says it is there. ``rssi`` in dBm: -50 is beside you, -90 hardly reachable.

    ``queries`` are guesses of what follows its address, the likeliest first,
    such as "driver=myo"; empty where nothing here knows such a device.
    """

    address: str
    name: str
    rssi: int
    services: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        return bool(self.queries)

    @property
    def found(self) -> FoundDevice:
        """As the Devices room shows it."""
        uris = [f"{SCHEME}:{self.address}?{query}" for query in self.queries]
        return FoundDevice(
            uris[0] if uris else f"{SCHEME}:{self.address}",
            self.name or self.address,
            f"{self.address}, {self.rssi} dBm",
            tuple(uris[1:]),
        )


def guesses(name: str, services: Sequence[str]) -> tuple[str, ...]:
    """What a device with this advertised name and these services may be, the likeliest first."""
    offered = {full_uuid(uuid) for uuid in services}
    found: list[str] = []
    for kind in BLE_KINDS:
        driver = kind.driver
        assert issubclass(driver, GattDriver)
        if _fits(name, offered, driver.names, driver.services):
            found.append(f"driver={driver.key}")
    for preset in presets().values():
        service = (full_uuid(preset.service),) if preset.service else ()
        if _fits(name, offered, preset.names, service):
            found.append(f"driver=packed&preset={preset.key}")
    return tuple(found)


def _fits(name: str, offered: set[str], names: Sequence[str], services: Sequence[str]) -> bool:
    by_name = any(name.casefold().startswith(begin.casefold()) for begin in names)
    return by_name or bool(offered & set(services))


class BleSearch:
    """A search in the background; every property may be read from any thread at any time."""

    def __init__(self, seconds: float = SEARCH_S, backend: BleBackend = SYSTEM) -> None:
        self._seconds = seconds
        self._backend = backend
        self._found: dict[str, Advertiser] = {}
        self._lock = threading.Lock()
        self._running: concurrent.futures.Future[None] | None = None
        self._loop: BleLoop | None = None
        self.text = "Not searched yet."
        self.error: EmgError | None = None

    @property
    def found(self) -> tuple[Advertiser, ...]:
        """Who was heard so far: known kinds first, the strongest first."""
        with self._lock:
            heard = tuple(self._found.values())
        return tuple(sorted(heard, key=lambda a: (not a.known, -a.rssi)))

    @property
    def finished(self) -> bool:
        return self._running is not None and self._running.done()

    def start(self) -> None:
        """Begin to search; returns at once."""
        self.text = "Searching for Bluetooth devices…"
        self._loop = bluetooth()
        self._running = self._loop.submit(self._search(self._loop))

    def stop(self) -> None:
        """End the search early; what was found stays."""
        running = self._running
        if running is not None and not running.done():
            running.cancel()
            # Cancelled work still has to let go of the scanner; its thread does that.
            concurrent.futures.wait([running], END_TIMEOUT_S)
            self.text = self._summary()

    async def _search(self, loop: BleLoop) -> None:
        try:
            async with loop.radio:
                await self._scan(loop.give_way)
            self.text = self._summary()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - told to the person who searches
            self.error = explained(error, "Bluetooth")
            self.text = str(self.error)

    async def _scan(self, give_way: asyncio.Event) -> None:
        from bleak import BleakScanner

        give_way.clear()
        own = self._backend.scanner
        how: dict[str, Any] = {} if own is None else {"backend": own}
        async with BleakScanner(self._heard, **how):
            try:
                await asyncio.wait_for(give_way.wait(), self._seconds)
            except TimeoutError:
                return

    def _heard(self, device: BLEDevice, seen: AdvertisementData) -> None:
        name = seen.local_name or device.name or ""
        services = tuple(seen.service_uuids)
        found = Advertiser(device.address, name, seen.rssi, services, guesses(name, services))
        with self._lock:
            self._found[device.address] = found

    def _summary(self) -> str:
        known = sum(1 for advertiser in self.found if advertiser.known)
        others = len(self.found) - known
        if not self.found:
            return "No Bluetooth device is advertising. Switch the sensor on and bring it near."
        return f"{known} known and {others} other Bluetooth devices found."
