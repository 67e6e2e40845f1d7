"""Shimmer3 EMG over its Bluetooth serial port: two channels of 24 bits, up to 1024 Hz.

Facts: seemoo-lab/pyshimmer and BrainFlow's shimmer3 driver (commands, packets), TI
SBAS502C (registers of the ADS1292R), Shimmer's own capture program (EMG preset).
Described in docs/devices/shimmer3.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, Reading, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.answers import Answers
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.shimmer3_packets import (
    CLOCK_HZ,
    SIGNALS,
    STAMP_MODULUS,
    PacketReader,
    Packets,
    Signal,
    decode,
    signal_bytes,
    stamps,
)
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.rows import Rows

REFERENCE_V = 2.42
FULL_SCALE = (1 << 23) - 1
GAIN_CODES = {6: 0, 1: 1, 2: 2, 3: 3, 4: 4, 8: 5, 12: 6}
# The converter's rate, 125 Hz · 2^code, lies above the sampling rate.
CONVERTER_CODES = {128: 1, 256: 2, 512: 3, 1024: 4}
SENSORS = {"none": 0, "low-noise": 0x80, "wide-range": 0x1000}
EXG1_24_BIT, GYROSCOPE = 0x10, 0x40
HARDWARE, HARDWARE_3R = 3, 10
ANSWER_S = 2.0
OPTIONAL_S = 0.5
LONGEST_LEFTOVER_S = 1.0
BATTERY_FACTOR_V = 3.0 / 4095 * 1.988
BATTERY = Action("battery", "Ask for the battery", "Its voltage is shown among the figures.")


@dataclass(frozen=True)
class Shimmer3Options:
    """How the sensor measures."""

    rate: int = option(1024, "Sampling rate", unit="Hz", choices=tuple(CONVERTER_CODES))
    gain: int = option(12, "Gain", choices=tuple(sorted(GAIN_CODES)))
    accelerometer: str = option("none", "Accelerometer", choices=tuple(SENSORS))
    gyroscope: bool = option(False, "Gyroscope")


class Shimmer3Driver(Driver):
    """Decodes a Shimmer3's packets; see :class:`Driver`. The time stamps say what is lost."""

    key = "shimmer3"
    title = "Shimmer3 EMG"
    Options = Shimmer3Options
    # On batteries, and the data come by radio.
    isolated = True
    options: Shimmer3Options

    def __init__(self, options: Shimmer3Options) -> None:
        super().__init__(options)
        self._divider = CLOCK_HZ // options.rate
        self._signals: tuple[Signal, ...] = (SIGNALS[0x1E], SIGNALS[0x1F])
        self._begin(b"")

    def _begin(self, early: bytes, readings: list[Item] | None = None) -> None:
        self._reader = PacketReader(signal_bytes(self._signals), self._divider)
        self._stamp: int | None = None
        self._index = -1
        names = dict.fromkeys(signal.stream for signal in self._signals if signal.stream)
        self._rows = [Rows(name, "int32") for name in names]
        self._early = early
        self._readings = readings or []
        self.repeated = 0

    @property
    def garbage(self) -> int:
        """Bytes that belonged to no packet and no answer."""
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        answers = Answers(link)
        # A sensor left streaming would drown the answers.
        link.write(b"\x20")
        answers.settle(LONGEST_LEFTOVER_S)
        self._identify(link, answers)
        self._configure(link, answers)
        self._signals = self._ask_signals(link, answers)
        readings = self._ask_battery(link, answers)
        self._ask(link, answers, b"\x07", b"")
        self._begin(answers.rest, readings)
        return tuple(self._info(rows.stream) for rows in self._rows)

    def _identify(self, link: Link, answers: Answers) -> None:
        link.write(b"\x3f")
        found = answers.match(rb"\xff\x25(.)", ANSWER_S)
        if not found:
            raise LinkLost(
                "No Shimmer3 answers at this port.",
                "Is it switched on, out of its dock and paired, and is no other program using it?",
            )
        hardware = found[1][0]
        if hardware == HARDWARE_3R:
            raise EmgError(
                "This is a Shimmer3R, which speaks another language.",
                "Only the Shimmer3 can be read so far.",
            )
        if hardware != HARDWARE:
            raise EmgError(f"This Shimmer's hardware (version {hardware}) is not known.")
        version = self._ask(link, answers, b"\x2e", b"\x2f(.{6})")
        kind, major = version[1:3], version[3:5]
        self.name = (
            f"Shimmer3 (firmware {int.from_bytes(kind, 'little')} "
            f"v{int.from_bytes(major, 'little')}.{version[5]}.{version[6]})"
        )

    def _configure(self, link: Link, answers: Answers) -> None:
        options = self.options
        # Old firmware does not know this and says nothing.
        link.write(b"\xa3\x00")
        answers.match(rb"\xff", OPTIONAL_S)
        self._ask(link, answers, b"\x05" + self._divider.to_bytes(2, "little"), b"")
        sensors = EXG1_24_BIT | SENSORS[options.accelerometer] | options.gyroscope * GYROSCOPE
        self._ask(link, answers, b"\x08" + sensors.to_bytes(3, "little"), b"")
        rate, gain = CONVERTER_CODES[options.rate], GAIN_CODES[options.gain] << 4
        # Channel 1 from the third pair of pins, channel 2 from its own; the second chip off.
        chip_1 = (rate, 0xA0, 0x10, gain | 0x09, gain, 0, 0, 0, 0x02, 0x03)
        chip_2 = (rate, 0xA0, 0x10, 0x81, 0x81, 0, 0, 0, 0x02, 0x01)
        for chip, registers in enumerate((chip_1, chip_2)):
            self._ask(link, answers, bytes((0x61, chip, 0, 10, *registers)), b"")

    def _ask_signals(self, link: Link, answers: Answers) -> tuple[Signal, ...]:
        head = self._ask(link, answers, b"\x01", b"\x02(.{8})")
        divider = int.from_bytes(head[1:3], "little")
        ids = answers.take(head[7], ANSWER_S)
        if ids is None:
            raise LinkLost("The Shimmer3 stopped answering while it was set up.")
        unknown = [f"{k:02X}" for k in ids if k not in SIGNALS]
        if unknown or head[8] != 1 or divider != self._divider:
            raise EmgError(
                "The Shimmer3 did not take its settings.",
                f"It sends {len(ids)} signals (unknown: {', '.join(unknown) or 'none'}) "
                f"every {divider} ticks. Switch it off and on.",
            )
        signals = tuple(SIGNALS[k] for k in ids)
        if not any(signal.stream == "EMG" for signal in signals):
            raise EmgError(
                "This Shimmer3 has no EMG board.", "The GSR, IMU and bridge units do not."
            )
        return signals

    def _ask_battery(self, link: Link, answers: Answers) -> list[Item]:
        link.write(b"\x95")
        found = answers.match(rb"\x8a\x94(..)(.)", OPTIONAL_S)
        return [_battery(int.from_bytes(found[1], "little"))] if found else []

    def _ask(self, link: Link, answers: Answers, command: bytes, pattern: bytes) -> bytes:
        """Send a command; what came after its acknowledgement."""
        link.write(command)
        found = answers.match(rb"\xff" + pattern, ANSWER_S)
        if not found:
            raise LinkLost("The Shimmer3 stopped answering while it was set up.")
        return found.group()[1:]

    def stop(self, link: Link) -> None:
        link.write(b"\x20")

    @property
    def actions(self) -> tuple[Action, ...]:
        return (BATTERY,)

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        if key == BATTERY.key:
            return Deed(b"\x95", f"{self.name} was asked for its battery.")
        return super().act(key, values)

    def _info(self, stream: str) -> StreamInfo:
        channels = tuple(self._channel(s) for s in self._signals if s.stream == stream)
        rate = CLOCK_HZ / self._divider
        return StreamInfo(stream, rate, channels, "int32", self.name)

    def _channel(self, signal: Signal) -> Channel:
        if signal.stream != "EMG":
            return Channel(signal.name, ARBITRARY_UNIT, kind=signal.stream)
        scale = REFERENCE_V / FULL_SCALE / self.options.gain * 1e6
        return Channel(signal.name, MICROVOLT, scale, rails=(-FULL_SCALE - 1, FULL_SCALE))

    def feed(self, data: bytes, host: float) -> list[Item]:
        del host
        packets = self._reader.feed(self._early + data)
        items, self._readings, self._early = self._readings, [], b""
        if self._reader.battery:
            items.append(_battery(self._reader.battery[0]))
            self._reader.battery = None
        index, packets = self._place(packets)
        if len(index):
            for rows in self._rows:
                items += rows.place(index, decode(packets, self._signals, rows.stream))
        return items

    def _place(self, packets: Packets) -> tuple[NDArray[np.int64], Packets]:
        """Numbers of the packets by their time stamps; those that step back are left out."""
        index: list[int] = []
        kept: list[int] = []
        for k, stamp in enumerate(stamps(packets).tolist()):
            before = stamp - self._divider if self._stamp is None else self._stamp
            ahead = (stamp - before) % STAMP_MODULUS
            steps = round(ahead / self._divider)
            # The stamp wraps after 512 s; a device silent for so long is connected anew.
            if ahead >= STAMP_MODULUS // 2 or steps == 0:
                self.repeated += 1
                continue
            self._index += steps
            self._stamp = stamp
            index.append(self._index)
            kept.append(k)
        return np.array(index, np.int64), packets[kept]


def _battery(counts: int) -> Reading:
    return Reading("battery voltage", round(counts * BATTERY_FACTOR_V, 2), "V")
