"""Slow values on disk: what was told comes back, whatever happened to the last line."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.readings import ReadingLog
from emgstudio.core.types import Channel, ConditionSpec, Reading, StreamInfo
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.readings import ReadingsFile, ReadingsIntake, RecordedReading, read_readings
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import recover, verify

Make = Callable[..., tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]]

BATTERY = RecordedReading(-3.5, "ble-1", "battery", 87.0, "%")
FIRST = RecordedReading(0.25, "ble-1", "impedance", 12.125, "kΩ", 0)
SECOND = RecordedReading(0.5, "ble-1", "impedance", 1e9 / 3, "kΩ", 1)
INFO = StreamInfo("emg", 100.0, (Channel("a"),), "int16", "hand", "ble-1")


def recorded(folder: Path, *readings: RecordedReading, end: bool = True) -> Path:
    session = NewSession(
        folder, [(INFO, ConditionSpec())], {}, host_s=100.0, created=datetime.now(UTC)
    )
    session.streams[0].writer.append(np.zeros((100, 1), np.int16), 100_000_000_000)
    for reading in readings:
        session.readings.append(reading)
    session.sync()
    if end:
        session.finish("stop")
    else:
        session.abandon()
    return folder


def test_a_recording_gives_back_what_was_told(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", BATTERY, FIRST, SECOND)
    assert Recording.open(path).readings == (BATTERY, FIRST, SECOND)
    assert verify(path).ok
    assert "readings.jsonl" in (path / "checksums.json").read_text()


def test_a_recording_without_readings_has_no_file_for_them(make: Make) -> None:
    path, _, _ = make([100])
    assert Recording.open(path).readings == ()
    assert not (path / "readings.jsonl").exists()
    assert verify(path).ok


def test_a_value_that_is_no_number_is_kept_as_such(tmp_path: Path) -> None:
    file = ReadingsFile(tmp_path)
    file.append(RecordedReading(1.0, "x", "impedance", math.inf, "kΩ", 2))
    file.close()
    (reading,) = read_readings(tmp_path)
    assert math.isnan(reading.value)
    assert reading.channel == 2


def test_recovery_keeps_whole_lines_and_sets_the_torn_one_aside(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", BATTERY, FIRST, SECOND, end=False)
    file = path / "readings.jsonl"
    file.write_bytes(file.read_bytes()[:-7])
    assert Recording.open(path).readings == (BATTERY, FIRST)
    report = recover(path)
    assert [torn.name for torn in report.torn] == ["readings.jsonl.torn"]
    assert Recording.open(path).readings == (BATTERY, FIRST)
    assert verify(path).ok


@pytest.mark.parametrize("place", [3, 30])
def test_a_damaged_line_is_passed_over_and_told(tmp_path: Path, place: int) -> None:
    path = recorded(tmp_path / "r", BATTERY, FIRST)
    file = path / "readings.jsonl"
    data = bytearray(file.read_bytes())
    data[place] ^= 0x10
    file.write_bytes(data)
    assert Recording.open(path).readings == (FIRST,)
    assert any("readings.jsonl has damaged lines" in p for p in verify(path).problems)
    assert any("readings.jsonl: 1 damaged" in p for p in recover(path).problems)


def test_the_intake_begins_with_how_things_stand_and_goes_on_with_what_is_new(
    tmp_path: Path,
) -> None:
    log, file = ReadingLog(), ReadingsFile(tmp_path)
    for host, value in ((90.0, 99.0), (95.0, 98.0)):
        log.add(host, Reading("battery", value, "%"))
    log.add(96.0, Reading("impedance", 5.0, "kΩ", 2))
    intake = ReadingsIntake({"ble-1": log}, file, 100.0)
    intake.take()
    intake.take()
    log.add(101.0, Reading("battery", 97.0, "%"))
    log.add(102.0, Reading("battery", 96.0, "%"))
    intake.take()
    file.close()
    told = [(r.time, r.key, r.value, r.channel) for r in read_readings(tmp_path)]
    assert told == [
        (-5.0, "battery", 98.0, None),
        (-4.0, "impedance", 5.0, 2),
        (1.0, "battery", 97.0, None),
        (2.0, "battery", 96.0, None),
    ]
