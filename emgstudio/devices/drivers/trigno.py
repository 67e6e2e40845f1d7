"""Delsys Trigno through the Trigno Control Utility, which is a server on some computer.

Commands and answers on one port, samples as 32 bit floats on others. Sources
and what is not known: docs/devices/trigno.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.frames import COUNTER_MODULUS, FrameReader
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.rows import Rows

HOST = "127.0.0.1"
PORT = 50040
HINT = "Start the Trigno Control Utility on that computer and let its firewall accept connections."
# Sensors of the first generation have data ports of their own.
PORTS = {"Avanti, Quattro, Duo": (3, 4), "first generation": (1, 2)}
END = b"\r\n\r\n"
ANSWER_S = 3.0
READ_WAIT_S = 0.05
SLOTS = 16
COMMANDS, EMG_PORT, AUX_PORT = 0, 1, 2
AUX_COLUMNS = {"Avanti, Quattro, Duo": 9, "first generation": 3}
FRAME_S = 0.0135
# With backwards compatibility the ports keep fixed rates: by (kind, upsampling).
FIXED_RATES = {
    ("Avanti, Quattro, Duo", True): 2000.0,
    ("Avanti, Quattro, Duo", False): 15 / FRAME_S,
    ("first generation", True): 2000.0,
    ("first generation", False): 26 / FRAME_S,
}
AUX_RATE = 2 / FRAME_S
RAIL_V = 0.011
VOLTS = {"v": 1e6, "volts": 1e6, "mv": 1e3, "millivolts": 1e3, "uv": 1.0, "µv": 1.0}


@dataclass(frozen=True, slots=True)
class TrignoOptions:
    """What a person can choose about a Trigno system; the rest is set in Delsys' program."""

    sensors: str = option("Avanti, Quattro, Duo", "Sensors", choices=tuple(PORTS))
    motion: bool = option(True, "Accelerometers and gyroscopes")


@dataclass(frozen=True, slots=True)
class Column:
    """A channel and its place in a row of a port."""

    stream: str
    at: int
    channel: Channel


class Console:
    """Questions and answers on the command port."""

    def __init__(self, link: Link, reader: FrameReader) -> None:
        self._link = link
        self._reader = reader
        self._text = b""

    def answer(self) -> str:
        """The next answer. Raises LinkLost when none comes."""
        patience = Patience(ANSWER_S)
        while END not in self._text:
            if not patience.lasts():
                raise LinkLost("The Trigno Control Utility does not answer.", HINT)
            for frame in self._reader.feed(self._link.read(READ_WAIT_S)):
                if frame.stream == COMMANDS:
                    self._text += frame.payload
        answer, _, self._text = self._text.partition(END)
        return answer.decode("ascii", "replace").strip()

    def ask(self, command: str) -> str:
        """Send a command and return the answer, "" if it is not known or cannot be done."""
        self._link.write(command.encode("ascii") + END)
        answer = self.answer()
        return "" if answer in ("INVALID COMMAND", "CANNOT COMPLETE") else answer

    def number(self, question: str, otherwise: float) -> float:
        """The number that a question is answered with."""
        words = self.ask(question).split()
        try:
            return float(words[-1]) if words else otherwise
        except ValueError:
            return otherwise


