"""What a port, an advertiser or a remembered address is, as far as can be told from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from emgstudio.core.errors import EmgError
from emgstudio.devices.address import DRIVER, EMULATED, DeviceUri
from emgstudio.devices.ble_presets import fitting_presets
from emgstudio.devices.drivers.gatt import GattDriver
from emgstudio.devices.drivers.packed import PackedDriver
from emgstudio.devices.kinds import EMULATED_DETAIL, DeviceKind, FoundDevice
from emgstudio.devices.links.ble_scan import Advertiser
from emgstudio.devices.registry import DRIVERS, find_devices, kind_of

SERIAL, BLE = "serial", "ble"
# What any board may be that sends something: lines of numbers are read without knowing it.
ANY_BOARD = "ascii"
MOST_NAMES = 3
CERTAIN = 3
MANY_IN_ONE = ("sim", "replay")
BLUETOOTH_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
# Ports of the main board, and of macOS itself: no sensor is ever found there.
NO_SENSOR = re.compile(r"/dev/ttyS\d+$|Bluetooth-Incoming-Port|debug-console|wlan-debug")
WINDOWS_PORT = re.compile(r"COM\d+(\?.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SeenPort:
    """A serial port of this computer; ``vendor`` and ``product`` are USB ids, None without USB."""

    name: str
    title: str = ""
    vendor: int | None = None
    product: int | None = None


def serial_ports() -> list[SeenPort]:
    """The ports that the system lists and that may lead to a sensor, USB first.

    Pseudo terminals are never among them.
    """
    from serial.tools import list_ports

    ports = [
        SeenPort(p.device, p.product or p.manufacturer or "", p.vid, p.pid)
        for p in list_ports.comports()
        if not NO_SENSOR.search(p.device)
    ]
    return sorted(ports, key=lambda port: (port.vendor is None, port.name))


def everything_found() -> list[FoundDevice]:
    """What can be connected at once without typing: ports, then what needs no hardware."""
    return [*map(found_at_port, serial_ports()), *find_devices()]


def found_at_port(port: SeenPort, kinds: Sequence[DeviceKind] = DRIVERS) -> FoundDevice:
    """What may hang at a port: the most likely driver first, then every other serial one."""
    serial = [kind for kind in kinds if kind.scheme == SERIAL]
    likely = sorted(
        (kind for kind in serial if _fit(kind, port)), key=lambda kind: -_fit(kind, port)
    )
    order = [*likely, *(kind for kind in serial if kind not in likely)]
    if not likely:
        order.sort(key=lambda kind: kind.key != ANY_BOARD)
    uris = tuple(str(DeviceUri(SERIAL, port.name, {DRIVER: kind.key})) for kind in order)
    short = PurePath(port.name).name
    if likely and _fit(likely[0], port) == CERTAIN:
        return FoundDevice(uris[0], f"{likely[0].title} on {short}", port.title, uris[1:])
    title = f"{port.title or 'Serial port'} on {short}"
    names = ", ".join(kind.title for kind in likely[:MOST_NAMES])
    plain = "USB device" if port.vendor is not None else "Not a USB port"
    return FoundDevice(uris[0], title, f"May be: {names}" if names else plain, uris[1:])


def _fit(kind: DeviceKind, port: SeenPort) -> int:
    """0 for no match; a name, certain ids, exact ids, the vendor alone in this order."""
    # A sensor paired by the system is a port with its name: cu.BITalino-12-34.
    if kind.key.rstrip("0123456789") in f"{port.name} {port.title}".lower():
        return CERTAIN
    if port.vendor is None:
        return 0
    if (port.vendor, port.product) in kind.usb:
        return CERTAIN if kind.sure_usb else 2
    if (port.vendor, None) in kind.usb:
        return CERTAIN if kind.sure_usb else 1
    return 0


def found_on_air(
    advertiser: Advertiser, kinds: Sequence[DeviceKind] = DRIVERS
) -> FoundDevice | None:
    """An advertiser as something to connect; None for the unknown that does not even say a name."""
    ble = [kind for kind in kinds if kind.scheme == BLE]
    likely = [kind for kind in ble if _may_be(kind, advertiser)]
    if not (likely or advertiser.name):
        return None
    rest = [kind for kind in ble if kind not in likely]
    uris = [str(DeviceUri(BLE, advertiser.address, {DRIVER: k.key})) for k in (*likely, *rest)]
    titles = [kind.title for kind in likely]
    for preset in fitting_presets(advertiser.name, advertiser.services):
        query = {DRIVER: PackedDriver.key, "preset": preset.key}
        uris.insert(len(titles), str(DeviceUri(BLE, advertiser.address, query)))
        titles.append(preset.title)
    what = titles[0] if titles else "Unknown sensor or other device"
    return FoundDevice(
        uris.pop(0) if titles else str(DeviceUri(BLE, advertiser.address)),
        advertiser.name or advertiser.address,
        f"{what} · {advertiser.signal_dbm:.0f} dBm",
        tuple(uris),
        advertiser.signal_dbm,
    )


def _may_be(kind: DeviceKind, advertiser: Advertiser) -> bool:
    driver = kind.driver
    if not issubclass(driver, GattDriver):
        return False
    named = advertiser.name.casefold().startswith(tuple(n.casefold() for n in driver.names))
    return (bool(driver.names) and named) or any(s in driver.services for s in advertiser.services)


def remembered(uris: Iterable[str], in_sight: Iterable[FoundDevice]) -> list[FoundDevice]:
    """Addresses used before, each with what is known of it; unusable ones are left out."""
    at = {_place(device.uri): device for device in in_sight}
    found = []
    known: set[tuple[str, str, str]] = set()
    for uri in uris:
        try:
            parsed = DeviceUri.parse(uri)
            title = kind_of(parsed).title
        except EmgError:
            continue
        # One sensor is one line, with the options used last; simulated persons differ by them.
        who = (*_place(uri), parsed.driver)
        if who in known and parsed.scheme not in MANY_IN_ONE:
            continue
        known.add(who)
        there = at.get(_place(uri))
        if parsed.target == EMULATED:
            found.append(FoundDevice(uri, title, EMULATED_DETAIL))
        elif there is not None:
            found.append(replace(there, uri=uri, others=(), detail=f"{title}, in reach now"))
        else:
            found.append(FoundDevice(uri, title, parsed.target))
    return found


def _place(uri: str) -> tuple[str, str]:
    parsed = DeviceUri.parse(uri)
    return parsed.scheme, parsed.target.casefold()


def typed_address(text: str) -> DeviceUri:
    """What a person typed as an address: also a bare port, port URL or Bluetooth address.

    Raises EmgError when it is nothing of the kind.
    """
    text = text.strip()
    scheme = text.partition(":")[0].lower()
    if scheme in {kind.scheme for kind in DRIVERS}:
        return DeviceUri.parse(text)
    if BLUETOOTH_ADDRESS.fullmatch(text):
        return DeviceUri(BLE, text.upper())
    if "://" in text or text.startswith("/") or WINDOWS_PORT.fullmatch(text):
        return DeviceUri.parse(f"{SERIAL}:{text}")
    return DeviceUri.parse(text)
