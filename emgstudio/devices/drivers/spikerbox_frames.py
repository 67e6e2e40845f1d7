"""The bytes of Backyard Brains' boards: frames of 7-bit halves with messages in between.

A frame has two bytes for each channel: high bits (with bit 7 set in the first
byte of a frame only) and the low seven. ``FF FF 01 01 80 FF`` begins a message
and ``FF FF 01 01 81 FF`` ends it; two FF never meet in data. Source:
BackyardBrains/Spike-Recorder (ArduinoSerial.cpp).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BEGIN = b"\xff\xff\x01\x01\x80\xff"
END = b"\xff\xff\x01\x01\x81\xff"
LONGEST_MESSAGE = 256
MOST_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Frames:
    """Numbers ``(n, channels)``, and before each row how many frames were damaged."""

    numbers: NDArray[np.int32]
    lost: NDArray[np.int64]


class SpikerReader:
    """Separates messages from frames of ``channels``; ``garbage`` counts bytes of neither."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.garbage = 0
        self._buffer = bytearray()
        self._frames = bytearray()
        self._damage = 0
        self._begun = False

    def feed(self, data: bytes) -> list[Frames | dict[str, str]]:
        """Frames and messages in the order in which they came."""
        buffer = self._buffer
        buffer += data
        found: list[Frames | dict[str, str]] = []
        while True:
            begin = buffer.find(BEGIN)
            if begin < 0:
                keep = half_begun(buffer)
                self._take(found, buffer[: len(buffer) - keep])
                del buffer[: len(buffer) - keep]
                return found
            self._take(found, buffer[:begin])
            del buffer[:begin]
            end = buffer.find(END, len(BEGIN), len(BEGIN) + LONGEST_MESSAGE + len(END))
            if end < 0 and len(buffer) < len(BEGIN) + LONGEST_MESSAGE + len(END):
                return found
            if end < 0:
                self.garbage += len(BEGIN)
                self._damage += len(BEGIN)
                del buffer[: len(BEGIN)]
                continue
            found.append(message(bytes(buffer[len(BEGIN) : end])))
            del buffer[: end + len(END)]

    def _take(self, found: list[Frames | dict[str, str]], data: bytearray) -> None:
        self._frames += data
        frames = self._decode()
        if len(frames.numbers):
            found.append(frames)

    def _decode(self) -> Frames:
        """Every frame that is complete now; a frame is one when the next begins right after it."""
        size = 2 * self.channels
        data = np.frombuffer(bytes(self._frames), np.uint8)
        starts = np.flatnonzero(data & 0x80)
        ends = np.append(starts[1:], len(data))
        good = starts[ends - starts == size]
        # An unfinished frame at the end waits, but no longer than it can be.
        done = len(data)
        if len(starts) and done - starts[-1] < size:
            done = int(starts[-1])
        before = np.diff(np.concatenate(([-size], good))) - size
        before[:1] += self._damage
        numbers = data[good[:, None] + np.arange(size)].astype(np.int32)
        numbers = (numbers[:, 0::2] & 0x7F) << 7 | numbers[:, 1::2]
        left = done - (int(good[-1]) + size if len(good) else 0)
        self.garbage += int(before.sum()) + left - (self._damage if len(good) else 0)
        self._damage = left + (0 if len(good) else self._damage)
        del self._frames[:done]
        lost = np.where(before > 0, np.maximum(1, np.rint(before / size)), 0)
        if len(good) and not self._begun:
            # Reading may begin within a frame; nothing was lost before the first one.
            self._begun = True
            lost[0] = 0
        return Frames(numbers, lost.astype(np.int64))


def half_begun(buffer: bytearray) -> int:
    """Bytes at the end that may be the beginning of a message."""
    for count in range(min(len(BEGIN) - 1, len(buffer)), 0, -1):
        if buffer.endswith(BEGIN[:count]):
            return count
    return 0


def message(text: bytes) -> dict[str, str]:
    """``HWT:MUSCLESS;EVNT:3;`` taken apart."""
    pairs = (part.partition(":") for part in text.decode("ascii", "replace").split(";"))
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def channels_in(data: bytes) -> int:
    """How many channels most frames in ``data`` have, 0 when they are no frames."""
    starts = np.flatnonzero(np.frombuffer(data, np.uint8) & 0x80)
    lengths = Counter(np.diff(starts).tolist())
    if not lengths:
        return 0
    length, count = lengths.most_common(1)[0]
    clear = count >= 10 and count >= 0.8 * (len(starts) - 1)
    return length // 2 if clear and length % 2 == 0 and length <= 2 * MOST_CHANNELS else 0
