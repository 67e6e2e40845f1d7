"""A Bluetooth LE device as a byte link; what its bytes are, devices.gatt says.

Everything that bleak does happens on the one Bluetooth thread; its callbacks
only append bytes, the device's worker fetches them.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.devices.frames import Frame, FrameReader, encode
from emgstudio.devices.gatt import SMALLEST_MTU, GattCharacteristic, GattTable, Record, refusal
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.ble_errors import explained, not_in_sight, silent
from emgstudio.devices.links.ble_loop import BleLoop, bluetooth, within

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

    Heard = Callable[[BLEDevice, AdvertisementData], None]

log = logging.getLogger(__name__)

SCAN_S = 6.0
CONNECT_S = 10.0
# The system says within this that it searches, or has stopped to.
SYSTEM_S = 10.0
REQUEST_S = 5.0
GOODBYE_S = 1.0
DISCONNECT_S = 3.0
# Some systems take seconds to disconnect; that goes on without anybody waiting.
CLOSE_WAIT_S = 1.5
# A reader that is away this long has lost its program; memory must not grow without end.
LONGEST_BACKLOG_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class BleBackend:
    """Which of bleak's back ends to use; the system's own where None."""

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None


SYSTEM = BleBackend()


@contextlib.asynccontextmanager
async def searching(backend: BleBackend, hear: Heard | None = None) -> AsyncIterator[BleakScanner]:
    """While inside, the system searches; raises LinkLost when it does not say so, or no end of it.

    Beginning and end have a limit each: one for all would be used up by the end.
    """
    from bleak import BleakScanner

    how: dict[str, Any] = {} if backend.scanner is None else {"backend": backend.scanner}
    scanner = BleakScanner(hear, **how)
    await _answered(scanner.start())
    try:
        yield scanner
    finally:
        await _answered(scanner.stop())


async def _answered(request: Coroutine[Any, Any, None]) -> None:
    try:
        await within(SYSTEM_S, request)
    except TimeoutError:
        raise silent() from None


class BleLink:
    """A link to the device with an ``address`` (MacOS: its UUID) or advertised name."""

    def __init__(self, address: str, backend: BleBackend = SYSTEM) -> None:
        self.address = address
        self._backend = backend
        self._requests = FrameReader()
        self._connection: _Connection | None = None
        self._loop: BleLoop | None = None
        self._opening: concurrent.futures.Future[None] | None = None
        self._interrupted = False

    def open(self) -> None:
        self.close()
        self._requests = FrameReader()
        self._loop = bluetooth()
        connection = _Connection(self.address, self._backend, self._loop)
        self._opening = self._loop.submit(connection.connect())
        if self._interrupted:
            self._opening.cancel()
        try:
            self._opening.result()
        except concurrent.futures.CancelledError:
            raise Cancelled from None
        self._connection = connection

    def interrupt(self) -> None:
        """End a running :meth:`open` and refuse every later one; from any thread."""
        self._interrupted = True
        opening = self._opening
        if opening is not None:
            opening.cancel()

    def read(self, timeout_s: float) -> bytes:
        if self._connection is None:
            raise LinkLost(f"{self.address} is not connected.")
        return self._connection.inbox.take(timeout_s)

    def write(self, data: bytes) -> None:
        connection, loop = self._connection, self._loop
        if connection is None or loop is None or connection.inbox.ended:
            raise LinkLost(f"{self.address} is not connected.")
        for frame in self._requests.feed(data):
            with contextlib.suppress(RuntimeError):
                loop.loop.call_soon_threadsafe(connection.requests.put_nowait, frame)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        loop = self._loop
        if connection is None or loop is None or not loop.alive:
            return
        try:
            loop.submit(connection.disconnect()).result(CLOSE_WAIT_S)
        except (concurrent.futures.CancelledError, TimeoutError):
            log.info("%s: the system takes long to disconnect", self.address)


class _Inbox:
    """Bytes from the Bluetooth thread for the device's worker."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.ended = False
        self._bytes = bytearray()
        self._news = threading.Condition()

    def put(self, data: bytes) -> None:
        """Append a whole record; what nobody fetches for minutes is lost, as its counter shows."""
        with self._news:
            if len(self._bytes) < LONGEST_BACKLOG_BYTES:
                self._bytes += data
            self._news.notify_all()

    def end(self) -> None:
        with self._news:
            self.ended = True
            self._news.notify_all()

    def take(self, timeout_s: float) -> bytes:
        """What came; b"" if nothing within ``timeout_s``. Raises LinkLost when all is read."""
        with self._news:
            self._news.wait_for(lambda: self._bytes or self.ended, timeout_s)
            data = bytes(self._bytes)
            self._bytes.clear()
            if not data and self.ended:
                raise LinkLost(
                    f"The Bluetooth connection to {self.who} was lost.",
                    "Is it switched on, charged and near?",
                )
            return data


