"""An emulated serial sensor behind a Bluetooth UART: any serial emulator can be inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
from emgstudio.devices.drivers.ble_uart import UARTS
from emgstudio.devices.emulators.ascii_lines import AsciiEmulator
from emgstudio.devices.emulators.chords import ChordsEmulator
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.emulators.spikerbox import SpikerBoxEmulator

NORDIC = UARTS["nordic"]
INNER: dict[str, Callable[[Faults], PacketEmulator]] = {
    "ascii": AsciiEmulator,
    "chords": ChordsEmulator,
    "cyton": CytonEmulator,
    "spikerbox": SpikerBoxEmulator,
}


@dataclass(frozen=True, slots=True)
class UartEmulation:
    """What a person can choose about an emulated serial sensor on the air."""

    sends: str = option("ascii", "What it sends", choices=tuple(INNER))


class UartEmulator(GattEmulator):
    """A serial emulator on the air; ``inner`` is the sensor itself."""

    key: ClassVar[str] = "uart"
    Options: ClassVar[type] = UartEmulation
    name: ClassVar[str] = "EMG-UART"
    advertises: ClassVar[tuple[str, ...]] = (NORDIC.service,)
    services: ClassVar[dict[str, dict[str, Sequence[str]]]] = {
        NORDIC.service: {
            NORDIC.notify: ["notify"],
            NORDIC.write: ["write", "write-without-response"],
        }
    }

    def __init__(
        self,
        faults: Faults,
        inner: PacketEmulator | None = None,
        address: str = "C4:64:E3:00:00:05",
        sends: str = "ascii",
    ) -> None:
        self.inner = inner or INNER[sends](faults)
        super().__init__(faults, self.inner.packet_rate, address)

    @property
    def query(self) -> dict[str, str]:
        return {} if self.inner.key == "ascii" else {"decoder": self.inner.key}

    def opened(self, host: float) -> None:
        super().opened(host)
        self.inner.opened(host)

    def written(self, uuid: str, data: bytes) -> None:
        if uuid == NORDIC.write:
            self.inner.receive(data)

    def due(self, host: float) -> bytes:
        said = super().due(host)
        said += self._chunks(self.inner.due(host))
        self.sent, self.packet_rate = self.inner.sent, self.inner.packet_rate
        self.dropped = self.inner.dropped
        return said

    def packet(self, number: int) -> bytes:
        return self._chunks(self.inner.packet(number))

    def _chunks(self, data: bytes) -> bytes:
        size = self.table.mtu - 3
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        return b"".join(self.notify(NORDIC.notify, piece) for piece in pieces)
