"""A microcontroller that prints lines of numbers, without being asked, at its own speed."""

from __future__ import annotations

from typing import ClassVar

from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import Wave, converted, muscle

BITS = 10
ORDERS = ("counter", "counter8", "ms", "us", "none")
# What a line looks like at another speed: no text.
GARBLE = 0xD5


class AsciiEmulator(PacketEmulator):
    """Prints ``channels`` numbers ``rate`` times a second.

    ``order`` puts a counter (``counter8`` is modulo 256) or a time in front;
    ``labels`` prints them as the Arduino plotter likes it; ``header`` prints
    names when the port is opened, as after a reset. The numbers are ``wave``.
    """

    key: ClassVar[str] = "ascii"
    cable_powers: ClassVar[bool] = True

    def __init__(
        self,
        faults: Faults,
        rate: float = 500.0,
        channels: int = 2,
        order: str = "counter",
        separator: str = ",",
        labels: bool = False,
        header: bool = True,
        baud: int = 115200,
        wave: Wave = muscle,
    ) -> None:
        super().__init__(faults, rate)
        self.channels = channels
        self.order = order
        self.separator = separator
        self.labels = labels
        self.header = header
        self.baud = baud
        self.wave = wave
        self._line_baud = baud

    def opened(self, host: float) -> None:
        super().opened(host)
        if not self.streaming and self.header:
            self.say(self._line(self._names()))
        self.start()

    def set_baud(self, baud: int) -> None:
        self._line_baud = baud

    def receive(self, data: bytes) -> None:
        """It listens to nobody."""

    def due(self, host: float) -> bytes:
        data = super().due(host)
        if self._line_baud == self.baud:
            return data
        return bytes(byte ^ GARBLE for byte in data)

    def packet(self, number: int) -> bytes:
        numbers = [
            str(converted(self.wave(number, c, self.packet_rate), BITS))
            for c in range(self.channels)
        ]
        first = {
            "counter": str(number),
            "counter8": str(number % 256),
            "ms": str(int(1e3 * number / self.packet_rate)),
            "us": str(int(1e6 * number / self.packet_rate) % (1 << 32)),
        }.get(self.order)
        fields = numbers if first is None else [first, *numbers]
        if self.labels:
            fields = [f"{n}:{v}" for n, v in zip(self._names(), fields, strict=True)]
        return self._line(fields)

    def _names(self) -> list[str]:
        names = [f"muscle{c + 1}" for c in range(self.channels)]
        return names if self.order == "none" else [self.order, *names]

    def _line(self, fields: list[str]) -> bytes:
        return self.separator.join(fields).encode() + b"\r\n"
