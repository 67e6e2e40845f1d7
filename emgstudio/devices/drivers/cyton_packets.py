"""The bytes of an OpenBCI Cyton: packets of 33 bytes in a stream that may be cut or damaged.

``A0``, counter, eight 24-bit numbers (big-endian), six bytes of extras, ``C0`` to
``C6``. There is no checksum. Source: OpenBCI_Cyton_Library 3.1.2
(``sendChannelDataSerial``) and docs.openbci.com/Cyton/CytonDataFormat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PACKET_BYTES = 33
HEADER = 0xA0
TAIL_ACCELEROMETER = 0xC0
TAIL_RAW = 0xC1
TAIL_LAST = 0xC6
# Packets that follow one another differ by no more than this, even when some are lost.
PLAUSIBLE_STEP = 8

Packets = NDArray[np.uint8]


class PacketReader:
    """Finds packets in bytes cut at any place. ``garbage`` counts bytes of no packet.

    The header byte also occurs inside data, and the counter may be damaged. So a
    packet that does not continue the one before is taken only when the next one
    continues it.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_step = False
        self._counter: int | None = None
        self.garbage = 0

    def expect(self, counter: int) -> None:
        """The next packet's counter, known when a stream was just begun."""
        self._counter = (counter - 1) % 256

    def feed(self, data: bytes) -> Packets:
        """Every packet that is complete now, ``(n, 33)`` bytes."""
        buffer = self._buffer
        buffer += data
        whole = bytearray()
        at = 0
        while True:
            begin = at if self._in_step else buffer.find(HEADER, at)
            if begin < 0:
                begin = len(buffer)
            self.garbage += begin - at
            at = begin
            verdict = self._verdict(at)
            if verdict is None:
                break
            if not verdict:
                self._in_step = False
                # In step the search begins at this byte again, out of step after it.
                if buffer[at] == HEADER:
                    at += 1
                    self.garbage += 1
                continue
            whole += buffer[at : at + PACKET_BYTES]
            self._counter = buffer[at + 1]
            self._in_step = True
            at += PACKET_BYTES
        del buffer[:at]
        return np.frombuffer(bytes(whole), np.uint8).reshape(-1, PACKET_BYTES)

    def _verdict(self, at: int) -> bool | None:
        """Whether a packet begins at ``at``; None while there are too few bytes to tell."""
        buffer = self._buffer
        left = len(buffer) - at
        if left and buffer[at] != HEADER:
            return False
        if left < PACKET_BYTES:
            return None
        if not self._looks_whole(at):
            return False
        counter = buffer[at + 1]
        step = None if self._counter is None else (counter - self._counter) % 256
        if self._in_step and step == 1:
            return True
        follower = at + PACKET_BYTES
        if left < PACKET_BYTES + 2:
            return None
        if buffer[follower] != HEADER or not _plausible(buffer[follower + 1] - counter):
            return False
        if self._in_step or (step is not None and _plausible(step)):
            return True
        if left < 2 * PACKET_BYTES:
            return None
        return self._looks_whole(follower)

    def _looks_whole(self, at: int) -> bool:
        buffer = self._buffer
        tail = buffer[at + PACKET_BYTES - 1]
        return buffer[at] == HEADER and TAIL_ACCELEROMETER <= tail <= TAIL_LAST


def _plausible(step: int) -> bool:
    return 1 <= step % 256 <= PLAUSIBLE_STEP


def channel_counts(packets: Packets) -> NDArray[np.int32]:
    """The eight channels of each packet in converter counts, ``(n, 8)``."""
    parts = packets[:, 2:26].reshape(len(packets), 8, 3).astype(np.int32)
    return (parts[..., 0] << 24 | parts[..., 1] << 16 | parts[..., 2] << 8) >> 8


def extra_numbers(packets: Packets) -> NDArray[np.int16]:
    """The six extra bytes of each packet as three 16-bit numbers, ``(n, 3)``."""
    return np.ascontiguousarray(packets[:, 26:32]).view(">i2").astype(np.int16)
