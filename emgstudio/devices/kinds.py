"""What the registry's table is made of: kinds of devices and what was found of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_from_text
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.devices.emulators.emulator import Emulator, Faults
from emgstudio.devices.link import Link
from emgstudio.devices.links.replay import RecordingOpener
from emgstudio.devices.links.serial import SerialLink

MakeDevice = Callable[[DeviceUri, RecordingOpener | None], tuple[Driver, Link]]
MakeEmulator = Callable[[Faults], Emulator]
EMULATED_DETAIL = "Emulated inside this program"


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """Something that can be connected now; ``others`` are further guesses of what it is.

    An ``uri`` without a driver where one is needed: a person has to choose among
    ``others``. ``signal_dbm`` is how strongly its radio is received.
    """

    uri: str
    title: str
    detail: str
    others: tuple[str, ...] = ()
    signal_dbm: float | None = None


def find_nothing() -> list[FoundDevice]:
    """For kinds that cannot be searched for at once."""
    return []


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """One driver at one scheme of addresses, and how device and link are made.

    ``emulator`` makes the other end, for rehearsals and tests. ``usb`` are the
    (vendor, product) ids under which such a device shows up at a port; product
    None stands for all of the vendor's. A kind with ``sure_usb`` is told by them,
    others only may be one. A network device that ``calls`` connects to us.
    """

    scheme: str
    driver: type[Driver]
    make: MakeDevice
    examples: tuple[str, ...]
    find: Callable[[], list[FoundDevice]] = find_nothing
    emulator: MakeEmulator | None = None
    usb: tuple[tuple[int, int | None], ...] = ()
    sure_usb: bool = False
    calls: bool = False

    @property
    def key(self) -> str:
        """The driver's key, as in ``?driver=key``."""
        return self.driver.key

    @property
    def title(self) -> str:
        return self.driver.title

    @property
    def options(self) -> type:
        """The options class that forms are made from."""
        return self.driver.Options


def serial_kind(
    driver: type[Driver],
    emulator: MakeEmulator,
    *,
    baud: int,
    usb: tuple[tuple[int, int | None], ...] = (),
    sure_usb: bool = False,
    examples: tuple[str, ...] = (),
) -> DeviceKind:
    """A device behind a serial port that is opened with ``baud``.

    An option named ``baud`` that is not 0 and an option ``reset`` (False leaves
    DTR alone) of the driver reach the port.
    """

    def make(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
        options: Any = options_from_text(driver.Options, uri.options)
        if not uri.target:
            raise EmgError("Which serial port?", f"For example {kind.examples[0]}.")
        chosen = getattr(options, "baud", 0) or baud
        return driver(options), SerialLink(uri.target, chosen, getattr(options, "reset", True))

    kind = DeviceKind(
        "serial",
        driver,
        make,
        examples
        or (f"serial:/dev/ttyUSB0?driver={driver.key}", f"serial:COM4?driver={driver.key}"),
        emulator=emulator,
        usb=usb,
        sure_usb=sure_usb,
    )
    return kind
