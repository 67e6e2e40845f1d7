"""Teaching a board that prints numbers: which devices can be taught, and how it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields, options_to_text
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.ascii_options import AsciiOptions
from emgstudio.devices.drivers.ble_uart import UartDriver, UartOptions

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session


def text_driver(driver: Driver) -> AsciiDriver | None:
    """The driver that reads lines of numbers, behind a port or a Bluetooth UART; else None."""
    inner = driver.inner if isinstance(driver, UartDriver) else driver
    return inner if isinstance(inner, AsciiDriver) else None


def taught_address(uri: str, options: AsciiOptions) -> str:
    """The same device with these options of its lines; what is the radio's own stays."""
    parsed = DeviceUri.parse(uri)
    own = {field.name for field in option_fields(UartOptions)}
    kept = parsed.options if parsed.driver == UartDriver.key else {}
    texts = {name: text for name, text in kept.items() if name in own}
    return str(parsed.with_options({**texts, **options_to_text(options)}))


def apply_lesson(session: Session, uri: str, options: AsciiOptions) -> str:
    """Connect the device at ``uri`` (again) with these options and keep them; gives its id.

    Raises EmgError while it is recorded, or when options cannot be stored.
    """
    taught = taught_address(uri, options)
    for device_id, worker in session.devices.items():
        if _same_device(worker, uri):
            session.disconnect(device_id)
    session.sensors.keep_options(taught)
    return session.connect(taught)


def _same_device(worker: DeviceWorker, uri: str) -> bool:
    try:
        here, there = DeviceUri.parse(worker.uri), DeviceUri.parse(uri)
    except EmgError:
        return False
    return (here.scheme, here.target) == (there.scheme, there.target)
