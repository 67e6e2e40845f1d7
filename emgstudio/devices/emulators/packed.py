"""An emulated sensor that packs numbers as the preset counted_int16 says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from emgstudio.devices.ble_presets import presets
from emgstudio.devices.emulators.bursts import Bursts
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator

SERVICE = "6d1a0001-3c5e-4b8f-9a57-2f6c1e0b7d40"
DATA = "6d1a0002-3c5e-4b8f-9a57-2f6c1e0b7d40"
CONTROL = "6d1a0003-3c5e-4b8f-9a57-2f6c1e0b7d40"


class PackedEmulator(GattEmulator):
    """Speaks the preset ``counted_int16``."""

    key: ClassVar[str] = "packed"
    name: ClassVar[str] = "EMG-Packed"
    advertises: ClassVar[tuple[str, ...]] = (SERVICE,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        SERVICE: {DATA: ["notify"], CONTROL: ["write"]}
    }

    def __init__(self, faults: Faults, address: str = "C4:64:E3:00:00:06") -> None:
        self.preset = presets()["counted_int16"]
        super().__init__(faults, self.preset.rate / self.preset.samples, address)
        self._bursts = Bursts(self.preset.channels, self.preset.rate)

    def written(self, uuid: str, data: bytes) -> None:
        if uuid == CONTROL and data == b"\x01":
            self.start()
        elif uuid == CONTROL:
            self.halt()

    def packet(self, number: int) -> bytes:
        rows = self._bursts.at(number * self.preset.samples, self.preset.samples)
        numbers = np.rint(20_000.0 * rows).astype("<i2")
        return self.notify(DATA, (number & 0xFFFF).to_bytes(2, "little") + numbers.tobytes())
