"""Which device a serial port may be."""

from __future__ import annotations

import pytest

from emgstudio.devices.ports import SerialPort, find_serial_devices, serial_ports
from emgstudio.devices.registry import DRIVERS, find_devices, open_device

UNO = SerialPort("/dev/ttyACM0", "Arduino Uno", 0x2341, 0x0043)
HUMAN = SerialPort("COM3", "Human SpikerBox", 0x2E73, 0x0005)
DONGLE = SerialPort("/dev/ttyUSB0", "FT231X USB UART", 0x0403, 0x6015)
RADIO = SerialPort("/dev/cu.BITalino-12-34", "")
UNKNOWN = SerialPort("COM9", "Some modem", 0x1234, 0x0001)
MAIN_BOARD = SerialPort("/dev/ttyS0", "")
OWN = SerialPort("/dev/cu.Bluetooth-Incoming-Port", "")


@pytest.mark.parametrize(
    ("port", "driver", "certain"),
    [
        (UNO, "ascii", False),
        (HUMAN, "spikerbox", True),
        (DONGLE, "cyton", False),
        (RADIO, "bitalino", True),
        (UNKNOWN, "ascii", False),
    ],
    ids=lambda value: value.name if isinstance(value, SerialPort) else str(value),
)
def test_the_likeliest_driver_comes_first(port: SerialPort, driver: str, certain: bool) -> None:
    (found,) = find_serial_devices(DRIVERS, [port])
    assert found.uri == f"serial:{port.name}?driver={driver}"
    assert port.name in found.title
    assert ("Perhaps" in found.detail) == (not certain)
    serial = [kind for kind in DRIVERS if kind.scheme == "serial"]
    assert len(found.others) == len(serial) - 1
    for uri in (found.uri, *found.others):
        open_device(uri)


def test_an_arduino_may_run_chords() -> None:
    (found,) = find_serial_devices(DRIVERS, [UNO])
    assert found.others[0] == "serial:/dev/ttyACM0?driver=chords"


def test_ports_of_the_computer_itself_are_left_out() -> None:
    assert find_serial_devices(DRIVERS, [MAIN_BOARD, OWN]) == []


def test_real_devices_come_before_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emgstudio.devices.ports.serial_ports", lambda: [DONGLE, UNO])
    found = find_devices()
    assert [d.uri.split("?")[0] for d in found[:2]] == [
        "serial:/dev/ttyUSB0",
        "serial:/dev/ttyACM0",
    ]
    assert found[2].uri.startswith("sim:")


def test_the_systems_ports_can_be_listed() -> None:
    assert all(port.name for port in serial_ports())