class _Connection:
    """One connection from scan to disconnect; everything here runs on the Bluetooth thread."""

    def __init__(self, address: str, backend: BleBackend, loop: BleLoop) -> None:
        self._address = address
        self._backend = backend
        self._loop = loop
        self._client: BleakClient | None = None
        self._characteristics: list[Any] = []
        self._serving: asyncio.Task[None] | None = None
        self._notified = 0
        self._rssi: int | None = None
        self.inbox = _Inbox(address)
        self.requests: asyncio.Queue[Frame | None] = asyncio.Queue()

    async def connect(self) -> None:
        """Find the device, connect, and put its table first into the inbox."""
        try:
            # A search must not keep a person waiting who has chosen a device.
            async with self._loop.radio_before_searches():
                device = await self._find()
                self._client = await self._connected(device)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            known = explained(error, self.inbox.who)
            log.info("%s: %s: %s", self._address, type(error).__name__, error)
            raise known from error
        self._introduce(device.name or self._client.name or self._address)
        self._serving = asyncio.create_task(self._serve(), name=f"serve {self._address}")

    async def _find(self) -> BLEDevice:
        wanted = self._address.casefold()

        def is_it(device: BLEDevice, seen: AdvertisementData) -> bool:
            names = (device.address, device.name or "", seen.local_name or "")
            if wanted not in (name.casefold() for name in names):
                return False
            self._rssi = seen.rssi
            return True

        async def look(scanner: BleakScanner) -> BLEDevice:
            async for near, seen in scanner.advertisement_data():
                if is_it(near, seen):
                    return near
            raise not_in_sight(self._address)

        async with searching(self._backend) as scanner:
            try:
                device = await within(SCAN_S, look(scanner))
            except TimeoutError:
                raise not_in_sight(self._address) from None
        self.inbox.who = device.name or self._address
        return device

    async def _connected(self, device: BLEDevice) -> BleakClient:
        from bleak import BleakClient

        # Bleak's own limit is never the first to be reached.
        patience, how = 2.0 * CONNECT_S, self._backend.client
        client = BleakClient(device, self._lost, timeout=patience, backend=how)
        try:
            await within(CONNECT_S, client.connect())
        except BaseException:
            # A half-open connection would keep the device from advertising.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.disconnect(), DISCONNECT_S)
            raise
        return client

    def _introduce(self, name: str) -> None:
        assert self._client is not None
        self._characteristics = [c for s in self._client.services for c in s.characteristics]
        sizes = [c.max_write_without_response_size + 3 for c in self._characteristics]
        table = GattTable(
            name,
            self._client.address,
            max(sizes, default=SMALLEST_MTU),
            tuple(
                GattCharacteristic(c.service_uuid.lower(), c.uuid.lower(), tuple(c.properties))
                for c in self._characteristics
            ),
            rssi=self._rssi,
        )
        self.inbox.put(table.encode())

    def _lost(self, _client: BleakClient) -> None:
        self.inbox.end()
        self.requests.put_nowait(None)

    async def _serve(self) -> None:
        """Fulfil requests one after the other, as GATT demands."""
        while (frame := await self.requests.get()) is not None:
            number, ticket = frame.stream, frame.counter
            try:
                value = await within(REQUEST_S, self._fulfil(frame))
            except Exception as error:  # noqa: BLE001 - told to the driver, which knows what to do
                known = explained(error, self.inbox.who)
                log.info("%s: request %d: %r", self._address, frame.kind, error)
                lost = isinstance(known, LinkLost)
                self.inbox.put(refusal(number, ticket, known.message, known.hint, lost=lost))
            else:
                self.inbox.put(encode(Record.VALUE, value, number, ticket))

    async def _fulfil(self, frame: Frame) -> bytes:
        if self._client is None or frame.stream >= len(self._characteristics):
            raise EmgError(f"There is no characteristic number {frame.stream}.")
        characteristic = self._characteristics[frame.stream]
        if frame.kind == Record.READ:
            return bytes(await self._client.read_gatt_char(characteristic))
        if frame.kind == Record.SUBSCRIBE:
            await self._subscribe(frame.stream, characteristic)
        else:
            quick = frame.kind == Record.WRITE_QUICK
            await self._client.write_gatt_char(characteristic, frame.payload, response=not quick)
        return b""

    async def _subscribe(self, number: int, characteristic: Any) -> None:
        assert self._client is not None

        def notified(_sender: Any, data: bytearray) -> None:
            self._notified += 1
            self.inbox.put(encode(Record.NOTIFIED, bytes(data), number, self._notified))

        # StartNotify: with AcquireNotify each characteristic has a socket of its own, and the
        # order between them, which tells of loss in a Myo, is gone.
        await self._client.start_notify(characteristic, notified, bluez={"use_start_notify": True})

    async def disconnect(self) -> None:
        """Send what is still to be sent, then let the device go."""
        self.requests.put_nowait(None)
        if self._serving is not None:
            await asyncio.wait({self._serving}, timeout=GOODBYE_S)
            self._serving.cancel()
        if self._client is not None:
            # The system may already have lost it, or Bluetooth be gone altogether.
            try:
                async with asyncio.timeout(DISCONNECT_S):
                    await self._client.disconnect()
            except Exception as error:  # noqa: BLE001 - there is nobody left to tell
                log.info("%s: disconnecting: %r", self._address, error)
        self.inbox.end()
