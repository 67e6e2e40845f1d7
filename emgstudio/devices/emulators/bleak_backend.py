"""A back end for bleak inside the program: emulated devices without Bluetooth, on any system.

Import it only where it is used: it needs bleak at once.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from bleak.backends.characteristic import BleakGATTCharacteristic  # noqa: TID253
from bleak.backends.client import BaseBleakClient  # noqa: TID253
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner  # noqa: TID253
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection  # noqa: TID253
from bleak.exc import (  # noqa: TID253
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
)

from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.gatt import Record
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.ble import BleBackend

ADVERTISE_EVERY_S = 0.05
POLL_S = 0.002


class EmulatedAir:
    """Devices that can be found and connected; ``powered`` is the host's Bluetooth switch."""

    def __init__(self, *devices: AirDevice) -> None:
        self.devices = {device.address: device for device in devices}
        self.powered = True
        self.clients: dict[str, EmulatedClient] = {}

    def backend(self) -> BleBackend:
        """The classes for bleak that see this air and no other."""
        scanner = type("AirScanner", (EmulatedScanner,), {"air": self})
        client = type("AirClient", (EmulatedClient,), {"air": self})
        return BleBackend(scanner, client)

    def check(self) -> None:
        if not self.powered:
            raise BleakBluetoothNotAvailableError(
                "Bluetooth is off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )


class EmulatedScanner(BaseBleakScanner):
    """Finds the devices of an :class:`EmulatedAir`."""

    air: ClassVar[EmulatedAir]

    def __init__(
        self, detection_callback: Any, service_uuids: Any, scanning_mode: Any, **_kwargs: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._advertising: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.air.check()
        self.seen_devices = {}
        self._advertising = asyncio.create_task(self._advertise())

    async def stop(self) -> None:
        if self._advertising is not None:
            self._advertising.cancel()
            self._advertising = None

    async def _advertise(self) -> None:
        while True:
            for device in self.air.devices.values():
                if device.radio.advertising and not device.connected:
                    self._seen(device)
            await asyncio.sleep(ADVERTISE_EVERY_S)

    def _seen(self, device: AirDevice) -> None:
        uuids = list(device.emulator.advertises)
        if not self.is_allowed_uuid(uuids):
            return
        name = device.table.name
        seen = AdvertisementData(name, {}, {}, uuids, None, device.radio.rssi, (device,))
        found = self.create_or_update_device(device.address, device.address, name, device, seen)
        self.call_detection_callbacks(found, seen)


class EmulatedClient(BaseBleakClient):
    """Connects to a device of an :class:`EmulatedAir`."""

    air: ClassVar[EmulatedAir]

    def __init__(
        self,
        address_or_ble_device: Any,
        services: Any = None,
        *,
        disconnected_callback: Any,
        timeout: float,
        **_kwargs: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        self._device: AirDevice | None = None
        self._callbacks: dict[int, Any] = {}
        self._pumping: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._there().table.name

    @property
    def mtu_size(self) -> int:
        return self._there().table.mtu

    @property
    def is_connected(self) -> bool:
        return self._device is not None

    async def connect(self, pair: bool, **_kwargs: Any) -> None:
        self.air.check()
        device = self.air.devices.get(self.address)
        if device is None or not device.radio.advertising:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found")
        async with asyncio.timeout(self._timeout):
            await asyncio.sleep(3600.0 if device.radio.hangs else device.radio.connect_s)
        if device.radio.refusal:
            raise BleakError(device.radio.refusal)
        device.connect()
        self._device = device
        self.services = _services(device)
        self.air.clients[self.address] = self
        self._pumping = asyncio.create_task(self._pump())

    async def _pump(self) -> None:
        while self._device is not None:
            try:
                heard = self._device.notifications()
            except LinkLost:
                self.lost()
                return
            for number, payload in heard:
                if number in self._callbacks:
                    self._callbacks[number](bytearray(payload))
            await asyncio.sleep(POLL_S)

    def lost(self) -> None:
        """The link broke; on the Bluetooth thread only."""
        device, self._device = self._device, None
        if device is not None:
            device.disconnect()
            self.air.clients.pop(self.address, None)
            self.services = None
            self._callbacks.clear()
            if self._disconnected_callback is not None:
                self._disconnected_callback()

    async def disconnect(self) -> None:
        self.lost()
        if self._pumping is not None:
            self._pumping.cancel()

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        return

    async def unpair(self) -> None:
        return

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, **_kwargs: Any
    ) -> bytearray:
        return bytearray(self._request(Record.READ, characteristic))

    async def read_gatt_descriptor(self, descriptor: Any, **_kwargs: Any) -> bytearray:
        raise BleakError("emulated devices have no descriptors")

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: Any, response: bool
    ) -> None:
        self._request(Record.WRITE if response else Record.WRITE_QUICK, characteristic, bytes(data))

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        raise BleakError("emulated devices have no descriptors")

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Any, **_kwargs: Any
    ) -> None:
        self._callbacks[characteristic.obj] = callback
        self._request(Record.SUBSCRIBE, characteristic)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        self._callbacks.pop(characteristic.obj, None)

    def _there(self) -> AirDevice:
        if self._device is None:
            raise BleakError("Not connected")
        return self._device

    def _request(
        self, kind: Record, characteristic: BleakGATTCharacteristic, data: bytes = b""
    ) -> bytes:
        try:
            return self._there().request(kind, characteristic.obj, data)
        except LinkLost as error:
            raise BleakError("Not connected") from error


def _services(device: AirDevice) -> BleakGATTServiceCollection:
    collection = BleakGATTServiceCollection()
    handle = 0x10
    known: dict[str, BleakGATTService] = {}
    for number, characteristic in enumerate(device.table.characteristics):
        uuid = characteristic.service
        if uuid not in known:
            known[uuid] = BleakGATTService(uuid, handle, uuid)
            collection.add_service(known[uuid])
            handle += 1
        collection.add_characteristic(
            BleakGATTCharacteristic(
                number,
                handle,
                characteristic.uuid,
                list(characteristic.properties),  # type: ignore[arg-type]
                lambda: device.table.mtu - 3,
                known[uuid],
            )
        )
        handle += 3
    return collection
