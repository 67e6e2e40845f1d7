"""The simulated device at the end of a link: frames paced like a radio's, and its faults.

Switched on once, when it is first started, and never off: it goes on sampling
while the link is lost, as a sensor out of reach does, so its counter tells
afterwards exactly how much is missing.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import new_id
from emgstudio.devices.drivers.framed import info_to_json
from emgstudio.devices.emulators.scenarios import FaultSpec, Scenario
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from emgstudio.devices.frames import Kind, encode, encode_json
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.pace import Pace

TICKS_AT_ONCE = 32
BURST_MEAN = 1.4
READING_STEP_S = 1.0
# A program that slept this long (a closed laptop) does not get all of it in one heap.
LONGEST_BACKLOG_S = 10.0
# Of a longer absence only the end is made: a night would take minutes, and where making it is
# slower than time itself it would never end.
LONGEST_MADE_S = 20.0


class SimulatedLink:
    """A link to a :class:`SimulatedSensor`. ``dropped`` counts the samples it lost on purpose.

    ``speed`` plays faster than real time (0 as fast as is safe); ``ppm`` is the
    error of the sensor's clock in parts per million.
    """

    def __init__(
        self, scenario: Scenario, setup: SensorSetup, speed: float = 1.0, ppm: float = 0.0
    ) -> None:
        self._scenario = scenario
        self._sensor = SimulatedSensor(scenario, setup)
        self._tick_s = self._sensor.tick_samples / setup.rate / (1.0 + ppm * 1e-6)
        self._radio = np.random.default_rng([setup.seed, 77])
        self._pace = Pace(speed)
        self._real_time = speed == 1.0
        self._boot = new_id()
        self._tick = 0
        self._switched_on = False
        self._open = False
        self._streaming = False
        self._answers = bytearray()
        self._command = bytearray()
        self._burst = 0
        self._told_s: float | None = None
        self.dropped = 0

    def open(self) -> None:
        if self._fault_now("disconnect") is not None:
            raise LinkLost("The simulated sensor is out of reach.", "It comes back by itself.")
        if self._battery() == 0.0:
            raise LinkLost("The battery of the simulated sensor is empty.", "Charge or change it.")
        self._open = True
        self._streaming = False
        self._answers.clear()
        self._command.clear()

    def close(self) -> None:
        self._open = False
        self._streaming = False

    def write(self, data: bytes) -> None:
        if not self._open:
            raise LinkLost("The simulated sensor is not connected.")
        self._command += data
        while b"\n" in self._command:
            line, _, rest = self._command.partition(b"\n")
            self._command = bytearray(rest)
            self._obey(json.loads(line))

    def read(self, timeout_s: float) -> bytes:
        if not self._open:
            raise LinkLost("The simulated sensor is not connected.")
        if self._answers:
            data = bytes(self._answers)
            self._answers.clear()
            return data
        if not self._pace.wait_for((self._tick + 1) * self._tick_s, timeout_s):
            return b""
        return self._due_frames() if self._streaming else b""

    def _obey(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "hello":
                self._answers += encode_json(
                    Kind.HELLO,
                    {
                        "title": f"Demo: {self._scenario.title}",
                        "boot": self._boot,
                        "gestures": self._sensor.gestures,
                        "streams": [info_to_json(self._sensor.info)],
                    },
                )
            case "start":
                self._start()
            case "stop":
                self._streaming = False
            case "perform":
                self._sensor.command(command["gesture"], command["strength"])
            case "tap":
                self._sensor.tap(command["channels"])

    def _start(self) -> None:
        if not self._switched_on:
            self._switched_on = True
            self._pace.start()
        self._catch_up(int(LONGEST_MADE_S / self._tick_s))
        self._streaming = True

    def _catch_up(self, most: int = 0) -> None:
        """What was sampled while nobody listened is gone; the counter went on.

        The person went on as well, for the last ``most`` ticks of it.
        """
        missed = self._behind()
        made = min(missed, most)
        self._sensor.skip(missed - made)
        for at in range(0, made, TICKS_AT_ONCE):
            self._sensor.ticks(min(TICKS_AT_ONCE, made - at))
        self.dropped += missed * self._sensor.tick_samples
        self._tick += missed

    def _behind(self) -> int:
        """Ticks that were due and are not made yet."""
        return max(0, int(self._pace.due() / self._tick_s) - self._tick)

    def _due_frames(self) -> bytes:
        if not self._real_time:
            self._pace.forgive(self._seconds)
        elif self._pace.due() - self._seconds > LONGEST_BACKLOG_S:
            self._catch_up()
        count = min(TICKS_AT_ONCE, self._behind())
        first = self._sensor.index
        data = self._sensor.ticks(count) if count else np.empty((0, 1), np.int16)
        size = self._sensor.tick_samples
        frames = bytearray()
        for at in range(0, count * size, size):
            if self._open and self._fault_now("disconnect") is not None:
                self._open = False
            self._tick += 1
            if not self._open:
                self.dropped += size
            else:
                frames += self._frames(first + at, data[at : at + size])
        if not self._open and not frames:
            raise LinkLost("The connection to the simulated sensor was lost.")
        return bytes(frames)

    def _frames(self, first: int, data: NDArray[np.int16]) -> bytes:
        if self._battery() == 0.0:
            self.dropped += len(data)
            return b""
        frame = encode(Kind.SAMPLES, data.tobytes(), counter=first, samples=len(data))
        return self._reading_frames() + self._through_the_air(frame, len(data))

    def _through_the_air(self, frame: bytes, samples: int) -> bytes:
        fault = self._fault_now("dropouts")
        if fault is None:
            return frame
        if self._burst == 0 and self._radio.random() < fault.values["share"] / BURST_MEAN:
            self._burst = int(self._radio.geometric(1.0 / BURST_MEAN))
        if self._burst == 0:
            return frame
        self._burst -= 1
        self.dropped += samples
        if self._radio.random() >= fault.values.get("damaged", 0.0):
            return b""
        broken = bytearray(frame)
        broken[int(self._radio.integers(len(broken)))] ^= 0x10
        return bytes(broken)

    def _reading_frames(self) -> bytes:
        now, told = self._seconds, self._told_s
        if told is not None and now - told < READING_STEP_S:
            return b""
        self._told_s = now
        level = self._battery()
        frames = b"" if level is None else _reading("battery", round(level, 1), "%", None)
        for fault in (f for f in self._scenario.faults if f.kind == "impedance"):
            for channel in range(self._sensor.info.n_channels):
                bad = fault.active(now) and channel in fault.channels
                kiloohm = fault.values["kiloohm" if bad else "otherwise_kiloohm"]
                frames += _reading("impedance", kiloohm, "kΩ", channel)
        return frames

    def _battery(self) -> float | None:
        """Charge in percent, 0 when it has stopped, None where there is no battery to see."""
        fault = next((f for f in self._scenario.faults if f.kind == "battery"), None)
        if fault is None or fault.for_s is None:
            return None
        used = (self._seconds - fault.start_s) / fault.for_s
        if "otherwise_percent" in fault.values and not 0.0 <= used <= 1.0:
            return fault.values["otherwise_percent"]
        if used > 1.0:
            return 0.0
        begin, end = fault.values["from_percent"], fault.values["to_percent"]
        return begin + max(0.0, used) * (end - begin)

    def _fault_now(self, kind: str) -> FaultSpec | None:
        if not self._switched_on:
            return None
        # While nobody listens no samples are made, yet time goes on.
        now = self._seconds if self._open else self._pace.due()
        return next((f for f in self._scenario.faults if f.kind == kind and f.active(now)), None)

    @property
    def _seconds(self) -> float:
        """Since the sensor was switched on, as far as samples were made."""
        return self._tick * self._tick_s


def _reading(key: str, value: float, unit: str, channel: int | None) -> bytes:
    return encode_json(Kind.READING, {"key": key, "value": value, "unit": unit, "channel": channel})
