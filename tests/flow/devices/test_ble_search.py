"""Searching and sniffing never wait, and end in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from emgstudio.core.clock import host_time
from emgstudio.devices.ble_presets import PackedPreset, save_preset
from emgstudio.devices.ble_search import BleSearch, guesses
from emgstudio.devices.ble_sniff import BleSniffer
from emgstudio.devices.emulators.air import AirDevice, Radio
from emgstudio.devices.emulators.ble_uart import UartEmulator
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.gforce import GforceEmulator
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.npg_lite import NpgLiteEmulator
from emgstudio.devices.emulators.packed import CONTROL, DATA, PackedEmulator
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import close_bluetooth

Wait = Callable[..., None]
EMULATORS = (
    MyoEmulator, NpgLiteEmulator, GanglionEmulator, GforceEmulator, UartEmulator, PackedEmulator,
)  # fmt: skip


@pytest.fixture(autouse=True)
def bluetooth_ends() -> Iterator[None]:
    yield
    close_bluetooth()


@pytest.fixture
def air() -> EmulatedAir:
    devices = [
        AirDevice(emulator(Faults()), Radio(rssi=-50 - 5 * k))
        for k, emulator in enumerate(EMULATORS)
    ]
    return EmulatedAir(*devices)


def test_every_kind_is_found_and_guessed(air: EmulatedAir, wait_until: Wait) -> None:
    search = BleSearch(0.5, air.backend())
    began = host_time()
    search.start()
    assert host_time() - began < 0.3
    wait_until(lambda: search.finished)
    assert [a.queries[0].split("&")[0] for a in search.found] == [
        f"driver={emulator.key}" for emulator in EMULATORS
    ]
    assert search.text == "6 known and 0 other Bluetooth devices found."
    first = search.found[0].found
    assert (first.uri, first.title) == ("ble:E1:7A:00:00:00:01?driver=myo", "My Myo")
    assert first.detail == "E1:7A:00:00:00:01, -50 dBm"


def test_a_search_ends_in_a_sentence_when_bluetooth_is_off(
    air: EmulatedAir, wait_until: Wait
) -> None:
    air.powered = False
    search = BleSearch(5.0, air.backend())
    search.start()
    wait_until(lambda: search.finished)
    assert search.text.startswith("Bluetooth is switched off on this computer.")
    assert search.found == ()


def test_silence_is_told(wait_until: Wait) -> None:
    search = BleSearch(0.1, EmulatedAir().backend())
    search.start()
    wait_until(lambda: search.finished)
    assert search.text.startswith("No Bluetooth device is advertising.")


def test_a_search_gives_way_to_a_connection(air: EmulatedAir, wait_until: Wait) -> None:
    search = BleSearch(30.0, air.backend())
    search.start()
    wait_until(lambda: len(search.found) == len(EMULATORS))
    link = BleLink("My Myo", air.backend())
    began = host_time()
    link.open()
    assert host_time() - began < 3.0
    assert search.finished
    link.close()


def test_a_search_can_be_stopped(air: EmulatedAir) -> None:
    search = BleSearch(30.0, air.backend())
    search.start()
    search.stop()
    search.stop()
    assert search.finished


def test_presets_of_ones_own_are_guessed_too() -> None:
    save_preset(PackedPreset("sleeve", "Sleeve", "ffe1", 100.0, 2, 2, "i16", names=("Sleeve",)))
    assert guesses("Sleeve 12", ()) == ("driver=packed&preset=sleeve",)
    assert guesses("Lamp", ("180f",)) == ()


def test_sniffing_shows_what_is_there_and_what_comes(air: EmulatedAir, wait_until: Wait) -> None:
    sniffer = BleSniffer(BleLink("EMG-Packed", air.backend()))
    sniffer.start()
    wait_until(lambda: len(sniffer.rows) == 2)
    data, control = sniffer.rows
    assert (data.uuid, data.properties, data.count) == (DATA, ("notify",), 0)
    assert control.uuid == CONTROL
    sniffer.write(1, b"\x01")
    wait_until(lambda: sniffer.rows[0].count > 50)
    data = sniffer.rows[0]
    assert data.rate == pytest.approx(100.0, rel=0.2)
    assert (data.shortest, data.longest, len(data.newest)) == (162, 162, 162)
    assert sniffer.text == "Listening to EMG-Packed."
    sniffer.stop()
    sniffer.stop()
    assert sniffer.text == "Disconnected."


def test_sniffing_what_is_not_there_ends_in_a_sentence(wait_until: Wait) -> None:
    air = EmulatedAir()
    air.powered = False
    sniffer = BleSniffer(BleLink("Nobody", air.backend()))
    sniffer.start()
    wait_until(lambda: "switched off" in sniffer.text)
    sniffer.stop()
