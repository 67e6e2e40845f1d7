"""Emulated devices of OT Bioelettronica: rows with a counter, after one command."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.devices.drivers import quattrocento, sessantaquattro
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.muscle import repeating_emg
from emgstudio.devices.link import LinkLost

ROWS_PER_PACKET = 4
TRIGGER_EACH_S = 5.0
TRIGGER_S = 0.1
TURN_S = 10.0
STEP_UV = 0.2861
QUATERNION_ONE = 1 << 14
BUFFER = 12


class RowEmulator(PacketEmulator):
    """Sends 4 rows in a packet; row k is the same in every run.

    A subclass reads commands and says how a row looks.
    """

    width: int = 2
    byte_order: ClassVar[str] = ">"

    def __init__(self, faults: Faults) -> None:
        super().__init__(faults, 1.0)
        self.rate = 1.0
        self.columns = 0
        self._emg: NDArray[np.int32] = np.zeros((1, 1), np.int32)
        self._command = bytearray()

    def set_up(self, rate: float, inputs: int, step_uv: float, columns: int) -> None:
        """Get ready for rows of ``columns`` that begin with ``inputs`` electrodes."""
        emg = np.rint(repeating_emg(rate, inputs) / step_uv)
        limit = 1 << (8 * self.width - 1)
        self._emg = np.clip(emg, -limit, limit - 1).astype(np.int32)
        self.rate, self.columns = rate, columns
        self.packet_rate = rate / ROWS_PER_PACKET

    def rows(self, first: int, count: int) -> NDArray[np.int32]:
        """Rows ``first`` … as ``(count, columns)``, the counter as a signed 16 bit number."""
        index = np.arange(first, first + count)
        out = np.zeros((count, self.columns), np.int32)
        inputs = self._emg.shape[1]
        out[:, :inputs] = self._emg[index % len(self._emg)]
        self.fill(index, out[:, inputs:])
        return out

    @abstractmethod
    def fill(self, index: NDArray[Any], rest: NDArray[np.int32]) -> None:
        """Write the columns after the electrodes for samples ``index``."""

    def packet(self, number: int) -> bytes:
        rows = self.rows(number * ROWS_PER_PACKET, ROWS_PER_PACKET)
        if self.width == 2:
            return rows.astype(f"{self.byte_order}i2").tobytes()
        return rows.astype(">i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()

    def trigger(self, index: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether the trigger input is high at samples ``index``."""
        high: NDArray[np.bool_] = index % round(TRIGGER_EACH_S * self.rate) < round(
            TRIGGER_S * self.rate
        )
        return high

    def turning(self, index: NDArray[Any], out: NDArray[np.int32]) -> None:
        """A slow turn about one axis, as a quaternion in four columns."""
        angle = np.pi * index / (TURN_S * self.rate)
        out[:, 0] = np.rint(QUATERNION_ONE * np.cos(angle))
        out[:, 3] = np.rint(QUATERNION_ONE * np.sin(angle))

    def count(self, index: NDArray[Any]) -> NDArray[Any]:
        """The counter of samples ``index`` as it fits a signed 16 bit column."""
        return index.astype(np.uint16).astype(np.int16)

    def buffer_and_trigger(self, index: NDArray[Any]) -> NDArray[Any]:
        """Fill level of the device's buffer, with the trigger as the top bit."""
        top = 1 << (8 * self.width - 1)
        return np.where(self.trigger(index), BUFFER - top, BUFFER)


@dataclass(frozen=True, slots=True)
class MuoviEmulation:
    """What a person can choose about an emulated Muovi."""

    plus: bool = option(False, "Muovi+: 64 electrodes")


