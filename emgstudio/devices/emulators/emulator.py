"""The other end of a link: what every emulated device has, and what goes wrong on its way.

An emulator has no thread and no port. A loopback link, a pty or a socket hands
it what the program sent (:meth:`Emulator.receive`) and takes what it has to say
by now (:meth:`Emulator.due`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emgstudio.devices.link import LinkLost

# No busy computer looks away for longer; a real device would have lost what it made meanwhile.
LONGEST_BACKLOG_S = 20.0


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on purpose.

    ``drop`` and ``corrupt`` are shares of packets (0–1), ``drop_these`` packets
    by number; ``ppm`` is the error of the device's clock and ``disconnect_at``
    the seconds of streaming after which the cable is pulled, once.
    """

    drop: float = 0.0
    corrupt: float = 0.0
    ppm: float = 0.0
    disconnect_at: float | None = None
    drop_these: frozenset[int] = frozenset()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class NoOptions:
    """A device of which there is one kind only."""


class Emulator(ABC):
    """One emulated device; used by one thread at a time. Times are host seconds.

    The fields of ``Options`` are arguments of the constructor that a person may
    choose.
    """

    key: ClassVar[str]
    Options: ClassVar[type] = NoOptions

    @property
    def query(self) -> dict[str, str]:
        """What the driver has to be told to understand this very device."""
        return {}

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Take bytes that the program wrote; they may be cut anywhere."""

    @abstractmethod
    def due(self, host: float) -> bytes:
        """Everything the device has said until ``host`` and that was not fetched yet.

        Never steps back in time. Raises LinkLost when the cable is pulled.
        """

    def opened(self, host: float) -> None:
        """Somebody opened the port."""
        del host

    def set_baud(self, baud: int) -> None:
        """Somebody set the port to ``baud``; only an emulator that can see this cares."""
        del baud


class PacketEmulator(Emulator):
    """Sends :meth:`packet` k at its time while :attr:`streaming`.

    A subclass says ``packet_rate`` in packets per second, makes packets that
    depend on their number only, so that what was lost can be told, and answers
    commands with :meth:`say`. ``sent`` counts packets made, ``dropped`` has the
    numbers of those that never arrived whole. With ``cable_powers`` a pulled
    cable switches the device off.
    """

    cable_powers: ClassVar[bool] = False

    def __init__(self, faults: Faults, packet_rate: float) -> None:
        self.faults = faults
        self.packet_rate = packet_rate
        self.streaming = False
        self.sent = 0
        self.dropped: list[int] = []
        self._host = 0.0
        self._began = 0.0
        self._before = 0
        self._said: deque[tuple[float, bytes]] = deque()
        self._chance = np.random.default_rng(faults.seed)
        self._pulled = False

    @abstractmethod
    def packet(self, number: int) -> bytes:
        """The bytes of packet ``number``, counted from 0 since power-on."""

    def time_of(self, number: int) -> float:
        """Host seconds at which packet ``number`` is due, while it streams as it does now."""
        return self._began + (number + 1 - self._before) / self._true_rate

    def start(self) -> None:
        """Begin to stream, from the next packet on."""
        if not self.streaming:
            self.streaming = True
            self._began, self._before = self._host, self.sent

    def halt(self) -> None:
        """Stop streaming; the packet number keeps."""
        self.streaming = False

    def say(self, data: bytes, after_s: float = 0.0) -> None:
        """Answer ``after_s`` seconds from now."""
        self._said.append((self._host + after_s, data))

    def opened(self, host: float) -> None:
        self._host = max(host, self._host)
        if self.streaming:
            # What it said while nobody listened is gone, the counter went on.
            self._skip_until(host)

    def due(self, host: float) -> bytes:
        self._host = max(host, self._host)
        out = bytearray()
        while self._said and self._said[0][0] <= self._host:
            out += self._said.popleft()[1]
        if self.streaming:
            out += self._stream(self._host)
        return bytes(out)

    def _stream(self, host: float) -> bytes:
        pull = self.faults.disconnect_at
        if pull is not None and not self._pulled and host - self._began >= pull:
            self._pulled = True
            if self.cable_powers:
                self.halt()
            raise LinkLost("The emulated cable was pulled.")
        if self._due_packets(host) - self.sent > LONGEST_BACKLOG_S * self.packet_rate:
            self._skip_until(host - LONGEST_BACKLOG_S)
        return b"".join(self._sent(k) for k in range(self.sent, self._due_packets(host)))

    def _due_packets(self, host: float) -> int:
        return self._before + int((host - self._began) * self._true_rate)

    @property
    def _true_rate(self) -> float:
        return self.packet_rate * (1.0 + self.faults.ppm * 1e-6)

    def _skip_until(self, host: float) -> None:
        missed = range(self.sent, max(self.sent, self._due_packets(host)))
        self.dropped.extend(missed)
        self.sent = missed.stop

    def _sent(self, number: int) -> bytes:
        data = self.packet(number)
        self.sent = number + 1
        faults = self.faults
        if number in faults.drop_these or (faults.drop and self._chance.random() < faults.drop):
            self.dropped.append(number)
            return b""
        if faults.corrupt and self._chance.random() < faults.corrupt:
            self.dropped.append(number)
            return self._damaged(data)
        return data

    def _damaged(self, data: bytes) -> bytes:
        """Cut short: the damage that no checksum is needed to see."""
        return data[: int(self._chance.integers(1, max(2, len(data))))]
