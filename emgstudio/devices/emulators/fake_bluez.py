"""An emulated BlueZ, the Bluetooth service of Linux, with emulated devices in its reach.

On a private D-Bus it answers all that bleak's Linux back end asks for, so that
the very code that talks to real sensors is tested without any radio.
"""

from __future__ import annotations

import asyncio
import select
import threading
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.gatt import GattCharacteristic, Record
from emgstudio.devices.link import LinkLost

OBJECTS = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
FAILED = "org.bluez.Error.Failed"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
AGENTS = "org.bluez.AgentManager1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
ADAPTER_PATH = "/org/bluez/hci0"
ADVERTISE_EVERY_S = 0.1
POLL_S = 0.002
CALL_TIMEOUT_S = 5.0

Tree = dict[str, dict[str, dict[str, Variant]]]


def v(signature: str, value: Any) -> Variant:
    """A D-Bus value with its type."""
    return Variant(signature, value)


class _Place:
    """Where a device and its parts are in BlueZ's tree of objects."""

    def __init__(self, device: AirDevice) -> None:
        self.device = device
        self.path = f"{ADAPTER_PATH}/dev_{device.address.replace(':', '_')}"
        self.services: dict[str, str] = {}
        self.characteristics: list[str] = []
        handle = 0x10
        for characteristic in device.table.characteristics:
            if characteristic.service not in self.services:
                self.services[characteristic.service] = f"{self.path}/service{handle:04x}"
                handle += 1
            service = self.services[characteristic.service]
            self.characteristics.append(f"{service}/char{handle:04x}")
            handle += 3

    def parts(self) -> Tree:
        """The objects that appear once services are resolved."""
        tree: Tree = {}
        for uuid, path in self.services.items():
            tree[path] = {
                SERVICE: {
                    "UUID": v("s", uuid),
                    "Device": v("o", self.path),
                    "Primary": v("b", True),
                    "Includes": v("ao", []),
                }
            }
        table = self.device.table
        for path, characteristic in zip(self.characteristics, table.characteristics, strict=True):
            tree[path] = {CHARACTERISTIC: self._properties(characteristic)}
        return tree

    def advertised(self) -> dict[str, Variant]:
        """The device's properties before it is connected."""
        table, radio = self.device.table, self.device.radio
        return {
            "Address": v("s", table.address),
            "AddressType": v("s", "random"),
            "Name": v("s", table.name),
            "Alias": v("s", table.name),
            "Paired": v("b", False),
            "Bonded": v("b", False),
            "Trusted": v("b", False),
            "Blocked": v("b", False),
            "LegacyPairing": v("b", False),
            "RSSI": v("n", radio.rssi),
            "Connected": v("b", False),
            "UUIDs": v("as", list(self.device.emulator.advertises)),
            "Adapter": v("o", ADAPTER_PATH),
            "ServicesResolved": v("b", False),
            "ManufacturerData": v("a{qv}", {}),
        }

    def _properties(self, characteristic: GattCharacteristic) -> dict[str, Variant]:
        properties = {
            "UUID": v("s", characteristic.uuid),
            "Service": v("o", self.services[characteristic.service]),
            "Value": v("ay", b""),
            "Flags": v("as", list(characteristic.properties)),
            "MTU": v("q", self.device.table.mtu),
        }
        if characteristic.notifies:
            properties["Notifying"] = v("b", False)
        return properties