class MuoviEmulator(RowEmulator):
    """A Muovi: one byte says all. ``plus`` has 64 electrodes instead of 32."""

    key: ClassVar[str] = "muovi"
    Options: ClassVar[type] = MuoviEmulation

    def __init__(self, faults: Faults, plus: bool = False) -> None:
        super().__init__(faults)
        self.plus = plus

    @property
    def query(self) -> dict[str, str]:
        return {"probe": "Muovi+"} if self.plus else {}

    def receive(self, data: bytes) -> None:
        for command in data:
            emg, mode, go = bool(command & 8), command >> 1 & 3, bool(command & 1)
            if not go:
                self.halt()
                continue
            self.width = 2 if emg else 3
            inputs = (64 if self.plus else 32) // (2 if mode == 1 else 1)
            self.set_up(2000.0 if emg else 500.0, inputs, STEP_UV, inputs + 6)
            self.start()

    def fill(self, index: NDArray[Any], rest: NDArray[np.int32]) -> None:
        self.turning(index, rest[:, :4])
        rest[:, 4] = self.buffer_and_trigger(index)
        rest[:, 5] = self.count(index)


@dataclass(frozen=True, slots=True)
class SessantaquattroEmulation:
    """What a person can choose about an emulated Sessantaquattro."""

    extra: int = option(8, "Columns after the electrodes; 4 as documented", choices=(4, 8))


class SessantaquattroEmulator(RowEmulator):
    """A Sessantaquattro+: two bytes say all, and a stop hangs up, as the real one does.

    ``extra`` is how many columns follow the electrodes: 8, or 4 as documented.
    """

    key: ClassVar[str] = "sessantaquattro"
    Options: ClassVar[type] = SessantaquattroEmulation

    def __init__(self, faults: Faults, extra: int = 8) -> None:
        super().__init__(faults)
        self.extra = extra
        self._hung_up = False

    def opened(self, host: float) -> None:
        super().opened(host)
        self._hung_up = False
        self._command.clear()

    def receive(self, data: bytes) -> None:
        self._command += data
        while len(self._command) >= 2:
            self._obey(int.from_bytes(self._command[:2], "big"))
            del self._command[:2]

    def _obey(self, word: int) -> None:
        if not word & 1:
            self.halt()
            self._hung_up = True
            return
        rate = sessantaquattro.RATES[word >> 13 & 3]
        inputs = sessantaquattro.CHANNELS[word >> 11 & 3] // (2 if word >> 8 & 7 == 1 else 1)
        self.width = 3 if word & 0x80 else 2
        self.set_up(float(rate), inputs, STEP_UV, inputs + self.extra)
        self.start()

    def due(self, host: float) -> bytes:
        if self._hung_up:
            raise LinkLost("The emulated amplifier hung up.")
        return super().due(host)

    def fill(self, index: NDArray[Any], rest: NDArray[np.int32]) -> None:
        if self.extra == 8:
            rest[:, 0] = index // 4 % 1000
            self.turning(index, rest[:, 2:6])
        rest[:, -2] = self.buffer_and_trigger(index)
        rest[:, -1] = self.count(index)


class QuattrocentoEmulator(RowEmulator):
    """A Quattrocento: 40 bytes say all; those with a wrong checksum are not obeyed."""

    key: ClassVar[str] = "quattrocento"
    byte_order: ClassVar[str] = "<"

    def opened(self, host: float) -> None:
        super().opened(host)
        self._command.clear()

    def receive(self, data: bytes) -> None:
        self._command += data
        while len(self._command) >= quattrocento.SETTINGS_BYTES:
            command = bytes(self._command[: quattrocento.SETTINGS_BYTES])
            del self._command[: quattrocento.SETTINGS_BYTES]
            if quattrocento.crc8(command[:-1]) == command[-1] and command[0] & 0x80:
                self._obey(command[0])

    def _obey(self, first: int) -> None:
        if not first & 1:
            self.halt()
            return
        rate = quattrocento.RATES[first >> 3 & 3]
        inputs = quattrocento.INPUTS[first >> 1 & 3]
        extra = quattrocento.AUX + quattrocento.EXTRA
        self.set_up(float(rate), inputs, quattrocento.STEP_UV, inputs + extra)
        self.start()

    def fill(self, index: NDArray[Any], rest: NDArray[np.int32]) -> None:
        rest[:, 0] = index // 4 % 1000
        after = rest[:, quattrocento.AUX :]
        after[:, 0] = self.count(index)
        after[:, 1] = self.trigger(index)
        after[:, 3] = BUFFER
