"""BITalino (r)evolution over its Bluetooth serial port: up to 6 inputs at 1000 Hz.

Facts: BITalinoWorld/revolution-python-api (commands, frames) and the maker's EMG
sensor data sheet (transfer function). Described in docs/devices/bitalino.md.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import MICROVOLT, Channel, Marker, Reading, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.answers import Answers
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.bitalino_frames import (
    COUNTER_MODULUS,
    FrameReader,
    Frames,
    analog_counts,
    checksums,
    digital_levels,
    frame_bytes,
)
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.rows import Rows

SUPPLY_V = 3.3
RATES = (1000, 100, 10, 1)
RATE_CODES = {1: 0, 10: 1, 100: 2, 1000: 3}
FULL_BITS, SHORT_BITS = 10, 6
FULL_INPUTS = 4
STOP, IDLE, VERSION, STATE = b"\x00", b"\xff", b"\x07", b"\x0b"
# The board looks at its port ten times a second.
PAUSE_S = 0.1
ANSWER_S = 2.0
STATE_S = 0.5
STATE_BYTES = 16
STATE_SINCE = (4, 2)
LONG_STATE_SINCE = (5, 2)
SET_OUTPUTS = 0xB3
BATTERY_FACTOR = 2.0
# How often time is asked for holes that the counter cannot show.
ASK_EVERY_S = 0.02
INPUT_NAMES = ("I1", "I2")


@dataclass(frozen=True)
class BitalinoOptions:
    """Which inputs are read. EMG sensors are fixed to A1 on assembled boards."""

    emg: str = option(
        "1", "Inputs with an EMG sensor", doc="Numbers from 1 to 6, such as 1 or 1,3."
    )
    others: str = option(
        "", "Other inputs to record", doc="Recorded beside, in volts at the pin. Numbers 1 to 6."
    )
    rate: int = option(1000, "Sampling rate", unit="Hz", choices=RATES)
    gain: int = option(
        1009,
        "Gain of the EMG sensor",
        choices=(1009, 1000),
        doc="1009 for (r)evolution sensors, 1000 for those before.",
    )


def inputs_from_text(text: str) -> tuple[int, ...]:
    """Numbers 1 to 6 out of text such as ``1, 3``; raises EmgError."""
    parts = re.findall(r"[^\s,;]+", text)
    if not all(part in tuple("123456") for part in parts):
        raise EmgError(f"'{text}' does not name inputs of a BITalino.", "Write it like 1,2,5.")
    return tuple(sorted({int(part) for part in parts}))


@dataclass(frozen=True, slots=True)
class OutputChoice:
    """The levels of the two digital outputs."""

    o1: bool = option(True, "Output O1 on")
    o2: bool = option(True, "Output O2 on")


OUTPUTS = Action(
    "outputs",
    "Outputs",
    "Switches O1 and O2: an LED or buzzer there shows which board it is.",
    OutputChoice,
)


class BitalinoDriver(Driver):
    """Decodes a BITalino's frames; see :class:`Driver`.

    The counter goes to 16 only: what is lost is exact while it is less than 16
    samples, longer holes are found by time and marked as estimated.
    """

    key = "bitalino"
    title = "BITalino (r)evolution"
    Options = BitalinoOptions
    # On batteries, and the data come by radio.
    isolated = True
    options: BitalinoOptions

    def __init__(self, options: BitalinoOptions) -> None:
        super().__init__(options)
        self._emg = inputs_from_text(options.emg)
        self._others = tuple(k for k in inputs_from_text(options.others) if k not in self._emg)
        if not self._emg:
            raise EmgError(
                "No input with an EMG sensor was chosen.", "Assembled boards have it on 1."
            )
        self._inputs = tuple(sorted((*self._emg, *self._others)))
        self._known_version = (0, 0)
        self._begin(b"")

    def _begin(self, early: bytes, readings: list[Item] | None = None) -> None:
        self._reader = FrameReader(frame_bytes(len(self._inputs)))
        self._holes = Uncounted(float(self.options.rate))
        self._asked, self._unasked = -math.inf, 0
        self._counter: int | None = None
        self._emg_rows = Rows("EMG", "int16")
        self._aux_rows = Rows("AUX", "int16")
        self._levels: NDArray[np.int16] | None = None
        self._early = early
        self._readings = readings or []

    @property
    def garbage(self) -> int:
        """Bytes that belonged to no frame."""
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        answers = Answers(link)
        version = self._version(link, answers)
        self._known_version = version
        readings = self._battery(link, answers, version)
        _command(link, bytes([RATE_CODES[self.options.rate] << 6 | 0x03]))
        mask = sum(1 << (k - 1) for k in self._inputs)
        link.write(bytes([0x01 | mask << 2]))
        self._begin(answers.rest, readings)
        infos = [self._info("EMG", self._emg)]
        if self._others:
            infos.append(self._info("AUX", self._others))
        return tuple(infos)

    def _version(self, link: Link, answers: Answers) -> tuple[int, int]:
        # A board left streaming stops with the first; one that plays back states with the second.
        for quiet in (STOP, IDLE):
            _command(link, quiet)
            link.write(VERSION)
            found = answers.match(rb"BITalino[^\n]*?_v(\d+)\.(\d+)[^\n]*\n", ANSWER_S)
            if found:
                self.name = f"BITalino v{int(found[1])}.{int(found[2])}"
                return int(found[1]), int(found[2])
        raise LinkLost(
            "No BITalino answers at this port.",
            "Is it switched on and paired, and is this the outgoing port of the two?",
        )

    def _battery(self, link: Link, answers: Answers, version: tuple[int, int]) -> list[Item]:
        """The battery's voltage, which the board tells only while it does not stream."""
        if version < STATE_SINCE:
            return []
        size = STATE_BYTES + (version >= LONG_STATE_SINCE)
        _command(link, STATE)
        state = answers.take(size, STATE_S)
        if state is None:
            return []
        whole = np.frombuffer(state, np.uint8).reshape(1, size)
        if checksums(whole)[0] != state[-1] & 0x0F:
            return []
        counts = int.from_bytes(state[12:14], "little")
        volts = counts / (1 << FULL_BITS) * SUPPLY_V * BATTERY_FACTOR
        return [Reading("battery voltage", round(volts, 2), "V")]

    def stop(self, link: Link) -> None:
        link.write(STOP)

    @property
    def actions(self) -> tuple[Action, ...]:
        return (OUTPUTS,) if self._known_version >= STATE_SINCE else ()

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        if key != OUTPUTS.key:
            return super().act(key, values)
        choice = OutputChoice(**values)
        words = [f"O{n} {'on' if on else 'off'}" for n, on in ((1, choice.o1), (2, choice.o2))]
        command = SET_OUTPUTS | choice.o1 << 2 | choice.o2 << 3
        return Deed(bytes([command]), f"{self.name}: {', '.join(words)}.")

    def _info(self, name: str, inputs: tuple[int, ...]) -> StreamInfo:
        channels = tuple(self._channel(name, k) for k in inputs)
        return StreamInfo(name, float(self.options.rate), channels, "int16", self.name)

    def _channel(self, stream: str, number: int) -> Channel:
        place = self._inputs.index(number)
        top = 1 << (FULL_BITS if place < FULL_INPUTS else SHORT_BITS)
        volt = SUPPLY_V / top
        rails = (0, top - 1)
        if stream == "AUX":
            return Channel(f"A{number}", "V", volt, kind="AUX", rails=rails)
        scale = volt / self.options.gain * 1e6
        return Channel(f"EMG A{number}", MICROVOLT, scale, -scale * top / 2, rails=rails)

    def feed(self, data: bytes, host: float) -> list[Item]:
        frames = self._reader.feed(self._early + data)
        items, self._readings, self._early = self._readings, [], b""
        if not len(frames):
            return items
        index, estimated = self._index(frames, host)
        counts = analog_counts(frames, len(self._inputs))
        for rows, inputs in ((self._emg_rows, self._emg), (self._aux_rows, self._others)):
            if inputs:
                columns = [self._inputs.index(k) for k in inputs]
                items += rows.skip_to(int(index[0]), estimated)
                items += rows.place(index, counts[:, columns])
        return items + self._markers(index, digital_levels(frames))

    def _index(self, frames: Frames, host: float) -> tuple[NDArray[np.int64], bool]:
        """Sample numbers of the frames, and whether those lost before are only estimated."""
        counters = (frames[:, -1] >> 4).astype(np.int64)
        before = counters[0] - 1 if self._counter is None else self._counter
        lost = (np.diff(counters, prepend=before) - 1) % COUNTER_MODULUS
        self._counter = int(counters[-1])
        self._unasked += len(frames) + int(lost.sum())
        turns = 0
        if host - self._asked >= ASK_EVERY_S:
            by_time = self._holes.lost_before(self._unasked, host)
            turns = round(by_time / COUNTER_MODULUS) * COUNTER_MODULUS
            self._asked, self._unasked = host, 0
        lost[0] += turns
        return self._emg_rows.next + np.cumsum(lost + 1) - 1, turns > 0

    def _markers(self, index: NDArray[np.int64], levels: NDArray[np.int16]) -> list[Item]:
        before = levels[:1] if self._levels is None else self._levels
        changes = np.diff(np.concatenate((before, levels)), axis=0)[:, : len(INPUT_NAMES)]
        self._levels = levels[-1:]
        markers: list[Item] = []
        for k, pin in np.argwhere(changes):
            turned = "on" if changes[k, pin] > 0 else "off"
            markers.append(Marker("EMG", int(index[k]), 0, f"{INPUT_NAMES[pin]} {turned}"))
        return markers


def _command(link: Link, command: bytes) -> None:
    """Write one command and leave the board the time to see it."""
    link.write(command)
    threading.Event().wait(PAUSE_S)
