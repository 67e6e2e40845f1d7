"""An emulated NPG Lite: START, STOP, WHORU and STATUS, ten samples in a notification, battery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.devices.drivers.npg_lite import (
    BATTERY,
    BITS,
    CHANNELS,
    CONTROL,
    DATA,
    RATE,
    ROWS,
    SERVICE,
)
from emgstudio.devices.emulators.bursts import Bursts
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator

BATTERY_EVERY = round(10.0 * RATE / ROWS)
MIDDLE = 1 << (BITS - 1)


@dataclass(frozen=True, slots=True)
class NpgLiteEmulation:
    """What a person can choose about an emulated NPG Lite."""

    channels: int = option(3, "Channels", choices=CHANNELS)


class NpgLiteEmulator(GattEmulator):
    """An NPG Lite with 3 or 6 channels. The counter starts at 0 with each START."""

    key: ClassVar[str] = "npg_lite"
    Options: ClassVar[type] = NpgLiteEmulation
    advertises: ClassVar[tuple[str, ...]] = (SERVICE,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        SERVICE: {
            DATA: ["read", "notify"],
            CONTROL: ["write", "notify"],
            BATTERY: ["read", "notify"],
        }
    }

    def __init__(
        self, faults: Faults, channels: int = 3, address: str = "D8:3B:DA:00:00:03"
    ) -> None:
        self.name = f"NPG-Lite-{channels}CH:00:03"  # type: ignore[misc]
        super().__init__(faults, RATE / ROWS, address)
        self.channels = channels
        self._bursts = Bursts(channels, RATE)

    def value(self, uuid: str) -> bytes:
        return bytes((64,)) if uuid == BATTERY else b""

    def written(self, uuid: str, data: bytes) -> None:
        if uuid != CONTROL:
            return
        answers = {
            b"WHORU": f"NPG-LITE-{self.channels}CH".encode(),
            b"STATUS": b"START" if self.streaming else b"STOP",
        }
        if data == b"START":
            self.start()
        elif data == b"STOP":
            self.halt()
        elif data in answers:
            self.say(self.notify(CONTROL, answers[data]))

    def samples(self, first: int, count: int) -> NDArray[np.int64]:
        """What the converter gave from sample ``first`` on, ``(count, channels)``, 0 to 4095."""
        return np.rint(MIDDLE + 1500.0 * self._bursts.at(first, count)).astype(np.int64)

    def packet(self, number: int) -> bytes:
        first = number * ROWS
        rows = self.samples(first, ROWS).astype(">u2")
        payload = b"".join(
            bytes(((first + k) & 0xFF,)) + row.tobytes() for k, row in enumerate(rows)
        )
        out = self.notify(DATA, payload)
        if number % BATTERY_EVERY == 0:
            out += self.notify(BATTERY, self.value(BATTERY))
        return out
