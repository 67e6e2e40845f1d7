"""The bytes of a BITalino: frames with a 4-bit counter and a 4-bit checksum at their end.

Facts: BITalinoWorld/revolution-python-api. Described in docs/devices/bitalino.md.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

COUNTER_MODULUS = 16
# After a loss a frame is taken when this many whole ones stand in a row: each passes by
# chance once in 256 places, counter and checksum together.
CONFIRMED_BY = 3

Frames = NDArray[np.uint8]


def _checksum_table() -> NDArray[np.uint8]:
    """The 4-bit checksum register after a byte, ``(register, byte)``; x⁴ + x + 1."""
    table = np.zeros((16, 256), np.uint8)
    for before in range(16):
        for byte in range(256):
            register = before
            for bit in range(7, -1, -1):
                register <<= 1
                if register & 0x10:
                    register ^= 0x13
                register ^= byte >> bit & 1
            table[before, byte] = register
    return table


CHECKSUM = _checksum_table()


def checksums(frames: Frames) -> NDArray[np.uint8]:
    """The checksum that each of ``(n, bytes)`` frames should have in its last four bits."""
    register = np.zeros(len(frames), np.uint8)
    for column in frames.T[:-1]:
        register = CHECKSUM[register, column]
    return np.asarray(CHECKSUM[register, frames[:, -1] & 0xF0], np.uint8)


def frame_bytes(channels: int) -> int:
    """Length of a frame with 1 to 6 analog channels: the fifth and sixth have 6 bits, not 10."""
    bits = 12 + 10 * channels if channels <= 4 else 52 + 6 * (channels - 4)
    return (bits + 7) // 8


def analog_counts(frames: Frames, channels: int) -> NDArray[np.int16]:
    """The analog inputs in converter counts, ``(n, channels)``."""
    b = frames.astype(np.int16)
    columns = [(b[:, -2] & 0x0F) << 6 | b[:, -3] >> 2]
    if channels > 1:
        columns.append((b[:, -3] & 0x03) << 8 | b[:, -4])
    if channels > 2:
        columns.append(b[:, -5] << 2 | b[:, -6] >> 6)
    if channels > 3:
        columns.append((b[:, -6] & 0x3F) << 4 | b[:, -7] >> 4)
    if channels > 4:
        columns.append((b[:, -7] & 0x0F) << 2 | b[:, -8] >> 6)
    if channels > 5:
        columns.append(b[:, -8] & 0x3F)
    return np.stack(columns, 1)


def digital_levels(frames: Frames) -> NDArray[np.int16]:
    """I1, I2, O1, O2 as 0 or 1, ``(n, 4)``."""
    return np.stack([frames[:, -2] >> bit & 1 for bit in (7, 6, 5, 4)], 1).astype(np.int16)


class FrameReader:
    """Finds frames of one length in bytes cut at any place. ``garbage`` counts other bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._buffer = bytearray()
        self._counter: int | None = None
        self.garbage = 0

    def feed(self, data: bytes) -> Frames:
        """Every frame that is complete now, ``(n, size)`` bytes."""
        self._buffer += data
        if len(self._buffer) < self._size:
            return np.zeros((0, self._size), np.uint8)
        found = [np.zeros((0, self._size), np.uint8)]
        while True:
            run = self._run() if self._counter is not None else 0
            if run:
                found.append(self._taken(run))
            if len(self._buffer) < self._size:
                break
            # Not the frame that should be here: look for one that others confirm.
            at = self._search()
            self.garbage += at
            del self._buffer[:at]
            if self._counter is None:
                break
        return np.concatenate(found)

    def _whole(self, at: int, count: int) -> Frames:
        whole = bytes(self._buffer[at : at + count * self._size])
        return np.frombuffer(whole, np.uint8).reshape(-1, self._size)

    def _run(self) -> int:
        """How many frames from here on are whole and go on counting."""
        frames = self._whole(0, len(self._buffer) // self._size)
        last = frames[:, -1]
        expected = (self._counter or 0) + 1 + np.arange(len(frames))
        right = (checksums(frames) == last & 0x0F) & (last >> 4 == expected % COUNTER_MODULUS)
        return len(frames) if right.all() else int(right.argmin())

    def _taken(self, count: int) -> Frames:
        frames = self._whole(0, count)
        self._counter = int(frames[-1, -1] >> 4)
        del self._buffer[: count * self._size]
        return frames

    def _search(self) -> int:
        """Bytes before the next confirmed frame, or before what is too short to tell."""
        self._counter = None
        size = self._size
        places = len(self._buffer) - CONFIRMED_BY * size + 1
        if places <= 0:
            return 0
        everywhere = sliding_window_view(np.frombuffer(bytes(self._buffer), np.uint8), size)
        last = everywhere[:, -1]
        whole = checksums(everywhere) == last & 0x0F
        right = whole[:places].copy()
        for k in range(1, CONFIRMED_BY):
            follower = slice(k * size, k * size + places)
            right &= whole[follower]
            right &= (last[follower] >> 4) == ((last[:places] >> 4) + k) % COUNTER_MODULUS
        if not right.any():
            return places
        at = int(right.argmax())
        self._counter = int((last[at] >> 4) + COUNTER_MODULUS - 1) % COUNTER_MODULUS
        return at
