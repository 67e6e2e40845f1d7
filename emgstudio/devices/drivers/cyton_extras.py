"""What a Cyton sends in the six spare bytes of its packets, by board mode."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import ARBITRARY_UNIT, Channel, Marker, StreamInfo
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.cyton_packets import (
    TAIL_ACCELEROMETER,
    TAIL_RAW,
    Packets,
    extra_numbers,
)
from emgstudio.devices.rows import Rows

Indices = NDArray[np.int64]

PACKET_RATE = 250.0
# The accelerometer has new values for one packet in ten, the other packets carry zeros.
PACKETS_PER_ROW = 10
G_PER_COUNT = 0.002 / 16
ANALOG_PINS = ("A5 (D11)", "A6 (D12)", "A7 (D13)")
DIGITAL_PINS = ("D11", "D12", "D13", "D17", "D18")
# Where each pin's byte lies among the six: two numbers of two bytes, then one of one.
DIGITAL_BYTES = (0, 1, 2, 3, 5)


class Extras(Protocol):
    """One board mode: ``mode`` is its number in the command ``/n``."""

    mode: ClassVar[int]

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        """The streams it adds."""

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        """Decode packets with these numbers; ``rows`` are the EMG samples they belong to."""


class Accelerometer:
    """Acceleration at 25 Hz, counted by the packets' counter."""

    mode: ClassVar[int] = 0

    def __init__(self) -> None:
        self._rows = Rows("ACC", "int16")
        self._ten = 0
        self._seen = 0
        self._fresh: NDArray[np.int16] | None = None
        self._last: NDArray[np.int16] | None = None

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        channels = tuple(
            Channel(f"ACC {axis}", "g", G_PER_COUNT, kind="ACC", rails=(-32768, 32767))
            for axis in "XYZ"
        )
        rate = PACKET_RATE / PACKETS_PER_ROW
        return (StreamInfo("ACC", rate, channels, "int16", device),)

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        del rows
        items: list[Item] = []
        told = packets[:, -1] == TAIL_ACCELEROMETER
        for number, axes, is_told in zip(
            index.tolist(), extra_numbers(packets), told.tolist(), strict=True
        ):
            if number // PACKETS_PER_ROW != self._ten:
                items += self._finish()
                self._ten = number // PACKETS_PER_ROW
            self._seen += 1
            if is_told and axes.any():
                self._fresh = axes
        return items

    def _finish(self) -> list[Item]:
        """The row of the ten packets before; a gap when the packet that had it was lost."""
        row = self._fresh
        if row is None and self._seen == PACKETS_PER_ROW:
            row = self._last
        self._last = row if row is not None else self._last
        self._fresh, self._seen = None, 0
        if row is None:
            return []
        return self._rows.place(np.array([self._ten]), row[None, :])


class AnalogInputs:
    """Three pins, 10 bits each, at 250 Hz."""

    mode: ClassVar[int] = 2

    def __init__(self) -> None:
        self._rows = Rows("AUX", "int16")

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        return (_pins(device, ANALOG_PINS, "AUX", 1023),)

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        del rows
        told = packets[:, -1] == TAIL_RAW
        return self._rows.place(index[told], extra_numbers(packets[told]))


class DigitalInputs:
    """Five pins at 250 Hz; each that rises is a marker too (D17 is the board's button)."""

    mode: ClassVar[int] = 3

    def __init__(self) -> None:
        self._rows = Rows("AUX", "int16")
        self._before: NDArray[np.int16] | None = None

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        return (_pins(device, DIGITAL_PINS, "DIGITAL", 1),)

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        told = packets[:, -1] == TAIL_RAW
        if not told.any():
            return []
        levels = packets[told, 26:32][:, list(DIGITAL_BYTES)].astype(np.int16)
        first = levels[:1] if self._before is None else self._before
        rising = np.diff(np.concatenate((first, levels)), axis=0) > 0
        self._before = levels[-1:]
        rows = rows[told]
        return [
            *self._rows.place(index[told], levels),
            *(Marker("EMG", int(rows[k]), 0, DIGITAL_PINS[pin]) for k, pin in np.argwhere(rising)),
        ]


def _pins(device: str, pins: tuple[str, ...], kind: str, top: int) -> StreamInfo:
    channels = tuple(Channel(pin, ARBITRARY_UNIT, kind=kind, rails=(0, top)) for pin in pins)
    return StreamInfo("AUX", PACKET_RATE, channels, "int16", device)


class Markers:
    """Letters put into the stream with the command `` `c ``."""

    mode: ClassVar[int] = 4

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        del device
        return ()

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        del index
        codes = np.where(packets[:, -1] == TAIL_RAW, extra_numbers(packets)[:, 0], 0)
        return [
            Marker("EMG", int(rows[k]), 0, _letter(int(codes[k]))) for k in np.flatnonzero(codes)
        ]


def _letter(code: int) -> str:
    letter = chr(code) if 0 < code < 256 else ""
    return letter if letter.isprintable() and letter.strip() else f"marker {code}"


class Nothing:
    """Only the channels are wanted."""

    mode: ClassVar[int] = 0

    def infos(self, device: str) -> tuple[StreamInfo, ...]:
        del device
        return ()

    def feed(self, index: Indices, packets: Packets, rows: Indices) -> list[Item]:
        del index, packets, rows
        return []


EXTRAS: dict[str, type[Extras]] = {
    "accelerometer": Accelerometer,
    "analog inputs": AnalogInputs,
    "digital inputs": DigitalInputs,
    "markers": Markers,
    "none": Nothing,
}
