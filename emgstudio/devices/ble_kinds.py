"""The registry's rows of Bluetooth LE devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields, options_from_text
from emgstudio.devices.address import EMULATED, DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.ble_uart import DECODERS, UartDriver, UartOptions
from emgstudio.devices.drivers.ganglion import GanglionDriver
from emgstudio.devices.drivers.gatt import GattDriver
from emgstudio.devices.drivers.gforce import GforceDriver
from emgstudio.devices.drivers.myo import MyoDriver
from emgstudio.devices.drivers.npg_lite import NpgLiteDriver
from emgstudio.devices.drivers.packed import PackedDriver
from emgstudio.devices.emulators.ble_uart import UartEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.emulators.gforce import GforceEmulator
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.npg_lite import NpgLiteEmulator
from emgstudio.devices.emulators.packed import PackedEmulator
from emgstudio.devices.kinds import DeviceKind
from emgstudio.devices.link import Link
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.replay import RecordingOpener

SCHEME = "ble"


def ble_link(target: str) -> Link:
    """The link to an address or advertised name.

    Raises EmgError when there is no address.
    """
    if not target:
        raise EmgError(
            "Which Bluetooth device?",
            "Give its address or name, for example ble:My Myo?driver=myo.",
        )
    return BleLink(target)


def ble_kind(
    driver: type[GattDriver], emulator: Callable[[Faults], GattEmulator], name: str
) -> DeviceKind:
    """A kind of Bluetooth devices; ``name`` is an example of an advertised name."""

    def make(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
        options: Any = options_from_text(driver.Options, uri.options)
        return driver(options), ble_link(uri.target)

    examples = (
        f"ble:{name}?driver={driver.key}",
        f"ble:E1:7A:00:00:00:01?driver={driver.key}",
        f"ble:{EMULATED}?driver={driver.key}",
    )
    return DeviceKind(SCHEME, driver, make, examples, emulator=emulator)


def _make_uart(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    """Options that are not the UART's are the decoder's."""
    own = {field.name for field in option_fields(UartOptions)}
    mine = {name: value for name, value in uri.options.items() if name in own}
    others = {name: value for name, value in uri.options.items() if name not in own}
    options: UartOptions = options_from_text(UartOptions, mine)
    decoder = DECODERS[options.decoder]
    inner = decoder(options_from_text(decoder.Options, others))
    return UartDriver(options, inner), ble_link(uri.target)


BLE_KINDS: tuple[DeviceKind, ...] = (
    ble_kind(MyoDriver, MyoEmulator, "My Myo"),
    ble_kind(NpgLiteDriver, NpgLiteEmulator, "NPG-Lite-3CH:00:03"),
    ble_kind(GanglionDriver, GanglionEmulator, "Ganglion-ab12"),
    ble_kind(GforceDriver, GforceEmulator, "gForcePro+(5A21)"),
    DeviceKind(
        SCHEME,
        UartDriver,
        _make_uart,
        (
            "ble:EMG-UART?driver=uart",
            "ble:EMG-UART?driver=uart&decoder=chords",
            "ble:emulated?driver=uart&rate=500",
        ),
        emulator=UartEmulator,
    ),
    ble_kind(PackedDriver, PackedEmulator, "EMG-Packed"),
)