class FakeBlueZ:
    """``org.bluez`` on the bus that this process takes for the system's; one loop's property."""

    def __init__(self, powered: bool, roles: tuple[str, ...], adapter: bool) -> None:
        self._places: dict[str, _Place] = {}
        self._notifying: dict[str, set[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._advertising: asyncio.Task[None] | None = None
        self._bus: MessageBus = MessageBus(bus_type=BusType.SYSTEM)
        self.tree: Tree = {"/org/bluez": {AGENTS: {}}}
        if adapter:
            self.tree[ADAPTER_PATH] = {
                ADAPTER: {
                    "Address": v("s", "00:11:22:33:44:55"),
                    "AddressType": v("s", "public"),
                    "Name": v("s", "emulated"),
                    "Alias": v("s", "emulated"),
                    "Class": v("u", 0),
                    "Powered": v("b", powered),
                    "Discovering": v("b", False),
                    "UUIDs": v("as", []),
                    "Roles": v("as", list(roles)),
                }
            }

    async def start(self) -> None:
        await self._bus.connect()
        self._bus.add_message_handler(self._obey)
        await self._bus.request_name("org.bluez")

    async def stop(self) -> None:
        for task in (*self._tasks, *([self._advertising] if self._advertising else [])):
            task.cancel()
        self._bus.disconnect()

    def add(self, device: AirDevice) -> None:
        """Bring a device into reach."""
        place = _Place(device)
        self._places[place.path] = place

    def lose(self, address: str) -> None:
        """The link to a device is lost, as BlueZ tells after its supervision timeout."""
        for place in self._places.values():
            if place.device.address == address:
                self._drop(place)

    def power(self, on: bool) -> None:
        """The switch of the computer's Bluetooth."""
        self._changed(ADAPTER_PATH, ADAPTER, {"Powered": v("b", on)})
        if not on:
            for place in self._places.values():
                self._drop(place)

    def _signal(self, path: str, interface: str, member: str, signature: str, body: Any) -> None:
        self._bus.send(
            Message(
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body,
                message_type=MessageType.SIGNAL,
            )
        )

    def _changed(self, path: str, interface: str, values: dict[str, Variant]) -> None:
        self.tree[path][interface].update(values)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, values, []])

    def _appear(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        self.tree[path] = interfaces
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def _vanish(self, path: str) -> None:
        if path in self.tree:
            interfaces = list(self.tree.pop(path))
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, interfaces])

    async def _advertise(self) -> None:
        while True:
            for place in self._places.values():
                radio = place.device.radio
                if not radio.advertising or place.device.connected:
                    continue
                if place.path not in self.tree:
                    self._appear(place.path, {DEVICE: place.advertised()})
                else:
                    self._changed(place.path, DEVICE, {"RSSI": v("n", radio.rssi)})
            await asyncio.sleep(ADVERTISE_EVERY_S)

    async def _connect(self, place: _Place, message: Message) -> None:
        radio = place.device.radio
        await asyncio.sleep(3600.0 if radio.hangs else radio.connect_s)
        if radio.refusal:
            self._bus.send(Message.new_error(message, FAILED, radio.refusal))
            return
        place.device.connect()
        self._notifying[place.path] = set()
        self._changed(place.path, DEVICE, {"Connected": v("b", True)})
        self._bus.send(Message.new_method_return(message))
        for path, interfaces in place.parts().items():
            self._appear(path, interfaces)
        uuids = v("as", list(place.services))
        self._changed(place.path, DEVICE, {"ServicesResolved": v("b", True), "UUIDs": uuids})
        self._spawn(self._pump(place))

    async def _pump(self, place: _Place) -> None:
        while place.device.connected:
            try:
                heard = place.device.notifications()
            except LinkLost:
                self._drop(place)
                return
            for number, payload in heard:
                # The D-Bus library gives a bus up whose socket is full, so wait for room.
                while not self._room():
                    await asyncio.sleep(POLL_S)
                if number in self._notifying.get(place.path, ()):
                    body = [CHARACTERISTIC, {"Value": v("ay", payload)}, []]
                    path = place.characteristics[number]
                    self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)
            await asyncio.sleep(POLL_S)

    def _room(self) -> bool:
        """Whether the bus takes another message now."""
        socket = self._bus._fd
        return socket is not None and bool(select.select((), (socket,), (), 0.0)[1])

    def _drop(self, place: _Place) -> None:
        if not place.device.connected:
            return
        place.device.disconnect()
        self._notifying.pop(place.path, None)
        for path in place.parts():
            self._vanish(path)
        gone = {"ServicesResolved": v("b", False), "Connected": v("b", False)}
        self._changed(place.path, DEVICE, gone)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _obey(self, message: Message) -> Message | bool | None:
        if message.message_type != MessageType.METHOD_CALL:
            return None
        if message.interface == OBJECTS and message.member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.tree])
        handlers: dict[str, Callable[[Message], Message | bool | None]] = {
            PROPERTIES: self._obey_properties,
            AGENTS: Message.new_method_return,
            ADAPTER: self._obey_adapter,
            DEVICE: self._obey_device,
            CHARACTERISTIC: self._obey_characteristic,
        }
        handler = handlers.get(message.interface or "")
        answer = handler(message) if handler else None
        if answer is None:
            return Message.new_error(message, UNKNOWN_METHOD, str(message.member))
        return answer

    def _obey_properties(self, message: Message) -> Message | None:
        found = self.tree.get(message.path or "", {}).get(message.body[0])
        if found is None:
            return Message.new_error(message, UNKNOWN_OBJECT, str(message.path))
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [found])
        if message.member == "Get":
            return Message.new_method_return(message, "v", [found[message.body[1]]])
        return None

    def _obey_adapter(self, message: Message) -> Message | None:
        if message.member == "StartDiscovery":
            if not self.tree[ADAPTER_PATH][ADAPTER]["Powered"].value:
                return Message.new_error(message, "org.bluez.Error.NotReady", "Not Ready")
            if self._advertising is None:
                self._advertising = asyncio.get_running_loop().create_task(self._advertise())
        elif message.member == "StopDiscovery":
            if self._advertising is not None:
                self._advertising.cancel()
                self._advertising = None
        elif message.member == "RemoveDevice":
            place = self._places[message.body[0]]
            self._drop(place)
            self._vanish(place.path)
        elif message.member != "SetDiscoveryFilter":
            return None
        return Message.new_method_return(message)

    def _obey_device(self, message: Message) -> Message | bool | None:
        place = self._places.get(message.path or "")
        if place is None or place.path not in self.tree:
            return Message.new_error(message, UNKNOWN_OBJECT, str(message.path))
        if message.member == "Connect":
            self._spawn(self._connect(place, message))
            return True
        if message.member != "Disconnect":
            return None
        self._drop(place)
        return Message.new_method_return(message)

    def _obey_characteristic(self, message: Message) -> Message | None:
        place = self._places.get((message.path or "").partition("/service")[0])
        if place is None or not place.device.connected:
            return Message.new_error(message, FAILED, "Not connected")
        number = place.characteristics.index(message.path or "")
        try:
            return self._obey_gatt(message, place, number)
        except LinkLost:
            self._drop(place)
            return Message.new_error(message, FAILED, "Not connected")

    def _obey_gatt(self, message: Message, place: _Place, number: int) -> Message | None:
        device = place.device
        if message.member == "ReadValue":
            value = device.request(Record.READ, number)
            return Message.new_method_return(message, "ay", [value])
        if message.member == "WriteValue":
            device.request(Record.WRITE, number, bytes(message.body[0]))
        elif message.member == "StartNotify":
            self._notifying[place.path].add(number)
            device.request(Record.SUBSCRIBE, number)
        elif message.member == "StopNotify":
            self._notifying[place.path].discard(number)
        else:
            return None
        return Message.new_method_return(message)


