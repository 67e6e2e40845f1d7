"""The devices that this program knows, and how an address becomes one of them."""

from __future__ import annotations

from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_from_text
from emgstudio.devices.address import DRIVER, EMULATED, DeviceUri
from emgstudio.devices.ble_kinds import BLE_KINDS
from emgstudio.devices.bridge_kinds import BRIDGE_KINDS
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.bitalino import BitalinoDriver
from emgstudio.devices.drivers.chords import ChordsDriver
from emgstudio.devices.drivers.cyton import CytonDriver
from emgstudio.devices.drivers.replay import ReplayDriver, ReplayOptions
from emgstudio.devices.drivers.shimmer3 import Shimmer3Driver
from emgstudio.devices.drivers.simulated import SimulatedDriver, SimulatedOptions
from emgstudio.devices.drivers.spikerbox import SpikerBoxDriver
from emgstudio.devices.emulators.ascii_lines import AsciiEmulator
from emgstudio.devices.emulators.bitalino import BitalinoEmulator
from emgstudio.devices.emulators.chords import ChordsEmulator
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.scenarios import scenario, scenarios, timed
from emgstudio.devices.emulators.sensor import SensorSetup
from emgstudio.devices.emulators.shimmer3 import Shimmer3Emulator
from emgstudio.devices.emulators.spikerbox import SpikerBoxEmulator
from emgstudio.devices.kinds import EMULATED_DETAIL, DeviceKind, FoundDevice, serial_kind
from emgstudio.devices.link import Link
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.links.replay import RecordingOpener, ReplayLink
from emgstudio.devices.links.simulated import SimulatedLink
from emgstudio.devices.network_kinds import NETWORK_KINDS

__all__ = [
    "DRIVERS",
    "DeviceKind",
    "DeviceUri",
    "FoundDevice",
    "device_kind",
    "find_devices",
    "kind_of",
    "open_device",
    "rehearsals",
]

# Boards for any program: Arduino (two vendors), CH340, CP210x, FTDI, Teensy, Pico, ESP32, STM32.
ARDUINO_USB = (
    (0x2341, None), (0x2A03, None), (0x1A86, None), (0x10C4, 0xEA60), (0x0403, None),
    (0x16C0, 0x0483), (0x2E8A, None), (0x303A, None), (0x0483, 0x5740),
)  # fmt: skip


def _make_simulated(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(SimulatedOptions, uri.query)
    chosen = scenario(uri.target)
    if options.fault_at >= 0.0:
        chosen = timed(chosen, options.fault_at, options.fault_s or None)
    setup = SensorSetup(
        rate=options.rate,
        channels=options.channels or chosen.channels,
        person=options.person,
        seed=options.seed,
        gain=options.gain,
        noise=options.noise,
    )
    driver = SimulatedDriver(options)
    driver.name = f"Demo: {chosen.title}"
    return driver, SimulatedLink(chosen, setup, options.speed, options.ppm)


def _find_simulated() -> list[FoundDevice]:
    return [FoundDevice(f"sim:{s.key}", s.title, s.detail) for s in scenarios().values()]


def _make_replay(uri: DeviceUri, opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(ReplayOptions, uri.query)
    if not uri.target:
        raise EmgError("Which recording shall be played?", "Give its folder: replay:PATH.")
    if opener is None:
        raise EmgError("Recordings cannot be played here.")
    path = Path(uri.target).expanduser()
    driver = ReplayDriver(options)
    driver.name = f"Replay of {path.name}"
    return driver, ReplayLink(path, opener, options.speed, options.loop)


DRIVERS: tuple[DeviceKind, ...] = (
    DeviceKind(
        "sim",
        SimulatedDriver,
        _make_simulated,
        ("sim:gestures", "sim:clean?rate=2000&channels=16", "sim:gestures?person=B&seed=3"),
        find=_find_simulated,
    ),
    DeviceKind(
        "replay",
        ReplayDriver,
        _make_replay,
        ("replay:PATH", "replay:PATH?speed=0", "replay:PATH?loop=1"),
    ),
    serial_kind(AsciiDriver, AsciiEmulator, baud=115200, usb=ARDUINO_USB),
    serial_kind(ChordsDriver, ChordsEmulator, baud=230400, usb=ARDUINO_USB),
    serial_kind(
        SpikerBoxDriver, SpikerBoxEmulator, baud=222222, usb=((0x2E73, None),), sure_usb=True
    ),
    serial_kind(CytonDriver, CytonEmulator, baud=115200, usb=((0x0403, 0x6015), (0x0403, 0x6001))),
    serial_kind(BitalinoDriver, BitalinoEmulator, baud=115200),
    serial_kind(Shimmer3Driver, Shimmer3Emulator, baud=115200),
    *BLE_KINDS,
    *NETWORK_KINDS,
    *BRIDGE_KINDS,
)


def device_kind(scheme: str, driver: str = "") -> DeviceKind:
    """The kind behind a scheme and a driver's key, "" where the scheme has one kind only.

    Raises EmgError when there is none, or when the key has to be said.
    """
    kinds = [kind for kind in DRIVERS if kind.scheme == scheme]
    if not kinds:
        known = ", ".join(dict.fromkeys(f"{kind.scheme}:" for kind in DRIVERS))
        raise EmgError(f"There is no device kind '{scheme}:'.", f"Known: {known}.")
    if not driver and len(kinds) == 1:
        return kinds[0]
    for kind in kinds:
        if kind.key == driver:
            return kind
    known = ", ".join(kind.key for kind in kinds)
    if not driver:
        raise EmgError(
            f"Which device is at this {scheme} address?",
            f"Add ?driver=… to it, one of: {known}.",
        )
    raise EmgError(f"There is no driver '{driver}' for {scheme}: addresses.", f"Known: {known}.")


def kind_of(uri: DeviceUri) -> DeviceKind:
    """The kind behind an address; raises EmgError as :func:`device_kind` does."""
    return device_kind(uri.scheme, uri.driver)


def open_device(uri: str, recording_opener: RecordingOpener | None = None) -> tuple[Driver, Link]:
    """Driver and link for an address; nothing is connected yet.

    Raises EmgError when the address, a name in it or an option is not known.
    """
    parsed = DeviceUri.parse(uri)
    kind = kind_of(parsed)
    driver, link = kind.make(parsed, recording_opener)
    if kind.emulator is not None and parsed.target == EMULATED:
        link = LoopbackLink(kind.emulator(Faults()))
    return driver, link


def find_devices() -> list[FoundDevice]:
    """What is there without any hardware: the simulated persons, then :func:`rehearsals`."""
    return [device for kind in DRIVERS for device in kind.find()] + rehearsals()


def rehearsals() -> list[FoundDevice]:
    """Every device that is emulated inside the program: the real driver, the maker's protocol."""
    return [
        FoundDevice(
            str(DeviceUri(kind.scheme, EMULATED, {DRIVER: kind.key})),
            kind.title,
            EMULATED_DETAIL,
        )
        for kind in DRIVERS
        if kind.emulator is not None
    ]
