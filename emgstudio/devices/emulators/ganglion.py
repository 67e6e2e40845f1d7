"""An emulated OpenBCI Ganglion with firmware 2 or 3: packing, deltas, impedance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.devices.drivers.ganglion import FIRMWARE, RATE, RECEIVE, SEND, SERVICE
from emgstudio.devices.drivers.ganglion_packets import (
    CHANNELS,
    FIRMWARE_2,
    FIRMWARE_3,
    IMPEDANCE_IDS,
    PACKET_BYTES,
    packed,
)
from emgstudio.devices.emulators.bursts import Bursts
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator

BIGGEST = 60_000
DISCONNECT = "2d30c084-f39f-4ce6-923f-3484ea480596"
OHM = (10_000, 24_000, 38_000, 52_000, 16_000)
IMPEDANCE_EVERY_S = 0.1
# Where the board's axes point while it lies flat: in counts of 16 mg.
ACC_BYTES = (-62 & 0xFF, 3, 5)


@dataclass(frozen=True, slots=True)
class GanglionEmulation:
    """What a person can choose about an emulated Ganglion."""

    firmware: int = option(3, "Firmware", choices=(2, 3))


class GanglionEmulator(GattEmulator):
    """A Ganglion; ``firmware`` is 2 or 3."""

    key: ClassVar[str] = "ganglion"
    Options: ClassVar[type] = GanglionEmulation
    name: ClassVar[str] = "Ganglion-ab12"
    advertises: ClassVar[tuple[str, ...]] = (SERVICE,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        SERVICE: {
            RECEIVE: ["read", "notify"],
            SEND: ["write", "write-without-response"],
            DISCONNECT: ["write"],
        },
        "180a": {FIRMWARE: ["read"]},
    }

    def __init__(
        self, faults: Faults, firmware: int = 3, address: str = "D4:CA:6E:00:00:02"
    ) -> None:
        self.numbering = FIRMWARE_3 if firmware == 3 else FIRMWARE_2
        super().__init__(faults, self.numbering.packets_per_s(RATE), address)
        self.firmware = firmware
        self.accelerometer = False
        self._bursts = Bursts(CHANNELS, RATE)

    def value(self, uuid: str) -> bytes:
        return b"3.0.2" if self.firmware == 3 else b"2.0.1"

    def written(self, uuid: str, data: bytes) -> None:
        if uuid != SEND:
            return
        if data == b"b":
            self.start()
        elif data == b"s":
            self.halt()
        elif data in (b"n", b"N"):
            self.accelerometer = data == b"n"
        elif data == b"z":
            for k, ohm in enumerate(OHM):
                text = bytes((IMPEDANCE_IDS[k],)) + f"{ohm}Z\n".encode()
                answer = self.notify(RECEIVE, text.ljust(PACKET_BYTES, b"\0"))
                self.say(answer, (k + 1) * IMPEDANCE_EVERY_S)

    def counts(self, first: int, count: int) -> NDArray[np.int32]:
        """What the converter gave from sample ``first`` on, ``(count, 4)`` of 24 bit.

        Multiples of 64 that every packing can say.
        """
        coarse = np.rint(BIGGEST / 64 * self._bursts.at(first, count))
        return np.where(coarse == -1, 0, coarse).astype(np.int32) * 64

    def packet(self, number: int) -> bytes:
        first = self.numbering.first_row(number)
        place = number % self.numbering.modulus
        bits = 18 if self.accelerometer else 19
        if self.firmware == 3:
            numbers = packed(self.counts(first, 2) >> (24 - bits), bits)
            identifier = place if bits == 18 else 100 + place
        elif place == 0:
            rows = self.counts(first, 1)[0]
            numbers = b"".join(int(n).to_bytes(3, "big", signed=True) for n in rows)
            identifier = 0
        else:
            rows = self.counts(first - 1, 3)
            numbers = packed(rows[:-1] - rows[1:], bits)
            identifier = place if bits == 18 else 100 + place
        payload = bytearray(bytes((identifier,)) + numbers).ljust(PACKET_BYTES, b"\0")
        if bits == 18 and place % 10 < 3:
            payload[-1] = ACC_BYTES[place % 10]
        return self.notify(RECEIVE, bytes(payload))
