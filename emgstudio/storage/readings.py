"""The slow values of a recording (battery, impedance, signal strength): one line for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgstudio.core.readings import ReadingLog, Told
from emgstudio.storage.annotation_ops import encode, read_line
from emgstudio.storage.annotations import set_tail_aside
from emgstudio.storage.format import READINGS_FILE
from emgstudio.storage.writer import AppendedFile


@dataclass(frozen=True, slots=True)
class RecordedReading:
    """What a device told at recording time ``time`` in s; ``channel`` counts from 0.

    The time is negative for what was the last word before the recording began.
    """

    time: float
    device_id: str
    key: str
    value: float
    unit: str
    channel: int | None = None


class ReadingsFile:
    """Appends readings to a session folder; the file is made with the first one.

    Used by one thread at a time. Every method may raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / READINGS_FILE
        self._file: AppendedFile | None = None
        self._whole = 0

    @property
    def bytes(self) -> int:
        return self._file.bytes if self._file else 0

    def append(self, reading: RecordedReading) -> None:
        """Write one line."""
        if self._file is None:
            self._file = AppendedFile(self._path)
        self._file.write(encode(_to_json(reading)))
        self._whole = self._file.bytes

    def sync(self) -> None:
        if self._file is not None:
            self._file.sync()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def finish(self) -> tuple[str, ...]:
        """Close, and set a torn last line aside; the files that belong into checksums.json."""
        if self._file is None:
            return ()
        self.sync()
        self.close()
        if self._file.bytes > self._whole:
            set_tail_aside(self._path, self._whole)
        return (self._path.name,)


class ReadingsIntake:
    """Moves what devices tell, by device id, into a file; ``host_s`` is recording time 0.

    It begins with how things stood when this was made.
    """

    def __init__(self, logs: Mapping[str, ReadingLog], file: ReadingsFile, host_s: float) -> None:
        self._logs = logs
        self._file = file
        self._host_s = host_s
        self._news = {device_id: log.since(None) for device_id, log in logs.items()}

    def take(self) -> None:
        """Write everything new. Raises OSError."""
        for device_id, log in self._logs.items():
            seen, before = self._news[device_id]
            count, new = log.since(seen)
            self._write(device_id, (*before, *new))
            self._news[device_id] = (count, ())

    def _write(self, device_id: str, new: Sequence[Told]) -> None:
        for told in new:
            time, said = told.host - self._host_s, told.reading
            self._file.append(
                RecordedReading(time, device_id, said.key, said.value, said.unit, said.channel)
            )


def read_readings(folder: Path) -> tuple[RecordedReading, ...]:
    """The readings of a session folder in the order told; none where there is no file."""
    path = folder / READINGS_FILE
    return replay_readings(path.read_bytes())[0] if path.exists() else ()


def replay_readings(data: bytes) -> tuple[tuple[RecordedReading, ...], int, int]:
    """The readings in all good lines, the bytes up to the last one, and bad lines before it."""
    found: list[RecordedReading] = []
    position = good_bytes = bad = bad_since = 0
    for line in data.splitlines(keepends=True):
        position += len(line)
        reading = _from_line(line)
        if reading is None:
            bad_since += 1
            continue
        found.append(reading)
        good_bytes, bad, bad_since = position, bad + bad_since, 0
    return tuple(found), good_bytes, bad


def _from_line(line: bytes) -> RecordedReading | None:
    value = read_line(line[:-1]) if line.endswith(b"\n") else None
    if value is None:
        return None
    try:
        channel, number = value.get("channel"), value["value"]
        return RecordedReading(
            float(value["time"]),
            str(value.get("device", "")),
            str(value["key"]),
            math.nan if number is None else float(number),
            str(value.get("unit", "")),
            None if channel is None else int(channel),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _to_json(reading: RecordedReading) -> dict[str, Any]:
    # JSON has no infinity: an impedance without an electrode.
    value = reading.value if math.isfinite(reading.value) else None
    line: dict[str, Any] = {
        "time": round(reading.time, 6),
        "device": reading.device_id,
        "key": reading.key,
        "value": value,
        "unit": reading.unit,
    }
    return line if reading.channel is None else {**line, "channel": reading.channel}
