"""A BITalino (r)evolution: idle until told to stream, frames with counter and checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.bitalino import SET_OUTPUTS
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import Wave, muscle

RATES = (1.0, 10.0, 100.0, 1000.0)
EMG_GAIN = 1009.0
SUPPLY_V = 3.3


@dataclass(frozen=True, slots=True)
class BitalinoEmulation:
    """What a person can choose about an emulated BITalino."""

    version: str = option("5.2", "Firmware", choices=("5.2", "4.2", "3.0"))
    amplitude_uv: float = option(600.0, "Strongest muscle", unit="µV", minimum=0.0, maximum=1600.0)
    battery_v: float = option(3.9, "Battery", unit="V", minimum=3.0, maximum=4.2)


class BitalinoEmulator(PacketEmulator):
    """Inputs show ``wave`` times ``amplitude_uv``, before the sensor's gain.

    ``inputs`` are the levels of I1 and I2, ``battery_v`` what the idle board tells.
    """

    key: ClassVar[str] = "bitalino"
    Options: ClassVar[type] = BitalinoEmulation

    def __init__(
        self,
        faults: Faults,
        version: str = "5.2",
        wave: Wave = muscle,
        amplitude_uv: float = 600.0,
        battery_v: float = 3.9,
    ) -> None:
        super().__init__(faults, RATES[-1])
        self.version = version
        self.wave = wave
        self.amplitude_uv = amplitude_uv
        self.battery_v = battery_v
        self.inputs = [0, 0]
        self.outputs = [0, 0]
        self.channels: tuple[int, ...] = ()

    def receive(self, data: bytes) -> None:
        for command in data:
            if self.streaming:
                if command in (0x00, 0xFF):
                    self.halt()
                elif command & ~0x0C == SET_OUTPUTS:
                    self.outputs = [command >> 2 & 1, command >> 3 & 1]
            else:
                self._obey(command)

    def _obey(self, command: int) -> None:
        if command == 0x07:
            self.say(f"BITalino_v{self.version}\n".encode())
        elif command == 0x0B:
            self.say(self._state())
        elif command & 0x03 == 0x03:
            self.packet_rate = RATES[command >> 6]
        elif command & 0x03 == 0x01:
            self.channels = tuple(k for k in range(6) if command >> 2 & 1 << k)
            self.start()

    def _state(self) -> bytes:
        battery = round(self.battery_v / 2.0 / SUPPLY_V * 1024)
        newer = tuple(int(part) for part in self.version.split(".")) >= (5, 2)
        numbers = b"".join(value.to_bytes(2, "little") for value in (*(512,) * 6, battery))
        return _with_checksum(numbers + bytes(3 if newer else 2))

    def count(self, channel: int, number: int) -> int:
        """What input ``channel`` (from 0) reads in frame ``number``, of ten bits."""
        microvolt = self.amplitude_uv * self.wave(number, channel, self.packet_rate)
        return max(0, min(1023, round(512 + microvolt * 1e-6 * EMG_GAIN / SUPPLY_V * 1024)))

    def packet(self, number: int) -> bytes:
        counts = [self.count(channel, number) for channel in self.channels]
        a, b, c, d, e, f = (*counts, *(0,) * (6 - len(counts)))
        backwards = (
            number % 16 << 4,
            self.inputs[0] << 7
            | self.inputs[1] << 6
            | self.outputs[0] << 5
            | self.outputs[1] << 4
            | a >> 6,
            (a & 0x3F) << 2 | b >> 8,
            b & 0xFF,
            c >> 2,
            (c & 0x03) << 6 | d >> 4,
            # The fifth and the sixth input have their upper six bits only.
            (d & 0x0F) << 4 | e >> 6,
            (e >> 4 & 0x03) << 6 | f >> 4,
        )
        size = (2, 3, 4, 6, 7, 8, 8)[len(counts)]
        return _with_checksum(bytes(backwards[size - 1 :: -1]))


def _with_checksum(data: bytes) -> bytes:
    """``data`` with the remainder of x⁴ + x + 1 in its last four bits."""
    remainder = 0
    for byte in data[:-1] + bytes([data[-1] & 0xF0]):
        for bit in range(7, -1, -1):
            remainder = remainder << 1 | byte >> bit & 1
            if remainder & 0x10:
                remainder ^= 0x13
    return data[:-1] + bytes([data[-1] & 0xF0 | remainder & 0x0F])
