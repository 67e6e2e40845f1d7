"""The framed byte protocol of the simulated and the replay device.

Little-endian: magic ``EB 90``, kind u8, stream u8, counter u32, samples u16,
payload length u32, header check u16, payload, CRC-32 of all before. The counter
is the index of the first sample since the device was switched on, modulo 2³².
The header has its own check so that a damaged length cannot swallow what
follows. Documented in docs/devices/sim.md.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAGIC = b"\xeb\x90"
HEADER = struct.Struct("<2sBBIHI")
CHECK = struct.Struct("<H")
CRC = struct.Struct("<I")
HEADER_BYTES = HEADER.size + CHECK.size
COUNTER_MODULUS = 1 << 32
MAX_PAYLOAD = 1 << 22
MAX_SAMPLES = (1 << 16) - 1


class Kind(IntEnum):
    """What a frame carries."""

    HELLO = 1
    SAMPLES = 2
    READING = 3
    END = 4
    MARKER = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; ``counter`` and ``samples`` have a meaning for SAMPLES only."""

    kind: int
    stream: int
    counter: int
    samples: int
    payload: bytes

    def json(self) -> Any:
        return json.loads(self.payload)


def encode(kind: int, payload: bytes, stream: int = 0, counter: int = 0, samples: int = 0) -> bytes:
    """The bytes of one frame; ``counter`` may be any non-negative integer."""
    head = HEADER.pack(MAGIC, kind, stream, counter % COUNTER_MODULUS, samples, len(payload))
    head += CHECK.pack(zlib.crc32(head) & 0xFFFF)
    return b"".join((head, payload, CRC.pack(zlib.crc32(payload, zlib.crc32(head)))))


def encode_json(kind: Kind, value: Any) -> bytes:
    """A frame whose payload is JSON."""
    return encode(kind, json.dumps(value).encode())


class FrameReader:
    """Finds whole frames in a stream of bytes cut at any place; pure.

    ``garbage`` counts bytes that belonged to no whole frame, ``damaged`` frames
    whose header was right and whose CRC was not.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.garbage = 0
        self.damaged = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Every frame that is complete now, in order."""
        buffer = self._buffer
        buffer += data
        frames: list[Frame] = []
        at = 0
        while True:
            found = buffer.find(MAGIC, at)
            if found < 0:
                # The last byte may be the first half of the magic.
                keep = 1 if buffer[-1:] == MAGIC[:1] and len(buffer) > at else 0
                self.garbage += len(buffer) - keep - at
                at = len(buffer) - keep
                break
            self.garbage += found - at
            at = found
            size = self._frame_size(at)
            if size is None:
                break
            if size < 0:
                self.garbage += 1
                at += 1
                continue
            if len(buffer) - at < size:
                break
            frame = self._frame(at, size)
            if frame is None:
                self.damaged += 1
                self.garbage += 1
                at += 1
                continue
            frames.append(frame)
            at += size
        del buffer[:at]
        return frames

    def _frame_size(self, at: int) -> int | None:
        """Bytes of the frame that begins at ``at``; None: too few yet; -1: not a header."""
        buffer = self._buffer
        if len(buffer) - at < HEADER_BYTES:
            return None
        head = bytes(buffer[at : at + HEADER.size])
        (check,) = CHECK.unpack_from(buffer, at + HEADER.size)
        length: int = HEADER.unpack(head)[5]
        if check != zlib.crc32(head) & 0xFFFF or length > MAX_PAYLOAD:
            return -1
        return HEADER_BYTES + length + CRC.size

    def _frame(self, at: int, size: int) -> Frame | None:
        whole = bytes(self._buffer[at : at + size])
        (crc,) = CRC.unpack_from(whole, size - CRC.size)
        if crc != zlib.crc32(whole[: -CRC.size]):
            return None
        _, kind, stream, counter, samples, _ = HEADER.unpack_from(whole)
        return Frame(kind, stream, counter, samples, whole[HEADER_BYTES : -CRC.size])