class PortReader:
    """Rows of floats from one port; a hole in its bytes is a hole in its rows."""

    def __init__(self, width: int, columns: Sequence[Column]) -> None:
        self._row_bytes = 4 * width
        self._places = {
            name: [c.at for c in columns if c.stream == name]
            for name in dict.fromkeys(c.stream for c in columns)
        }
        self._rows = {name: Rows(name, "float32") for name in self._places}
        self._buffer = b""
        self._row = 0
        self._bytes = 0

    def feed(self, before: int, data: bytes) -> list[Item]:
        """``data`` that came ``before`` bytes after the first one of the port, modulo 2³²."""
        ahead = (before - self._bytes) % COUNTER_MODULUS
        if ahead >= COUNTER_MODULUS // 2:
            return []
        if ahead:
            data = self._beyond(ahead, data)
        else:
            self._bytes += len(data)
        self._buffer += data
        count = len(self._buffer) // self._row_bytes
        if not count:
            return []
        size = count * self._row_bytes
        rows = np.frombuffer(self._buffer[:size], "<f4").reshape(count, -1)
        self._buffer = self._buffer[size:]
        index = self._row + np.arange(count)
        self._row += count
        return [
            item
            for name, at in self._places.items()
            for item in self._place(name, index, rows[:, at])
        ]

    def _beyond(self, ahead: int, data: bytes) -> bytes:
        """Go on after ``ahead`` lost bytes with the first whole row of ``data``."""
        reached = self._row * self._row_bytes + len(self._buffer) + ahead
        self._row = -(-reached // self._row_bytes)
        self._bytes += ahead + len(data)
        self._buffer = b""
        return data[self._row * self._row_bytes - reached :]

    def _place(self, name: str, index: Any, rows: Any) -> list[Item]:
        # One value that is no number would spoil every filter from then on.
        whole = np.isfinite(rows).all(axis=1)
        return self._rows[name].place(index[whole], rows[whole])


class TrignoDriver(Driver):
    """Asks the server what is paired, starts it, and cuts its ports into streams."""

    key: ClassVar[str] = "trigno"
    title: ClassVar[str] = "Delsys Trigno"
    Options: ClassVar[type] = TrignoOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._reader = FrameReader()
        self._ports: dict[int, PortReader] = {}

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        self._reader = FrameReader()
        console = Console(link, self._reader)
        console.answer()
        if not console.ask("ENDIAN LITTLE"):
            raise EmgError("This Trigno server is too old.", "Update the Trigno Control Utility.")
        emg, aux = self._paired(console)
        infos = self._describe(console, emg, aux)
        self._ports = {
            EMG_PORT: PortReader(SLOTS, emg),
            AUX_PORT: PortReader(SLOTS * AUX_COLUMNS[self.options.sensors], aux),
        }
        if not console.ask("START"):
            # Somebody's measurement may still be running.
            console.ask("STOP")
            if not console.ask("START"):
                raise LinkLost("The Trigno system does not start.", "Are the sensors switched on?")
        return infos

    def _paired(self, console: Console) -> tuple[list[Column], list[Column]]:
        """Columns of the EMG and of the auxiliary port that belong to paired sensors."""
        found: list[tuple[int, int, int, int]] = []
        for slot in range(1, SLOTS + 1):
            if console.ask(f"SENSOR {slot} PAIRED?") != "YES":
                continue
            emg = console.number(f"SENSOR {slot} EMGCHANNELCOUNT?", 1)
            aux = console.number(f"SENSOR {slot} AUXCHANNELCOUNT?", 3)
            start = console.number(f"SENSOR {slot} STARTINDEX?", slot)
            found.append((slot, int(start), int(emg), int(aux)))
        if not any(emg for _, _, emg, _ in found):
            raise EmgError(
                "No Trigno sensor with EMG is paired.", "Pair it in the Trigno Control Utility."
            )
        # Some versions count places from 0.
        zero = min(start for _, start, _, _ in found) == 0
        emg_columns: list[Column] = []
        aux_columns: list[Column] = []
        for slot, start, emg, aux in found:
            place = start - (0 if zero else 1)
            emg_columns += self._emg_columns(console, slot, place, emg)
            aux_columns += self._aux_columns(console, slot, place, range(emg, emg + aux))
        return emg_columns, aux_columns

    def _emg_columns(self, console: Console, slot: int, place: int, count: int) -> list[Column]:
        columns = []
        for k in range(min(count, SLOTS - place)):
            unit = console.ask(f"SENSOR {slot} CHANNEL {k + 1} UNITS?").lower() or "v"
            scale = VOLTS.get(unit)
            name = str(slot) if count == 1 else f"{slot}.{k + 1}"
            channel = Channel(name, ARBITRARY_UNIT)
            if scale is not None:
                rail = RAIL_V * 1e6 / scale
                channel = Channel(name, MICROVOLT, scale, rails=(-rail, rail))
            columns.append(Column("EMG", place + k, channel))
        return columns

    def _aux_columns(self, console: Console, slot: int, place: int, numbers: range) -> list[Column]:
        width = AUX_COLUMNS[self.options.sensors]
        columns: list[Column] = []
        for k, number in enumerate(numbers[:width] if self.options.motion else ()):
            unit = console.ask(f"SENSOR {slot} CHANNEL {number + 1} UNITS?").lower() or "g"
            if unit == "g":
                stream = "ACC"
            elif unit.endswith("/s"):
                # The degree sign does not survive the way over the wire.
                stream, unit = "GYR", "°/s"
            else:
                stream, unit = "AUX", ARBITRARY_UNIT
            axis = sum(c.stream == stream for c in columns)
            name = f"{slot} {'xyz'[axis]}" if axis < 3 else f"{slot} {axis + 1}"
            channel = Channel(name, unit, kind=stream)
            columns.append(Column(stream, place * width + k, channel))
        return columns

    def _describe(
        self, console: Console, emg: list[Column], aux: list[Column]
    ) -> tuple[StreamInfo, ...]:
        frame = console.number("FRAME INTERVAL?", FRAME_S) or FRAME_S
        rate = console.number("MAX SAMPLES EMG?", 0) / frame
        if console.ask("BACKWARDS COMPATIBILITY?").endswith(("YES", "ON")) or not rate:
            upsampled = not console.ask("UPSAMPLING?").endswith(("NO", "OFF"))
            rate = FIXED_RATES[self.options.sensors, upsampled]
        aux_rate = console.number("MAX SAMPLES AUX?", 0) / frame or AUX_RATE
        first = StreamInfo("EMG", rate, tuple(c.channel for c in emg), "float32", self.name)
        names = dict.fromkeys(c.stream for c in aux)
        return first, *(
            replace(
                first,
                name=name,
                rate=aux_rate,
                channels=tuple(c.channel for c in aux if c.stream == name),
            )
            for name in names
        )

    def feed(self, data: bytes, host: float) -> list[Item]:
        items: list[Item] = []
        for frame in self._reader.feed(data):
            port = self._ports.get(frame.stream)
            if port is not None:
                items += port.feed(frame.counter, frame.payload)
        return items

    def stop(self, link: Link) -> None:
        link.write(b"STOP" + END)
