"""A microcontroller that prints lines of numbers, without being asked, at its own speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.waves import Wave, converted, muscle

BITS = 10
ORDERS = ("counter", "counter8", "ms", "us", "none")
# What a line looks like at another speed: no text.
GARBLE = 0xD5


@dataclass(frozen=True, slots=True)
class AsciiEmulation:
    """What a person can choose about an emulated board that prints lines."""

    rate: float = option(500.0, "Lines per second", unit="Hz", minimum=1.0, maximum=10_000.0)
    channels: int = option(2, "Signal columns", minimum=1, maximum=63)
    order: str = option("counter", "Column in front", choices=ORDERS)
    separator: str = option(",", "Separator", choices=(",", ";", " "))
    labels: bool = option(False, "Labels, as the Arduino plotter likes it")
    header: bool = option(True, "Names first, as after a reset")
    baud: int = option(115200, "Baud rate, where the port has one", minimum=1200)


class AsciiEmulator(PacketEmulator):
    """Prints ``channels`` numbers ``rate`` times a second.

    ``order`` puts a counter (``counter8`` is modulo 256) or a time in front;
    ``labels`` prints them as the Arduino plotter likes it; ``header`` prints
    names when the port is opened, as after a reset. The numbers are ``wave``.
    """

    key: ClassVar[str] = "ascii"
    Options: ClassVar[type] = AsciiEmulation
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
