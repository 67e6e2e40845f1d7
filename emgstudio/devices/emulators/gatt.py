"""The other end of a Bluetooth link: an emulated device that speaks GATT records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.frames import Frame, FrameReader, encode
from emgstudio.devices.gatt import GattTable, Record, gatt_table, refusal

MTU = 247


class GattEmulator(PacketEmulator):
    """An emulated Bluetooth LE device.

    The same object serves a loopback link, the in-process bleak back end and
    the fake BlueZ. A subclass answers :meth:`value` and :meth:`written`, and
    makes its packets with :meth:`notify`. ``commands`` has everything that was
    written, in order.
    """

    name: ClassVar[str] = "Emulated sensor"
    advertises: ClassVar[tuple[str, ...]] = ()
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {}

    def __init__(
        self, faults: Faults, packet_rate: float, address: str = "E1:7A:00:00:00:01"
    ) -> None:
        super().__init__(faults, packet_rate)
        self.table: GattTable = gatt_table(self.name, address, MTU, self.services, simulated=True)
        self.commands: list[bytes] = []
        self.subscribed: set[int] = set()
        self._requests = FrameReader()
        self.connected = False

    def opened(self, host: float) -> None:
        self.connected = True
        self.subscribed.clear()
        self._said.clear()
        self._requests = FrameReader()
        self.halt()
        super().opened(host)
        self.say(self.table.encode())

    def receive(self, data: bytes) -> None:
        for frame in self._requests.feed(data):
            self.say(self._answer(frame))

    def value(self, uuid: str) -> bytes:
        """What reading a characteristic gives."""
        del uuid
        return b""

    def written(self, uuid: str, data: bytes) -> None:
        """Somebody wrote ``data`` to a characteristic."""

    def notify(self, uuid: str, payload: bytes) -> bytes:
        """One notification, b"" where nobody subscribed to it."""
        number = self.table.number(uuid)
        if number not in self.subscribed or len(payload) > self.table.mtu - 3:
            return b""
        return encode(Record.NOTIFIED, payload, number)

    def _answer(self, frame: Frame) -> bytes:
        if frame.stream >= len(self.table.characteristics):
            return refusal(frame.stream, frame.counter, "There is no such characteristic.")
        characteristic = self.table.characteristics[frame.stream]
        answer = b""
        if frame.kind == Record.READ:
            answer = self.value(characteristic.uuid)
        elif frame.kind == Record.SUBSCRIBE:
            self.subscribed.add(frame.stream)
        else:
            self.commands.append(frame.payload)
            self.written(characteristic.uuid, frame.payload)
        return encode(Record.VALUE, answer, frame.stream, frame.counter)
