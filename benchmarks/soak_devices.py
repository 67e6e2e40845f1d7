"""Three devices recorded together for ten minutes: is every sample there, and at its time?

    python -m benchmarks.soak_devices [SECONDS]

A Cyton and a board that prints lines at pseudo terminals, a Myo through bleak's
real Linux back end, each with a clock of its own error. All see the same event
once a second or seldomer. Fails when a sample is lost, differs from what its
emulator sent, or when an event is not at the same time in all. Linux only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.ascii_lines import AsciiEmulator
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.private_bus import PrivateBus
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.waves import muscle
from emgstudio.devices.worker import DeviceWorker
from emgstudio.session.session import Session
from emgstudio.storage.recording import RecordedStream, Recording

SECONDS = 600.0
MOST_EVENTS = 60
EVENT_S = 0.1
QUIET = 0.2
CONNECT_S = 30.0
# What waits to be read may change by so many rows in this time.
STEADY_S, STEADY_ROWS = 0.2, 10
# Bluetooth's delay cannot be seen from here (devices.md, 7), so ±5 ms over it.
TARGET_MS = 5.0
# Packets that may be under way when a recording begins or ends.
UNDER_WAY_S = 0.5
MATCHED_ROWS = 64
# A busy machine may be so far behind when a recording begins.
ROWS_AROUND = 3000


@dataclass(frozen=True)
class Event:
    """Something that all sensors see: from ``first`` host seconds on, each ``every`` seconds."""

    first: float
    every: float

    def seen(self, host: float) -> bool:
        """Whether it happens at ``host`` seconds."""
        return host >= self.first and (host - self.first) % self.every < EVENT_S


class Sensor(ABC):
    """An emulated device and what it must have sent; rows are numbered as it counts them."""

    title: str
    rows_per_packet = 1
    emulator: PacketEmulator

    def __init__(self, event: Event) -> None:
        self.event = event

    @abstractmethod
    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        """Rows ``first`` … ``(count, channels)`` as integers on the wire."""

    @property
    def sent(self) -> int:
        """Rows sent by now."""
        return self.emulator.sent * self.rows_per_packet

    def time_of(self, row: int) -> float:
        """Host seconds at which a row was taken: the last of a packet when that was sent."""
        packet, place = divmod(row, self.rows_per_packet)
        sent, before = self.emulator.time_of(packet), self.emulator.time_of(packet - 1)
        return before + (sent - before) * (place + 1) / self.rows_per_packet

    def wave(self, row: int, channel: int, rate: float) -> float:
        """A little muscle, and all there is while the event lasts."""
        if self.event.seen(self.time_of(row)):
            return 1.0
        return QUIET * muscle(row, channel, rate)


class CytonSensor(Sensor):
    """Eight channels by cable, its clock slow."""

    title = "Cyton"

    def __init__(self, event: Event) -> None:
        super().__init__(event)
        self.emulator = CytonEmulator(Faults(ppm=-40.0), wave=self.wave)

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        packets = (self.emulator.packet(k) for k in range(first, first + count))
        return np.array(
            [
                [int.from_bytes(p[at : at + 3], "big", signed=True) for at in range(2, 26, 3)]
                for p in packets
            ]
        )


class LinesSensor(Sensor):
    """Two columns of text and a counter, its clock fast."""

    title = "lines of numbers"

    def __init__(self, event: Event) -> None:
        super().__init__(event)
        self.emulator = AsciiEmulator(Faults(ppm=80.0), wave=self.wave)

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        packets = (self.emulator.packet(k) for k in range(first, first + count))
        return np.array([[int(field) for field in p.split(b",")[1:]] for p in packets])


class SeeingMyo(MyoEmulator):
    """A Myo whose numbers come from outside."""

    sensor: Sensor

    def samples(self, first: int, count: int) -> NDArray[np.int8]:
        values = super().samples(first, count)
        for k in range(count):
            if self.sensor.event.seen(self.sensor.time_of(first + k)):
                values[k] = 127
            else:
                values[k] //= 4
        return values


class MyoSensor(Sensor):
    """Eight channels by Bluetooth, two rows in a packet, no counter."""

    title = "Myo"
    rows_per_packet = 2

    def __init__(self, event: Event) -> None:
        super().__init__(event)
        self.emulator = SeeingMyo(Faults(ppm=60.0))
        self.emulator.sensor = self

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        assert isinstance(self.emulator, SeeingMyo)
        return self.emulator.samples(first, count).astype(np.int64)


@dataclass(frozen=True)
class Result:
    """What became of one sensor: rows recorded, lost, different, and in excess of those sent.

    ``errors_ms`` has, for each event, how far its recorded time is from the true one.
    """

    title: str
    rows: int
    lost: int
    different: int
    unaccounted: int
    errors_ms: NDArray[np.float64]


def result_of(
    sensor: Sensor, stream: RecordedStream, began: tuple[int, int], origin_s: float
) -> Result:
    """Compare what was recorded with what was sent; ``began`` are rows sent at start and stop."""
    data, valid = stream.raw(0, stream.samples)
    whole = int(np.argmax(np.convolve(valid, np.ones(MATCHED_ROWS), "valid") == MATCHED_ROWS))
    head = data[whole : whole + MATCHED_ROWS].astype(np.int64)
    first = _first_row(sensor, head, began[0]) - whole
    sent = sensor.rows(first, len(data))
    # The event is in all channels at once.
    strong = (sent > 0.9 * sent.max()).all(axis=1)
    onsets = np.flatnonzero(np.diff(strong.astype(int)) == 1) + 1
    errors = [
        1e3 * (stream.time_of(k) - (sensor.time_of(first + k) - origin_s)) for k in onsets.tolist()
    ]
    reached = began[1] - (first + len(data))
    margin = stream.info.rate * UNDER_WAY_S
    missed_ends = sum(abs(n) > margin for n in (first - began[0], reached))
    return Result(
        sensor.title,
        len(data),
        stream.lost,
        int((data[valid] != sent[valid]).any(axis=1).sum()),
        missed_ends,
        np.array(errors),
    )


def _first_row(sensor: Sensor, head: NDArray[np.int64], about: int) -> int:
    """The number of the first recorded row, by what is in it."""
    begin = max(0, about - ROWS_AROUND)
    rows = sensor.rows(begin, 2 * ROWS_AROUND)
    for k in range(len(rows) - len(head)):
        if np.array_equal(rows[k : k + len(head)], head):
            return begin + k
    raise AssertionError(f"{sensor.title}: what was recorded was never sent")


@contextmanager
def _in_reach(sensors: tuple[Sensor, ...]) -> Iterator[list[str]]:
    """The sensors at two ports and on the air, as addresses to connect."""
    cyton, myo, lines = sensors
    assert isinstance(myo.emulator, MyoEmulator)
    with (
        PrivateBus(),
        FakeBlueZThread(AirDevice(myo.emulator)),
        PtyServer(cyton.emulator) as port,
        PtyServer(lines.emulator) as other,
    ):
        yield [
            f"serial:{port.address}?driver=cyton",
            f"ble:{myo.emulator.table.address}?driver=myo",
            f"serial:{other.address}?driver=ascii",
        ]


def wait_until_steady(devices: list[DeviceWorker], sensors: tuple[Sensor, ...]) -> None:
    """Until all stream and what piled up meanwhile is read. Raises TimeoutError."""
    deadline = host_time() + CONNECT_S
    behind = [0]
    while host_time() < deadline:
        time.sleep(STEADY_S)
        if all(device.streams for device in devices):
            heads = [device.streams[0].raw.head for device in devices]
            before, behind = behind, [s.sent - h for s, h in zip(sensors, heads, strict=True)]
            if all(heads) and np.allclose(before, behind, rtol=0.0, atol=STEADY_ROWS):
                return
    raise TimeoutError([device.state_text for device in devices])


def soak(seconds: float, folder: Path) -> list[Result]:
    """Record all three for ``seconds`` into ``folder``. Raises TimeoutError when one stays away."""
    event = Event(host_time() + 1.0, max(1.0, seconds / MOST_EVENTS))
    sensors = (CytonSensor(event), MyoSensor(event), LinesSensor(event))
    pause = threading.Event()
    with _in_reach(sensors) as uris, Session(folder / "settings") as session:
        names = [session.connect(uri) for uri in uris]
        devices = [session.devices[name] for name in names]
        wait_until_steady(devices, sensors)
        at_start = [sensor.sent for sensor in sensors]
        session.start_recording(folder / "recordings")
        recorder = session.recorder
        assert recorder is not None
        until = host_time() + seconds
        while (left := until - host_time()) > 0.0:
            pause.wait(min(left, 1.0))
        at_stop = [sensor.sent for sensor in sensors]
        origin_s = -recorder.time_of(0.0)
        path = session.stop_recording()
    assert path is not None
    ends = list(zip(at_start, at_stop, strict=True))
    with Recording.open(path) as recording:
        signals = {s.info.device_id: s for s in recording.streams.values() if s.info.name == "EMG"}
        return [
            result_of(sensor, signals[name], end, origin_s)
            for sensor, name, end in zip(sensors, names, ends, strict=True)
        ]


def disagreement_ms(results: list[Result]) -> NDArray[np.float64]:
    """For each event that all saw, how far apart they put it."""
    seen = min(len(result.errors_ms) for result in results)
    errors = np.stack([result.errors_ms[:seen] for result in results])
    return np.asarray(np.ptp(errors, axis=0))


def resident_mb() -> float:
    """Memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    seconds = parser.parse_args().seconds
    if sys.platform != "linux":
        sys.exit("This benchmark needs pseudo terminals and BlueZ's protocol: Linux only.")
    before, cpu, began = resident_mb(), time.process_time(), host_time()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMGSTUDIO_HOME"] = folder
        results = soak(seconds, Path(folder))
    for r in results:
        print(
            f"{r.title:17} {r.rows:>8} rows, {r.lost} lost, {r.different} different from what was "
            f"sent, {r.unaccounted} ends not accounted for; {len(r.errors_ms)} events off by "
            f"{r.errors_ms.mean():.2f} ± {r.errors_ms.std():.2f} ms"
        )
    apart = disagreement_ms(results)
    print(
        f"an event is {np.median(apart):.2f} ms apart in the median, {apart.max():.2f} ms at most "
        f"(goal {TARGET_MS:g} ms)"
    )
    share = (time.process_time() - cpu) / (host_time() - began)
    grown = resident_mb() - before
    print(f"{share:.2f} of a core with emulators and checking; memory {grown:+.0f} MB")
    bad = any(r.lost or r.different or r.unaccounted for r in results)
    return 1 if bad or apart.max() > TARGET_MS else 0


if __name__ == "__main__":
    sys.exit(main())
