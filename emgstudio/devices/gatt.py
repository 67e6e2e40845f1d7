"""GATT as bytes: the records that travel over a Bluetooth link, both ways.

A Bluetooth LE device is not one stream of bytes: it has characteristics that are
read, written and subscribed to. Each such event is one record, framed as in
devices.frames, so that a Bluetooth link is a byte link like any other and what a
sensor said can be kept and played again. Documented in docs/devices/ble.md.

Link to driver, ``stream`` is the number of the characteristic in the table:
TABLE (first after each opening; JSON), NOTIFIED (payload), VALUE and REFUSED
(answers; ``counter`` is the request's ticket). Driver to link: READ, WRITE,
WRITE_QUICK (without acknowledgement), SUBSCRIBE; ``counter`` is the ticket.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from emgstudio.devices.frames import encode

BASE_UUID = "0000{}-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "2a19"
# What one notification carries on a link that negotiated nothing.
SMALLEST_MTU = 23


class Record(IntEnum):
    """What a record is about; numbers that devices.frames.Kind does not use."""

    TABLE = 32
    VALUE = 33
    REFUSED = 34
    NOTIFIED = 35
    READ = 40
    WRITE = 41
    WRITE_QUICK = 42
    SUBSCRIBE = 43


def full_uuid(uuid: str) -> str:
    """A UUID in its long lower-case form; ``2a19`` stands for the Bluetooth SIG's."""
    text = uuid.lower()
    return BASE_UUID.format(text.rjust(4, "0")) if len(text) <= 4 else text


@dataclass(frozen=True, slots=True)
class GattCharacteristic:
    """One characteristic; its number is its place in the table."""

    service: str
    uuid: str
    properties: tuple[str, ...]

    @property
    def notifies(self) -> bool:
        return "notify" in self.properties or "indicate" in self.properties


@dataclass(frozen=True, slots=True)
class GattTable:
    """What a connected device offers.

    ``mtu`` in bytes; a payload is 3 bytes shorter. ``rssi`` is how strongly it
    was heard before it was connected, in dBm; None where nobody knows.
    """

    name: str
    address: str
    mtu: int
    characteristics: tuple[GattCharacteristic, ...]
    simulated: bool = False
    rssi: int | None = None

    def number(self, uuid: str) -> int | None:
        """The number of the first characteristic with ``uuid``; None if there is none."""
        wanted = full_uuid(uuid)
        numbers = (n for n, c in enumerate(self.characteristics) if c.uuid == wanted)
        return next(numbers, None)

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.service for c in self.characteristics))

    def encode(self) -> bytes:
        """The TABLE record."""
        return encode(Record.TABLE, json.dumps(dataclasses.asdict(self)).encode())

    @classmethod
    def decode(cls, payload: bytes) -> GattTable:
        """From a TABLE record's payload."""
        value = json.loads(payload)
        characteristics = tuple(
            GattCharacteristic(c["service"], c["uuid"], tuple(c["properties"]))
            for c in value.pop("characteristics")
        )
        return cls(**value, characteristics=characteristics)


def gatt_table(
    name: str,
    address: str,
    mtu: int,
    services: dict[str, dict[str, Sequence[str]]],
    simulated: bool = False,
) -> GattTable:
    """A table from ``{service: {characteristic: properties}}``; UUIDs may be short."""
    characteristics = tuple(
        GattCharacteristic(full_uuid(service), full_uuid(uuid), tuple(properties))
        for service, members in services.items()
        for uuid, properties in members.items()
    )
    return GattTable(name, address, mtu, characteristics, simulated)


def refusal(number: int, ticket: int, text: str, hint: str = "", *, lost: bool = False) -> bytes:
    """The record that says why a request could not be fulfilled."""
    reason = json.dumps({"text": text, "hint": hint, "lost": lost}).encode()
    return encode(Record.REFUSED, reason, number, ticket)
