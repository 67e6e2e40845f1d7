"""The search runs beside everything else and tells what it finds as it finds it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from emgstudio.core.outbox import Outbox
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.bleak_backend import EmulatedAir
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.links import ble, ble_loop
from emgstudio.devices.links.ble_loop import close_bluetooth
from emgstudio.devices.links.ble_scan import BluetoothScan
from emgstudio.devices.search import SeenPort
from emgstudio.session import search as module
from emgstudio.session.search import (
    AIR,
    NETWORK,
    PORTS,
    SIMULATED,
    USED,
    DeviceSearch,
    FoundGroup,
    SearchChanged,
)

Wait = Callable[..., None]


class Programs:
    """Other programs of our own."""

    installed = True

    def __init__(self) -> None:
        self.seen: tuple[FoundDevice, ...] = ()
        self.running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False


class Place:
    """A computer with ports and air of our own."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.air = EmulatedAir(AirDevice(MyoEmulator(Faults())))
        self.ports: list[SeenPort] = []
        self.used: tuple[str, ...] = ()
        self.programs = Programs()
        self.looks = 0
        self.search = DeviceSearch(
            self.outbox,
            lambda: self.used,
            self.look,
            lambda seconds: BluetoothScan(seconds, self.air.backend()),
            lambda: self.programs,
        )

    def look(self) -> list[SeenPort]:
        self.looks += 1
        return list(self.ports)

    def group(self, title: str) -> FoundGroup:
        return next(g for g in self.search.groups() if g.title == title)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(module, "PORTS_EVERY_S", 0.02)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    # No search ends, and none is given up, because this machine is busy.
    monkeypatch.setattr(module, "SCAN_S", 600.0)
    monkeypatch.setattr(module, "JOIN_TIMEOUT_S", 60.0)
    monkeypatch.setattr(ble, "SYSTEM_S", 60.0)
    monkeypatch.setattr(ble_loop, "CLOSE_TIMEOUT_S", 60.0)
    made = Place()
    yield made
    made.search.stop()
    close_bluetooth()


def test_ports_come_and_go(place: Place, wait_until: Wait) -> None:
    place.search.start()
    wait_until(lambda: "No port" in place.group(PORTS).remark)
    place.ports.append(SeenPort("COM4", "Arduino Uno", 0x2341, 0x0043))
    wait_until(lambda: place.group(PORTS).devices)
    assert place.group(PORTS).remark == ""
    place.ports.clear()
    wait_until(lambda: not place.group(PORTS).devices)


def test_advertisers_are_listed_with_their_signal(place: Place, wait_until: Wait) -> None:
    place.used = ("ble:E1:7A:00:00:00:01?driver=myo",)
    place.search.start()
    wait_until(lambda: place.group(AIR).devices)
    (myo,) = place.group(AIR).devices
    assert myo.title == "My Myo"
    assert place.search.signal_of("e1:7a:00:00:00:01") == myo.signal_dbm is not None
    assert "in reach" in place.group(USED).devices[0].detail
    assert place.search.scanning
    place.search.leave_the_air()
    wait_until(lambda: not place.search.scanning)
    assert place.group(AIR).devices, "what was found stays"


def test_a_search_that_cannot_work_says_why_in_one_sentence(place: Place, wait_until: Wait) -> None:
    place.air.powered = False
    place.search.start()
    wait_until(lambda: "switched off" in place.group(AIR).remark)
    assert "search again" in place.group(AIR).remark
    assert place.group(SIMULATED).devices


def test_other_programs_are_listed_while_they_send(place: Place, wait_until: Wait) -> None:
    place.search.start()
    wait_until(lambda: place.programs.running)
    assert NETWORK not in [group.title for group in place.search.groups()], "no empty heading"
    place.programs.seen = (FoundDevice("lsl:Trigno", "Trigno", "EMG · 8 channels"),)
    wait_until(lambda: NETWORK in [group.title for group in place.search.groups()])
    assert place.group(NETWORK).devices == place.programs.seen
    place.search.stop()
    assert not place.programs.running


def test_ports_that_cannot_be_listed_are_no_disaster(place: Place, wait_until: Wait) -> None:
    def broken() -> list[SeenPort]:
        raise OSError("no sysfs")

    search = DeviceSearch(place.outbox, tuple, broken, place.search._make_scan, Programs)
    search.start()
    try:
        wait_until(lambda: "no sysfs" in search.groups()[0].remark)
    finally:
        search.stop()


def test_a_search_that_is_slow_to_end_does_not_go_on_beside_the_next(
    place: Place, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOIN_TIMEOUT_S", 0.0)
    busy, looks = threading.Event(), place.look

    def look() -> list[SeenPort]:
        assert busy.wait(60.0)
        return looks()

    place.search._list_ports = look
    place.search.start()
    first = place.search._thread
    assert first is not None
    place.search.start()
    second = place.search._thread
    busy.set()
    wait_until(lambda: not first.is_alive())
    assert second is not None
    assert second.is_alive()
    place.search.stop()
    second.join()


def test_it_is_told_once_per_change_and_ends_when_asked(place: Place, wait_until: Wait) -> None:
    told: list[SearchChanged] = []

    def newest() -> SearchChanged | None:
        told.extend(c for c in place.outbox.drain() if isinstance(c, SearchChanged))
        return told[-1] if told else None

    place.search.start()
    wait_until(lambda: place.group(AIR).devices)
    place.search.leave_the_air()
    wait_until(lambda: (change := newest()) and not change.scanning)
    told.clear()
    place.ports.append(SeenPort("COM4"))
    wait_until(newest)
    looks = place.looks
    wait_until(lambda: place.looks > looks + 5)
    assert len(told) == 1
    assert newest() is told[0]
    place.search.stop()
    place.search.stop()
    place.search.start()
    wait_until(lambda: place.search.scanning)
