"""Upside Down Labs NPG Lite over Bluetooth: 3 or 6 channels, 500 Hz, 12 bit, battery.

Protocol: Upside Down Labs' NPG Lite firmware and Chords-Python. The numbers are
volts at the converter's pin; what the amplifier in front makes of them depends
on the board's jumpers, so a gain is the user's to give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import MICROVOLT, Channel, Gap, Reading, SampleBlock, StreamInfo
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.gatt import Conversation, GattDriver

SERVICE = "4fafc201-1fb5-459e-8fcc-c5c9c331914b"
DATA = "beb5483e-36e1-4688-b7f5-ea07361b26a8"
CONTROL = "0000ff01-0000-1000-8000-00805f9b34fb"
BATTERY = "f633d0ec-46b4-43c1-a39f-1ca06d0602e1"
RATE = 500.0
ROWS = 10
COUNTER_MODULUS = 256
BITS = 12
REFERENCE_V = 3.3
CHANNELS = (3, 6)


@dataclass(frozen=True, slots=True)
class NpgLiteOptions:
    """What a person can choose about an NPG Lite."""

    gain: float = option(
        0.0,
        "Amplifier gain",
        minimum=0.0,
        maximum=100_000.0,
        doc="0: not known, millivolts at the pin; otherwise microvolts at the skin.",
    )


class NpgLiteDriver(GattDriver):
    """Speaks to an NPG Lite."""

    key: ClassVar[str] = "npg_lite"
    title: ClassVar[str] = "NPG Lite"
    Options: ClassVar[type] = NpgLiteOptions
    # Its UUIDs are those of a widely copied example, so only the name tells.
    names: ClassVar[tuple[str, ...]] = ("NPG",)

    def __init__(self, options: NpgLiteOptions) -> None:
        super().__init__(options)
        self._counter = WrappedCounter(COUNTER_MODULUS, RATE)
        self._channels = 0
        self._next = 0
        self._data_number = -1
        self._battery_number: int | None = None

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        self._data_number = talk.subscribe(DATA)
        self._battery_number = talk.subscribe(BATTERY) if talk.has(BATTERY) else None
        talk.write(CONTROL, b"START")
        size = len(talk.first(self._data_number))
        channels = (size // ROWS - 1) // 2
        if channels not in CHANNELS or size != ROWS * (1 + 2 * channels):
            raise EmgError(
                f"{talk.table.name} sends {size} bytes at once, which no NPG Lite does.",
                f"This Bluetooth carries {talk.table.mtu - 3}. Choose another driver, "
                "or another adapter.",
            )
        self._channels = channels
        self._counter = WrappedCounter(COUNTER_MODULUS, RATE)
        self._next = 0
        return (self._describe(talk.table.name),)

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        return ((CONTROL, b"STOP"),)

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        if number == self._battery_number and payload:
            return [Reading("battery", float(payload[0]), "%")]
        if number != self._data_number or len(payload) != ROWS * (1 + 2 * self._channels):
            return []
        table = np.frombuffer(payload, np.uint8).reshape(ROWS, 1 + 2 * self._channels)
        steps = table[:, 0] - table[0, 0]
        if not np.array_equal(steps, np.arange(ROWS, dtype=np.uint8)):
            return []
        lost = self._counter.lost_before(int(table[0, 0]), host, ROWS)
        if lost is None:
            return []
        items: list[Item] = []
        if lost:
            items.append(Gap("EMG", self._next, lost))
            self._next += lost
        data = np.ascontiguousarray(table[:, 1:]).view(">u2").astype(np.int16)
        items.append(SampleBlock("EMG", self._next, data))
        self._next += ROWS
        return items

    def _describe(self, name: str) -> StreamInfo:
        step_v = REFERENCE_V / (1 << BITS)
        gain = self.options.gain
        unit, scale = (MICROVOLT, step_v * 1e6 / gain) if gain else ("mV", step_v * 1e3)
        middle = 1 << (BITS - 1)
        channels = tuple(
            Channel(
                f"EMG {k + 1}",
                unit,
                scale,
                offset=-middle * scale,
                rails=(0.0, float((1 << BITS) - 1)),
            )
            for k in range(self._channels)
        )
        return StreamInfo("EMG", RATE, channels, "int16", name)
