"""Serial sensors over Bluetooth LE: notifications are bytes for any serial decoder.

Nordic UART, HM-10, Microchip's transparent UART and the MyoWare wireless shield
are known; others by the UUIDs of their characteristics. UUIDs are the makers'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.chords import ChordsDriver
from emgstudio.devices.drivers.cyton import CytonDriver
from emgstudio.devices.drivers.gatt import Conversation, GattDriver
from emgstudio.devices.drivers.spikerbox import SpikerBoxDriver
from emgstudio.devices.gatt import full_uuid
from emgstudio.devices.link import Link

DECODERS: dict[str, type[Driver]] = {
    driver.key: driver for driver in (AsciiDriver, ChordsDriver, CytonDriver, SpikerBoxDriver)
}


@dataclass(frozen=True, slots=True)
class Uart:
    """A serial port made of characteristics; ``write`` is "" where nothing can be sent.

    With ``lines`` each notification is a line that has no end of its own.
    """

    title: str
    service: str
    notify: str
    write: str
    lines: bool = False


UARTS: dict[str, Uart] = {
    "nordic": Uart(
        "Nordic UART",
        "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
        "6e400003-b5a3-f393-e0a9-e50e24dcca9e",
        "6e400002-b5a3-f393-e0a9-e50e24dcca9e",
    ),
    "hm10": Uart("HM-10", full_uuid("ffe0"), full_uuid("ffe1"), full_uuid("ffe1")),
    "microchip": Uart(
        "Microchip transparent UART",
        "49535343-fe7d-4ae5-8fa9-9fafd205e455",
        "49535343-1e4d-4bd9-ba61-23c647249616",
        "49535343-8841-43f4-a8d4-ecbe34729bb3",
    ),
    "myoware": Uart(
        "MyoWare wireless shield",
        "ec3af789-2154-49f4-a9fc-bc6c88e9e930",
        "f3a56edf-8f1e-4533-93bf-5601b2e91308",
        "",
        lines=True,
    ),
}


@dataclass(frozen=True, slots=True)
class UartOptions:
    """Which decoder reads the bytes, and where they come from."""

    decoder: str = option("ascii", "What it sends", choices=tuple(DECODERS))
    uart: str = option("auto", "Serial service", choices=("auto", *UARTS))
    notify: str = option("", "Characteristic that sends", doc="UUID, for services not listed.")
    write: str = option("", "Characteristic that receives", doc="UUID; empty: none.")


class UartDriver(GattDriver):
    """Lets a serial driver talk through a Bluetooth UART."""

    key: ClassVar[str] = "uart"
    title: ClassVar[str] = "Serial sensor over Bluetooth"
    Options: ClassVar[type] = UartOptions
    services: ClassVar[tuple[str, ...]] = tuple(uart.service for uart in UARTS.values())

    def __init__(self, options: UartOptions, inner: Driver | None = None) -> None:
        super().__init__(options)
        decoder = DECODERS[options.decoder]
        self.inner = inner or decoder(decoder.Options())
        self.uart = UARTS["nordic"]
        self._number = -1

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        self.uart = self._find(talk)
        self._number = talk.subscribe(self.uart.notify)
        return self.inner.start(_UartLink(talk, self._number, self.uart))

    def stop(self, link: Link) -> None:
        if self._table is not None and self.uart.write:
            self.inner.stop(_Parting(link, self))

    def feed(self, data: bytes, host: float) -> list[Item]:
        # One call for all that came at once: serial drivers judge by time.
        said = b"".join(
            _payload(frame.payload, self.uart)
            for frame in self.frames(data)
            if frame.stream == self._number
        )
        return [*self.first_items(), *self.inner.feed(said, host)]

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        if number != self._number:
            return []
        return self.inner.feed(_payload(payload, self.uart), host)

    @property
    def continues(self) -> bool:
        return self.inner.continues

    def nudge(self) -> bytes:
        nudge = self.inner.nudge()
        return self.command(self.uart.write, nudge) if nudge and self.uart.write else b""

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.inner.actions if self.uart.write else ()

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        deed = self.inner.act(key, values)
        return Deed(self.command(self.uart.write, deed.data), deed.told)

    def _find(self, talk: Conversation) -> Uart:
        options = self.options
        if options.notify:
            return Uart("its own", "", full_uuid(options.notify), full_uuid(options.write))
        wanted = UARTS.values() if options.uart == "auto" else (UARTS[options.uart],)
        for uart in wanted:
            if talk.has(uart.notify):
                return uart
        raise EmgError(
            f"{talk.table.name} has no serial service that is known here.",
            "Look with the sniff page which characteristic sends, and give its UUID.",
        )


def _payload(payload: bytes, uart: Uart) -> bytes:
    return payload.rstrip(b"\0\r\n") + b"\n" if uart.lines else payload


class _UartLink:
    """The serial port as the inner driver sees it while it starts."""

    def __init__(self, talk: Conversation, number: int, uart: Uart) -> None:
        self._talk = talk
        self._number = number
        self.uart = uart

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        if not self._talk.early:
            self._talk.listen(timeout_s)
        frames = [frame for frame in self._talk.early if frame.stream == self._number]
        # In place: the driver keeps this very list.
        self._talk.early[:] = [f for f in self._talk.early if f.stream != self._number]
        return b"".join(_payload(frame.payload, self.uart) for frame in frames)

    def write(self, data: bytes) -> None:
        uart, size = self.uart, self._talk.table.mtu - 3
        for at in range(0, len(data) if uart.write else 0, size):
            self._talk.send(uart.write, data[at : at + size])


class _Parting(_UartLink):
    """The serial port while the driver says goodbye: it can only be written to."""

    def __init__(self, link: Link, driver: UartDriver) -> None:
        self._link = link
        self._driver = driver

    def read(self, timeout_s: float) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        self._link.write(self._driver.command(self._driver.uart.write, data))
