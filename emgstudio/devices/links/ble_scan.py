"""Who advertises over Bluetooth right now; runs on the Bluetooth thread, never waits."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.devices.links.ble import SYSTEM, BleBackend, searching
from emgstudio.devices.links.ble_errors import explained
from emgstudio.devices.links.ble_loop import BleLoop, bluetooth

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

log = logging.getLogger(__name__)

WHO = "the search"


@dataclass(frozen=True, slots=True)
class Advertiser:
    """A device that says it is there; ``services`` are UUIDs in lower case."""

    address: str
    name: str
    signal_dbm: float
    services: tuple[str, ...]


class BluetoothScan:
    """One scan of ``seconds``; :attr:`seen` grows meanwhile.

    ``problem`` is set when scanning is not possible, which ends the scan.
    """

    def __init__(self, seconds: float, backend: BleBackend = SYSTEM) -> None:
        self.problem: EmgError | None = None
        self._seconds = seconds
        self._backend = backend
        self._seen: dict[str, Advertiser] = {}
        self._lock = threading.Lock()
        self._work: concurrent.futures.Future[None] | None = None
        try:
            loop = bluetooth()
            self._work = loop.submit(self._run(loop))
        except EmgError as error:
            self.problem = error

    @property
    def seen(self) -> tuple[Advertiser, ...]:
        """Everybody so far, as heard last, in the order they were first heard."""
        with self._lock:
            return tuple(self._seen.values())

    @property
    def running(self) -> bool:
        return self._work is not None and not self._work.done()

    def stop(self) -> None:
        """End the scan soon; twice is fine."""
        if self._work is not None:
            self._work.cancel()

    async def _run(self, loop: BleLoop) -> None:
        try:
            async with loop.radio:
                await self._scan(loop.give_way)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes a sentence in the Devices room
            log.info("scanning: %s: %s", type(error).__name__, error)
            self.problem = explained(error, WHO)

    async def _scan(self, give_way: asyncio.Event) -> None:
        async with searching(self._backend, self._hear):
            # A person who connects meanwhile shall not wait for the rest of the scan.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(give_way.wait(), self._seconds)

    def _hear(self, device: BLEDevice, said: AdvertisementData) -> None:
        known = self._seen.get(device.address)
        name = said.local_name or device.name or (known.name if known else "")
        services = tuple(uuid.lower() for uuid in said.service_uuids)
        heard = Advertiser(
            device.address,
            name,
            float(said.rssi),
            services or (known.services if known else ()),
        )
        with self._lock:
            self._seen[device.address] = heard
