"""A Shimmer3 with an EMG board: acknowledges, remembers its registers, stamps its packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import Wave, muscle

CLOCK_HZ = 32768
ACK = b"\xff"
SIZES = {0x05: 3, 0x08: 4, 0x61: 14, 0x63: 4, 0xA3: 2}
ACCELEROMETER, WIDE_RANGE, GYROSCOPE, EXG1, EXG2 = 0x80, 0x1000, 0x40, 0x10, 0x08
GAINS = (6, 1, 2, 3, 4, 8, 12)


@dataclass(frozen=True, slots=True)
class Shimmer3Emulation:
    """What a person can choose about an emulated Shimmer."""

    hardware: int = option(3, "Hardware; 10 is a Shimmer3R", choices=(3, 10))
    amplitude_uv: float = option(600.0, "Strongest muscle", unit="µV", minimum=0.0, maximum=1e5)


class Shimmer3Emulator(PacketEmulator):
    """Channels show ``wave`` times ``amplitude_uv``, by the device's own clock.

    ``status_every`` so many packets it tells its status in the middle of the stream.
    """

    key: ClassVar[str] = "shimmer3"
    Options: ClassVar[type] = Shimmer3Emulation

    def __init__(
        self,
        faults: Faults,
        hardware: int = 3,
        wave: Wave = muscle,
        amplitude_uv: float = 600.0,
        first_stamp: int = 0,
        status_every: int = 0,
        knows_ack_prefix: bool = True,
    ) -> None:
        super().__init__(faults, 51.2)
        self.hardware = hardware
        self.wave = wave
        self.amplitude_uv = amplitude_uv
        self.first_stamp = first_stamp
        self.status_every = status_every
        self.knows_ack_prefix = knows_ack_prefix
        self.divider = 640
        self.sensors = 0
        self.registers = [bytearray(10), bytearray(10)]
        self._buffer = b""

    def receive(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer:
            size = SIZES.get(self._buffer[0], 1)
            if len(self._buffer) < size:
                return
            command, self._buffer = self._buffer[:size], self._buffer[size:]
            self._obey(command)

    def _obey(self, command: bytes) -> None:
        kind = command[0]
        if kind == 0xA3 and not self.knows_ack_prefix:
            return
        self.say(ACK)
        if kind == 0x3F:
            self.say(bytes((0x25, self.hardware)))
        elif kind == 0x2E:
            self.say(bytes.fromhex("2F 0300 0000 0D 07"))
        elif kind == 0x05:
            self.divider = int.from_bytes(command[1:], "little")
            self.packet_rate = CLOCK_HZ / self.divider
        elif kind == 0x08:
            self.sensors = int.from_bytes(command[1:], "little")
        elif kind == 0x61:
            chip, offset, length = command[1:4]
            self.registers[chip][offset : offset + length] = command[4 : 4 + length]
        elif kind == 0x63:
            chip, offset, length = command[1:4]
            self.say(bytes((0x62, length)) + self.registers[chip][offset : offset + length])
        elif kind == 0x01:
            ids = self._ids()
            divider = self.divider.to_bytes(2, "little")
            self.say(b"\x02" + divider + bytes(4) + bytes((len(ids), 1)) + bytes(ids))
        elif kind == 0x95:
            self.say(bytes.fromhex("8A 94 400B 80"))
        elif kind == 0x72:
            self.say(bytes.fromhex("8A 71 20"))
        elif kind == 0x07:
            self.start()
        elif kind == 0x20:
            self.halt()

    def _ids(self) -> list[int]:
        ids: list[int] = []
        if self.sensors & ACCELEROMETER:
            ids += [0x00, 0x01, 0x02]
        if self.sensors & WIDE_RANGE:
            ids += [0x04, 0x05, 0x06]
        if self.sensors & GYROSCOPE:
            ids += [0x0A, 0x0B, 0x0C]
        if self.sensors & EXG1:
            ids += [0x1D, 0x1E, 0x1F]
        if self.sensors & EXG2:
            ids += [0x20, 0x21, 0x22]
        return ids

    def counts(self, channel: int, number: int) -> int:
        """What EMG channel ``channel`` (from 0) reads in packet ``number``."""
        gain = GAINS[self.registers[0][3 + channel] >> 4 & 7]
        microvolt = self.amplitude_uv * self.wave(number, channel, self.packet_rate)
        return round(microvolt * 1e-6 / (2.42 / ((1 << 23) - 1) / gain))

    def packet(self, number: int) -> bytes:
        stamp = (self.first_stamp + number * self.divider) % (1 << 24)
        values = b"".join(self._value(k, number) for k in self._ids())
        status = b""
        if self.status_every and number % self.status_every == self.status_every - 1:
            status = bytes.fromhex("8A 71 21")
        return b"\x00" + stamp.to_bytes(3, "little") + values + status

    def _value(self, signal: int, number: int) -> bytes:
        if signal in (0x1D, 0x20):
            return b"\xc0"
        if signal in (0x1E, 0x1F):
            return self.counts(signal - 0x1E, number).to_bytes(3, "big", signed=True)
        if signal in (0x21, 0x22):
            return bytes(3)
        if signal <= 0x02:
            return (2048 + signal).to_bytes(2, "little")
        if signal <= 0x06:
            return (-1000 - signal).to_bytes(2, "little", signed=True)
        return (-2000 - signal).to_bytes(2, "big", signed=True)
