"""An OpenBCI Cyton (+ Daisy) behind its dongle: what firmware 3.1.2 answers and sends."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import Wave, muscle

PACKET_RATE = 250.0
GAINS = (1, 2, 4, 6, 8, 12, 24)
KEYS = b"12345678QWERTYUI"
OFF_KEYS = b"12345678qwertyui"
ON_KEYS = b"!@#$%^&*QWERTYUI"
MODES = ("default", "debug", "analog", "digital", "marker", "BLE")
TEST_KEYS = b"0-=p[]"
FULL_SCALE = (1 << 23) - 1
RESET_S = 0.05
LEAD_OFF_HZ = 31.25
LEAD_OFF_A = 6e-9
SERIES_OHM = 2200.0
G = 8192


@dataclass(frozen=True, slots=True)
class CytonEmulation:
    """What a person can choose about an emulated Cyton."""

    daisy: bool = option(False, "With a Daisy: 16 channels")
    amplitude_uv: float = option(300.0, "Strongest muscle", unit="µV", minimum=0.0, maximum=1e5)
    electrode_ohm: float = option(10_000.0, "Each electrode", unit="Ω", minimum=0.0, maximum=1e7)
    board_on: bool = option(True, "Board switched on; off leaves the dongle alone")


class CytonEmulator(PacketEmulator):
    """Channels show ``wave`` times ``amplitude_uv``, by the board's own count of packets.

    ``electrode_ohm`` is what an impedance measurement finds; ``board_on`` False
    leaves only the dongle to answer; ``pins`` are the digital and the analog inputs.
    """

    key: ClassVar[str] = "cyton"
    Options: ClassVar[type] = CytonEmulation

    def __init__(
        self,
        faults: Faults,
        daisy: bool = False,
        wave: Wave = muscle,
        amplitude_uv: float = 300.0,
        electrode_ohm: float = 10_000.0,
        board_on: bool = True,
    ) -> None:
        super().__init__(faults, PACKET_RATE)
        self.daisy = daisy
        self.wave = wave
        self.amplitude_uv = amplitude_uv
        self.electrode_ohm = electrode_ohm
        self.board_on = board_on
        self.analog = (100, 200, 300)
        self.digital = [0, 0, 0, 0, 0]
        self.received = b""
        self._first = 0
        self._marker = b""
        self._buffer = b""
        self._defaults()

    def _defaults(self) -> None:
        self.channels = 16 if self.daisy else 8
        self.gain = [24] * 16
        self.on = [True] * 16
        self.settings = [b""] * 16
        self.lead_off = [False] * 16
        self.mode = 0

    def packet(self, number: int) -> bytes:
        count = number - self._first
        first = 8 if self.channels == 16 and count % 2 == 0 else 0
        values = (self._counts(channel, count) for channel in range(first, first + 8))
        body = b"".join(struct.pack(">i", value)[1:] for value in values)
        extras, tail = self._extras(count)
        return b"\xa0" + bytes([count & 255]) + body + extras + bytes([tail])

    def _counts(self, channel: int, count: int) -> int:
        if not self.on[channel]:
            return 0
        seconds = count / PACKET_RATE
        volt = 1e-6 * self.amplitude_uv * self.wave(count, channel, PACKET_RATE)
        if self.lead_off[channel]:
            drop = LEAD_OFF_A * (self.electrode_ohm + SERIES_OHM)
            volt += drop * math.sin(2.0 * math.pi * LEAD_OFF_HZ * seconds)
        value = round(volt / (4.5 / FULL_SCALE / self.gain[channel]))
        return max(-FULL_SCALE - 1, min(FULL_SCALE, value))

    def _extras(self, count: int) -> tuple[bytes, int]:
        if self.mode == 2:
            return struct.pack(">3h", *self.analog), 0xC1
        if self.mode == 3:
            a, b, c, d, e = self.digital
            return bytes((a, b, c, d, 0, e)), 0xC1
        if self.mode == 4:
            letter, self._marker = self._marker, b""
            return b"\0" * (1 if letter else 2) + letter + b"\0" * 4, 0xC1
        if count % 10 == 0:
            tilt = round(G * math.sin(2.0 * math.pi * 0.5 * count / PACKET_RATE))
            return struct.pack(">3h", tilt, -tilt, G), 0xC0
        return b"\0" * 6, 0xC0

    def receive(self, data: bytes) -> None:
        self.received += data
        self._buffer += data
        while self._buffer and (used := self._command(self._buffer)):
            self._buffer = self._buffer[used:]

    def _command(self, data: bytes) -> int:
        """Obey the first command; how many bytes it has, 0 when some are missing."""
        first = data[:1]
        if first == b"\xf0":
            return self._dongle(data)
        if not self.board_on:
            self._answer("Failure: Communications timeout - Device failed to poll Host")
            return 1
        size = {b"x": 9, b"z": 5, b"/": 2, b"~": 2, b"`": 2}.get(first, 1)
        if len(data) < size:
            return 0
        command = data[:size]
        if first == b"x":
            self._set_channel(command)
        elif first == b"z":
            channel = KEYS.find(command[1:2])
            self.lead_off[channel] = b"1" in command[2:4]
            self._answer(f"Success: Lead off set for {channel + 1}")
        elif size == 2:
            self._set_mode(first, command[1:2])
        else:
            self._letter(first)
        return size

    def _dongle(self, data: bytes) -> int:
        if len(data) < 2:
            return 0
        size = 3 if data[1] in (1, 2) else 2
        if len(data) < size:
            return 0
        if data[1] == 7:
            self._answer("Success: System is Up" if self.board_on else "Failure: System is Down")
        elif data[1] == 0:
            self._answer("Success: Host and Device on Channel Number 5")
        else:
            self._answer("Success")
        return size

    def _set_channel(self, command: bytes) -> None:
        channel = KEYS.find(command[1:2])
        if channel < 0 or command[8:] != b"X" or not 0 <= command[3] - 48 < len(GAINS):
            self._answer("Failure: too few chars")
            return
        self.on[channel] = command[2:3] == b"0"
        self.gain[channel] = GAINS[command[3] - 48]
        self.settings[channel] = command[2:8]
        self._answer(f"Success: Channel set for {channel + 1}")

    def _set_mode(self, kind: bytes, value: bytes) -> None:
        if kind == b"`":
            self._marker = value
        elif kind == b"~":
            self._answer("Success: Sample rate is 250Hz")
        elif value.isdigit() and int(value) < len(MODES):
            self.mode = int(value)
            self._answer(f"Success: {MODES[self.mode]}")
        else:
            self._answer("Failure: invalid board mode value.")

    def _letter(self, letter: bytes) -> None:
        if letter == b"v":
            self.halt()
            self._defaults()
            self.say(self._about().encode(), RESET_S)
        elif letter == b"b":
            if not self.streaming:
                self._first = self.sent
            self.start()
        elif letter == b"s":
            self.halt()
        elif letter == b"d":
            self._defaults()
            self._answer("updating channel settings to default")
        elif letter == b"c":
            self.channels = 8
            self._answer("Daisy removed")
        elif letter == b"C":
            self.channels = 16 if self.daisy else 8
            self._answer(str(self.channels))
        elif letter == b"V":
            self._answer("v3.1.2")
        elif letter in TEST_KEYS:
            self._answer("Success: Configured internal test signal.")
        elif letter in OFF_KEYS:
            self.on[OFF_KEYS.index(letter)] = False
        elif letter in ON_KEYS:
            self.on[ON_KEYS.index(letter)] = True

    def _about(self) -> str:
        daisy = "On Daisy ADS1299 Device ID: 0x3E\r\n" if self.daisy else ""
        return (
            "OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\n"
            f"{daisy}LIS3DH Device ID: 0x33\r\nFirmware: v3.1.2\r\n$$$"
        )

    def _answer(self, text: str) -> None:
        # The firmware says nothing while it streams.
        if not self.streaming:
            self.say(text.encode() + b"$$$")
