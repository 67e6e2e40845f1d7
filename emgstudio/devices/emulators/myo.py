"""An emulated Myo armband: modes, sleep, vibration, rotation of four characteristics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emgstudio.core.options import option
from emgstudio.devices.drivers.myo import (
    CHANNELS,
    COMMAND,
    CONTROL_SERVICE,
    EMG_DATA,
    EMG_MODES,
    EMG_SERVICE,
    FIRMWARE,
    IMU,
    IMU_DATA_UUID,
    IMU_SERVICE,
    RATE,
    ROWS,
    VERSION,
)
from emgstudio.devices.emulators.bursts import Bursts
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.gatt import BATTERY_LEVEL, full_uuid

PACKETS_PER_S = RATE / ROWS
BATTERY_EVERY = round(10.0 * PACKETS_PER_S)
CHARGE_LASTS_S = 12.0 * 3600.0
HUM_HZ = 50.0
SET_MODE, VIBRATE, SET_SLEEP = 0x01, 0x03, 0x09


@dataclass(frozen=True, slots=True)
class MyoEmulation:
    """What a person can choose about an emulated Myo."""

    charge: float = option(87.0, "Battery when switched on", unit="%", minimum=1.0, maximum=100.0)
    hum: float = option(
        0.0, "Mains hum; the armband's own filter takes it away", minimum=0.0, maximum=60.0
    )


class MyoEmulator(GattEmulator):
    """A Myo; ``sleepless`` and ``vibrations`` tell what it was asked to do."""

    key: ClassVar[str] = "myo"
    Options: ClassVar[type] = MyoEmulation
    name: ClassVar[str] = "My Myo"
    advertises: ClassVar[tuple[str, ...]] = (CONTROL_SERVICE,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        CONTROL_SERVICE: {FIRMWARE: ["read"], COMMAND: ["write"]},
        IMU_SERVICE: {IMU_DATA_UUID: ["notify"]},
        EMG_SERVICE: {uuid: ["notify"] for uuid in EMG_DATA},
        "180f": {BATTERY_LEVEL: ["read", "notify"]},
    }

    def __init__(
        self,
        faults: Faults,
        address: str = "E1:7A:00:00:00:01",
        charge: float = 87.0,
        hum: float = 0.0,
    ) -> None:
        super().__init__(faults, PACKETS_PER_S, address)
        self.charge = charge
        self.hum = hum
        self.firmware = (1, 5, 1970, 2)
        self.emg_mode = self.imu_mode = 0
        self.sleepless = False
        self.vibrations: list[int] = []
        self._bursts = Bursts(CHANNELS, RATE)

    def opened(self, host: float) -> None:
        super().opened(host)
        self.emg_mode = self.imu_mode = 0
        self.sleepless = False

    def value(self, uuid: str) -> bytes:
        if uuid == FIRMWARE:
            return VERSION.pack(*self.firmware)
        if uuid == full_uuid(BATTERY_LEVEL):
            return self._charge()
        return b""

    def written(self, uuid: str, data: bytes) -> None:
        if uuid != COMMAND or len(data) < 3:
            return
        if data[0] == SET_MODE and len(data) == 5:
            self.emg_mode, self.imu_mode = data[2], data[3]
            if self.emg_mode or self.imu_mode:
                self.start()
            else:
                self.halt()
        elif data[0] == VIBRATE:
            self.vibrations.append(data[2])
        elif data[0] == SET_SLEEP:
            self.sleepless = data[2] == 1

    def samples(self, first: int, count: int) -> np.ndarray:
        """What the electrodes gave from sample ``first`` on, ``(count, 8)`` int8."""
        signal = 100.0 * self._bursts.at(first, count)
        if self.hum and self.emg_mode == EMG_MODES["raw"]:
            turns = HUM_HZ / RATE * np.arange(first, first + count)
            signal = signal + self.hum * np.sin(2.0 * np.pi * turns)[:, None]
        return np.rint(np.clip(signal, -128.0, 127.0)).astype(np.int8)

    def packet(self, number: int) -> bytes:
        out = b""
        if self.emg_mode:
            turn = EMG_DATA[number % len(EMG_DATA)]
            out += self.notify(turn, self.samples(number * ROWS, ROWS).tobytes())
        if self.imu_mode and number % 2 == 0:
            tilt = round(200.0 * np.sin(number / 50.0))
            out += self.notify(IMU_DATA_UUID, IMU.pack(16384, 0, 0, 0, tilt, 0, 2048, tilt, 0, 0))
        if number % BATTERY_EVERY == 0:
            out += self.notify(BATTERY_LEVEL, self._charge())
        return out

    def _charge(self) -> bytes:
        used = self.sent / PACKETS_PER_S / CHARGE_LASTS_S
        return bytes((max(0, round(self.charge * (1.0 - used))),))
