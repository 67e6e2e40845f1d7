"""Sensors that nobody wrote a driver for: serial services, and presets of packed numbers."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import config_folder
from emgstudio.core.types import Gap, SampleBlock
from emgstudio.devices.ble_presets import (
    FOLDER,
    PackedPreset,
    fitting_presets,
    preset_from_json,
    presets,
    save_preset,
)
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.ble_uart import UARTS, UartDriver, UartOptions
from emgstudio.devices.drivers.packed import PackedDriver, PackedOptions
from emgstudio.devices.emulators.ble_uart import UartEmulator
from emgstudio.devices.emulators.chords import ChordsEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.gatt import full_uuid
from emgstudio.devices.links.ble_scan import Advertiser
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import open_device
from emgstudio.devices.search import found_on_air
from tests.golden.gatt_script import ScriptedDevice

pytestmark = pytest.mark.usefixtures("stepped_time")

PRESET = PackedPreset(
    "mine", "Mine", "ffe1", rate=100.0, channels=2, samples=2, type="i16", header_bytes=1
)


def stream(driver: Driver, link: LoopbackLink, rows: int) -> list[Item]:
    items: list[Item] = []
    while sum(len(i.data) for i in items if isinstance(i, SampleBlock)) < rows:
        items += driver.feed(link.read(0.1), link.now)
    return items


def test_a_chords_board_behind_nordic_uart() -> None:
    faults = Faults(drop_these=frozenset({40, 41, 42}))
    emulator = UartEmulator(Faults(), ChordsEmulator(faults))
    link = LoopbackLink(emulator)
    driver, _ = open_device("ble:emulated?driver=uart&decoder=chords")
    link.open()
    (info,) = driver.start(link)
    items = stream(driver, link, 200)
    assert (info.rate, info.n_channels) == (500.0, 6)
    assert [i.count for i in items if isinstance(i, Gap)] == [3]
    driver.stop(link)
    assert emulator.commands[-1].startswith(b"STOP")


def test_options_that_are_not_the_uarts_are_the_decoders() -> None:
    driver, _ = open_device("ble:emulated?driver=uart&decoder=ascii&rate=250&separator=tab")
    assert isinstance(driver, UartDriver)
    assert (driver.inner.options.rate, driver.inner.options.separator) == (250.0, "tab")
    with pytest.raises(EmgError, match="no option 'nonsense'"):
        open_device("ble:emulated?driver=uart&nonsense=1")


def test_each_notification_of_the_myoware_shield_is_a_line() -> None:
    shield = UARTS["myoware"]
    services = {shield.service: {shield.notify: ["read", "notify"]}}
    device = ScriptedDevice("MyoWareSensor1", services, {})
    driver, _ = open_device("ble:emulated?driver=uart&rate=100&columns=1")
    said = b"".join(device.notified(shield.notify, b"%d\0" % (500 + k % 7)) for k in range(60))
    device.write(b"")
    read = device.read
    parts = [read(0.0), said[: len(said) // 2], said[len(said) // 2 :]]

    def reading(timeout_s: float) -> bytes:
        return read(timeout_s) or (parts.pop(0) if parts else b"")

    device.read = reading  # type: ignore[method-assign]
    (info,) = driver.start(device)
    assert (info.rate, info.n_channels) == (100.0, 1)


def test_a_device_without_a_serial_service_is_refused() -> None:
    device = ScriptedDevice("Lamp", {"180f": {"2a19": ["read"]}}, {})
    with pytest.raises(EmgError, match="Lamp has no serial service"):
        UartDriver(UartOptions()).start(device)


WAYS: list[tuple[dict[str, Any], str, list[list[float]]]] = [
    ({}, "0102 0304 0506 FFFF", [[0x0201, 0x0403], [0x0605, -1]]),
    ({"endian": "big"}, "0102 0304 0506 FFFF", [[0x0102, 0x0304], [0x0506, -1]]),
    ({"planar": True}, "0100 0200 0300 0400", [[1, 3], [2, 4]]),
    ({"type": "u16"}, "FFFF 0000 0100 0200", [[65535, 0], [1, 2]]),
    ({"type": "i8"}, "7F80 FF01", [[127, -128], [-1, 1]]),
    ({"type": "u8"}, "7F80 FF01", [[127, 128], [255, 1]]),
    ({"type": "i24"}, "010000 FFFFFF 000080 FFFF7F", [[1, -1], [-8388608, 8388607]]),
    ({"type": "u24", "endian": "big"}, "000001 FFFFFF 800000 7FFFFF",
     [[1, 16777215], [8388608, 8388607]]),
    ({"type": "i32"}, "01000000 FFFFFFFF 00000080 00000000", [[1, -1], [-(2**31), 0]]),
    ({"type": "f32"}, "0000803F 000000C0 00000000 0000003F", [[1.0, -2.0], [0.0, 0.5]]),
]  # fmt: skip


@pytest.mark.parametrize(("how", "body", "wanted"), WAYS)
def test_numbers(how: dict[str, Any], body: str, wanted: list[list[float]]) -> None:
    preset = dataclasses.replace(PRESET, **how)
    payload = b"\x55" + bytes.fromhex(body)
    assert len(payload) == preset.payload_bytes
    rows = preset.numbers(payload)
    assert rows.dtype == preset.dtype
    np.testing.assert_array_equal(rows, wanted)
    assert preset.rails is None or preset.rails[0] <= rows.min() <= rows.max() <= preset.rails[1]


def test_a_saved_preset_is_found_again_and_wins() -> None:
    mine = dataclasses.replace(PRESET, start=(("ffe1", "01ff"),), names=("Sleeve",))
    save_preset(mine)
    save_preset(dataclasses.replace(presets()["counted_int16"], rate=500.0))
    assert presets()["mine"] == mine
    assert presets()["counted_int16"].rate == 500.0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"type": "i12"}, "impossible type"),
        ({"channels": 0}, "impossible channels"),
        ({"rate": -1}, "impossible rate"),
        ({"counter_width": 2}, "impossible counter_offset"),
        ({"rate": "fast"}, "cannot be read"),
        ({"start": [["ffe1", "xyz"]]}, "cannot be read"),
        ({"colour": "red"}, "there is no 'colour'"),
    ],
)
def test_a_wrong_preset_says_what_is_wrong(change: dict[str, Any], text: str) -> None:
    value = json.loads(json.dumps(dataclasses.asdict(PRESET))) | change
    with pytest.raises(EmgError, match=text):
        preset_from_json(value, "mine.json")


def test_who_fits_a_preset_is_offered_with_it() -> None:
    save_preset(dataclasses.replace(PRESET, names=("Sleeve",), service="ffe0"))
    for name, services in (("sleeve 12", ()), ("?", (full_uuid("ffe0"),))):
        found = found_on_air(Advertiser("AA:BB", name, -50.0, services))
        assert found is not None
        uris = (found.uri, *found.others)
        assert "ble:AA:BB?driver=packed&preset=mine" in uris[:2]
    assert fitting_presets("Lamp", ("180f",)) == ()


def test_a_broken_file_is_named() -> None:
    folder = config_folder() / FOLDER
    folder.mkdir(parents=True)
    (folder / "torn.json").write_text("{", encoding="utf-8")
    with pytest.raises(EmgError, match=r"torn\.json cannot be read"):
        presets()
    assert fitting_presets("Sleeve", ()) == ()


def test_an_unknown_preset_is_told_at_once() -> None:
    with pytest.raises(EmgError, match="no Bluetooth preset 'other'"):
        PackedDriver(PackedOptions("other"))


def test_without_a_counter_the_length_is_checked() -> None:
    save_preset(PRESET)
    device = ScriptedDevice("Sleeve", {"ffe0": {"ffe1": ["notify"]}}, {})
    driver = PackedDriver(PackedOptions("mine"))
    read = device.read
    device.read = lambda t: read(t) or device.notified("ffe1", bytes(4))  # type: ignore[method-assign]
    with pytest.raises(EmgError, match="Sleeve sends 4 bytes at once instead of 9"):
        driver.start(device)
