"""An emulated gForce armband: commands with answers, EMG of 8 or 12 bit."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from emgstudio.devices.drivers.gforce import (
    CHANNELS,
    COMMAND,
    DATA,
    EMG_CONFIG,
    EMG_EVENT,
    EMG_FLAG,
    FASTEST_12_BIT_HZ,
    GET_BATTERY,
    GET_FIRMWARE,
    PACKET_BYTES,
    SERVICE,
    SET_EMG,
    SET_STREAMS,
)
from emgstudio.devices.emulators.bursts import Bursts
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.gatt import GattEmulator

OK, UNSUPPORTED, BAD_PARAMETERS = 0, 1, 2


class GforceEmulator(GattEmulator):
    """A gForce Pro; ``rate`` in Hz and ``bits`` are what it was told."""

    key: ClassVar[str] = "gforce"
    name: ClassVar[str] = "gForcePro+(5A21)"
    advertises: ClassVar[tuple[str, ...]] = (SERVICE,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        SERVICE: {COMMAND: ["write", "notify"], DATA: ["notify"]}
    }

    def __init__(self, faults: Faults, address: str = "90:7B:C6:00:00:04") -> None:
        super().__init__(faults, 1.0, address)
        self._configure(500, 8)

    def _configure(self, rate: int, bits: int) -> None:
        self.rate, self.bits = rate, bits
        self.rows = PACKET_BYTES // CHANNELS // (1 if bits == 8 else 2)
        self.packet_rate = rate / self.rows
        self._bursts = Bursts(CHANNELS, float(rate))

    def written(self, uuid: str, data: bytes) -> None:
        if uuid != COMMAND or not data:
            return
        result, answer = self._obey(data)
        self.say(self.notify(COMMAND, bytes((result, data[0])) + answer))

    def _obey(self, data: bytes) -> tuple[int, bytes]:
        if data[0] == GET_FIRMWARE:
            return OK, bytes((3, 2, 0))
        if data[0] == GET_BATTERY:
            return OK, bytes((73,))
        if data[0] == SET_EMG and len(data) == EMG_CONFIG.size:
            _, rate, _mask, size, bits = EMG_CONFIG.unpack(data)
            if size != PACKET_BYTES or (bits == 12 and rate > FASTEST_12_BIT_HZ):
                return BAD_PARAMETERS, b""
            self._configure(rate, bits)
            return OK, b""
        if data[0] == SET_STREAMS and len(data) == 5:
            (flags,) = struct.unpack("<I", data[1:])
            if flags & EMG_FLAG:
                self.start()
            else:
                self.halt()
            return OK, b""
        return UNSUPPORTED, b""

    def samples(self, first: int, count: int) -> NDArray[np.int64]:
        """What the converter gave from sample ``first`` on, ``(count, 8)``."""
        middle = 1 << (self.bits - 1)
        numbers = middle * (1.0 + 0.9 * self._bursts.at(first, count))
        return np.rint(numbers).astype(np.int64)

    def packet(self, number: int) -> bytes:
        rows = self.samples(number * self.rows, self.rows)
        dtype = np.dtype(np.uint8 if self.bits == 8 else "<u2")
        return self.notify(DATA, bytes((EMG_EVENT,)) + rows.astype(dtype).tobytes())