class FakeBlueZThread:
    """A fake BlueZ in a thread of its own, for tests and rehearsals; needs a PrivateBus."""

    def __init__(
        self,
        *devices: AirDevice,
        powered: bool = True,
        roles: tuple[str, ...] = ("central", "peripheral"),
        adapter: bool = True,
    ) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="fake bluez", daemon=True)
        self._thread.start()
        self._ready.wait(CALL_TIMEOUT_S)
        self._bluez = self._do(self._start(devices, powered, roles, adapter))

    def __enter__(self) -> FakeBlueZThread:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def lose(self, address: str) -> None:
        """As :meth:`FakeBlueZ.lose`."""
        self._loop.call_soon_threadsafe(self._bluez.lose, address)

    def power(self, on: bool) -> None:
        """As :meth:`FakeBlueZ.power`."""
        self._loop.call_soon_threadsafe(self._bluez.power, on)

    def close(self) -> None:
        """Leave the bus and end the thread."""
        if self._thread.is_alive():
            self._do(self._bluez.stop())
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(CALL_TIMEOUT_S)

    def _main(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._ready.set()
        await self._end.wait()

    async def _start(
        self,
        devices: tuple[AirDevice, ...],
        powered: bool,
        roles: tuple[str, ...],
        adapter: bool,
    ) -> FakeBlueZ:
        bluez = FakeBlueZ(powered, roles, adapter)
        await bluez.start()
        for device in devices:
            bluez.add(device)
        return bluez

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)
