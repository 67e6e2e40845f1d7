"""Delsys Trigno: the questions asked, the streams that follow, and damage on the way."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap
from emgstudio.devices.drivers.trigno import TrignoDriver, TrignoOptions
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.trigno import TrignoEmulator
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.tcp import port_frame
from tests.unit.devices.network_wires import SaidLink, TimelessLink, heard, joined

pytestmark = pytest.mark.usefixtures("stepped_time")


def trigno(
    options: TrignoOptions | None = None, faults: Faults | None = None, **how: tuple[int, ...]
) -> tuple[TrignoDriver, TrignoEmulator, TimelessLink]:
    emulator = TrignoEmulator(faults or Faults(), **how)
    return TrignoDriver(options or TrignoOptions()), emulator, TimelessLink(emulator)


def test_paired_sensors_become_streams() -> None:
    driver, emulator, link = trigno()
    link.open()
    emg, acc, gyr = driver.start(link)
    assert [c.name for c in emg.channels] == ["1", "2", "5"]
    assert emg.rate == pytest.approx(1925.926, abs=1e-3)
    assert (emg.channels[0].unit, emg.channels[0].scale) == ("µV", 1e6)
    assert [c.name for c in acc.channels[:4]] == ["1 x", "1 y", "1 z", "2 x"]
    assert (acc.channels[0].unit, gyr.channels[0].unit) == ("g", "°/s")
    assert acc.rate == pytest.approx(148.148, abs=1e-3)
    assert emulator.streaming


def test_every_sample_arrives_where_it_belongs() -> None:
    driver, emulator, link = trigno()
    items = heard(driver, link, 1.0)
    emg = joined(items, "EMG")
    assert len(emg) > 1800
    np.testing.assert_array_equal(emg, emulator.emg(0, len(emg))[:, [0, 1, 4]])
    acc = joined(items, "ACC")
    assert len(acc) == len(emg) * 2 // 26
    aux = emulator.aux(0, len(acc)).reshape(-1, 16, 9)
    np.testing.assert_array_equal(acc, aux[:, [0, 1, 4], :3].reshape(len(acc), -1))


def test_without_motion_there_is_emg_alone() -> None:
    driver, _, link = trigno(TrignoOptions(motion=False))
    link.open()
    assert [info.name for info in driver.start(link)] == ["EMG"]


def test_bytes_that_are_missing_are_a_gap_of_their_rows() -> None:
    driver, emulator, link = trigno(faults=Faults(drop_these=frozenset({3, 4})))
    items = heard(driver, link, 0.5)
    emg = joined(items, "EMG")
    assert Gap("EMG", 3 * 26, 2 * 26) in items
    there = ~np.isnan(emg[:, 0])
    np.testing.assert_array_equal(emg[there], emulator.emg(0, len(emg))[there][:, [0, 1, 4]])


def test_a_value_that_is_no_number_never_reaches_a_filter() -> None:
    driver, emulator, link = trigno()
    link.open()
    driver.start(link)
    rows = emulator.emg(0, 10)
    rows[4, 1] = np.nan
    items = driver.feed(port_frame(1, 0, rows.astype("<f4").tobytes()), 0.0)
    assert np.isnan(joined(items, "EMG")[:, 0]).tolist() == [k == 4 for k in range(10)]


def test_places_that_count_from_0(monkeypatch: pytest.MonkeyPatch) -> None:
    driver, emulator, link = trigno()
    sensor = emulator._sensor
    monkeypatch.setattr(
        emulator,
        "_sensor",
        lambda slot, what: str(slot - 1) if what == "STARTINDEX?" else sensor(slot, what),
    )
    items = heard(driver, link, 0.2)
    emg = joined(items, "EMG")
    np.testing.assert_array_equal(emg, emulator.emg(0, len(emg))[:, [0, 1, 4]])


def test_nothing_paired_and_nobody_there() -> None:
    driver, _, link = trigno(slots=())
    link.open()
    with pytest.raises(EmgError, match="No Trigno sensor"):
        driver.start(link)
    with pytest.raises(LinkLost):
        driver.start(SaidLink([b"", b"nonsense"]))


def test_a_measurement_that_still_runs_is_stopped_first() -> None:
    driver, emulator, link = trigno()
    link.open()
    emulator.start()
    driver.start(link)
    assert link.commands.endswith(b"START\r\n\r\nSTOP\r\n\r\nSTART\r\n\r\n")
    driver.stop(link)
    assert not emulator.streaming
