"""Serial ports of this computer, and which device each of them may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emgstudio.devices.kinds import DeviceKind, FoundDevice

# Ports of the main board, and of macOS itself: no sensor is ever found there.
NO_SENSOR = re.compile(r"/dev/ttyS\d+$|Bluetooth-Incoming-Port|debug-console|wlan-debug")
ANYTHING = "ascii"


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A port as the system describes it; ``vendor`` and ``product`` are USB ids or None."""

    name: str
    description: str = ""
    vendor: int | None = None
    product: int | None = None
    serial: str = ""


def serial_ports() -> list[SerialPort]:
    """The ports there are now; pseudo terminals are never among them."""
    from serial.tools import list_ports

    return [
        SerialPort(
            port.device,
            port.product or (port.description if port.description != "n/a" else ""),
            port.vid,
            port.pid,
            port.serial_number or "",
        )
        for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
    ]


def find_serial_devices(
    kinds: Iterable[DeviceKind], ports: Sequence[SerialPort]
) -> list[FoundDevice]:
    """One entry for each port that may lead to a sensor, with the likeliest driver first."""
    serial_kinds = [kind for kind in kinds if kind.scheme == "serial"]
    return [_found(port, serial_kinds) for port in ports if not NO_SENSOR.search(port.name)]


def _found(port: SerialPort, kinds: Sequence[DeviceKind]) -> FoundDevice:
    ranked = sorted(kinds, key=lambda kind: -likeness(port, kind))
    best = ranked[0]
    uris = [f"serial:{port.name}?driver={kind.key}" for kind in ranked]
    named = f" ({port.description})" if port.description else ""
    if likeness(port, best) >= SURE:
        return FoundDevice(
            uris[0], f"{best.title} on {port.name}", f"Serial port{named}", tuple(uris[1:])
        )
    return FoundDevice(
        uris[0],
        f"Serial port {port.name}{named}",
        f"Perhaps {best.title}. Choose another driver if it is something else.",
        tuple(uris[1:]),
    )


SURE = 4


def likeness(port: SerialPort, kind: DeviceKind) -> int:
    """How well a port fits a kind: 4 and more is certain, 0 says nothing."""
    if kind.key.rstrip("0123456789") in f"{port.name} {port.description}".lower():
        return 5
    if port.vendor is not None:
        if (port.vendor, port.product) in kind.usb:
            return SURE if kind.sure_usb else 3
        if (port.vendor, None) in kind.usb:
            return SURE if kind.sure_usb else 2
    return 1 if kind.key == ANYTHING else 0
