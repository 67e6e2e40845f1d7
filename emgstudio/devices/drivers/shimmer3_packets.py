"""The bytes of a Shimmer3: data packets with a 24-bit time stamp, answers between them.

No length, no checksum: what follows the time stamp is what the device said when
it was asked (inquiry). Facts: seemoo-lab/pyshimmer, BrainFlow ``shimmer3_defines.h``.
Described in docs/devices/shimmer3.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLOCK_HZ = 32768
STAMP_MODULUS = 1 << 24
HEAD_BYTES = 4
DATA, ACK, ANSWER = 0x00, 0xFF, 0x8A
# What may stand between packets, by its second byte: status and battery.
STATUS, BATTERY = 0x71, 0x94
ANSWER_BYTES = {STATUS: 3, BATTERY: 5}
# The shares of a sampling period by which stamps may stray.
STAMP_TOLERANCE = 0.25

# Of packets in step so many may be missing between two.
MOST_MISSED = 8
# After so long without data the link is given up anyway.
LONGEST_HOLE_S = 30

Packets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Signal:
    """One number in a packet: ``stream`` is where it belongs, "" for nowhere."""

    stream: str
    name: str
    width: int
    signed: bool
    big_endian: bool


SIGNALS: dict[int, Signal] = {
    **{k: Signal("ACC", f"ACC {a}", 2, False, False) for k, a in enumerate("XYZ")},
    0x03: Signal("", "battery", 2, False, False),
    **{0x04 + k: Signal("ACC", f"ACC {a}", 2, True, False) for k, a in enumerate("XYZ")},
    **{0x0A + k: Signal("GYR", f"GYR {a}", 2, True, True) for k, a in enumerate("XYZ")},
    0x1D: Signal("", "status 1", 1, False, False),
    0x1E: Signal("EMG", "EMG 1", 3, True, True),
    0x1F: Signal("EMG", "EMG 2", 3, True, True),
    0x20: Signal("", "status 2", 1, False, False),
    0x21: Signal("EMG", "EMG 3", 3, True, True),
    0x22: Signal("EMG", "EMG 4", 3, True, True),
}


def signal_bytes(signals: tuple[Signal, ...]) -> int:
    """Length of a packet with these signals."""
    return HEAD_BYTES + sum(signal.width for signal in signals)


def decode(packets: Packets, signals: tuple[Signal, ...], stream: str) -> NDArray[np.int32]:
    """The numbers of one stream, ``(n, its signals)``."""
    columns: list[NDArray[np.int32]] = []
    at = HEAD_BYTES
    for signal in signals:
        if signal.stream == stream:
            part = packets[:, at : at + signal.width].astype(np.int32)
            if not signal.big_endian:
                part = part[:, ::-1]
            value = np.zeros(len(packets), np.int32)
            for byte in part.T:
                value = value << 8 | byte
            if signal.signed:
                spare = 32 - 8 * signal.width
                value = value << spare >> spare
            columns.append(value)
        at += signal.width
    return np.stack(columns, 1)


def stamps(packets: Packets) -> NDArray[np.int64]:
    """Time stamps in 1/32768 s, modulo 2²⁴."""
    b = packets.astype(np.int64)
    return b[:, 1] | b[:, 2] << 8 | b[:, 3] << 16


class PacketReader:
    """Finds packets of ``size`` bytes, ``divider`` clock ticks apart, in bytes cut at any place.

    A packet that does not come one period after the one before is taken only
    when another follows at its right time. ``garbage`` counts bytes of nothing
    known, ``battery`` is the last battery answer as converter counts and status.
    """

    def __init__(self, size: int, divider: int) -> None:
        self._size = size
        self._divider = divider
        self._tolerance = STAMP_TOLERANCE * divider
        self._buffer = bytearray()
        self._stamp: int | None = None
        self._in_step = False
        self.garbage = 0
        self.battery: tuple[int, int] | None = None

    def feed(self, data: bytes) -> Packets:
        """Every packet that is complete now, ``(n, size)`` bytes."""
        self._buffer += data
        if len(self._buffer) < self._size:
            return np.zeros((0, self._size), np.uint8)
        found = [np.zeros((0, self._size), np.uint8)]
        at = 0
        while True:
            run = self._run(at) if self._in_step else 0
            if run:
                found.append(self._whole(at, run))
                at += run * self._size
                self._stamp = int(stamps(found[-1][-1:])[0])
            used = self._step(at)
            if used is None:
                break
            at += used
        del self._buffer[:at]
        return np.concatenate(found)

    def _whole(self, at: int, count: int) -> Packets:
        whole = bytes(self._buffer[at : at + count * self._size])
        return np.frombuffer(whole, np.uint8).reshape(-1, self._size)

    def _run(self, at: int) -> int:
        """How many packets from ``at`` on follow one another without a break."""
        packets = self._whole(at, (len(self._buffer) - at) // self._size)
        steps = np.diff(stamps(packets), prepend=self._stamp or 0)
        right = (packets[:, 0] == DATA) & self._one_period(steps)
        return len(packets) if right.all() else int(right.argmin())

    def _one_period(self, steps: NDArray[np.int64]) -> NDArray[np.bool_]:
        half = STAMP_MODULUS // 2
        error = (steps - self._divider + half) % STAMP_MODULUS - half
        near: NDArray[np.bool_] = np.abs(error) <= self._tolerance
        return near

    def _step(self, at: int) -> int | None:
        """Bytes to go on by from ``at``, where no expected packet stands; None to wait."""
        buffer = self._buffer
        left = len(buffer) - at
        if left < 2:
            return None
        if self._in_step and buffer[at] == ACK:
            return 1
        if self._in_step and buffer[at] == ANSWER and buffer[at + 1] in ANSWER_BYTES:
            return self._answer(at)
        if buffer[at] != DATA:
            return self._skip(at)
        follower = self._follower(at + self._size)
        if follower is None:
            return None
        if not self._continued(at, follower):
            return self._skip(at)
        self._in_step = True
        self._stamp = (self._stamp_at(at) - self._divider) % STAMP_MODULUS
        return 0

    def _follower(self, at: int) -> int | None:
        """Where the next packet has to begin, ``at`` or after an answer; None to wait."""
        buffer = self._buffer
        if len(buffer) < at + 2:
            return None
        if buffer[at] == ANSWER and buffer[at + 1] in ANSWER_BYTES:
            at += ANSWER_BYTES[buffer[at + 1]]
        return at if len(buffer) >= at + HEAD_BYTES else None

    def _continued(self, at: int, follower: int) -> bool:
        """Whether a packet at ``at`` fits what came before and is continued by the next."""
        if self._buffer[follower] != DATA:
            return False
        stamp = self._stamp_at(at)
        step = (self._stamp_at(follower) - stamp) % STAMP_MODULUS
        periods = round(step / self._divider)
        if abs(step - periods * self._divider) > self._tolerance:
            return False
        if self._in_step:
            return 1 <= periods <= MOST_MISSED
        # Zeros are common in data, so out of step the stamp has to fit what came before, too.
        since = 0 if self._stamp is None else (stamp - self._stamp) % STAMP_MODULUS
        return periods == 1 and since <= LONGEST_HOLE_S * CLOCK_HZ

    def _stamp_at(self, at: int) -> int:
        return int.from_bytes(self._buffer[at + 1 : at + HEAD_BYTES], "little")

    def _answer(self, at: int) -> int | None:
        kind = self._buffer[at + 1]
        size = ANSWER_BYTES[kind]
        if len(self._buffer) - at < size:
            return None
        if kind == BATTERY:
            low, high, status = self._buffer[at + 2 : at + 5]
            self.battery = (low | high << 8, status)
        return size

    def _skip(self, at: int) -> int:
        """Out of step: on to the next byte that could begin a packet."""
        self._in_step = False
        begin = self._buffer.find(DATA, at + 1)
        end = begin if begin >= 0 else len(self._buffer)
        self.garbage += end - at
        return end - at
