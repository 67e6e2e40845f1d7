"""A Bluetooth device whose every word is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emgstudio.devices.frames import FrameReader, encode
from emgstudio.devices.gatt import Record, full_uuid, gatt_table


class ScriptedDevice:
    """A link that answers reads with ``values`` and takes every write.

    ``answer`` may give notifications, as (uuid, payload), to what is written.
    ``did`` has what was asked, in order: "read 2a28", "subscribe …", "write … bytes".
    """

    def __init__(
        self,
        name: str,
        services: dict[str, dict[str, Sequence[str]]],
        values: dict[str, bytes],
        mtu: int = 247,
        answer: Callable[[bytes], list[tuple[str, bytes]]] = lambda _data: [],
    ) -> None:
        self.table = gatt_table(name, "AA:BB:CC:DD:EE:FF", mtu, services)
        self.values = {full_uuid(uuid): value for uuid, value in values.items()}
        self.answer = answer
        self.did: list[tuple[str, str, bytes]] = []
        self._said = bytearray(self.table.encode())
        self._requests = FrameReader()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        said = bytes(self._said)
        self._said.clear()
        return said

    def write(self, data: bytes) -> None:
        for frame in self._requests.feed(data):
            uuid = self.table.characteristics[frame.stream].uuid
            value = b""
            if frame.kind == Record.READ:
                value = self.values[uuid]
                self.did.append(("read", uuid, b""))
            elif frame.kind == Record.SUBSCRIBE:
                self.did.append(("subscribe", uuid, b""))
            else:
                self.did.append(("write", uuid, frame.payload))
                for said in self.answer(frame.payload):
                    self._said += self.notified(*said)
            self._said += encode(Record.VALUE, value, frame.stream, frame.counter)

    def notified(self, uuid: str, payload: bytes) -> bytes:
        """The record of a notification."""
        number = self.table.number(uuid)
        assert number is not None
        return encode(Record.NOTIFIED, payload, number)

    def written(self, uuid: str) -> list[bytes]:
        """What was written to a characteristic."""
        return [data for what, where, data in self.did if what == "write" and where == uuid]
