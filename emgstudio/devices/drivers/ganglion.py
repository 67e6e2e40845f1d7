"""OpenBCI Ganglion over Bluetooth, firmware 2 and 3: 4 channels, 200 Hz, motion, impedance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import MICROVOLT, Channel, Reading, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.answers import Patience
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.ganglion_packets import (
    CHANNELS,
    FIRMWARE_2,
    FIRMWARE_3,
    IMPEDANCE_IDS,
    PACKET_BYTES,
    Deltas,
    WholeNumbers,
    impedance_ohm,
)
from emgstudio.devices.drivers.gatt import Conversation, GattDriver
from emgstudio.devices.gatt import full_uuid
from emgstudio.devices.rows import Rows

SERVICE = full_uuid("fe84")
RECEIVE = "2d30c082-f39f-4ce6-923f-3484ea480596"
SEND = "2d30c083-f39f-4ce6-923f-3484ea480596"
FIRMWARE = full_uuid("2a28")
RATE = 200.0
MICROVOLT_PER_COUNT = 1.2e6 / (8388607.0 * 1.5 * 51.0)
FULL_SCALE = 1 << 23
G_PER_COUNT = 0.016
PACKETS_PER_ACC_ROW = 10
IMPEDANCE_TIMEOUT_S = 12.0
UNFINISHED = "does not finish measuring its electrodes"
# The board drives its test current through two electrodes; OpenBCI's GUI shows half.
ELECTRODES_IN_SERIES = 2.0
IMPEDANCE = Action(
    "impedance",
    "Measure impedance",
    "The signal stops meanwhile: the board measures one electrode after the other.",
)
IMPEDANCE_OFF = Action(
    "impedance off", "Back to the signal", "Ends the measurement; the hole is marked as lost."
)
SYNTHETIC = Action("test signal", "Test signal", "A square wave instead of the electrodes.")
ELECTRODES = Action("electrodes", "End test signal", "The channels measure the electrodes again.")


@dataclass(frozen=True, slots=True)
class GanglionOptions:
    """What a person can choose about a Ganglion."""

    accelerometer: bool = option(True, "Accelerometer", doc="Costs one bit of resolution.")
    impedance: bool = option(
        False, "Measure contact first", doc="Takes some seconds before the signal begins."
    )
    synthetic: bool = option(False, "Test signal", doc="A square wave instead of the electrodes.")


class GanglionDriver(GattDriver):
    """Speaks to a Ganglion."""

    key: ClassVar[str] = "ganglion"
    title: ClassVar[str] = "OpenBCI Ganglion"
    Options: ClassVar[type] = GanglionOptions
    services: ClassVar[tuple[str, ...]] = (SERVICE,)
    names: ClassVar[tuple[str, ...]] = ("Ganglion", "Simblee")

    def __init__(self, options: GanglionOptions) -> None:
        super().__init__(options)
        self._number = -1
        self._readings: list[Reading] = []
        self._measuring = False
        self._synthetic = False
        self._start_counting(3)

    def _start_counting(self, firmware: int) -> None:
        self._numbering = FIRMWARE_3 if firmware >= 3 else FIRMWARE_2
        self._numbers: WholeNumbers | Deltas = WholeNumbers() if firmware >= 3 else Deltas()
        per_second = self._numbering.packets_per_s(RATE)
        self._counter = WrappedCounter(self._numbering.modulus, per_second)
        self._packet: int | None = None
        self._origin: int | None = None
        self._emg = Rows("EMG", "int32")
        self._acc = Rows("ACC", "int16")
        self._acc_origin: int | None = None
        self._axes: dict[int, tuple[int, int]] = {}

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        version = talk.read(FIRMWARE).decode("ascii", "replace").strip("\0 ")
        if version[:1] not in ("2", "3"):
            raise EmgError(
                f"The Ganglion's firmware '{version}' is not known.",
                "Firmware 2 and 3 are supported; update it with OpenBCI's tools.",
            )
        self._start_counting(int(version[0]))
        self._number = talk.subscribe(RECEIVE)
        self._readings = self._impedance(talk) if self.options.impedance else []
        talk.write(SEND, b"n" if self.options.accelerometer else b"N")
        self._measuring, self._synthetic = False, self.options.synthetic
        talk.write(SEND, b"[" if self._synthetic else b"]")
        talk.write(SEND, b"b")
        return self._describe(f"{talk.table.name} (firmware {version})")

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        return ((SEND, b"s"),)

    @property
    def actions(self) -> tuple[Action, ...]:
        impedance = IMPEDANCE_OFF if self._measuring else IMPEDANCE
        return (impedance, ELECTRODES if self._synthetic else SYNTHETIC)

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        if key in (IMPEDANCE.key, IMPEDANCE_OFF.key):
            self._measuring = key == IMPEDANCE.key
            told = "measures its electrodes" if self._measuring else "sends the signal again"
            return Deed(self._write(b"sz" if self._measuring else b"Zb"), f"{self.name} {told}.")
        if key in (SYNTHETIC.key, ELECTRODES.key):
            self._synthetic = key == SYNTHETIC.key
            what = "its test signal" if self._synthetic else "the electrodes"
            return Deed(self._write(b"[" if self._synthetic else b"]"), f"You see {what} now.")
        return super().act(key, values)

    def _write(self, letters: bytes) -> bytes:
        return b"".join(self.command(SEND, bytes((letter,))) for letter in letters)

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        items: list[Item] = list(self._readings)
        self._readings = []
        if number != self._number or len(payload) != PACKET_BYTES:
            return items
        if payload[0] in IMPEDANCE_IDS:
            return [*items, *_impedance_reading(payload)]
        place = self._numbering.place(payload[0])
        if place is None:
            return items
        lost = self._counter.lost_before(place[0], host)
        if lost is None:
            return items
        self._packet = place[0] if self._packet is None else self._packet + 1 + lost
        rows = self._numbers.rows(payload, place[1], lost > 0)
        if rows is not None:
            first = self._numbering.first_row(self._packet)
            if self._origin is None:
                self._origin = first
            index = np.arange(len(rows), dtype=np.int64) + first - self._origin
            items += self._emg.place(index, rows)
        if place[1] == 18 and self.options.accelerometer:
            items += self._acceleration(place[0], payload[-1])
        return items

    def _acceleration(self, place: int, byte: int) -> list[Item]:
        """Axes come one by one: Z, Y and X in the first three of ten packets."""
        assert self._packet is not None
        axis = place % PACKETS_PER_ACC_ROW
        if axis > 2:
            return []
        row = self._packet // self._numbering.modulus * 10 + place // PACKETS_PER_ACC_ROW
        value = byte - 256 if byte > 127 else byte
        self._axes[axis] = (row, -value if axis == 0 else value)
        if axis != 2 or any(self._axes.get(a, (-1, 0))[0] != row for a in (0, 1)):
            return []
        if self._acc_origin is None:
            self._acc_origin = row
        xyz = [[self._axes[a][1] for a in (2, 1, 0)]]
        index = np.array([row - self._acc_origin], np.int64)
        return self._acc.place(index, np.array(xyz, np.int16))

    def _impedance(self, talk: Conversation) -> list[Reading]:
        """Every electrode once, as far as the board says it in time."""
        talk.write(SEND, b"z")
        found: dict[int, list[Reading]] = {}
        patience = Patience(IMPEDANCE_TIMEOUT_S)
        while len(found) < len(IMPEDANCE_IDS):
            payload = talk.take(self._number, patience, UNFINISHED)
            if len(payload) == PACKET_BYTES and payload[0] in IMPEDANCE_IDS:
                readings = _impedance_reading(payload)
                found |= {payload[0]: readings} if readings else {}
        talk.write(SEND, b"Z")
        return [reading for readings in found.values() for reading in readings]

    def _describe(self, device: str) -> tuple[StreamInfo, ...]:
        rails = (-float(FULL_SCALE), FULL_SCALE - 1.0)
        emg = tuple(
            Channel(f"EMG {k + 1}", MICROVOLT, MICROVOLT_PER_COUNT, rails=rails)
            for k in range(CHANNELS)
        )
        infos = [StreamInfo("EMG", RATE, emg, "int32", device)]
        if self.options.accelerometer:
            acc = tuple(Channel(f"ACC {axis}", "g", G_PER_COUNT, kind="ACC") for axis in "XYZ")
            rate = 10.0 * RATE / self._numbering.cycle_rows
            infos.append(StreamInfo("ACC", rate, acc, "int16", device))
        return tuple(infos)


def _impedance_reading(payload: bytes) -> list[Reading]:
    ohm = impedance_ohm(payload)
    if ohm is None:
        return []
    electrode = payload[0] - IMPEDANCE_IDS.start
    kiloohm = ohm / ELECTRODES_IN_SERIES / 1e3
    if electrode == CHANNELS:
        return [Reading("impedance of the reference", kiloohm, "kΩ")]
    return [Reading("impedance", kiloohm, "kΩ", electrode)]
