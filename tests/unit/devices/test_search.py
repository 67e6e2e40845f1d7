"""What is found where: ports by USB ids, advertisers by name and service, remembered addresses."""

from __future__ import annotations

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices.drivers.myo import CONTROL_SERVICE
from emgstudio.devices.links.ble_scan import Advertiser
from emgstudio.devices.registry import DRIVERS, DeviceUri, kind_of, rehearsals
from emgstudio.devices.search import (
    SeenPort,
    everything_found,
    found_at_port,
    found_on_air,
    remembered,
    serial_ports,
    typed_address,
)

SERIAL_KEYS = {kind.key for kind in DRIVERS if kind.scheme == "serial"}


def drivers(*uris: str) -> list[str]:
    return [DeviceUri.parse(uri).driver for uri in uris]


def test_an_openbci_dongle_is_told_by_its_exact_ids() -> None:
    found = found_at_port(SeenPort("/dev/ttyUSB0", "FT231X USB UART", 0x0403, 0x6015))
    assert found.uri == "serial:/dev/ttyUSB0?driver=cyton"
    assert found.title == "FT231X USB UART on ttyUSB0"
    assert "OpenBCI Cyton" in found.detail
    assert set(drivers(found.uri, *found.others)) == SERIAL_KEYS


def test_ids_that_are_the_makers_own_leave_no_doubt() -> None:
    found = found_at_port(SeenPort("COM7", "", 0x2E73, 0x0001))
    assert found.title.endswith("on COM7")
    assert drivers(found.uri) == ["spikerbox"]


@pytest.mark.parametrize("vendor", [None, 0x9999])
def test_any_other_port_may_send_lines_of_numbers(vendor: int | None) -> None:
    found = found_at_port(SeenPort("COM3", "", vendor, 1))
    assert found.title == "Serial port on COM3"
    assert drivers(found.uri) == ["ascii"]
    assert set(drivers(*found.others)) == SERIAL_KEYS - {"ascii"}


@pytest.mark.parametrize(
    ("name", "services", "driver"),
    [
        ("My Myo", (), "myo"),
        ("", (CONTROL_SERVICE,), "myo"),
        ("NPG-Lite-3CH:00:03", (), "npg_lite"),
        ("Ganglion-ab12", (), "ganglion"),
    ],
)
def test_an_advertiser_is_told_by_name_or_service(
    name: str, services: tuple[str, ...], driver: str
) -> None:
    found = found_on_air(Advertiser("E1:7A:00:00:00:01", name, -61.0, services))
    assert found is not None
    assert found.uri == f"ble:E1:7A:00:00:00:01?driver={driver}"
    assert found.title == (name or "E1:7A:00:00:00:01")
    assert found.detail == f"{kind_of(DeviceUri.parse(found.uri)).title} · -61 dBm"
    assert found.signal_dbm == -61.0


def test_unknown_advertisers_need_a_choice_and_nameless_ones_are_left_out() -> None:
    found = found_on_air(Advertiser("AA:BB", "Kitchen lamp", -50.0, ()))
    assert found is not None
    assert found.uri == "ble:AA:BB"
    assert drivers(*found.others) == [k.key for k in DRIVERS if k.scheme == "ble"]
    assert found_on_air(Advertiser("AA:BC", "", -50.0, ("180f",))) is None


def test_what_was_used_before_says_whether_it_is_in_reach() -> None:
    port = found_at_port(SeenPort("COM4", "Arduino Uno", 0x2341, 0x0043))
    uris = ["serial:COM4?driver=chords&gain=100", "ble:My Myo?driver=myo", "serial:COM4", "x:y"]
    there, away = remembered(uris, [port])
    assert (there.uri, there.title) == (uris[0], "Arduino Uno on COM4")
    assert there.detail.endswith(", in reach now")
    assert (away.title, away.detail) == ("Myo armband", "My Myo")


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("com4", "serial:com4"),
        (" /dev/pts/7 ", "serial:/dev/pts/7"),
        ("socket://10.0.0.2:7000?driver=chords", "serial:socket://10.0.0.2:7000?driver=chords"),
        ("rfc2217://host:2217", "serial:rfc2217://host:2217"),
        ("e1:7a:00:00:00:01", "ble:E1:7A:00:00:00:01"),
        ("sim:gestures?person=B", "sim:gestures?person=B"),
    ],
)
def test_what_people_type_becomes_an_address(text: str, uri: str) -> None:
    assert str(typed_address(text)) == uri


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(EmgError, match="not a device address"):
        typed_address("my sensor")


@pytest.mark.parametrize(
    ("name", "driver"),
    [("/dev/cu.BITalino-12-34", "bitalino"), ("/dev/cu.Shimmer3-AB12", "shimmer3")],
)
def test_a_sensor_paired_by_the_system_is_told_by_the_ports_name(name: str, driver: str) -> None:
    found = found_at_port(SeenPort(name))
    assert drivers(found.uri) == [driver]
    assert found.title.endswith(name.removeprefix("/dev/"))
    assert "May be" not in found.detail


def test_ports_of_the_computer_itself_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from serial.tools import list_ports
    from serial.tools.list_ports_common import ListPortInfo

    names = ("/dev/ttyS0", "/dev/ttyUSB0", "/dev/cu.Bluetooth-Incoming-Port")
    monkeypatch.setattr(list_ports, "comports", lambda: [ListPortInfo(n) for n in names])
    assert [port.name for port in serial_ports()] == ["/dev/ttyUSB0"]
    there = everything_found()
    assert there[0].uri.startswith("serial:/dev/ttyUSB0?driver=")
    assert there[1].uri.startswith("sim:"), "real devices come before demos"


def test_an_emulated_device_that_was_used_is_named_as_what_it_is() -> None:
    (myo,) = remembered(["ble:emulated?driver=myo"], rehearsals())
    assert "Myo" in myo.title
    assert "in reach" not in myo.detail


def test_a_sensor_used_with_several_options_is_remembered_once() -> None:
    used = [
        "serial:COM4?driver=ascii&vref=5.0",
        "serial:COM4?driver=ascii",
        "serial:COM4?driver=chords",
        "sim:gestures?person=B",
        "sim:gestures",
    ]
    assert [d.uri for d in remembered(used, [])] == [used[0], *used[2:]]
