"""The 20 bytes of a Ganglion's notification: packed numbers, deltas, where each packet belongs.

Sources: OpenBCI's Ganglion data format page and firmware 2.0.1, and BrainFlow's
ganglion_native driver, with which the numbers agree to the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANNELS = 4
PACKET_BYTES = 20
IMPEDANCE_IDS = range(201, 206)
# The lowest bit of a packed number carries the sign, so negative ones read one too high.
SIGN_IN_LOWEST_BIT = 1

Counts = NDArray[np.int32]


def unpacked(payload: bytes, bits: int) -> Counts:
    """The eight signed numbers of ``bits`` from byte 1 on as ``(2, 4)``."""
    size = bits  # eight numbers of n bits are n bytes
    whole = int.from_bytes(payload[1 : 1 + size], "big")
    mask, half = (1 << bits) - 1, 1 << (bits - 1)
    numbers = []
    for k in range(2 * CHANNELS):
        number = (whole >> (bits * (2 * CHANNELS - 1 - k))) & mask
        if number >= half:
            number -= (1 << bits) + SIGN_IN_LOWEST_BIT
        numbers.append(number)
    return np.array(numbers, np.int32).reshape(2, CHANNELS)


def packed(numbers: Counts, bits: int) -> bytes:
    """The inverse of :func:`unpacked`; -1 cannot be said and becomes 0."""
    whole = 0
    for number in numbers.reshape(-1).tolist():
        said = number + SIGN_IN_LOWEST_BIT if number < 0 else number
        whole = (whole << bits) | (said & ((1 << bits) - 1))
    return whole.to_bytes(bits, "big")


@dataclass(frozen=True, slots=True)
class Numbering:
    """How a firmware numbers its packets.

    ``modulus`` packets make a cycle; the first one of a cycle holds ``first_rows``
    samples, the others two.
    """

    modulus: int
    first_rows: int

    @property
    def cycle_rows(self) -> int:
        return self.first_rows + 2 * (self.modulus - 1)

    def packets_per_s(self, rate: float) -> float:
        """Packets a second at a sampling rate in Hz."""
        return rate * self.modulus / self.cycle_rows

    def place(self, identifier: int) -> tuple[int, int] | None:
        """(Place in the cycle, bits of its numbers), 24 bits for plain ones; None: no data."""
        if self.first_rows == 2:
            if identifier < 100:
                return identifier, 18
            return (identifier - 100, 19) if identifier < 200 else None
        if identifier == 0:
            return 0, 24
        if identifier <= 100:
            return identifier, 18
        return (identifier - 100, 19) if identifier <= 200 else None

    def first_row(self, packet: int) -> int:
        """The index of the first sample of packet number ``packet``."""
        cycle, place = divmod(packet, self.modulus)
        within = 0 if place == 0 else self.first_rows + 2 * (place - 1)
        return cycle * self.cycle_rows + within


FIRMWARE_3 = Numbering(100, 2)
FIRMWARE_2 = Numbering(101, 1)


class WholeNumbers:
    """Firmware 3: every packet says its samples whole, shortened to 18 or 19 bits."""

    def rows(self, payload: bytes, bits: int, lost: bool) -> Counts | None:
        """The ``(2, 4)`` counts of 24 bit."""
        del lost
        return unpacked(payload, bits) << (24 - bits)


class Deltas:
    """Firmware 2: one sample whole, then the differences to the one before.

    A lost packet spoils all until the next whole sample; there is nothing to
    be saved in between.
    """

    def __init__(self) -> None:
        self._last: Counts | None = None

    def rows(self, payload: bytes, bits: int, lost: bool) -> Counts | None:
        """The counts of 24 bit, ``(1, 4)`` or ``(2, 4)``; None where they cannot be known."""
        if lost:
            self._last = None
        if bits == 24:
            raw = np.frombuffer(payload, np.uint8, 3 * CHANNELS, 1).reshape(CHANNELS, 3)
            wide = np.zeros((CHANNELS, 4), np.uint8)
            wide[:, :3] = raw
            self._last = (wide.view(">i4")[:, 0] >> 8).astype(np.int32)
            return self._last[None]
        if self._last is None:
            return None
        rows = self._last - np.cumsum(unpacked(payload, bits), axis=0, dtype=np.int32)
        self._last = rows[-1]
        return rows


def impedance_ohm(payload: bytes) -> float | None:
    """The resistance in an impedance packet (ASCII, ends with Z); None where it is damaged."""
    text = payload[1:].split(b"Z")[0].strip(b"\0 \r\n")
    return float(text) if text.isdigit() and len(text) < 10 else None
