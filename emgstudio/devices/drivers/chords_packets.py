"""The bytes of Upside Down Labs' Chords firmware: packets in a stream that may be cut or damaged.

``C7 7C``, counter, n channels of 16 bits (big-endian), ``01``; no checksum.
Source: Chords-Arduino-Firmware (UNO-R3.ino, UNO-R4.ino).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HEAD = b"\xc7\x7c"
TAIL = 0x01
# After a loss a packet counts as found when its counter goes on this little from the last.
PLAUSIBLE_STEP = 8


class ChordsReader:
    """Finds packets of ``channels`` in bytes cut at any place.

    ``garbage`` counts bytes of no packet. Header and tail also occur inside
    data, so what follows a packet must be a header too where it is known
    already; out of step the counter has to go on, or the follower be there.
    """

    def __init__(self, channels: int) -> None:
        self.length = 2 * channels + 4
        self.garbage = 0
        self._buffer = bytearray()
        self._in_step = False
        self._counter: int | None = None

    def feed(self, data: bytes) -> NDArray[np.uint8]:
        """Every packet that is complete now, ``(n, length)`` bytes."""
        self._buffer += data
        whole = bytearray()
        at = 0
        while True:
            if self._in_step:
                run = self._run(at)
                whole += self._buffer[at : at + run]
                at += run
            taken, at = self._one(at)
            if taken is None:
                break
            whole += taken
        del self._buffer[:at]
        return np.frombuffer(bytes(whole), np.uint8).reshape(-1, self.length)

    def _run(self, at: int) -> int:
        """Bytes of the undamaged packets in a row from ``at``, without the last one."""
        count = (len(self._buffer) - at) // self.length - 1
        if count < 2:
            return 0
        view = np.frombuffer(bytes(self._buffer[at : at + count * self.length]), np.uint8)
        view = view.reshape(count, self.length)
        good = (view[:, 0] == HEAD[0]) & (view[:, 1] == HEAD[1]) & (view[:, -1] == TAIL)
        run = count if good.all() else int(good.argmin())
        # The packet before the damage may itself be the damaged one.
        run = max(0, run - 1)
        if run:
            self._counter = int(view[run - 1, 2])
        return run * self.length

    def _one(self, at: int) -> tuple[bytes | None, int]:
        """The next packet and the place after it; None where more bytes are needed."""
        buffer, length = self._buffer, self.length
        while True:
            begin = buffer.find(HEAD, at)
            if begin < 0:
                # The last byte may be half a header.
                begin = max(at, len(buffer) - (1 if buffer[-1:] == HEAD[:1] else 0))
                self._lose(begin - at)
                return None, begin
            self._lose(begin - at)
            at = begin
            if len(buffer) - at < length:
                return None, at
            good = self._is_packet(at)
            if good is None:
                return None, at
            if good:
                self._in_step = True
                self._counter = buffer[at + 2]
                return bytes(buffer[at : at + length]), at + length
            self._lose(1)
            at += 1

    def _is_packet(self, at: int) -> bool | None:
        buffer, length = self._buffer, self.length
        if buffer[at + length - 1] != TAIL:
            return False
        follower = bytes(buffer[at + length : at + length + 2])
        if follower != HEAD[: len(follower)]:
            return False
        if len(follower) == 2:
            return True
        if buffer.find(HEAD, at + 1, at + length) >= 0:
            # Perhaps cut short, with the next one's beginning for its end.
            return None
        if self._in_step:
            return True
        step = (buffer[at + 2] - self._counter) % 256 if self._counter is not None else 0
        return True if 1 <= step <= PLAUSIBLE_STEP else None

    def _lose(self, count: int) -> None:
        if count:
            self.garbage += count
            self._in_step = False


def channel_numbers(packets: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The converter's numbers, ``(n, channels)``."""
    body = np.ascontiguousarray(packets[:, 3:-1])
    return body.view(">u2").astype(np.int32)
